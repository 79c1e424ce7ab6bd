"""Types as ODCS, DuckDB's SQL and Arrow call them, into each other.

What belongs here: types of columns. What does not: JSON Schema's types, which only ``json_schema`` needs.

DuckDB's SQL stands in the middle: it is what sqlglot turns into other dialects.
"""

import functools
import re
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from data_platform.contracts.checks.arrow_types import family
from data_platform.contracts.elements import Property
from data_platform.contracts.physical_types import logical_types_of

_SQL: Final = {
    "string": "TEXT",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "object": "JSON",
    "map": "JSON",
    "array": "JSON",
    "vector": "DOUBLE[]",
}
_SMALL: Final = {"int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "float": "REAL", "binary": "BLOB"}
_LOGICAL: Final = {"text": "string", "null": "string", "binary": "string", "float": "number"}
"""Logical types of families that are called otherwise."""
_SIZED: Final = re.compile(r"(?:VAR)?CHAR(?:ACTER VARYING)?\((\d+)\)", re.IGNORECASE)
_ZONELESS: Final = ("timestamp_ntz", "timestampntz", "timestamp without time zone")


def sql_type(one: Property) -> str:
    """The type of a column in DuckDB's SQL: its ``physicalType`` where DuckDB has it, else what holds its values."""
    physical = " ".join((one.physical_type or "").split())
    if one.logical_type == "timestamp":
        zoneless = one.logical_type_options.get("timezone") is False or physical.lower() in _ZONELESS
        return "TIMESTAMP" if zoneless else "TIMESTAMP WITH TIME ZONE"
    if one.logical_type == "object" and one.properties:
        inner = ", ".join(f'"{each.column}" {sql_type(each)}' for each in one.properties)
        return f"STRUCT({inner})"
    if one.logical_type == "array" and one.items:
        return f"{sql_type(one.items)}[]"
    if physical and logical_types_of(physical) and not physical.endswith(">") and physical.lower() != "number":
        return physical.upper()
    most = one.logical_type_options.get("maxLength")
    if one.logical_type == "string" and isinstance(most, int) and most > 0:
        return f"VARCHAR({most})"
    return _SQL.get(one.logical_type or "", "TEXT")


def odcs_type(kind: pa.DataType) -> dict[str, Any]:
    """The standard's keys for an Arrow type: ``logicalType``, and more only where that leaves something open.

    Args:
        kind: The type.

    Raises:
        ValueError: There is no logical type for it; says which types hold the same.
    """
    match family(kind):
        case "text" | "null" | "boolean" | "date" | "time" | "integer" | "float" | "binary" as same:
            return {"logicalType": _LOGICAL.get(same, same), **_physical(kind)}
        case "decimal" if kind.scale == 0 and kind.precision > 18:  # noqa: PLR2004 - DuckDB's sum of whole numbers
            return {"logicalType": "integer"}
        case "decimal":
            return {"logicalType": "number", "physicalType": f"DECIMAL({kind.precision}, {kind.scale})"}
        case "timestamp":
            zoneless = {} if kind.tz else {"logicalTypeOptions": {"timezone": False}}
            return {"logicalType": "timestamp", **zoneless}
        case "struct":
            return {"logicalType": "object", "properties": [_nested(each.name, each.type) for each in kind]}
        case "list":
            return {"logicalType": "array", "items": odcs_type(kind.value_type)}
    said = "an interval of time" if pat.is_interval(kind) or pat.is_duration(kind) else f"of type {kind}"
    raise ValueError(f"is {said}, which no table can hold; cast it, to a number of seconds or to VARCHAR")


def table_type(kind: pa.DataType) -> dict[str, Any]:
    """The same for a column that is to be published, which excludes times of day: Delta tables have none.

    Raises:
        ValueError: No table can hold it; says what to cast it to.
    """
    if pat.is_time(kind):
        raise ValueError("is a time of day, which no table can hold; cast it to VARCHAR, or to a timestamp")
    return odcs_type(kind)


def odcs_type_of_sql(text: str) -> dict[str, Any]:
    """The standard's keys for a type in DuckDB's SQL.

    Args:
        text: Such as ``DECIMAL(12, 2)``, ``VARCHAR(20)``, ``INTEGER[]``.

    Raises:
        ValueError: DuckDB has no such type.
    """
    sized = _SIZED.fullmatch(text.strip())
    made = odcs_type(arrow_of_sql(text))
    if sized:
        made["logicalTypeOptions"] = {"maxLength": int(sized[1])}
    return made


@functools.cache
def arrow_of_sql(text: str) -> pa.DataType:
    """The Arrow type of a type in DuckDB's SQL.

    Raises:
        ValueError: DuckDB has no such type.
    """
    import duckdb  # noqa: PLC0415 - 0.1 s, and only reading a type needs it

    try:
        with duckdb.connect() as connection:
            found = connection.execute(f"SELECT CAST(NULL AS {duckdb.sqltype(text)}) AS one").to_arrow_table()
    except duckdb.Error:
        raise ValueError(
            f"{text!r} is no type that DuckDB knows; write one such as VARCHAR, BIGINT, DECIMAL(12, 2), DATE"
        ) from None
    return found.schema.field(0).type


def _physical(kind: pa.DataType) -> Mapping[str, str]:
    """The physical type of what is smaller than the logical type is by default, or no text."""
    small = _SMALL.get(str(kind))
    return {"physicalType": small} if small else {}


def _nested(name: str, kind: pa.DataType) -> dict[str, Any]:
    return {"name": name, **odcs_type(kind), "description": f"{name.replace('_', ' ').capitalize()}."}
