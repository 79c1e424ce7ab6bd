"""SQL rules: their placeholders filled in, passed through the gate, run, and one number taken out.

What belongs here: what is special about SQL rules. What does not: the gate and the lock (``session``).

Placeholders, with or without ``$`` (ODCS writes ``{object}`` and ``{property}``, in its schema ``${table}`` and
``${column}``; other tools ``{model}``, ``{field}``): object, schema, model, table; property, field, column.
"""

import re
from decimal import Decimal
from typing import Any, Final

import duckdb

from data_platform.contracts.checks.duckdb.values import UnfitValueError, identifier
from data_platform.contracts.checks.rules import ITEMS, Path

_PLACEHOLDER: Final = re.compile(r"\$?\{\s*(object|schema|model|table|property|field|column)\s*\}", re.IGNORECASE)
_TABLE: Final = frozenset({"object", "schema", "model", "table"})


class NoNumberError(ValueError):
    """A SQL rule that did not give one number or boolean."""


def prepared(query: str, table: str, path: Path) -> str:
    """A query with its placeholders filled in.

    Args:
        query: As the contract has it.
        table: The table's name.
        path: The property that the rule is written at; empty for the table.

    Raises:
        UnfitValueError: It asks for a property where there is none.
    """

    def fill(match: re.Match[str]) -> str:
        if match[1].lower() in _TABLE:
            return identifier(table)
        if not path or ITEMS in path:
            raise UnfitValueError(f"{match[0]} in a SQL rule that is not written at a column")
        return ".".join(identifier(part) for part in path)

    return _PLACEHOLDER.sub(fill, query).strip().rstrip(";")


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
