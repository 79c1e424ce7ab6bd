"""Column types: their names, and which ones every format here can hold.

What belongs here: what a type is called in a contract, in Dagster's column schema and in our metadata, and turning
Arrow's many spellings of one type into a single one. What does not: casting of values to what a table has
(``storage.delta.schema``) or reading them from text (``csv``).
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.types as pat

from data_platform.storage.errors import InvalidFrame

_UTC: Final = pa.timestamp("us", tz="UTC")

_TYPES: Final[Mapping[str, pa.DataType]] = {
    **dict.fromkeys(("string", "str", "text", "varchar", "char", "utf8", "object", "large_string"), pa.string()),
    **dict.fromkeys(("long", "bigint", "int64", "int", "integer"), pa.int64()),
    **dict.fromkeys(("int32",), pa.int32()),
    **dict.fromkeys(("short", "smallint", "int16"), pa.int16()),
    **dict.fromkeys(("byte", "tinyint", "int8"), pa.int8()),
    **dict.fromkeys(("double", "float64", "number", "float"), pa.float64()),
    **dict.fromkeys(("float32", "real"), pa.float32()),
    **dict.fromkeys(("bool", "boolean"), pa.bool_()),
    **dict.fromkeys(("date", "date32", "date32[day]"), pa.date32()),
    **dict.fromkeys(("timestamp", "timestamp_tz", "timestamptz", "timestamp[us, tz=utc]"), _UTC),
    **dict.fromkeys(("timestamp_ntz", "datetime", "timestamp[us]"), pa.timestamp("us")),
}
_DECIMAL = re.compile(r"(?:decimal|numeric|decimal128)\((\d+),\s*(\d+)\)")
_SIZED_TEXT = re.compile(r"(?:var)?char\(\d+\)")


def parse_type(name: str) -> pa.DataType:
    """The Arrow type that a name means.

    Args:
        name: Arrow's, SQL's, Delta's or pandas' name, in any case: ``string``, ``varchar(20)``, ``long``, ``int64``,
            ``double``, ``float`` (64 bits), ``boolean``, ``date``, ``timestamp`` (UTC, microseconds),
            ``timestamp_ntz`` (no zone), ``decimal(10, 2)``, ...

    Raises:
        InvalidFrame: The name is none of those; the message lists them.
    """
    lower = name.strip().lower()
    if lower in _TYPES:
        return _TYPES[lower]
    if decimal := _DECIMAL.fullmatch(lower):
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    if _SIZED_TEXT.fullmatch(lower):
        return pa.string()
    known = ", ".join(sorted(_TYPES))
    raise InvalidFrame(f"column type {name!r} is not known; known are {known}, decimal(p, s), varchar(n)")


def schema_of(columns: Mapping[str, str] | pa.Schema) -> pa.Schema:
    """The Arrow schema of columns given by type names; a schema passes as it is."""
    if isinstance(columns, pa.Schema):
        return columns
    return pa.schema([(name, parse_type(kind)) for name, kind in columns.items()])


def plain_type(kind: pa.DataType) -> pa.DataType:
    """One spelling for types that mean the same: no dictionary, no view, no ``large_``, at any depth."""
    if pat.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pat.is_large_string(kind) or pat.is_string_view(kind):
        return pa.string()
    if pat.is_large_binary(kind) or pat.is_binary_view(kind) or pat.is_fixed_size_binary(kind):
        return pa.binary()
    return map_children(kind, plain_type)


def map_children(kind: pa.DataType, change: Callable[[pa.DataType], pa.DataType]) -> pa.DataType:
    """A list, struct or map type with its inner types changed; any other type as it is."""
    if pat.is_list(kind) or pat.is_large_list(kind) or pat.is_fixed_size_list(kind) or pat.is_list_view(kind):
        return pa.list_(change(kind.value_type))
    if pat.is_struct(kind):
        return pa.struct([(field.name, change(field.type)) for field in kind])
    if pat.is_map(kind):
        return pa.map_(change(kind.key_type), change(kind.item_type))
    return kind


def plain(table: pa.Table) -> pa.Table:
    """The same table with ``plain_type`` columns and without metadata in its schema."""
    schema = pa.schema([(field.name, plain_type(field.type)) for field in table.schema])
    if table.schema.equals(schema, check_metadata=True):
        return table
    columns = [
        column.cast(kind) if column.type != kind else column
        for column, kind in zip(table.columns, schema.types, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)
