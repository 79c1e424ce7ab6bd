"""SQLAlchemy's engines of Dagster's SQLite storages, made once for each database and not for each query.

Dagster makes a new engine whenever it connects, so that every statement is compiled anew: three milliseconds of CPU for
a query that takes a tenth of one. It is most of what an idle daemon does. Connections are not kept, as in Dagster: an
engine may go through a fork, and be used by several threads.

What belongs here: that. What does not: what is stored (`event_log`).
"""

from functools import lru_cache
from typing import Any, Final

import sqlalchemy
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

BUSY_SECONDS: Final = 60
"""How long a writer waits for another one. Dagster waits five for runs and ticks, and a busy machine is no failure."""

_MOST_ENGINES: Final = 64
_STORAGES: Final = (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage)


def share_engines() -> None:
    """Let the SQLite storages of this process share engines; called again it changes nothing."""
    for module in _STORAGES:
        setattr(module, "create_engine", _shared)  # noqa: B010 - mypy knows no such name there


def _shared(url: str, **_: Any) -> Engine:
    return _engine(url)


@lru_cache(_MOST_ENGINES)
def _engine(url: str) -> Engine:
    return sqlalchemy.create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
