"""Bringing an order database to the state of a moment.

What belongs here: creating the tables and writing what has changed. What does not: what has changed (``shop``), and
when it is done (``keeper.py``).

A database moves forward only. How far it is, it knows by itself: by the newest `updated_at` of its rows, which is
true because everything up to a moment is written in one transaction.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from data_platform.simulator.orders.rows import Row, customer_row, line_rows, order_row
from data_platform.simulator.orders.tables import CUSTOMERS, METADATA, ORDER_LINES, ORDERS
from data_platform.simulator.shop import customers, orders

_CHUNK: Final = 500
_TABLES: Final = (CUSTOMERS, ORDERS, ORDER_LINES)


def open_database(url: str) -> sa.Engine:
    """An engine for the order database; in SQLite readers and the writer do not wait for each other.

    Args:
        url: SQLAlchemy's: SQLite or Postgres.
    """
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def advance(engine: sa.Engine, seed: int, moment: datetime, *, since: date) -> int:
    """Bring a database to the state of a moment, in one transaction.

    Args:
        engine: Of the database; tables are made where there are none.
        seed: The shop's seed.
        moment: Its end; where the database is there already or further, nothing happens.
        since: The first day whose orders a new database has. Customers are all there.

    Returns:
        How many rows were written.
    """
    METADATA.create_all(engine)
    with engine.begin() as connection:
        before = _state_of(connection)
        if before is not None and before >= moment:
            return 0
        written = _upsert(connection, CUSTOMERS, _customers(seed, before, moment))
        changed = list(_orders(seed, before, moment, since))
        written += _upsert(connection, ORDERS, (order_row(order, moment) for order in changed))
        lines = (row for order in changed for row in line_rows(order, moment))
        return written + _upsert(connection, ORDER_LINES, lines)


def _customers(seed: int, before: datetime | None, moment: datetime) -> Iterator[Row]:
    for number in range(1, customers.count_until(moment.date()) + 1):
        reached = [state for state in customers.states(seed, number) if state.changed <= moment]
        if reached and (before is None or reached[-1].changed > before):
            yield customer_row(reached[-1])


def _orders(seed: int, before: datetime | None, moment: datetime, since: date) -> Iterator[orders.Order]:
    day = since if before is None else max(since, (before - orders.LIFE).date())
    while day <= moment.date():
        for order in orders.orders_on(seed, day):
            if any((before is None or before < change.moment) and change.moment <= moment for change in order.changes):
                yield order
        day += timedelta(days=1)


def _state_of(connection: sa.Connection) -> datetime | None:
    newest = [connection.scalar(sa.select(sa.func.max(table.c.updated_at))) for table in _TABLES]
    moments = [moment.replace(tzinfo=UTC) for moment in newest if moment is not None]
    return max(moments, default=None)


def _upsert(connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> int:
    written, batch = 0, list[Row]()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    rest = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=rest)
    for row in rows:
        batch.append(row)
        if len(batch) == _CHUNK:
            connection.execute(statement, batch)
            written, batch = written + len(batch), []
    if batch:
        connection.execute(statement, batch)
    return written + len(batch)


def _prepare_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


def start_of(day: date) -> datetime:
    """Midnight UTC at which a day begins."""
    return datetime.combine(day, time(), UTC)
