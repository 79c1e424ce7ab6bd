"""Which values a type holds, and whether it holds those of another.

What belongs here: comparing two types, and a type with a logical type of the standard. What does not:
data (``checks``).

What a column may hold is decided by value: ``7`` is a SMALLINT, a DECIMAL(10, 2) and a DOUBLE, whatever carries it.
So of numbers one type holds another where it has every value of it exactly. Text, dates, instants and times of day are
of different kinds: no value of one is of another.
"""

from collections.abc import Callable, Mapping
from typing import Final

from data_platform.contracts.types.model import ColumnType, Family

NUMBERS: Final[frozenset[Family]] = frozenset({"integer", "decimal", "float"})
_TEXTS: Final[frozenset[Family]] = frozenset({"text", "uuid", "enum", "json"})
LOGICAL: Final[Mapping[str, frozenset[Family]]] = {
    "string": _TEXTS,
    "integer": NUMBERS,
    "number": NUMBERS,
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "timestamp": frozenset({"timestamp"}),
    "time": frozenset({"time"}),
    "array": frozenset({"list", "json"}),
    "vector": frozenset({"list"}),
    "object": frozenset({"struct", "map", "json"}),
    "map": frozenset({"map", "json"}),
}
"""The families that have a value of a logical type; of numbers an integer is one that is whole.

Source: https://bitol-io.github.io/open-data-contract-standard/latest/schema/ ("Valid values for logicalType").
"""
NATURAL: Final[Mapping[Family, str]] = {
    "text": "string", "uuid": "string", "enum": "string", "json": "object", "integer": "integer", "decimal": "number",
    "float": "number", "boolean": "boolean", "date": "date", "timestamp": "timestamp", "time": "time", "list": "array",
    "struct": "object", "map": "map",
}  # fmt: skip
"""The logical type that a family is meant for first."""
SIGNIFICAND: Final = {32: 24, 64: 53}
"""Binary digits of IEEE 754's binary32 and binary64."""
_EXACT_DIGITS: Final = {32: 6, 64: 15}
"""Decimal digits that come back the same from these."""
_UUID_LENGTH: Final = 36
_Compare = Callable[[ColumnType, ColumnType], bool]


def overlaps(logical: str, column_type: ColumnType) -> bool:
    """Whether some value is of a logical type and of a type; of an unknown logical type: it is."""
    families = LOGICAL.get(logical)
    return families is None or column_type.family in families or column_type.family in {"any", "null"}


def logical_types(column_type: ColumnType) -> tuple[str, ...]:
    """The logical types that a type has values of, the one it is meant for first; none: no logical type has any."""
    natural = NATURAL.get(column_type.family)
    if column_type.family == "decimal" and column_type.scale == 0:
        natural = "integer"
    able = [logical for logical in LOGICAL if overlaps(logical, column_type)]
    return tuple(sorted(able, key=lambda logical: logical != natural))


def may_hold(wanted: ColumnType, own: ColumnType) -> bool:
    """Whether some value of ``own``, other than null, can be of ``wanted``: whether looking at values makes sense."""
    families = {wanted.family, own.family}
    if families <= NUMBERS or "any" in families or own.family == "null":
        return True
    if families <= _TEXTS and len(families) > 1:
        return "text" in families
    if wanted.family != own.family:
        return False
    compare = _MAY_HOLD.get(wanted.family)
    return compare is None or compare(wanted, own)


def holds(wide: ColumnType, narrow: ColumnType) -> bool:
    """Whether every value of ``narrow`` is one of ``wide``, exactly."""
    if wide.family == "any" or narrow.family == "null":
        return True
    if not may_hold(wide, narrow) or narrow.family == "any":
        return False
    compare = _HOLDS.get(wide.family)
    return compare is None or compare(wide, narrow)


def _same_zone(wanted: ColumnType, own: ColumnType) -> bool:
    return wanted.zoned is None or own.zoned is None or wanted.zoned == own.zoned


def _same_size(wanted: ColumnType, own: ColumnType) -> bool:
    return _part(may_hold, wanted.items, own.items) and (wanted.size or own.size) == (own.size or wanted.size)


def _comparable_maps(wanted: ColumnType, own: ColumnType) -> bool:
    return _part(may_hold, wanted.key, own.key) and _part(may_hold, wanted.value, own.value)


def _comparable_structs(wanted: ColumnType, own: ColumnType) -> bool:
    return wanted.fields is None or own.fields is None or _fields(may_hold, wanted, own)


