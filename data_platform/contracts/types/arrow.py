"""Arrow's types as ours, and ours as Arrow's.

What belongs here: both ways. What does not: judging (``checks``). Apart, since it loads pyarrow.
"""

from collections.abc import Callable, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.types as pt

from data_platform.contracts.types.model import ColumnType, Family, binary_float, decimal, integer, time, timestamp

_WIDEST_DECIMAL: Final = 38
_DIGITS: Final = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_TESTS: Final[tuple[tuple[Family, Callable[[pa.DataType], bool]], ...]] = (
    ("text", lambda t: pt.is_string(t) or pt.is_large_string(t) or pt.is_string_view(t)),
    ("integer", pt.is_integer),
    ("decimal", pt.is_decimal),
    ("float", pt.is_floating),
    ("boolean", pt.is_boolean),
    ("date", pt.is_date),
    ("timestamp", pt.is_timestamp),
    ("time", pt.is_time),
    ("map", pt.is_map),
    ("list", lambda t: pt.is_list(t) or pt.is_large_list(t) or pt.is_fixed_size_list(t) or _is_list_view(t)),
    ("struct", pt.is_struct),
    (
        "binary",
        lambda t: pt.is_binary(t) or pt.is_large_binary(t) or pt.is_binary_view(t) or pt.is_fixed_size_binary(t),
    ),
    ("interval", lambda t: pt.is_interval(t) or pt.is_duration(t)),
    ("null", pt.is_null),
)
_SIMPLE: Final = {
    "text": pa.string(), "boolean": pa.bool_(), "date": pa.date32(), "time": pa.time64("us"), "binary": pa.binary(),
    "uuid": pa.string(), "enum": pa.string(), "json": pa.string(), "null": pa.null(), "bits": pa.string(),
    "interval": pa.month_day_nano_interval(),
}  # fmt: skip
_INTEGERS: Final = {
    (8, True): pa.int8(), (16, True): pa.int16(), (32, True): pa.int32(), (64, True): pa.int64(),
    (8, False): pa.uint8(), (16, False): pa.uint16(), (32, False): pa.uint32(), (64, False): pa.uint64(),
}  # fmt: skip


def storage(kind: pa.DataType) -> pa.DataType:
    """The type of the values: dictionaries, run-end encoding and extension types taken off."""
    while True:
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif pt.is_dictionary(kind) or pt.is_run_end_encoded(kind):
            kind = kind.value_type
        else:
            return kind


def family(kind: pa.DataType) -> Family:
    """The family of a type; what encodes it is taken off first."""
    plain = storage(kind)
    return next((name for name, test in _TESTS if test(plain)), "other")


def of_arrow(kind: pa.DataType) -> ColumnType:
    """An Arrow type as ours."""
    plain, own = storage(kind), family(kind)
    return _OURS[own](plain) if own in _OURS else ColumnType(own)


def to_arrow(column_type: ColumnType) -> pa.DataType | None:
    """The Arrow type in which a table keeps a type's values; None: the type leaves it open.

    Integers beyond 64 bits and decimals without limit have no Arrow type that every reader knows: they are left open.
    """
    nested = _ARROW.get(column_type.family)
    return nested(column_type) if nested else _SIMPLE.get(column_type.family)


def _decimal(kind: pa.DataType) -> ColumnType:
    return decimal(kind.precision - min(kind.scale, 0), max(kind.scale, 0))


def _list(kind: pa.DataType) -> ColumnType:
    size = kind.list_size if pt.is_fixed_size_list(kind) else None
    return ColumnType("list", items=of_arrow(kind.value_type), size=size)


def _decimal_in_arrow(column_type: ColumnType) -> pa.DataType | None:
    if column_type.precision is None or column_type.precision > _WIDEST_DECIMAL:
        return None
    return pa.decimal128(column_type.precision, column_type.scale or 0)


def _timestamp_in_arrow(column_type: ColumnType) -> pa.DataType | None:
    return None if column_type.zoned is None else pa.timestamp("us", tz="UTC" if column_type.zoned else None)


def _list_in_arrow(column_type: ColumnType) -> pa.DataType | None:
    items = to_arrow(column_type.items) if column_type.items else None
    return None if items is None else pa.list_(items)


def _map_in_arrow(column_type: ColumnType) -> pa.DataType | None:
    key = to_arrow(column_type.key) if column_type.key else None
    value = to_arrow(column_type.value) if column_type.value else None
    return None if key is None or value is None else pa.map_(key, value)


def _struct_in_arrow(column_type: ColumnType) -> pa.DataType | None:
    fields = [(name, to_arrow(inner)) for name, inner in column_type.fields or ()]
    known = [(name, kind) for name, kind in fields if kind is not None]
    return pa.struct(known) if known and len(known) == len(fields) else None


_OURS: Final[Mapping[Family, Callable[[pa.DataType], ColumnType]]] = {
    "integer": lambda kind: integer(kind.bit_width, signed=pt.is_signed_integer(kind)),
    "float": lambda kind: binary_float(max(kind.bit_width, 32)),
    "decimal": _decimal,
    "timestamp": lambda kind: timestamp(zoned=kind.tz is not None, digits=_DIGITS[kind.unit]),
    "time": lambda kind: time(zoned=False, digits=_DIGITS[kind.unit]),
    "list": _list,
    "map": lambda kind: ColumnType("map", key=of_arrow(kind.key_type), value=of_arrow(kind.item_type)),
    "struct": lambda kind: ColumnType("struct", fields=tuple((part.name, of_arrow(part.type)) for part in kind)),
}
_ARROW: Final[Mapping[Family, Callable[[ColumnType], pa.DataType | None]]] = {
    "integer": lambda column_type: _INTEGERS.get((column_type.bits or 0, column_type.signed)),
    "float": lambda column_type: pa.float32() if column_type.bits == 32 else pa.float64(),  # noqa: PLR2004 - binary32
    "decimal": _decimal_in_arrow,
    "timestamp": _timestamp_in_arrow,
    "list": _list_in_arrow,
    "map": _map_in_arrow,
    "struct": _struct_in_arrow,
}


def _is_list_view(kind: pa.DataType) -> bool:
    return bool(pt.is_list_view(kind) or pt.is_large_list_view(kind))
