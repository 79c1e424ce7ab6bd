"""Reading the order database: how far a table is, and its rows as Parquet.

What belongs here: SQL, the same for SQLite and Postgres. What does not: when it is read (`ingestion`).

A table's mark is its row count and newest `updated_at`: no row is ever deleted, and every change sets `updated_at`.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from data_platform.domains.sales.tables import CUSTOMERS, ORDERS, Source
from data_platform.ingestion.archive import mark_of
from data_platform.ingestion.errors import OverLimitError, PermanentSourceError, TransientSourceError
from data_platform.ingestion.limits import MIB, Allowance, Limits, size_text
from data_platform.orchestration.ingestion.assets import arrow_schema

LIMITS: Final = Limits(total_seconds=3600.0, answer_bytes=2048 * MIB)
"""Of one extract: a table that never ends, or a database that trickles, must not hold the pool for ever."""

_ROWS_AT_ONCE: Final = 10_000


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that sees one state of the database, however long it takes.

    Raises:
        TransientSourceError: The database cannot be reached, is busy, or takes longer for one answer than `LIMITS` say.
        PermanentSourceError: It is not the order database: a table or column is missing, or may not be read.
    """
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")  # the driver alone begins one for writing only
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            if engine.dialect.name == "postgresql":  # in the server: a client that waits for one row counts nothing
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(1000 * LIMITS.total_seconds)}")
            yield connection
    except sa.exc.OperationalError as error:
        kind = PermanentSourceError if "no such" in str(error.orig) else TransientSourceError
        raise kind(f"{engine.url.render_as_string()}: {' '.join(str(error.orig).split())}") from None
    except sa.exc.DBAPIError as error:
        raise PermanentSourceError(f"{engine.url.render_as_string()}: {' '.join(str(error.orig).split())}") from None


def mark_of_table(connection: sa.Connection, source: Source) -> tuple[str, int]:
    """A whole table's mark, and its row count."""
    table = source.clause()
    rows, newest = connection.execute(sa.select(sa.func.count(), sa.func.max(table.c.updated_at))).one()
    return mark_of(source.table, rows, newest), rows


def marks_by_day(connection: sa.Connection, source: Source, first: date, last: date) -> dict[str, tuple[str, int]]:
    """Mark and row count of each day's rows, by the day on which the order was placed; days without rows are left out.

    Args:
        connection: To the order database.
        source: Orders or their lines.
        first: First day.
        last: Last day, included.
    """
    orders, wanted = _orders_and(source)
    day = sa.func.date(orders.c.placed_at)
    counted = sa.select(day, sa.func.count(), sa.func.max(wanted.c.updated_at)).select_from(_joined(orders, wanted))
    counted = counted.where(*_placed(orders, first, last)).group_by(day)
    return {str(key): (mark_of(source.table, rows, newest), rows) for key, rows, newest in connection.execute(counted)}


def rows_of_day(source: Source, day: date) -> sa.Select[Any]:
    """The query for the orders placed on a day, or for their lines."""
    orders, wanted = _orders_and(source)
    query = sa.select(wanted).select_from(_joined(orders, wanted)).where(*_placed(orders, day, day))
    return query.order_by(*(wanted.c[name] for name in source.key))


def all_customers() -> sa.Select[Any]:
    """The query for every customer."""
    customers = CUSTOMERS.clause()
    return sa.select(customers).order_by(customers.c.customer_id)


def parquet_of(connection: sa.Connection, source: Source, query: sa.Select[Any]) -> tuple[bytes, int]:
    """The rows of a query as a Parquet file, read a few thousand at a time, and how many there are.

    Raises:
        OverLimitError: It takes longer or becomes larger than an extract may.
    """
    schema, buffer, rows, allowed = arrow_schema(source.columns), io.BytesIO(), 0, Allowance(LIMITS)
    with pq.ParquetWriter(buffer, schema, compression="zstd") as writer:
        result = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)
        for part in result.mappings().partitions():
            writer.write_table(pa.Table.from_pylist([_in_utc(dict(row)) for row in part], schema=schema))
            rows += len(part)
            allowed.spent(f"{source.table}: {rows} rows of the extract")
            if buffer.tell() > LIMITS.answer_bytes:
                raise OverLimitError(
                    f"{source.table}: the extract is larger than {size_text(LIMITS.answer_bytes)}, the limit"
                )
    return buffer.getvalue(), rows


def unknown_columns(connection: sa.Connection, source: Source) -> list[str]:
    """Columns that the database has and we do not read."""
    return sorted({column["name"] for column in sa.inspect(connection).get_columns(source.table)} - set(source.columns))


def _orders_and(source: Source) -> tuple[sa.TableClause, sa.TableClause]:
    orders = ORDERS.clause()
    return orders, orders if source == ORDERS else source.clause()


def _joined(orders: sa.TableClause, wanted: sa.TableClause) -> sa.FromClause:
    return orders if wanted is orders else wanted.join(orders, wanted.c.order_id == orders.c.order_id)


def _placed(orders: sa.TableClause, first: date, last: date) -> tuple[sa.ColumnElement[bool], ...]:
    start = datetime(first.year, first.month, first.day)  # noqa: DTZ001 - UTC without a zone, as the database has it
    end = datetime(last.year, last.month, last.day) + timedelta(days=1)  # noqa: DTZ001
    return orders.c.placed_at >= start, orders.c.placed_at < end


def _in_utc(row: dict[str, object]) -> dict[str, object]:
    return {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in row.items()}
