"""Of which UTC day a row of a table is, in the words of each database.

What belongs here: the expressions, so that counting, reading and telling rows without a day agree. What does not: the
queries (``table``).
"""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa

from data_platform.ingestion.errors import PermanentSourceError
from data_platform.ingestion.sources.sql.types import type_of

_DATE_LENGTH: Final = 10


class DayOfRow:
    """The day that a column says."""

    def __init__(self, column: sa.Column[Any], dialect: str) -> None:
        """Look at the column.

        Args:
            column: With dates or times, or with texts that begin with a date.
            dialect: Of the database, as SQLAlchemy calls it.

        Raises:
            PermanentSourceError: It has neither.
        """
        self._column, self._kind, self._is_sqlite = column, type_of(column.type), dialect == "sqlite"
        if self._kind not in {"string", "date"} and not self._kind.startswith("timestamp"):
            raise PermanentSourceError(
                f"{column.table.name}.{column.name} is {self._kind}, and a day is taken from a date or time: name "
                "another column for the partition"
            )

    @property
    def of_row(self) -> sa.ColumnElement[Any]:
        """The date itself, for grouping."""
        if self._kind == "string" and not self._is_sqlite:
            return sa.func.substr(self._column, 1, _DATE_LENGTH)
        return sa.func.date(self._column)  # SQLite's minds an offset in the text

    def within(self, first: date, last: date) -> tuple[sa.ColumnElement[bool], ...]:
        """The rows of some days, in a way that an index on the column serves."""
        column, after = self._column, last + timedelta(days=1)
        if self._is_sqlite:  # a time with an offset is of a day that is at most one from that in its text
            text, near = sa.type_coerce(column, sa.String), timedelta(days=1)
            about = text >= (first - near).isoformat(), text < (after + near).isoformat()
            return *about, self.of_row >= first.isoformat(), self.of_row < after.isoformat()
        if self._kind == "string":  # ISO 8601 sorts as days follow each other
            return column >= first.isoformat(), column < after.isoformat()
        if self._kind == "date":
            return column >= first, column < after
        start, end = (datetime.combine(at, time()) for at in (first, after))  # of the transaction's zone, UTC
        return column >= start, column < end

    def missing(self) -> sa.ColumnElement[bool]:
        """Whether a row is of no day: null, no date at all, or one that no calendar has, such as infinity."""
        if self._is_sqlite:
            return self.of_row.is_(None)
        column = self._column
        if self._kind == "string":
            return sa.or_(column.is_(None), column < date.min.isoformat(), column > f"{date.max}~")
        first, last = date.min, date.max
        if self._kind == "date":
            return sa.or_(column.is_(None), column < first, column > last)
        return sa.or_(
            column.is_(None), column < datetime.combine(first, time()), column > datetime.combine(last, time.max)
        )
