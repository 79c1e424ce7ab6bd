"""From the address of a database to a transaction in which it is read, within limits.

What belongs here: drivers, time-outs, isolation, and which error may pass. What does not: queries (``table``).
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from data_platform.ingestion.errors import PermanentSourceError, TransientSourceError
from data_platform.ingestion.limits import MIB, Limits
from data_platform.project import project_root
from data_platform.redaction import remember

LIMITS: Final = Limits(total_seconds=3600.0, answer_bytes=2048 * MIB)
"""Of one extract: a table that never ends, or a database that trickles, must not hold the pool for ever."""

CONNECT_SECONDS: Final = 10
"""Longest wait for a connection, or for a lock in SQLite."""

_DRIVERS: Final = {
    "postgresql": ("postgresql+psycopg2", "postgres"), "postgres": ("postgresql+psycopg2", "postgres"),
    "mysql": ("mysql+pymysql", "mysql"), "mariadb": ("mariadb+pymysql", "mysql"),
}  # fmt: skip
"""By scheme: the driver (alone, SQLAlchemy 2.1 means psycopg 3), and the extra of this package that brings it."""

_FOR_GOOD: Final = (
    *("no such", "authentication failed", "does not exist", "Access denied", "Unknown database", "doesn't exist"),
    *("is not permitted", "no pg_hba.conf entry", "not a database", "is not allowed to connect"),
)
"""In the words of drivers: what another attempt does not mend."""


@contextmanager
def reading(address: str, name: str) -> Iterator[sa.Connection]:
    """A transaction that sees one state of the database, however long it takes.

    Args:
        address: SQLAlchemy's URL; SQLite's path is below the project where it is not absolute.
        name: What the address is called in ``defs.yaml``, for errors.

    Raises:
        TransientSourceError: The database cannot be reached, is busy, or takes longer than `LIMITS` say.
        PermanentSourceError: It cannot be used so: no such database, table or column, or they may not be read.
    """
    engine = _engine(address, name)
    shown = engine.url.render_as_string()
    try:
        with engine.connect() as connection, _given_up(connection, LIMITS.total_seconds):
            _begin(connection)
            yield connection
    except sa.exc.NoSuchTableError as error:
        raise PermanentSourceError(f"{shown}: there is no such table {error}") from None
    except sa.exc.DBAPIError as error:
        passes = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or error.connection_invalidated
        told = " ".join(str(error.orig).split())
        permanent = not passes or any(word in told for word in _FOR_GOOD)
        raise (PermanentSourceError if permanent else TransientSourceError)(f"{shown}: {told}") from None
    finally:
        engine.dispose()


def _engine(address: str, name: str) -> sa.Engine:
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError:
        raise PermanentSourceError(
            f"{name} is no address of a database: write it as postgresql://user:password@host/database"
        ) from None
    remember(url.password or "")
    driver, extra = _DRIVERS.get(url.drivername, (url.drivername, ""))
    url = url.set(drivername=driver)
    try:
        return sa.create_engine(_found(url, name), connect_args=_arguments(url), poolclass=sa.pool.NullPool)
    except ImportError as error:
        mend = f": pip install 'dagster-data-mesh[{extra}]'" if extra else ""
        raise PermanentSourceError(f"{name} cannot be used, {error}{mend}") from None
    except (sa.exc.ArgumentError, ValueError) as error:
        raise PermanentSourceError(f"{name} cannot be used: {error}") from None


def _found(url: sa.URL, name: str) -> sa.URL:
    """The URL; of SQLite, which would make an empty database, with its file's whole path."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return url
    file = Path(url.database)
    file = file if file.is_absolute() else project_root() / file
    if not file.is_file():
        raise PermanentSourceError(f"there is no database at {file}: see {name}")
    return url.set(database=str(file))


def _arguments(url: sa.URL) -> dict[str, object]:
    match url.get_backend_name():
        case "sqlite":
            return {"timeout": CONNECT_SECONDS}
        case "postgresql":  # the server's end may be gone without a word
            alive = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
            return {"connect_timeout": CONNECT_SECONDS, **alive}
        case "mysql" | "mariadb":
            return {"connect_timeout": CONNECT_SECONDS, "read_timeout": int(LIMITS.total_seconds)}
        case _:
            return {}


def _begin(connection: sa.Connection) -> None:
    """Begin to read one state, in UTC, for no longer than `LIMITS` say, changing nothing."""
    seconds, name = LIMITS.total_seconds, connection.dialect.name
    if name == "sqlite":
        connection.exec_driver_sql("BEGIN")  # the driver alone begins one for writing only
        return
    connection.execution_options(
        isolation_level="REPEATABLE READ", **({"postgresql_readonly": True} if name == "postgresql" else {})
    )
    if name == "postgresql":  # in the server: a client that waits for one row counts nothing
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(1000 * seconds)}")
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
    else:
        is_mariadb = bool(getattr(connection.dialect, "is_mariadb", False))
        limit = f"max_statement_time = {seconds}" if is_mariadb else f"max_execution_time = {int(1000 * seconds)}"
        connection.exec_driver_sql(f"SET SESSION {limit}")
        connection.exec_driver_sql("SET SESSION time_zone = '+00:00'")


@contextmanager
def _given_up(connection: sa.Connection, seconds: float) -> Iterator[None]:
    """End a connection to Postgres after so many seconds, also where the server does not answer any more at all.

    psycopg2 waits in C without an end; what wakes it is the end of its socket.
    """
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "postgresql" or not hasattr(raw, "fileno"):
        yield
        return

    def end() -> None:
        with suppress(OSError, ValueError), socket.socket(fileno=os.dup(raw.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds + CONNECT_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def table_of(connection: sa.Connection, name: str) -> sa.Table:
    """A table as the database describes it.

    Args:
        connection: To the database.
        name: With its schema before a dot, where that is not the connection's own.

    Raises:
        PermanentSourceError: There is none; says which there are.
    """
    schema, _, table = name.rpartition(".")
    try:
        return sa.Table(table, sa.MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False)
    except sa.exc.NoSuchTableError:
        known = sa.inspect(connection)
        there = sorted({*known.get_table_names(schema or None), *known.get_view_names(schema or None)})
        shown = ", ".join(there[:20]) or "none"
        raise PermanentSourceError(f"there is no such table {name}; there are: {shown}") from None
