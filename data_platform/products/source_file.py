"""``defs.yaml`` of a source, read without Dagster, with the line of whatever is wrong.

What belongs here: reading and validating one file. What does not: what the attributes mean
(``ingestion.sources.spec``), and ``defs.yaml`` of a product (``defs_file``).
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from data_platform.contracts.document import Document, FileKind
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Basis, Finding, Severity, quoted
from data_platform.contracts.source import read
from data_platform.contracts.suggest import did_you_mean
from data_platform.ingestion.sources.parts import MOST_DAYS
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.products.defs_file import DEFS_FILE, KEYS
from data_platform.products.defs_messages import explained
from data_platform.products.errors import InvalidProductError
from data_platform.products.source_reader import reader_findings

SOURCE_COMPONENT: Final = "data_platform.Source"
PREFIX: Final = "raw_"
_RULE: Final = "source"
_KIND: Final = FileKind(
    "defs.yaml file", f"type: {SOURCE_COMPONENT}, attributes: …", "domains/sales/raw_orders/defs.yaml", Basis.POLICY
)


def read_source(folder: Path) -> tuple[SourceSpec, Document]:
    """Read a source's ``defs.yaml``.

    Returns:
        What it says, and the document that knows its lines.

    Raises:
        InvalidProductError: Something is wrong with it; everything that is, with line, key and what to write.
    """
    file = folder / DEFS_FILE
    try:
        spec, document = _read(file, file.stat().st_mtime_ns if file.exists() else 0)
    except UnreadableContractError as error:
        raise InvalidProductError(error.findings) from None
    if findings := [*reader_findings(document, folder, spec), *_landed_together(document, folder, spec)]:
        raise InvalidProductError(findings)  # about other files, which may have changed since this one was read
    return spec, document


def sources_in(domain: Path) -> list[Path]:
    """The folders of a domain's sources, sorted; also of those that cannot be read."""
    return [file.parent for file in sorted(domain.glob(f"{PREFIX}*/{DEFS_FILE}")) if is_source(file.parent)]


def source_days(domain: Path) -> dict[str, int]:
    """For how many days after its own a day of each source of a domain may change, by the source's name.

    One that cannot be read is left out: its own location says so.
    """
    days: dict[str, int] = {}
    for folder in sources_in(domain):
        try:
            spec, _ = read_source(folder)
        except InvalidProductError:
            continue
        if spec.restated_days is not None:
            days[folder.name] = spec.restated_days + spec.late_days
    return days


@lru_cache(maxsize=512)
def _read(file: Path, changed: int) -> tuple[SourceSpec, Document]:
    del changed
    document = read(file, kind=_KIND)
    findings = list(_outside(document, file.parent.name))
    try:
        spec = SourceSpec.model_validate(document.data.get("attributes") or {})
    except ValidationError as error:
        problems = [((*problem.path,), problem.message, problem.fix) for problem in explained(error, SourceSpec)]
        raise InvalidProductError([*findings, *(_found(document, problem) for problem in problems)]) from None
    findings += [_found(document, problem) for problem in spec.problems()]
    findings += _too_far(document, spec)
    findings += _taken_with(document, file.parent, spec)
    if findings:
        raise InvalidProductError(findings)
    return spec, document


def _found(document: Document, problem: tuple[tuple[str | int, ...], str, str]) -> Finding:
    path, message, fix = problem
    return document.finding(_RULE, Severity.ERROR, ("attributes", *path), message, fix)


def _outside(document: Document, name: str) -> Iterator[Finding]:
    """What is wrong beside the attributes."""
    component = document.data.get("type")
    if component != SOURCE_COMPONENT:
        message = "the file does not say of what type it is" if component is None else f"type is {quoted(component)}"
        yield document.finding(_RULE, Severity.ERROR, ("type",), message, f"write type: {SOURCE_COMPONENT}")
    if not name.startswith(PREFIX) or not name.isidentifier():
        message = f"a source's folder is called {PREFIX}…, and this one is {quoted(name)}"
        yield document.finding(_RULE, Severity.ERROR, ("type",), message, f"rename it to {PREFIX}{name}")
    for key in document.data:
        if key not in KEYS:
            is_attribute = key in SourceSpec.model_fields
            fix = f"write {key} under attributes" if is_attribute else did_you_mean(key, KEYS)
            yield document.finding(_RULE, Severity.ERROR, (key,), f"the key {quoted(key)} is not known here", fix)


def _too_far(document: Document, spec: SourceSpec) -> Iterator[Finding]:
    if spec.restated_days is not None and spec.restated_days > MOST_DAYS:
        message, fix = f"{spec.restated_days} days are too many", f"write a whole number from 0 to {MOST_DAYS}"
        yield _found(document, (("restated_days",), message, fix))


def _taken_with(document: Document, folder: Path, spec: SourceSpec) -> Iterator[Finding]:
    """What is wrong with the source in whose run another is taken."""
    leader = spec.taken_with
    if leader is None:
        return
    others = [other.name for other in sources_in(folder.parent) if other != folder]
    if leader not in others:
        message = f"the domain has no other source {leader}"
        yield _found(document, (("taken_with",), message, did_you_mean(leader, others)))
        return
    try:
        led = read(folder.parent / leader / DEFS_FILE, kind=_KIND).data.get("attributes") or {}
    except UnreadableContractError:  # its own location says so
        return
    if isinstance(led, dict) and led.get("taken_with"):
        message = f"{leader} is taken with another source itself"
        yield _found(document, (("taken_with",), message, f"write {led['taken_with']}"))


def _landed_together(document: Document, folder: Path, spec: SourceSpec) -> Iterator[Finding]:
    """What is wrong with a landing folder that is another source's too: each would take the other's for its own."""
    if spec.landing is None:
        return
    others = [other for other in sources_in(folder.parent) if other != folder]
    if taken := [other.name for other in others if _landing(other) == spec.landing]:
        message = f"{taken[0]} is landed in {spec.landing} as well"
        yield _found(document, (("landing",), message, "write the name of a folder of its own"))


def _landing(folder: Path) -> str:
    try:
        said = read(folder / DEFS_FILE, kind=_KIND).data.get("attributes") or {}
    except UnreadableContractError:  # its own location says so
        return ""
    own = said.get("landing") if isinstance(said, dict) else None
    return str(own or folder.name.removeprefix(PREFIX))


def is_source(folder: Path) -> bool:
    """Whether a folder's ``defs.yaml`` is a source's; one that is no YAML is taken for one where its name says so."""
    file = folder / DEFS_FILE
    if not file.is_file():
        return False
    try:
        return _component(file, file.stat().st_mtime_ns) == SOURCE_COMPONENT
    except UnreadableContractError:
        return folder.name.startswith(PREFIX)


@lru_cache(maxsize=4096)
def _component(file: Path, changed: int) -> object:
    del changed
    return read(file, kind=_KIND).data.get("type")
