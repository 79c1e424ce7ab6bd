"""Which types of data a logical and a physical type allow, so that two can be compared.

What belongs here: sets of Arrow types, found by asking the checks themselves; and what a reader of a physical type can
hold. What does not: the meaning of types (``checks.arrow_types``), and what a change of one is called (``types``).

Imported only where a type changed: it loads pyarrow.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import pyarrow as pa

from data_platform.contracts.checks.arrow_types import Physical, UnknownTypeError, logical_problem, physical_problem

Types = frozenset[int]
"""Positions in ``_known()``."""

_MOST_DIGITS: Final = 76
_WIDEST: Final[Mapping[str, tuple[str, ...]]] = {
    "HUGEINT": ("tinyint", "byteint", "int8", "smallint", "int2", "short", "int16", "int", "integer", "int4", "int32",
                "bigint", "long", "int64", "hugeint"),
    "DOUBLE": ("real", "float4", "float32", "float", "double", "double precision", "float8", "float64"),
    "DECIMAL": ("decimal", "numeric", "number"),
}  # fmt: skip


def logical_types(logical: str | None, options: Mapping[str, Any]) -> Types:
    """What a logical type allows; none, or an unknown one: everything."""
    return _logical(logical, options.get("timezone"), options.get("dimensions"))


def physical_types(physical: str | None) -> Types | None:
    """What a physical type holds without loss, lengths of text aside; of none: everything; ``None``: it is unknown."""
    if physical is None:
        return frozenset(range(len(_known())))
    return _physical(physical)


def text_length(physical: str | None) -> float:
    """The most code points that a physical type allows; without a limit, infinity."""
    if physical is None:
        return float("inf")
    return Physical.parse(physical).max_length or float("inf")


def widest(physical: str) -> str:
    """The largest physical type of the same kind of value, which a reader of this one is held to be able to read."""
    name = Physical.parse(physical).name
    found = next((wide for wide, names in _WIDEST.items() if name in names), physical)
    return "VARCHAR" if Physical.parse(physical).max_length else found


@cache
def _known() -> tuple[pa.DataType, ...]:
    whole = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
    plain = [
        pa.float16(),
        pa.float32(),
        pa.float64(),
        pa.string(),
        pa.bool_(),
        pa.date32(),
        pa.time64("us"),
        pa.binary(),
    ]
    moments = [pa.timestamp("us"), pa.timestamp("us", "UTC")]
    nested = [pa.list_(pa.string()), pa.struct([("a", pa.string())]), pa.map_(pa.string(), pa.string())]
    vectors = [pa.list_(pa.float32(), size) for size in (1, 2, 3, 768)]
    decimals = [
        pa.decimal256(precision, scale)
        for precision in range(1, _MOST_DIGITS + 1)
        for scale in range(-1, precision + 1)
    ]
    return (*whole, *plain, *moments, *nested, *vectors, *decimals)


@cache
def _logical(logical: str | None, zone: Any, dimensions: Any) -> Types:
    options = {"timezone": zone, "dimensions": dimensions}

    def allows(kind: pa.DataType) -> bool:
        try:
            return logical is None or logical_problem(kind, logical, options) is None
        except UnknownTypeError:
            return True

    return frozenset(number for number, kind in enumerate(_known()) if allows(kind))


@cache
def _physical(text: str) -> Types | None:
    try:
        physical = Physical.parse(text)
    except UnknownTypeError:
        return None
    return frozenset(number for number, kind in enumerate(_known()) if physical_problem(kind, physical) is None)
