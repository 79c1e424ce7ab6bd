"""A contract's columns as Arrow and as Dagster call them, and casting a batch to them.

What belongs here: types. What does not: judging: a column that cannot be cast without loss stays as it is, so that the
contract's own checks say what is wrong with it.
"""

from collections.abc import Iterable
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from data_platform.contracts.checks.duckdb.table import readable
from data_platform.contracts.elements import Property
from data_platform.contracts.rules.sql.fitting import changed_by_cast
from data_platform.contracts.types.arrow import family, of_arrow, to_arrow
from data_platform.contracts.types.holding import NUMBERS, holds
from data_platform.contracts.types.model import ColumnType, Family
from data_platform.contracts.types.writing import written
from data_platform.storage.delta.schema import WHOLE
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
_DIGITS: Final = 38
_WIDER: Final = {8: pa.int16(), 16: pa.int32(), 32: pa.int64(), 64: pa.decimal128(20, 0)}
"""Delta tables have no integers without sign: the next wider type holds the same values."""
_CASTS: Final[dict[str, tuple[Family, ...]]] = {
    "integer": ("integer", "float", "decimal"),
    "float": ("integer", "float", "decimal"),
    "decimal": ("integer", "decimal", "float"),
    "date": ("date",),
    "timestamp": ("timestamp",),
    "text": ("text",),
}
"""For each family of type, what is cast to it. Text never becomes a number here: that would be a guess."""


def arrow_type(column: Property, given: pa.DataType | None = None) -> pa.DataType:
    """The Arrow type of a column.

    Args:
        column: The column.
        given: The type that a batch has, to go by where the contract leaves it open: whether a timestamp has a zone.
    """
    kind = _physical(column.column_type)
    if kind is not None:
        return kind
    match column.logical_type:
        case "timestamp":
            return _timestamp(column, given)
        case "array" | "vector":
            return pa.list_(arrow_type(column.items)) if column.items else given or pa.list_(pa.null())
        case "object" if column.properties:
            return pa.struct([(field.column, arrow_type(field)) for field in column.properties])
    return _LOGICAL.get(column.logical_type or "", given or pa.string())


def arrow_schema(properties: Iterable[Property]) -> pa.Schema:
    """The Arrow schema of a product's columns."""
    return pa.schema([(column.column, arrow_type(column)) for column in properties])


def cast(batch: pa.Table, properties: Iterable[Property]) -> pa.Table:
    """A batch with its columns in the contract's order and types, as far as that loses nothing.

    Args:
        batch: The batch; columns that the contract lacks stay, last.
        properties: The contract's columns.
    """
    batch = plain(batch)
    types = {
        column.column: arrow_type(column, batch.schema.field(column.column).type)
        for column in properties
        if column.column in batch.column_names
    }
    names = [*types, *(name for name in batch.column_names if name not in types)]
    columns = [_cast(batch.column(name), types[name]) if name in types else batch.column(name) for name in names]
    return pa.table(columns, names=names)


def conformed(batch: pa.Table, declared: pa.Schema) -> pa.Table:
    """A batch with the declared columns and no others: those that it lacks are null."""
    nulls = {field.name: pa.nulls(len(batch), field.type) for field in declared if field.name not in batch.column_names}
    return pa.table({name: nulls[name] if name in nulls else batch.column(name) for name in declared.names})


def _cast(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    own, to = family(column.type), family(wanted)
    if column.type == wanted or (own != "null" and own not in _CASTS.get(to, (to,))):
        return column
    if to == "timestamp" and own != "null" and bool(column.type.tz) != bool(wanted.tz):
        return column
    if {own, to} <= NUMBERS and column.type != wanted and not holds(of_arrow(wanted), of_arrow(column.type)):
        return _cast_by_value(column, wanted)
    try:
        # Arrow asks for a decimal as wide as the widest integer of its type, whatever the values are.
        return pc.cast(pc.cast(column, WHOLE) if (own, to) == ("integer", "decimal") else column, wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return column


def _cast_by_value(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    """Numbers as another type if that holds each of them: by the cast there and back with which the checks judge them.

    Arrow's own checked casts go by other rules: they round between binary and decimal fractions, and refuse whole
    numbers that a float holds.
    """
    kind, own = written(of_arrow(wanted)), of_arrow(column.type)
    try:
        numbers = readable(pa.table({"v": column}))
    except pa.ArrowInvalid:
        return column  # of more digits than DuckDB reads
    with duckdb.connect() as connection:
        connection.register("numbers", numbers)
        changed = f"SELECT 1 FROM numbers WHERE {changed_by_cast(of_arrow(wanted), own, 'v')} LIMIT 1"  # noqa: S608 - names of types, made here
        if connection.execute(changed).fetchone():
            return column
        rows = connection.execute(f"SELECT TRY_CAST(v AS {kind}) AS v FROM numbers").to_arrow_table()  # noqa: S608
    return rows.column(0).cast(wanted)


def _physical(column_type: ColumnType | None) -> pa.DataType | None:
    """What a table keeps a physical type's values as; None: the logical type says."""
    if column_type is None:
        return None
    if column_type.family == "integer" and not column_type.signed:
        return _WIDER.get(column_type.bits or 0, pa.decimal128(_DIGITS, 0))
    if column_type.family == "integer" and (column_type.bits is None or column_type.bits > 64):  # noqa: PLR2004 - int64
        return pa.decimal128(_DIGITS, 0)
    return to_arrow(column_type)


def _timestamp(column: Property, given: pa.DataType | None) -> pa.DataType:
    zoned = column.logical_type_options.get("timezone")
    if zoned is None and given is not None and pat.is_timestamp(given):
        zoned = given.tz is not None
    return _LOCAL if zoned is False else _UTC