def _holds_text(wide: ColumnType, narrow: ColumnType) -> bool:
    return wide.length is None or _longest(narrow) <= wide.length


def _holds_bytes(wide: ColumnType, narrow: ColumnType) -> bool:
    return wide.length is None or (narrow.length is not None and narrow.length <= wide.length)


def _holds_listed(wide: ColumnType, narrow: ColumnType) -> bool:
    return narrow.family == "enum" and set(narrow.values or ()) <= set(wide.values or ())


def _holds_moments(wide: ColumnType, narrow: ColumnType) -> bool:
    zones = wide.zoned is None or wide.zoned == narrow.zoned
    return zones and (wide.digits is None or (narrow.digits or 0) <= wide.digits)


def _holds_items(wide: ColumnType, narrow: ColumnType) -> bool:
    return _part(holds, wide.items, narrow.items) and wide.size in {None, narrow.size}


def _holds_entries(wide: ColumnType, narrow: ColumnType) -> bool:
    return _part(holds, wide.key, narrow.key) and _part(holds, wide.value, narrow.value)


def _holds_fields(wide: ColumnType, narrow: ColumnType) -> bool:
    return wide.fields is None or (narrow.fields is not None and _fields(holds, wide, narrow))


def _holds_in_float(wide: ColumnType, narrow: ColumnType) -> bool:
    bits = wide.bits or 64
    if narrow.family == "float":
        return (narrow.bits or 64) <= bits
    if narrow.family == "decimal":
        return narrow.precision is not None and narrow.precision <= _EXACT_DIGITS[bits]
    reach = _reach(narrow)
    return reach is not None and reach <= 2 ** SIGNIFICAND[bits]


def _holds_in_decimal(wide: ColumnType, narrow: ColumnType) -> bool:
    if narrow.family == "float":
        return False
    if wide.precision is None:
        return True
    behind = narrow.scale if narrow.family == "decimal" else 0
    reach = _reach(narrow)
    return (
        reach is not None
        and reach < 10 ** (wide.precision - (wide.scale or 0))
        and behind is not None
        and behind <= (wide.scale or 0)
    )


def _holds_in_integer(wide: ColumnType, narrow: ColumnType) -> bool:
    if narrow.family == "float" or (narrow.family == "decimal" and narrow.scale != 0):
        return False
    least, most = _range(narrow)
    return (wide.least is None or (least is not None and least >= wide.least)) and (
        wide.most is None or (most is not None and most <= wide.most)
    )


_MAY_HOLD: Final[Mapping[Family, _Compare]] = {
    "timestamp": _same_zone,
    "time": _same_zone,
    "list": _same_size,
    "map": _comparable_maps,
    "struct": _comparable_structs,
}
_HOLDS: Final[Mapping[Family, _Compare]] = {
    "integer": _holds_in_integer,
    "decimal": _holds_in_decimal,
    "float": _holds_in_float,
    "text": _holds_text,
    "uuid": lambda _, narrow: narrow.family == "uuid",
    "json": lambda _, narrow: narrow.family == "json",
    "enum": _holds_listed,
    "binary": _holds_bytes,
    "bits": _holds_bytes,
    "timestamp": _holds_moments,
    "time": _holds_moments,
    "list": _holds_items,
    "map": _holds_entries,
    "struct": _holds_fields,
}


def _range(column_type: ColumnType) -> tuple[int | None, int | None]:
    if column_type.family == "integer":
        return column_type.least, column_type.most
    if column_type.precision is None:
        return None, None
    most = 10 ** (column_type.precision - (column_type.scale or 0)) - 1
    return -most, most


def _reach(column_type: ColumnType) -> int | None:
    """How far from zero the whole numbers of a type go."""
    least, most = _range(column_type)
    return None if least is None or most is None else max(-least, most)


def _longest(column_type: ColumnType) -> float:
    if column_type.family == "uuid":
        return _UUID_LENGTH
    if column_type.family == "enum":
        return max((len(value) for value in column_type.values or ()), default=0)
    return float("inf") if column_type.length is None else column_type.length


def _part(compare: _Compare, wide: ColumnType | None, narrow: ColumnType | None) -> bool:
    """Of what is inside: what is not declared holds everything."""
    if wide is None:
        return True
    return compare is may_hold if narrow is None else compare(wide, narrow)


def _fields(compare: _Compare, wide: ColumnType, narrow: ColumnType) -> bool:
    own = dict(narrow.fields or ())
    return own.keys() == dict(wide.fields or ()).keys() and all(
        compare(column_type, own[name]) for name, column_type in wide.fields or ()
    )
