"""What tells by a cursor alone, without reading rows, that a table has moved.

What belongs here: the aggregates. What does not: the queries (``table``), and a table without a cursor, whose rows are
read.

The count of rows and the highest cursor alone miss a row that is deleted where another came late, and one that was
changed by a transaction that began early and ended late. So cursors and whole-numbered keys are summed up as well.
"""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from data_platform.ingestion.sources.sql.types import type_of

_PRIME: Final = 2**31 - 1
"""Whole numbers are summed up by what is left of a division by it: a sum of them fits everywhere."""


def is_fine(cursor: sa.Column[Any]) -> bool:
    """Whether a cursor is fine enough to tell that rows moved: a date is the same for all changes of a day."""
    return type_of(cursor.type) != "date"


def aggregates(cursor: sa.Column[Any], key: Sequence[sa.Column[Any]], dialect: str) -> list[sa.ColumnElement[Any]]:
    """What to ask for, beside the count of rows.

    Args:
        cursor: The column that every change raises.
        key: The columns that tell rows apart.
        dialect: Of the database, as SQLAlchemy calls it.
    """
    numbers = [number for column in (cursor, *key) if (number := _number(column, dialect)) is not None]
    return [sa.func.max(cursor), sa.func.count(cursor), *(sa.func.sum(number) for number in numbers)]


def _number(column: sa.Column[Any], dialect: str) -> sa.ColumnElement[Any] | None:
    """A whole number that stands for a value; None: there is none that every database sums up exactly."""
    kind = type_of(column.type)
    if kind == "int64":
        return column % sa.literal_column(str(_PRIME))
    if not kind.startswith("timestamp"):
        return None
    if dialect == "postgresql":
        return sa.extract("epoch", column)
    if dialect == "sqlite":
        seconds, thousandths = sa.func.strftime("%s", column), sa.func.strftime("%f", column) * 1000
        return sa.cast(seconds, sa.Integer) + sa.cast(thousandths, sa.Integer)
    microseconds, start = (sa.literal_column(text, sa.String) for text in ("MICROSECOND", "'2000-01-01'"))
    return sa.func.timestampdiff(microseconds, start, column)
