"""What a table looks like to somebody who wants to take it: columns, key, cursor, day, gaps.

What belongs here: asking the database, and guesses that are said to be some. What does not: what is written of them
(``mesh.scaffold.from_source``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from data_platform.ingestion.sources.sql import engine
from data_platform.ingestion.sources.sql.types import is_binary, type_of

_CURSORS: Final = (
    *("updated_at", "modified_at", "changed_at", "last_updated_at", "last_modified_at", "updated", "modified"),
    *("last_updated", "last_modified", "last_update", "updated_on", "modified_on", "update_time", "modify_time"),
)
_DAYS: Final = (
    *("placed_at", "ordered_at", "order_date", "occurred_at", "happened_at", "event_time", "event_date", "created_at"),
    *("created", "created_on", "create_time", "creation_date", "inserted_at", "timestamp", "date", "day"),
)
_TIMES: Final = ("timestamp", "timestamp_ntz", "date")
_NEWEST: Final = 5_000
_LOOKED_BACK: Final = 60


@dataclass(frozen=True)
class TableLook:
    """What is known of a table.

    Attributes:
        columns: The type of each, in the database's order; without those of bytes.
        binary: The columns of bytes.
        key: The primary key, else the columns of a unique constraint; empty: none is known.
        cursor: The column that changes seem to raise.
        day: The column that seems to say when a row came to be.
        may_lack_day: Whether that may be null.
        latest_change: The most days between the two, of the newest rows; None: not known.
        gaps: How many of the last days, as many as were looked at, have no row.
        looked_back: How many days that were.
        first: The first day, where there is one.
    """

    columns: dict[str, str]
    binary: tuple[str, ...]
    key: tuple[str, ...]
    cursor: str | None
    day: str | None
    may_lack_day: bool
    latest_change: int | None
    gaps: int
    looked_back: int
    first: date | None


def look_at(address: str, table: str) -> TableLook:
    """Look at a table.

    Args:
        address: Of the database.
        table: With its schema where that is not the connection's own.

    Raises:
        SourceError: It cannot be looked at.
    """
    with engine.reading(address, "--source") as connection:
        found = engine.table_of(connection, table)
        columns = {column.name: type_of(column.type) for column in found.columns if not is_binary(column.type)}
        times = [name for name, kind in columns.items() if kind in _TIMES]
        cursor = _among(_CURSORS, times)
        day = _day(found, [name for name in times if name != cursor])
        first, gaps, looked_back = _gaps(connection, found, day)
        return TableLook(
            columns,
            tuple(column.name for column in found.columns if is_binary(column.type)),
            _key(connection, found),
            cursor,
            day,
            bool(day and found.columns[day].nullable),
            _latest_change(connection, found, cursor, day),
            gaps,
            looked_back,
            first,
        )


def _among(known: Sequence[str], names: Sequence[str]) -> str | None:
    by_small = {name.lower(): name for name in names}
    return next((by_small[name] for name in known if name in by_small), None)


def _day(table: sa.Table, times: Sequence[str]) -> str | None:
    """By its name, else the one time that no row lacks."""
    if named := _among(_DAYS, times):
        return named
    sure = [name for name in times if not table.columns[name].nullable]
    return sure[0] if len(sure) == 1 else None


def _key(connection: sa.Connection, table: sa.Table) -> tuple[str, ...]:
    if primary := tuple(column.name for column in table.primary_key):
        return primary
    constraints = sa.inspect(connection).get_unique_constraints(table.name, table.schema)
    unique = [tuple(constraint["column_names"]) for constraint in constraints]
    sure = [names for names in unique if all(not table.columns[name].nullable for name in names)]
    return min(sure, key=len, default=())


def _latest_change(connection: sa.Connection, table: sa.Table, cursor: str | None, day: str | None) -> int | None:
    if cursor is None or day is None:
        return None
    at, changed = table.columns[day], table.columns[cursor]
    query = sa.select(at, changed).where(at.is_not(None), changed.is_not(None)).order_by(changed.desc()).limit(_NEWEST)
    days = [(_date(later) - _date(first)).days for first, later in connection.execute(query)]
    return max(days, default=None)


def _gaps(connection: sa.Connection, table: sa.Table, day: str | None) -> tuple[date | None, int, int]:
    """The first day, and how many of the last days have no row."""
    if day is None:
        return None, 0, 0
    at = table.columns[day]
    oldest = connection.scalar(sa.select(sa.func.min(at)))
    if oldest is None:
        return None, 0, 0
    first, yesterday = _date(oldest), datetime.now(UTC).date() - timedelta(days=1)
    since = max(first, yesterday - timedelta(days=_LOOKED_BACK - 1))
    text = sa.func.date(at)
    there = {
        str(value)[:10]
        for (value,) in connection.execute(sa.select(text).where(text >= _bound(connection, since)).distinct())
    }
    days = [since + timedelta(days=number) for number in range((yesterday - since).days + 1)]
    return first, sum(value.isoformat() not in there for value in days), len(days)


def _bound(connection: sa.Connection, day: date) -> Any:
    return day.isoformat() if connection.dialect.name == "sqlite" else day


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def days_restated(look: TableLook, usual: int) -> int:
    """For how many days a table seems to change a day: the usual, or in tens what was seen and half as much again."""
    seen = look.latest_change or 0
    return max(usual, math.ceil(seen * 1.5 / 10) * 10)
