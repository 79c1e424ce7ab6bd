"""Where a rule is: paths from a table down to a value.

What belongs here: paths and the properties that they lead to. What does not: rules.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from data_platform.contracts.elements import Property

Path = tuple[str, ...]
"""From a column down to a value: names of properties, ``ITEMS`` for "each item of"; empty: the whole table."""

ITEMS: Final = "[]"

Scalar = str | int | float | bool | Decimal | date | datetime | time | None
"""A value that a contract lists or limits by."""


def shown(path: Path) -> str:
    """A path as people write it: ``address.city``, ``tags[]``; empty for the whole table."""
    return ".".join(path).replace(f".{ITEMS}", ITEMS)


def stored(properties: Sequence[Property]) -> list[Property]:
    """Properties that are in the data; a measure (ODCS 3.2) is computed from them."""
    return [column for column in properties if column.semantic_type != "measure"]


def located(properties: Sequence[Property], path: Path = ()) -> Iterator[tuple[Path, Property]]:
    """All properties that a check can reach, with their paths.

    Args:
        properties: Those of a table, or of an object in it.
        path: Of the object; empty for the table.

    Yields:
        Outer ones first; keys and values of maps are left out, since no path leads there.
    """
    for column in properties if path else stored(properties):
        yield from _located_inside(column, (*path, column.column))


def _located_inside(column: Property, path: Path) -> Iterator[tuple[Path, Property]]:
    yield path, column
    yield from located(column.properties, path)
    if column.items:
        yield from _located_inside(column.items, (*path, ITEMS))
