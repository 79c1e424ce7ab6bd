"""Making an Arrow table fit a Delta table: types that Delta has, the columns that are there, the partition's rows.

What belongs here: checks and casts in memory. What does not: reading or writing a table (``delta``).
Delta's types: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#primitive-types.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.column_types import map_children, plain, plain_type

Partition = Mapping[str, str]
"""One partition: for each partition column the value that all its rows have, as text."""

_SHOWN: Final = 5
WHOLE: Final = pa.decimal128(20, 0)
"""Holds every integer of 64 bits, with sign or without."""
_WIDER: Final = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.int64(),
    pa.float16(): pa.float32(),
    pa.date64(): pa.date32(),
}


def fit(
    data: pa.Table, uri: str, *, current: pa.Schema | None, declared: pa.Schema | None = None, evolve: bool = False
) -> pa.Table:
    """Cast a table to what the Delta table has, or to what Delta can have.

    Args:
        data: The rows to write.
        uri: The Delta table, for messages.
        current: The Delta table's schema; ``None`` where there is none yet or it is to be replaced.
        declared: Types of columns that ``current`` does not have; what a column of nothing but nulls is cast to.
        evolve: Whether columns may come that ``current`` lacks, and stay away that it has (then null).

    Returns:
        The rows with the columns in the order of ``current``, new ones last. Timestamps are in microseconds, those
        with a zone in UTC.

    Raises:
        InvalidFrame: Names the columns: missing, additional, of a type that does not fit, of no type at all.
    """
    data = plain(data)
    names = data.column_names
    known = list(current.names) if current is not None else []
    missing = [name for name in known if name not in names]
    extra = [name for name in names if name not in known]
    if current is not None and not evolve and (missing or extra):
        raise InvalidFrame(
            f"{uri}: the table's columns are {known}; missing {missing}, not in the table {extra}. Write the same "
            "columns, or allow schema evolution.",
            uri=uri,
        )
    fields = {name: _target(name, data, current, declared) for name in [*known, *extra]}
    if untyped := [name for name, kind in fields.items() if _is_untyped(kind)]:
        raise InvalidFrame(
            f"{uri}: the columns {untyped} hold nothing but nulls, so their types are unknown. Give them one (pandas: "
            ".astype('string')), or declare it in the asset's 'dagster/column_schema' metadata.",
            uri=uri,
        )
    columns = [
        _cast(data.column(name), kind, name, uri) if name in names else pa.nulls(data.num_rows, kind)
        for name, kind in fields.items()
    ]
    return pa.table(columns, schema=pa.schema(list(fields.items())))


def check_partition_rows(data: pa.Table, partitions: Sequence[Partition], uri: str) -> None:
    """See that every row belongs to one of the partitions.

    Args:
        data: The rows.
        partitions: At least one, all with the same columns, values not empty.
        uri: The Delta table, for messages.

    Raises:
        InvalidFrame: There is no partition, a partition column is missing or is neither text nor a date, or rows are
            of other partitions; the message names their values.
    """
    columns = list(partitions[0]) if partitions else []
    if not columns or any(list(partition) != columns or not all(partition.values()) for partition in partitions):
        raise InvalidFrame(
            f"{uri}: name at least one partition, all by the same columns, with values; not {partitions}"
        )
    for column in columns:
        kind = data.schema.field(column).type if column in data.column_names else None
        if kind is None or not (pat.is_string(plain_type(kind)) or pat.is_date(kind) or pat.is_null(kind)):
            raise InvalidFrame(
                f"{uri}: the partition column {column!r} must be in the frame, as text or date; it is {kind}. The "
                f"frame has {data.column_names}. In pandas: frame[{column!r}] = {partitions[0][column]!r}, or .dt.date",
                uri=uri,
            )
    asked = {tuple(partition.values()) for partition in partitions}
    outside = sorted(partition_values(data, columns) - asked, key=str)
    if outside:
        shown = ", ".join(str(dict(zip(columns, values, strict=True))) for values in outside[:_SHOWN])
        raise InvalidFrame(
            f"{uri}: there are rows of {len(outside)} other partitions than those to be written: {shown}. Filter the "
            f"frame to {columns} in {sorted(asked)[:_SHOWN]}.",
            uri=uri,
        )


def partition_values(data: pa.Table, columns: Sequence[str]) -> set[tuple[str | None, ...]]:
    """The combinations of values, as text, that rows have in the partition columns."""
    distinct = data.select(columns).group_by(list(columns)).aggregate([]).to_pylist()
    return {tuple(partition_text(row[column]) for column in columns) for row in distinct}


def partition_text(value: Any) -> str | None:
    """A partition column's value as Delta's log has it: text as it is, a date as ``YYYY-MM-DD``."""
    return value.isoformat() if isinstance(value, date) else value


def predicate(partitions: Iterable[Partition]) -> str:
    """SQL that is true for the rows of the partitions. Quotes in names and values are doubled.

    ``"day" IN ('2024-01-01', '2024-01-02')``; with several columns ``("day" = '...' AND "shop" = '...') OR (...)``.
    """
    partitions = list(partitions)
    if len(partitions[0]) == 1:
        (column,) = partitions[0]
        return f"{_name(column)} IN ({', '.join(_text(partition[column]) for partition in partitions)})"
    terms = (
        " AND ".join(f"{_name(column)} = {_text(value)}" for column, value in partition.items())
        for partition in partitions
    )
    return " OR ".join(f"({term})" for term in terms)


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _target(name: str, data: pa.Table, current: pa.Schema | None, declared: pa.Schema | None) -> pa.DataType:
    if current is not None and name in current.names:
        return plain_type(current.field(name).type)
    own = data.schema.field(name).type
    if declared is not None and name in declared.names and _is_untyped(own):
        own = plain_type(declared.field(name).type)
    return delta_type(own)


def delta_type(kind: pa.DataType) -> pa.DataType:
    """The nearest type that Delta has and that loses nothing."""
    if pat.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC" if kind.tz else None)
    return _WIDER.get(kind, map_children(kind, delta_type))


def _is_untyped(kind: pa.DataType) -> bool:
    if pat.is_list(kind) or pat.is_map(kind):
        return any(_is_untyped(kind.field(i).type) for i in range(kind.num_fields))
    if pat.is_struct(kind):
        return kind.num_fields == 0 or any(_is_untyped(field.type) for field in kind)
    return bool(pat.is_null(kind))


def exactly(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """A column in another type that holds each of its values: there and back, they are the same.

    Arrow's own checked casts round binary fractions to decimal ones and to shorter binary ones, and cut the time off
    instants that are dates.

    Raises:
        ArrowException: It holds not all of them, or none.
    """
    if column.type == kind:
        return column
    # Arrow asks for a decimal as wide as the widest integer of its type, whatever the values are.
    is_whole = pat.is_integer(column.type) and pat.is_decimal(kind)
    there = (column.cast(WHOLE) if is_whole else column).cast(kind)
    if pat.is_null(column.type) or _holds_all(kind, column.type):
        return there
    if not _same(there.cast(column.type), column):
        raise pa.ArrowInvalid("they would be rounded")
    return there


def cast_exactly(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """A column in another type, where that holds each of its values; else as it is."""
    if pat.is_null(column.type) or not _comparable(column.type, kind):
        return column
    try:
        return exactly(column, kind)
    except pa.ArrowException:
        return column


def _holds_all(kind: pa.DataType, own: pa.DataType) -> bool:
    """Whether Arrow's own cast either keeps every value or refuses it."""
    if pat.is_nested(kind) or pat.is_nested(own):
        return False
    exact = pat.is_integer(kind) or pat.is_timestamp(kind) or (pat.is_decimal(kind) and pat.is_decimal(own))
    return exact or (pat.is_float64(kind) and not pat.is_decimal(own)) or _family(kind) != "number"


