"""For how many days after its day a raw asset is taken again: what a domain says of its sources, once.

What belongs here: a source's ``restated_days`` in its ``defs.yaml``, and the domain's file ``restated.yaml`` for raw
assets that are written by hand. What does not: what follows from it for products (``window``).
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from data_platform.contracts.document import Document, FileKind
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Basis, Finding, Severity, quoted
from data_platform.contracts.source import read
from data_platform.products.errors import InvalidProductError
from data_platform.products.source_file import source_days

RESTATED_FILE: Final = "restated.yaml"
MOST_DAYS: Final = 3660

_KIND: Final = FileKind(f"{RESTATED_FILE} file", "raw_orders: 45", f"domains/sales/{RESTATED_FILE}", Basis.POLICY)


def restated_days(domain: Path) -> Mapping[str, int]:
    """The raw assets of a domain that are taken again: the days after its own for which each day is.

    Args:
        domain: The domain's folder.

    Returns:
        By the asset's name; empty where the domain says nothing, so that every asset may change at any time.

    Raises:
        InvalidProductError: The file is not one mapping of names to whole days; says where, and what to write.
    """
    by_source, file = source_days(domain), domain / RESTATED_FILE
    try:
        changed = file.stat().st_mtime_ns
    except FileNotFoundError:
        return by_source
    by_hand = _read(file, changed)
    if twice := sorted(by_hand.keys() & by_source.keys()):
        raise InvalidProductError([_twice(read(file, kind=_KIND), name) for name in twice])
    return {**by_source, **by_hand}


@lru_cache(maxsize=64)
def _read(file: Path, changed: int) -> Mapping[str, int]:
    del changed
    try:
        document = read(file, kind=_KIND)
    except UnreadableContractError as error:
        raise InvalidProductError(error.findings) from None
    findings = [_wrong(document, name, days) for name, days in document.data.items() if not _is_days(days)]
    if findings:
        raise InvalidProductError(findings)
    return document.data


def _is_days(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_DAYS


def _twice(document: Document, name: str) -> Finding:
    message = f"the source {name} says itself for how many days it is restated"
    return document.finding("restated", Severity.ERROR, (name,), message, f"take the line out, {name}/defs.yaml counts")


def _wrong(document: Document, name: str, value: object) -> Finding:
    message, fix = f"{quoted(value)} is no number of days", f"write a whole number from 0 to {MOST_DAYS}"
    return document.finding("restated", Severity.ERROR, (name,), message, fix)
