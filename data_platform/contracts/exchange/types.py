"""Types of columns between the standard's keys, SQL and Arrow.

What belongs here: which type a table of another system needs for a column, and which keys a contract needs for a type.
What does not: what a type means (``contracts.types``); JSON Schema's types, which only ``json_schema`` needs.
"""

from typing import Any, Final

import pyarrow as pa
from sqlglot import exp
from sqlglot.errors import SqlglotError

from data_platform.contracts.elements import Property
from data_platform.contracts.stored_types import type_for_table
from data_platform.contracts.types.arrow import of_arrow, to_arrow
from data_platform.contracts.types.holding import NATURAL
from data_platform.contracts.types.model import ColumnType, binary_float, integer
from data_platform.contracts.types.names import Dialect
from data_platform.contracts.types.reading import UnknownTypeError, parse
from data_platform.contracts.types.writing import written

_PLAIN: Final = frozenset({integer(64), binary_float(64)})
"""What a logical type means anyway."""
_UNHELD: Final = frozenset({"interval", "any", "other", "bits"})
_WIDEST_DECIMAL: Final = 38


def sql_type(column: Property, dialect: Dialect = Dialect.DUCKDB) -> str:
    """The type of a column in a dialect of SQL."""
    return written(type_for_table(column), dialect)


def odcs_type(kind: pa.DataType) -> dict[str, Any]:
    """The standard's keys for an Arrow type: ``logicalType``, and more only where that leaves something open.

    Args:
        kind: The type.

    Raises:
        ValueError: There is no logical type for it; says which types hold the same.
    """
    return keys_of(of_arrow(kind), str(kind))


def table_type(kind: pa.DataType) -> dict[str, Any]:
    """The same for a column that is to be published, which excludes times of day: Delta tables have none.

    Raises:
        ValueError: No table can hold it; says what to cast it to.
    """
    if pa.types.is_time(kind):
        raise ValueError("is a time of day, which no table can hold; cast it to VARCHAR, or to a timestamp")
    return odcs_type(kind)


def odcs_type_of_sql(sql: str, dialect: Dialect = Dialect.DUCKDB) -> dict[str, Any]:
    """The standard's keys for a type in SQL.

    Args:
        sql: Such as ``DECIMAL(12, 2)``, ``VARCHAR(20)``, ``INTEGER[]``.
        dialect: Whose.

    Raises:
        ValueError: There is no such type, or none that a contract has a word for.
    """
    try:
        column_type = parse(sql, dialect)
    except UnknownTypeError:
        raise ValueError(
            f"{sql!r} is no type that is known; write one such as VARCHAR, BIGINT, DECIMAL(12, 2), DATE"
        ) from None
    return keys_of(column_type, sql)


def odcs_type_in(sql: str, dialect: str) -> dict[str, Any]:
    """The same for a dialect by its name, which may be any that sqlglot knows.

    Raises:
        ValueError: There is no such dialect or type.
    """
    if dialect in Dialect.__members__.values():
        return odcs_type_of_sql(sql, Dialect(dialect))
    try:
        return odcs_type_of_sql(exp.DataType.build(sql, dialect=dialect).sql(dialect="duckdb"))
    except SqlglotError as error:
        raise ValueError(f"{sql!r} is no type of {dialect}") from error


def keys_of(column_type: ColumnType, shown: str) -> dict[str, Any]:
    """The standard's keys for a type.

    Args:
        column_type: The type.
        shown: What errors call it.

    Raises:
        ValueError: There is no logical type for it; says which types hold the same.
    """
    family = column_type.family
    if family in _UNHELD:
        if family == "interval":
            raise ValueError("is an interval of time, which no table can hold; cast it to a number of seconds")
        raise ValueError(f"is of type {shown}, which no table can hold; cast it to VARCHAR")
    if family == "struct" and column_type.fields:
        return {"logicalType": "object", "properties": [_nested(*field) for field in column_type.fields]}
    if family == "list" and column_type.items:
        return {"logicalType": "array", "items": keys_of(column_type.items, shown)}
    if family == "timestamp":
        local = {"logicalTypeOptions": {"timezone": False}} if column_type.zoned is False else {}
        return {"logicalType": "timestamp", **local}
    if family == "map":  # has a logical type of its own in 3.2 only
        return {"logicalType": "object", "physicalType": written(column_type)}
    if family == "binary":
        return {"physicalType": written(column_type)}
    return {"logicalType": _logical(column_type), **_more(column_type)}


def _logical(column_type: ColumnType) -> str:
    if column_type.family == "decimal" and column_type.scale == 0:
        return "integer"
    return "string" if column_type.family in {"null", "json"} else NATURAL[column_type.family]


def _more(column_type: ColumnType) -> dict[str, Any]:
    """What the logical type leaves open."""
    if column_type.family == "text":
        return {"logicalTypeOptions": {"maxLength": column_type.length}} if column_type.length else {}
    sums = (
        column_type.family == "decimal" and column_type.precision in {None, _WIDEST_DECIMAL} and not column_type.scale
    )
    if column_type in _PLAIN or sums or column_type.family in {"boolean", "date", "time", "null"}:
        return {}
    return {"physicalType": written(column_type)}


def _nested(name: str, column_type: ColumnType) -> dict[str, Any]:
    keys = keys_of(column_type, written(column_type))
    return {"name": name, **keys, "description": f"{name.replace('_', ' ').capitalize()}."}


def arrow_of_sql(sql: str) -> pa.DataType:
    """The Arrow type of a type in DuckDB's SQL.

    Raises:
        ValueError: There is no such type, or none that a table can hold.
    """
    try:
        kind = to_arrow(parse(sql))
    except UnknownTypeError:
        kind = None
    if kind is None:
        raise ValueError(f"{sql!r} is no type that a table can hold; write one such as VARCHAR, BIGINT, DATE")
    return kind