def _same(first: pa.ChunkedArray, second: pa.ChunkedArray) -> bool:
    if not pat.is_floating(first.type):
        return bool(first.equals(second))
    alike = pc.or_(pc.equal(first, second), pc.and_(pc.is_nan(first), pc.is_nan(second)))
    return bool(pc.all(alike).as_py() in (True, None)) and first.null_count == second.null_count


def _cast(column: pa.ChunkedArray, kind: pa.DataType, name: str, uri: str) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if not _comparable(column.type, kind):
        hint = "; give it a zone, .dt.tz_localize('UTC')" if pat.is_timestamp(column.type) else ""
        raise InvalidFrame(f"{uri}: column {name!r} is {column.type}, the table has {kind}{hint}.", uri=uri)
    try:
        return exactly(column, kind)
    except pa.ArrowException as error:
        hint = "; round it first, .dt.floor('us')" if pat.is_timestamp(kind) else ""
        msg = f"{uri}: column {name!r} ({column.type}) has values that {kind} cannot hold{hint}: {error}"
        raise InvalidFrame(msg, uri=uri) from error


def _comparable(own: pa.DataType, kind: pa.DataType) -> bool:
    """Whether a value of one type can be one of the other at all."""
    if pat.is_null(own):
        return True
    if pat.is_timestamp(own) and pat.is_timestamp(kind):
        return (own.tz is None) == (kind.tz is None)
    return _family(own) == _family(kind)


def _family(kind: pa.DataType) -> str:
    if pat.is_integer(kind) or pat.is_floating(kind) or pat.is_decimal(kind):
        return "number"
    if pat.is_date(kind):
        return "date"
    return "timestamp" if pat.is_timestamp(kind) else str(kind.id)
