"""A draft becomes files: contract, ``defs.yaml``, transform, test, and the domain where it is new.

What belongs here: putting them together, and trying them in a copy of the domain before anything is written. What does
not: finding out what is in the draft (``from_*``).
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from data_platform.contracts.drafting import TableDraft, contract_mapping
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.writing import yaml_text
from data_platform.mesh.errors import MeshError
from data_platform.mesh.scaffold.domain import domain_edits, domain_files
from data_platform.mesh.scaffold.options import Options
from data_platform.mesh.scaffold.place import Place
from data_platform.mesh.scaffold.plan import Plan
from data_platform.mesh.scaffold.testing_text import text_of_test
from data_platform.mesh.scaffold.upstream import Upstream
from data_platform.products.defs_file import COMPONENT, DEFS_FILE
from data_platform.products.errors import InvalidProductError
from data_platform.products.folder import Product, read_product
from data_platform.products.sources import SQL_FILE


@dataclass(frozen=True)
class Draft:
    """What is known of a new product.

    Attributes:
        place: Where it goes.
        table: Its columns, key and partition column.
        upstreams: Its inputs, by the name that the transform has for each.
        read: The columns that it reads of each.
        transform: The transform's file.
        text: What is in it.
        notes: What its owner should know.
        beside: Other files of the domain that it needs.
        made_of: What it is made of, in words; empty: its inputs.
    """

    place: Place
    table: TableDraft
    upstreams: Mapping[str, Upstream]
    read: Mapping[str, tuple[str, ...]]
    transform: str
    text: str
    notes: tuple[str, ...] = ()
    beside: Mapping[Path, str] = field(default_factory=dict)
    made_of: str = ""


def assembled(draft: Draft, options: Options) -> Plan:
    """All files of a new product, tried: they lint without an error, and the test passes.

    Args:
        draft: The product.
        options: Whose it is and what for.

    Raises:
        Refused: Something is there already.
        MeshError: What came out is no product that loads; says why.
    """
    place = draft.place
    inputs = ", ".join(sorted(upstream.key for upstream in draft.upstreams.values()))
    about = options.about(place, draft.made_of or f"made of {inputs}")
    files = {
        **domain_files(place, options.owner),
        place.folder / CONTRACT_FILE: yaml_text(contract_mapping(about, draft.table)),
        place.folder / DEFS_FILE: yaml_text({"type": COMPONENT, **_attributes(draft)}),
        place.folder / draft.transform: draft.text,
        **draft.beside,
    }
    plan = Plan(place, files, domain_edits(place), draft.notes)
    plan.check()
    return with_test(plan)


def with_test(plan: Plan) -> Plan:
    """The plan with a test and with what the lint doubts, after its product was read in a copy of its domain.

    Raises:
        MeshError: It is no product that loads; with every finding.
    """
    with copied(plan) as folder:
        product = _read(folder, plan)
        notes = [f"{plan.shown(plan.place.folder)}: {finding.message}; {finding.fix}" for finding in product.warnings]
        text = text_of_test(plan.place, product)
    return plan.with_files({plan.place.test_file: text}, *notes)


@contextmanager
def copied(plan: Plan) -> Iterator[Path]:
    """A folder of domains in which the plan is carried out: its own domain a copy, the others linked.

    Yields:
        The new product's folder in it.
    """
    place = plan.place
    with tempfile.TemporaryDirectory(prefix="data_platform-") as temporary:
        domains = Path(temporary).resolve() / place.domains.name
        domains.mkdir()
        for path in place.domains.iterdir() if place.domains.is_dir() else ():
            if path.name == place.domain:
                shutil.copytree(path, domains / path.name, ignore=shutil.ignore_patterns("__pycache__"))
            elif path.is_dir():
                (domains / path.name).symlink_to(path)
        for file, text in plan.files.items():
            if file.is_relative_to(place.domains):
                copy = domains / file.relative_to(place.domains)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(text, encoding="utf-8")
        yield domains / place.domain / place.name


def _read(folder: Path, plan: Plan) -> Product:
    try:
        return read_product(folder)
    except InvalidProductError as error:
        message = str(error).replace(str(folder.parent.parent), str(plan.place.domains))
        raise MeshError(f"nothing was written, since it would not load:\n{message}") from error


def _attributes(draft: Draft) -> dict[str, object]:
    """The attributes in ``defs.yaml``: what neither the contract nor the transform say."""
    daily = draft.table.partition is not None
    attributes: dict[str, object] = {}
    if daily:
        days = [upstream for upstream in draft.upstreams.values() if upstream.daily]
        today = bool(days) and all(upstream.includes_today for upstream in days)
        attributes["partitions"] = {"type": "daily", **({"includes_today": True} if today else {})}
    if inputs := {name: spec for name in draft.upstreams if (spec := _input(draft, name, daily=daily))}:
        attributes["inputs"] = inputs
    return {"attributes": attributes} if attributes else {}


def _input(draft: Draft, name: str, *, daily: bool) -> dict[str, object]:
    """What is said of an input: for Python all, for SQL only what the query does not say."""
    upstream, python = draft.upstreams[name], draft.transform != SQL_FILE
    spec: dict[str, object] = {"asset": upstream.key} if python else {}
    if python or not upstream.is_product:
        spec["columns"] = list(draft.read[name])
    if daily and not upstream.daily:
        spec |= {} if upstream.is_product else {"partitions": "all"}
        if any(other.daily for other in draft.upstreams.values()):
            # A whole table beside a day's rows is looked up: its change is no reason to make every day anew.
            spec["triggers"] = False
    return spec
