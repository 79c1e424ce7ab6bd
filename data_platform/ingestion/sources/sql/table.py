"""A table of a database: its marks by day, and its rows as Parquet, typed as the database has them.

What belongs here: the queries, the same for every database. What does not: types (``types``), days (``days``), what
tells that a table moved (``moves``), and connections (``engine``).

With a cursor, a mark is the count of rows and what ``moves`` asks for: rows that are added, changed or deleted change
it. Without one, or with one of dates, the rows themselves are read and their digest is the mark.
"""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from data_platform.ingestion.archive import mark_of
from data_platform.ingestion.errors import MalformedError, OverLimitError, PermanentSourceError
from data_platform.ingestion.limits import Allowance, size_text
from data_platform.ingestion.sources.reading import ALL, Delivery, Remarks, Shown, nothing
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.ingestion.sources.sql import engine
from data_platform.ingestion.sources.sql.days import DayOfRow
from data_platform.ingestion.sources.sql.moves import aggregates, is_fine
from data_platform.ingestion.sources.sql.types import array_of, read_as, selected, type_of
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
            self._day = DayOfRow(_column(self._parent, spec.partition.column), connection.dialect.name)
            for name in spec.partition.join:
                _column(self._parent, name)

    def shown(self, days: tuple[date, date] | None) -> Mapping[str, Mapping[str, Shown]]:
        """What there is, by day; days without rows are left out."""
        if days is None or self._day is None:
            return {ALL: {self._name: self._mark((), ALL)}}
        if not self._is_marked_by_cursor():
            first, last = days
            each = (first + timedelta(days=number) for number in range((last - first).days + 1))
            marks = {day.isoformat(): self._mark(self._within(day, day), day.isoformat()) for day in each}
            return {day: {self._name: shown} for day, shown in marks.items() if shown.rows}
        of_row = self._day.of_row
        counted: sa.Select[Any] = sa.select(of_row, *self._moves()).select_from(self._joined())
        counted = counted.where(*self._within(*days)).group_by(of_row)
        return {
            str(day)[:10]: {self._name: Shown(mark_of(self._name, rows, *moved), rows)}
            for day, rows, *moved in map(list, self._told(counted))
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

        Rows without one are among them: nothing else says whether they changed.

        Args:
            cursor: The highest that was read, as text.

        Raises:
            OverLimitError: As of ``read``.
            MalformedError: As of ``read``.
        """
        column = self._cursor()
        known = pa.scalar(cursor).cast(parse_type(type_of(column.type))).as_py()
        since = known - _OVERLAP if isinstance(known, date) else known  # a datetime is a date as well
        where = (sa.or_(column >= since, column.is_(None)),)
        return Delivery(self._parquet(self._rows(where), self._name), ".parquet", self._mark((), ALL).mark)

    def all_keys(self) -> Iterator[pa.Table]:
        """The keys of all rows, some thousand at a time: the columns of ``key``, and the cursor.

        Raises:
            OverLimitError: It takes longer than an extract may.
            MalformedError: As of ``read``.
        """
        key, cursor = self._key(), self._cursor()
        columns = key if cursor.name in [column.name for column in key] else [*key, cursor]
        allowed = Allowance(engine.LIMITS)
        for part in self._parts(sa.select(*map(selected, columns)).select_from(self._table)):
            yield _table(part, self._schema(columns))
            allowed.spent(f"{self._name}: reading the keys")

    def schema(self) -> pa.Schema:
        """The columns that are read, as rows have them."""
        return self._schema(self._wanted())

    def remarks(self) -> Remarks:
        """How many rows are of no day, those among them that belong to no row of the parent."""
        if self._day is None:
            return Remarks()
        without = sa.select(sa.func.count()).select_from(self._joined(lone=True)).where(self._day.missing())
        return Remarks(without_day=int(self._connection.scalar(without) or 0))

    def _mark(self, where: tuple[sa.ColumnElement[bool], ...], slot: str) -> Shown:
        if not self._is_marked_by_cursor():
            return self._digest(where, slot)
        query = sa.select(*self._moves()).select_from(self._joined()).where(*where)
        (row,) = self._told(query)
        return Shown(mark_of(self._name, *row), row[0]) if row[0] else nothing(self._name)

    def _is_marked_by_cursor(self) -> bool:
        return self._spec.cursor is not None and is_fine(self._cursor())

    def _moves(self) -> Sequence[sa.ColumnElement[Any]]:
        """What changes whenever a row is added, changed or deleted."""
        return [sa.func.count(), *aggregates(self._cursor(), self._key(), self._connection.dialect.name)]

    def _digest(self, where: tuple[sa.ColumnElement[bool], ...], slot: str) -> Shown:
        """The mark of the rows themselves, whatever their order: the sum of their digests."""
        total, rows, allowed = 0, 0, Allowance(engine.LIMITS)
        for part in self._parts(self._unordered(where)):
            for row in part:
                total += int.from_bytes(hashlib.blake2b(repr(tuple(row)).encode(), digest_size=16).digest())
            rows += len(part)
            allowed.spent(f"{self._name}: looking at {rows} rows of {slot}")
        return Shown(mark_of(self._name, rows, total % 2**128), rows) if rows else nothing(self._name)

    def _rows(self, where: tuple[sa.ColumnElement[bool], ...]) -> sa.Select[Any]:
        """The query for rows, in the order of the key where there is one."""
        return self._unordered(where).order_by(*self._key())

    def _unordered(self, where: tuple[sa.ColumnElement[bool], ...]) -> sa.Select[Any]:
        return sa.select(*map(selected, self._wanted())).select_from(self._joined()).where(*where)

    def _wanted(self) -> list[sa.Column[Any]]:
        """The columns that are read: all that the table has, but what is left out."""
        return [column for column in self._table.columns if column.name not in self._spec.leave_out]

    def _cursor(self) -> sa.Column[Any]:
        return _column(self._table, self._spec.source_name(str(self._spec.cursor)))

    def _key(self) -> list[sa.Column[Any]]:
        return [_column(self._table, self._spec.source_name(name)) for name in self._spec.key]

    def _joined(self, *, lone: bool = False) -> sa.FromClause:
        """The table, with its parent where it has one; with rows that have no parent as well, if wanted."""
        if self._parent is self._table:
            return self._table
        partition = self._spec.partition
        names = partition.join if partition else []
        on = (_column(self._table, name) == _column(self._parent, name) for name in names)
        return self._table.join(self._parent, sa.and_(*on), isouter=lone)

    def _within(self, first: date, last: date) -> tuple[sa.ColumnElement[bool], ...]:
        return () if self._day is None else self._day.within(first, last)

    def _schema(self, columns: Sequence[sa.Column[Any]]) -> pa.Schema:
        declared = {self._spec.source_name(name): said.type for name, said in self._spec.columns.items()}
        return schema_of({column.name: read_as(column.type, declared.get(column.name)) for column in columns})

    def _told(self, query: sa.Select[Any]) -> Iterator[sa.Row[Any]]:
        """Rows as they come, where the driver can make values of them; the first are had by asking already."""
        try:
            yield from self._connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE})
        except (ValueError, TypeError, ArithmeticError) as error:  # SQLite keeps any text in a column of dates
            times = [column.name for column in self._wanted() if type_of(column.type).startswith(("date", "timestamp"))]
            raise MalformedError(
                f"{self._name}: a value is not of the type that the table says, or infinity, or beyond the years 1 to "
                f"9999 ({type(error).__name__}); columns of times are {', '.join(times) or 'none'}: have it mended, or "
                "name the column in leave_out"
            ) from None

    def _parts(self, query: sa.Select[Any]) -> Iterator[list[sa.Row[Any]]]:
        rows = self._told(query)
        while part := list(islice(rows, _ROWS_AT_ONCE)):
            yield part

    def _parquet(self, query: sa.Select[Any], piece: str) -> bytes:
        """The rows of a query as a Parquet file, read a few thousand at a time."""
        schema = self.schema()
        buffer, rows, allowed = io.BytesIO(), 0, Allowance(engine.LIMITS)
        with pq.ParquetWriter(buffer, schema, compression="zstd") as writer:
            for part in self._parts(query):
                writer.write_table(_table(part, schema))
                rows += len(part)
                allowed.spent(f"{piece}: {rows} rows of the extract")
                if buffer.tell() > engine.LIMITS.answer_bytes:
                    limit = size_text(engine.LIMITS.answer_bytes)
                    raise OverLimitError(f"{piece}: the extract is larger than {limit}, the limit")
        return buffer.getvalue()


def _table(rows: Sequence[sa.Row[Any]], schema: pa.Schema) -> pa.Table:
    """Some rows with the types of a schema."""
    values = list(zip(*rows, strict=True)) or [()] * len(schema)
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
