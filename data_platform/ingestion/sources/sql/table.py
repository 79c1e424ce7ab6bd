"""A table of a database: its marks by day, and its rows as Parquet, typed as the database has them.

What belongs here: the queries, the same for every database. What does not: types (``types``) and connections
(``engine``).

With a cursor, a mark is the count of rows and the highest value of the cursor: rows that are added, changed or deleted
change it. Without one, the rows themselves are read and their digest is the mark.
"""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from data_platform.ingestion.archive import mark_of
from data_platform.ingestion.errors import MalformedError, OverLimitError, PermanentSourceError
from data_platform.ingestion.limits import Allowance, size_text
from data_platform.ingestion.sources.reading import ALL, Delivery, Remarks, Shown
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.ingestion.sources.sql import engine
from data_platform.ingestion.sources.sql.types import array_of, type_of
from data_platform.ingestion.sources.where import SqlWhere
from data_platform.storage.formats.column_types import parse_type, schema_of

_ROWS_AT_ONCE: Final = 10_000
_OVERLAP: Final = timedelta(hours=1)
"""A transaction sets its rows' times when it begins, and shows them when it ends: longer ones are not foreseen."""


class TableReader:
    """A table within one transaction; see ``reading.Reader``."""

    def __init__(self, connection: sa.Connection, spec: SourceSpec, where: SqlWhere) -> None:
        """Look at the table.

        Args:
            connection: A transaction of ``engine.reading``.
            spec: What is read of it.
            where: The table.

        Raises:
            PermanentSourceError: There is no such table, or no such column to divide it by.
        """
        self._connection, self._spec, self._name = connection, spec, where.table
        self._table = engine.table_of(connection, where.table)
        self._parent, self._day = self._table, None
        if spec.partition is not None:
            if spec.partition.parent is not None:
                self._parent = engine.table_of(connection, spec.partition.parent)
            self._day = _column(self._parent, spec.partition.column)
            for name in spec.partition.join:
                _column(self._parent, name)

    def shown(self, days: tuple[date, date] | None) -> Mapping[str, Mapping[str, Shown]]:
        """What there is, by day; days without rows are left out."""
        if days is None or self._day is None:
            return {ALL: {self._name: self._mark((), ALL)}}
        if self._spec.cursor is None:
            first, last = days
            each = (first + timedelta(days=number) for number in range((last - first).days + 1))
            marks = {day.isoformat(): self._mark(self._within(day, day), day.isoformat()) for day in each}
            return {day: {self._name: shown} for day, shown in marks.items() if shown.rows}
        day = self._date_of_row()
        counted = sa.select(day, sa.func.count(), sa.func.max(self._cursor())).select_from(self._joined())
        counted = counted.where(*self._within(*days)).group_by(day)
        return {
            str(key)[:10]: {self._name: Shown(mark_of(self._name, rows, newest), rows)}
            for key, rows, newest in self._connection.execute(counted)
        }

    def read(self, slot: str, piece: str) -> Delivery:
        """The rows of a day, or all.

        Raises:
            OverLimitError: It takes longer or becomes larger than an extract may.
            MalformedError: A value is not of the type that the database says.
        """
        where = () if slot == ALL else self._within(date.fromisoformat(slot), date.fromisoformat(slot))
        shown = self._mark(where, slot)
        return Delivery(self._parquet(self._rows(where), piece), ".parquet", shown.mark)

    def changes(self, cursor: str) -> Delivery:
        """The rows whose cursor is as high as one that was read before, or higher, and of times some before it.

        Args:
            cursor: The highest that was read, as text.

        Raises:
            OverLimitError: As of ``read``.
            MalformedError: As of ``read``.
        """
        column = self._cursor()
        known = pa.scalar(cursor).cast(parse_type(type_of(column.type))).as_py()
        since = known - _OVERLAP if isinstance(known, date) else known  # a datetime is a date as well
        where = (column >= since,)
        return Delivery(self._parquet(self._rows(where), self._name), ".parquet", self._mark((), ALL).mark)

    def all_keys(self) -> Iterator[pa.Table]:
        """The keys of all rows, some thousand at a time, each part with the columns in the order of ``key``.

        Raises:
            OverLimitError: It takes longer than an extract may.
            MalformedError: As of ``read``.
        """
        columns = [_column(self._table, self._spec.source_name(name)) for name in self._spec.key]
        allowed = Allowance(engine.LIMITS)
        for part in self._parts(sa.select(*columns).select_from(self._table)):
            yield _table(part, columns)
            allowed.spent(f"{self._name}: reading the keys")

    def schema(self) -> pa.Schema:
        """The columns that are read, as rows have them."""
        return _schema(self._wanted())

    def remarks(self) -> Remarks:
        """How many rows are of no day."""
        if self._day is None or not self._day.nullable:
            return Remarks()
        without = sa.select(sa.func.count()).select_from(self._joined()).where(self._day.is_(None))
        return Remarks(without_day=int(self._connection.scalar(without) or 0))

    def _mark(self, where: tuple[sa.ColumnElement[bool], ...], slot: str) -> Shown:
        if self._spec.cursor is None:
            return self._digest(where, slot)
        query = sa.select(sa.func.count(), sa.func.max(self._cursor())).select_from(self._joined()).where(*where)
        rows, newest = self._connection.execute(query).one()
        return Shown(mark_of(self._name, rows, newest), rows)

    def _digest(self, where: tuple[sa.ColumnElement[bool], ...], slot: str) -> Shown:
        digest, rows, allowed = hashlib.blake2b(digest_size=16), 0, Allowance(engine.LIMITS)
        for part in self._parts(self._rows(where)):
            for row in part:
                digest.update(repr(tuple(row)).encode())
            rows += len(part)
            allowed.spent(f"{self._name}: looking at {rows} rows of {slot}")
        return Shown(mark_of(self._name, rows, digest.hexdigest()), rows)

    def _rows(self, where: tuple[sa.ColumnElement[bool], ...]) -> sa.Select[Any]:
        """The query for rows, in an order that is always the same."""
        wanted = self._wanted()
        by = [self._spec.source_name(name) for name in self._spec.key]
        order = [column for column in wanted if column.name in by] or [
            column for column in wanted if not isinstance(column.type, sa.JSON | sa.ARRAY | sa.LargeBinary)
        ]
        return sa.select(*wanted).select_from(self._joined()).where(*where).order_by(*order)

    def _wanted(self) -> list[sa.Column[Any]]:
        """The columns that are read: all that the table has, but what is left out."""
        return [column for column in self._table.columns if column.name not in self._spec.leave_out]

    def _cursor(self) -> sa.Column[Any]:
        return _column(self._table, self._spec.source_name(str(self._spec.cursor)))

    def _joined(self) -> sa.FromClause:
        if self._parent is self._table:
            return self._table
        partition = self._spec.partition
        names = partition.join if partition else []
        on = (_column(self._table, name) == _column(self._parent, name) for name in names)
        return self._table.join(self._parent, sa.and_(*on))

    def _date_of_row(self) -> sa.ColumnElement[Any]:
        return sa.func.date(self._day)

    def _within(self, first: date, last: date) -> tuple[sa.ColumnElement[bool], ...]:
        """The rows of some days, in a way that an index on the column serves."""
        day = self._day
        if day is None:
            return ()
        after = last + timedelta(days=1)
        kind = type_of(day.type)
        if kind == "string" or self._connection.dialect.name == "sqlite":  # as text they sort as they follow each other
            text = sa.type_coerce(day, sa.String)
            return text >= first.isoformat(), text < after.isoformat()
        if kind == "date":
            return day >= first, day < after
        if not kind.startswith("timestamp"):
            raise PermanentSourceError(
                f"{day.table.name}.{day.name} is {kind}, and a day is taken from a date or time: name another column "
                "for the partition"
            )
        start, end = (datetime(at.year, at.month, at.day) for at in (first, after))  # noqa: DTZ001 - as the transaction
        return day >= start, day < end

    def _parts(self, query: sa.Select[Any]) -> Iterator[list[sa.Row[Any]]]:
        result = self._connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE})
        try:
            yield from (list(part) for part in result.partitions())
        except (ValueError, TypeError, ArithmeticError) as error:  # SQLite keeps any text in a column of dates
            kind = type(error).__name__
            raise MalformedError(f"{self._name}: a value is not of the type that the table says ({kind})") from None

    def _parquet(self, query: sa.Select[Any], piece: str) -> bytes:
        """The rows of a query as a Parquet file, read a few thousand at a time."""
        columns = self._wanted()
        buffer, rows, allowed = io.BytesIO(), 0, Allowance(engine.LIMITS)
        with pq.ParquetWriter(buffer, _schema(columns), compression="zstd") as writer:
            for part in self._parts(query):
                writer.write_table(_table(part, columns))
                rows += len(part)
                allowed.spent(f"{piece}: {rows} rows of the extract")
                if buffer.tell() > engine.LIMITS.answer_bytes:
                    limit = size_text(engine.LIMITS.answer_bytes)
                    raise OverLimitError(f"{piece}: the extract is larger than {limit}, the limit")
        return buffer.getvalue()


def _schema(columns: Sequence[sa.Column[Any]]) -> pa.Schema:
    return schema_of({column.name: type_of(column.type) for column in columns})


def _table(rows: Sequence[sa.Row[Any]], columns: Sequence[sa.Column[Any]]) -> pa.Table:
    """Some rows with the types of their columns."""
    schema, values = _schema(columns), list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [array_of(values[at], field.type, field.name) for at, field in enumerate(schema)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _column(table: sa.Table, name: str) -> sa.Column[Any]:
    """A column of a table.

    Raises:
        PermanentSourceError: It has none such.
    """
    if name not in table.columns:
        there = ", ".join(column.name for column in table.columns)
        raise PermanentSourceError(f"{table.name} has no column {name}; it has {there}")
    return table.columns[name]
