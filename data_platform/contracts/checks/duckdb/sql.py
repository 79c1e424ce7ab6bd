"""What a SQL rule gives: one number.

What belongs here: taking it out of an answer. What does not: the rule (``rules.kinds.sql_query``), the gate and the
lock (``session``).
"""

from decimal import Decimal
from typing import Any

import duckdb


class NoNumberError(ValueError):
    """A SQL rule that did not give one number or boolean."""


def one_number(result: duckdb.DuckDBPyConnection) -> Any:
    """The one number of a result; true is 1.

    Raises:
        NoNumberError: It has more or fewer rows or columns, or something else in it (which is not shown: it may be
            personal data).
    """
    columns = len(result.description or ())
    rows = result.fetchmany(2)
    if columns != 1 or len(rows) != 1:
        shown = "more than one row" if len(rows) > 1 else f"{len(rows)} rows of {columns} columns"
        raise NoNumberError(f"gave {shown}; a SQL rule gives one number or boolean")
    value = rows[0][0]
    if value is None:
        raise NoNumberError("gave null; a SQL rule gives one number or boolean (count, or coalesce)")
    if not is_number(value):
        raise NoNumberError(f"gave a {type(value).__name__}; a SQL rule gives one number or boolean")
    return value


def is_number(value: object) -> bool:
    """Whether a value is what a SQL rule gives."""
    return isinstance(value, bool | int | float | Decimal)
