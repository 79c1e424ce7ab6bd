"""A type as text in a dialect of SQL.

What belongs here: spelling. What does not: reading a spelling (``reading``).

Where a dialect has no type of the same values the next wider one is written: a reader loses nothing by it.
"""

from collections.abc import Callable, Mapping
from typing import Final

from data_platform.contracts.types.model import ColumnType
from data_platform.contracts.types.names import Dialect

_WIDEST_DECIMAL: Final = 38
_MICROSECONDS: Final = 6
_INTEGERS: Final[Mapping[Dialect, Mapping[int, str]]] = {
    Dialect.DUCKDB: {8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT", 128: "HUGEINT"},
    Dialect.POSTGRES: {16: "SMALLINT", 32: "INTEGER", 64: "BIGINT", 128: "NUMERIC(39, 0)"},
    Dialect.SNOWFLAKE: {128: "NUMBER(38, 0)"},
    Dialect.BIGQUERY: {64: "INT64", 128: "BIGNUMERIC"},
    Dialect.SPARK: {8: "TINYINT", 16: "SMALLINT", 32: "INT", 64: "BIGINT", 128: "DECIMAL(38, 0)"},
    Dialect.ANSI: {16: "SMALLINT", 32: "INTEGER", 64: "BIGINT", 128: "DECIMAL(39, 0)"},
}
_UNSIGNED: Final = {8: "UTINYINT", 16: "USMALLINT", 32: "UINTEGER", 64: "UBIGINT", 128: "UHUGEINT"}
_PLAIN: Final[Mapping[Dialect, Mapping[str, str]]] = {
    Dialect.DUCKDB: {
        "text": "VARCHAR", "decimal": "DECIMAL(38, 9)", "float32": "REAL", "float64": "DOUBLE", "binary": "BLOB",
        "zoned": "TIMESTAMP WITH TIME ZONE", "local": "TIMESTAMP", "uuid": "UUID", "json": "JSON", "any": "VARIANT",
        "bits": "BIT", "zoned time": "TIME WITH TIME ZONE",
    },
    Dialect.POSTGRES: {
        "text": "TEXT", "decimal": "NUMERIC", "float32": "REAL", "float64": "DOUBLE PRECISION", "binary": "BYTEA",
        "zoned": "TIMESTAMP WITH TIME ZONE", "local": "TIMESTAMP", "uuid": "UUID", "json": "JSONB", "any": "JSONB",
        "bits": "BIT VARYING", "zoned time": "TIME WITH TIME ZONE",
    },
    Dialect.SNOWFLAKE: {
        "text": "VARCHAR", "decimal": "NUMBER(38, 9)", "float32": "FLOAT", "float64": "FLOAT", "binary": "BINARY",
        "zoned": "TIMESTAMP_TZ", "local": "TIMESTAMP_NTZ", "uuid": "VARCHAR(36)", "json": "VARIANT", "any": "VARIANT",
        "bits": "BINARY", "zoned time": "TIME", "interval": "VARCHAR",
    },
    Dialect.BIGQUERY: {
        "text": "STRING", "decimal": "BIGNUMERIC", "float32": "FLOAT64", "float64": "FLOAT64", "binary": "BYTES",
        "boolean": "BOOL", "zoned": "TIMESTAMP", "local": "DATETIME", "uuid": "STRING", "json": "JSON", "any": "JSON",
        "bits": "BYTES", "zoned time": "TIME",
    },
    Dialect.SPARK: {
        "text": "STRING", "decimal": "DECIMAL(38, 9)", "float32": "FLOAT", "float64": "DOUBLE", "binary": "BINARY",
        "zoned": "TIMESTAMP", "local": "TIMESTAMP_NTZ", "uuid": "STRING", "json": "STRING", "any": "VARIANT",
        "bits": "BINARY", "time": "STRING", "zoned time": "STRING",
    },
    Dialect.ANSI: {
        "text": "CHARACTER VARYING", "decimal": "DECIMAL", "float32": "REAL", "float64": "DOUBLE PRECISION",
        "binary": "BINARY VARYING", "zoned": "TIMESTAMP WITH TIME ZONE", "local": "TIMESTAMP", "uuid": "CHAR(36)",
        "json": "JSON", "any": "JSON", "bits": "BINARY VARYING", "zoned time": "TIME WITH TIME ZONE",
    },
}  # fmt: skip
_SIZED_TEXT: Final = {
    Dialect.DUCKDB: "VARCHAR({})", Dialect.POSTGRES: "VARCHAR({})", Dialect.SNOWFLAKE: "VARCHAR({})",
    Dialect.BIGQUERY: "STRING({})", Dialect.SPARK: "VARCHAR({})", Dialect.ANSI: "CHARACTER VARYING({})",
}  # fmt: skip
_DECIMALS: Final = {Dialect.SNOWFLAKE: "NUMBER", Dialect.POSTGRES: "NUMERIC", Dialect.BIGQUERY: "NUMERIC"}
_FRACTIONS: Final = {0: "TIMESTAMP_S", 3: "TIMESTAMP_MS", 9: "TIMESTAMP_NS"}
_BIGQUERY_NUMERIC: Final = (29, 9)
"""Digits before and behind the point of BigQuery's NUMERIC."""


def written(column_type: ColumnType, dialect: Dialect = Dialect.DUCKDB) -> str:
    """A type in a dialect's words.

    Args:
        column_type: The type.
        dialect: Whose words.

    Returns:
        Such as ``DECIMAL(10, 2)``. What the dialect has no type for is text.
    """
    writers: Mapping[str, Callable[[ColumnType, Dialect], str]] = {
        "integer": _integer, "decimal": _decimal, "text": _text, "binary": _text, "timestamp": _timestamp,
        "list": _list, "struct": _struct, "map": _map, "enum": _enum,
    }  # fmt: skip
    if column_type.family in writers:
        return writers[column_type.family](column_type, dialect)
    name: str = column_type.family
    if name == "float":
        name = f"float{column_type.bits}"
    elif name == "time" and dialect is Dialect.DUCKDB and (column_type.digits or 0) > _MICROSECONDS:
        name = "time_ns"
    elif name == "time" and column_type.zoned:
        name = "zoned time"
    elif name in {"null", "other"}:
        name = "text"
    return _PLAIN[dialect].get(name, name.upper())


def _integer(column_type: ColumnType, dialect: Dialect) -> str:
    if dialect is Dialect.DUCKDB and column_type.bits is None:
        return "BIGNUM"
    if dialect is Dialect.DUCKDB and not column_type.signed:
        return _UNSIGNED[column_type.bits or 128]
    needed = (column_type.bits or 128) + (not column_type.signed)
    widths = _INTEGERS[dialect]
    return widths[next((width for width in sorted(widths) if width >= needed), max(widths))]


def _decimal(column_type: ColumnType, dialect: Dialect) -> str:
    precision, scale = column_type.precision, column_type.scale or 0
    if precision is None or (precision > _WIDEST_DECIMAL and dialect is not Dialect.POSTGRES):
        return _PLAIN[dialect]["decimal"]
    whole, behind = _BIGQUERY_NUMERIC
    if dialect is Dialect.BIGQUERY and (precision - scale > whole or scale > behind):
        return f"BIGNUMERIC({precision}, {scale})"
    return f"{_DECIMALS.get(dialect, 'DECIMAL')}({precision}, {scale})"


def _text(column_type: ColumnType, dialect: Dialect) -> str:
    if column_type.family == "text" and column_type.length:
        return _SIZED_TEXT[dialect].format(column_type.length)
    return _PLAIN[dialect][column_type.family]


def _timestamp(column_type: ColumnType, dialect: Dialect) -> str:
    if column_type.zoned is not False:
        return _PLAIN[dialect]["zoned"]
    own = _FRACTIONS.get(column_type.digits if column_type.digits is not None else 6)
    return own if own and dialect is Dialect.DUCKDB else _PLAIN[dialect]["local"]


def _list(column_type: ColumnType, dialect: Dialect) -> str:
    if column_type.items is None:
        return "ARRAY" if dialect is Dialect.SNOWFLAKE else _PLAIN[dialect]["json"]
    inner = written(column_type.items, dialect)
    if dialect in {Dialect.BIGQUERY, Dialect.SPARK}:
        return f"ARRAY<{inner}>"
    if dialect is Dialect.SNOWFLAKE:
        return f"ARRAY({inner})"
    return f"{inner}[{column_type.size}]" if column_type.size and dialect is Dialect.DUCKDB else f"{inner}[]"


def _struct(column_type: ColumnType, dialect: Dialect) -> str:
    if not column_type.fields or dialect is Dialect.POSTGRES:
        return _PLAIN[dialect]["json"]
    quote, mark = ("`", ": ") if dialect is Dialect.SPARK else ("`", " ") if dialect is Dialect.BIGQUERY else ('"', " ")
    fields = [
        f"{quote}{name.replace(quote, quote * 2)}{quote}{mark}{written(inner, dialect)}"
        for name, inner in column_type.fields
    ]
    if dialect in {Dialect.BIGQUERY, Dialect.SPARK}:
        return f"STRUCT<{', '.join(fields)}>"
    word = {Dialect.SNOWFLAKE: "OBJECT", Dialect.ANSI: "ROW"}.get(dialect, "STRUCT")
    return f"{word}({', '.join(fields)})"


def _map(column_type: ColumnType, dialect: Dialect) -> str:
    if column_type.key is None or column_type.value is None or dialect not in {Dialect.DUCKDB, Dialect.SPARK}:
        return _PLAIN[dialect]["json"]
    inner = f"{written(column_type.key, dialect)}, {written(column_type.value, dialect)}"
    return f"MAP<{inner}>" if dialect is Dialect.SPARK else f"MAP({inner})"


def _enum(column_type: ColumnType, dialect: Dialect) -> str:
    values = column_type.values or ()
    if dialect is Dialect.DUCKDB and values:
        return f"ENUM({', '.join(_literal(value) for value in values)})"
    longest = max((len(value) for value in values), default=0)
    return _text(ColumnType("text", length=longest or None), dialect)


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
