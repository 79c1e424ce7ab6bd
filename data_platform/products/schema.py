"""A contract's columns as Arrow and as Dagster call them, and casting a batch to them.

What belongs here: types. What does not: judging: a column that cannot be cast without loss stays as it is, so that the
contract's own checks say what is wrong with it.
"""

from collections.abc import Iterable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from data_platform.contracts.checks.arrow_types import Family, Physical, UnknownTypeError, family
from data_platform.contracts.elements import Property
from data_platform.storage.formats.column_types import plain

_UTC: Final = pa.timestamp("us", tz="UTC")
_LOCAL: Final = pa.timestamp("us")
_LOGICAL: Final = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "time": pa.time64("us"),
}
_PHYSICAL: Final = {
    **dict.fromkeys(("tinyint", "byteint"), pa.int8()),
    **dict.fromkeys(("smallint", "int2", "short", "int16"), pa.int16()),
    **dict.fromkeys(("int", "integer", "int4", "int32"), pa.int32()),
    **dict.fromkeys(("real", "float4", "float32"), pa.float32()),
    **dict.fromkeys(("binary", "varbinary", "blob", "bytea", "bytes"), pa.binary()),
}
_CASTS: Final[dict[str, tuple[Family, ...]]] = {
    "integer": ("integer", "float", "decimal"),
    "float": ("integer", "float", "decimal"),
    "decimal": ("integer", "decimal"),
    "date": ("date",),
    "timestamp": ("timestamp",),
    "text": ("text",),
}
"""For each family of type, what is cast to it. Text never becomes a number here: that would be a guess."""


def arrow_type(one: Property, given: pa.DataType | None = None) -> pa.DataType:
    """The Arrow type of a column.

    Args:
        one: The column.
        given: The type that a batch has, to go by where the contract leaves it open: whether a timestamp has a zone.
    """
    physical = _physical(one)
    if physical and physical.name in ("decimal", "numeric", "number") and physical.first:
        return pa.decimal128(physical.first, physical.second or 0)
    if physical and physical.name in _PHYSICAL:
        return _PHYSICAL[physical.name]
    match one.logical_type:
        case "timestamp":
            return _timestamp(one, physical, given)
        case "array" | "vector":
            return pa.list_(arrow_type(one.items)) if one.items else given or pa.list_(pa.null())
        case "object" if one.properties:
            return pa.struct([(each.column, arrow_type(each)) for each in one.properties])
    return _LOGICAL.get(one.logical_type or "", given or pa.string())


def arrow_schema(properties: Iterable[Property]) -> pa.Schema:
    """The Arrow schema of a product's columns."""
    return pa.schema([(one.column, arrow_type(one)) for one in properties])


def cast(batch: pa.Table, properties: Iterable[Property]) -> pa.Table:
    """A batch with its columns in the contract's order and types, as far as that loses nothing.

    Args:
        batch: The batch; columns that the contract lacks stay, last.
        properties: The contract's columns.
    """
    batch = plain(batch)
    types = {
        one.column: arrow_type(one, batch.schema.field(one.column).type)
        for one in properties
        if one.column in batch.column_names
    }
    names = [*types, *(name for name in batch.column_names if name not in types)]
    columns = [_cast(batch.column(name), types[name]) if name in types else batch.column(name) for name in names]
    return pa.table(columns, names=names)


def _cast(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    own, to = family(column.type), family(wanted)
    if column.type == wanted or (own != "null" and own not in _CASTS.get(to, (to,))):
        return column
    if to == "timestamp" and own != "null" and bool(column.type.tz) != bool(wanted.tz):
        return column
    try:
        return pc.cast(column, wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return column


def _physical(one: Property) -> Physical | None:
    try:
        return Physical.parse(one.physical_type) if one.physical_type else None
    except UnknownTypeError:
        return None


def _timestamp(one: Property, physical: Physical | None, given: pa.DataType | None) -> pa.DataType:
    zoned = one.logical_type_options.get("timezone")
    if physical and physical.name in ("timestamp_ntz", "timestampntz", "timestamp without time zone"):
        zoned = False
    elif physical and physical.name not in ("timestamp", "datetime"):
        zoned = True
    if zoned is None and given is not None and pat.is_timestamp(given):
        zoned = given.tz is not None
    return _LOCAL if zoned is False else _UTC
