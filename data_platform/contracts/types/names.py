"""The table of types: what each name means in each dialect of SQL.

What belongs here: names. What does not: their grammar (``reading``), and writing a type (``writing``).

A name means what the database of the contract's server means by it; without a server, what DuckDB means, which is what
the platform itself runs. A name that its dialect does not know is looked up in ``SHARED``: words of other systems with
one meaning. Sources: duckdb.org/docs/stable/sql/data_types/overview, postgresql.org/docs/current/datatype.html,
docs.snowflake.com/en/sql-reference/intro-summary-data-types, cloud.google.com/bigquery/docs/reference/standard-sql/
data-types, spark.apache.org/docs/latest/sql-ref-datatypes.html; ANSI is ISO/IEC 9075-2.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from data_platform.contracts.types.model import ColumnType, binary_float, decimal, integer, text, time, timestamp


class Dialect(StrEnum):
    """Whose SQL a type is written in."""

    DUCKDB = "duckdb"
    POSTGRES = "postgres"
    SNOWFLAKE = "snowflake"
    BIGQUERY = "bigquery"
    SPARK = "spark"
    ANSI = "ansi"


def dialect_of_server(server_type: str | None) -> Dialect:
    """Whose SQL the types of a contract are written in.

    Args:
        server_type: The ``type`` of the contract's server, as ODCS lists them; None: it has none.
    """
    return _SERVERS.get((server_type or "").lower(), Dialect.DUCKDB)


_SERVERS: Final = {
    "postgresql": Dialect.POSTGRES, "postgres": Dialect.POSTGRES, "redshift": Dialect.POSTGRES,
    "cloudsql": Dialect.POSTGRES, "snowflake": Dialect.SNOWFLAKE, "bigquery": Dialect.BIGQUERY,
    "databricks": Dialect.SPARK, "spark": Dialect.SPARK, "glue": Dialect.SPARK, "athena": Dialect.SPARK,
    "hive": Dialect.SPARK, "impala": Dialect.SPARK, "trino": Dialect.ANSI, "presto": Dialect.ANSI,
    "mysql": Dialect.ANSI, "sqlserver": Dialect.ANSI, "oracle": Dialect.ANSI, "db2": Dialect.ANSI,
    "vertica": Dialect.ANSI, "dremio": Dialect.ANSI, "denodo": Dialect.ANSI,
}  # fmt: skip

_I8, _I16, _I32, _I64, _I128 = (integer(bits) for bits in (8, 16, 32, 64, 128))
_F32, _F64 = binary_float(32), binary_float(64)
_WHOLE38: Final = decimal(38, 0)
_BINARY: Final = ColumnType("binary")
_JSON: Final = ColumnType("json")
_LOCAL: Final = timestamp(zoned=False)
_INSTANT: Final = timestamp(zoned=True)
_ANY: Final = ColumnType("any")

_TEXTS: Final = dict.fromkeys(
    ("varchar", "char", "character", "character varying", "char varying", "text", "string", "clob", "nchar", "nvarchar",
     "nchar varying", "national character varying", "bpchar", "varchar2", "nvarchar2", "citext", "tinytext",
     "mediumtext", "longtext", "ntext", "character large object"),
    text(),
)  # fmt: skip

SHARED: Final[Mapping[str, ColumnType]] = {
    **_TEXTS,
    "tinyint": _I8, "byteint": _I8, "smallint": _I16, "short": _I16, "int": _I32, "integer": _I32, "mediumint": _I32,
    "bigint": _I64, "long": _I64, "hugeint": _I128, "int1": _I8, "int2": _I16, "int4": _I32, "int8": _I64,
    "int16": _I16, "int32": _I32, "int64": _I64, "int128": _I128,
    "decimal": decimal(), "numeric": decimal(), "dec": decimal(), "number": decimal(), "bignumeric": decimal(76, 38),
    "bigdecimal": decimal(76, 38),
    "real": _F32, "float4": _F32, "float32": _F32, "float": _F64, "double": _F64, "double precision": _F64,
    "float8": _F64, "float64": _F64,
    "boolean": ColumnType("boolean"), "bool": ColumnType("boolean"),
    "date": ColumnType("date"), "time": time(), "time without time zone": time(), "timetz": time(zoned=True),
    "time with time zone": time(zoned=True),
    "timestamp": _LOCAL, "datetime": _LOCAL, "datetime2": timestamp(zoned=False, digits=7), "smalldatetime": _LOCAL,
    "timestamp without time zone": _LOCAL, "timestamp_ntz": _LOCAL, "timestampntz": _LOCAL,
    "timestamp with time zone": _INSTANT, "timestamptz": _INSTANT, "timestamp_tz": _INSTANT, "timestamp_ltz": _INSTANT,
    "timestampltz": _INSTANT, "timestamp with local time zone": _INSTANT, "datetimeoffset": _INSTANT,
    "interval": ColumnType("interval"), "uuid": ColumnType("uuid"), "uniqueidentifier": ColumnType("uuid"),
    "json": _JSON, "jsonb": _JSON, "variant": _ANY,
    "binary": _BINARY, "varbinary": _BINARY, "binary varying": _BINARY, "blob": _BINARY, "bytea": _BINARY,
    "bytes": _BINARY, "binary large object": _BINARY, "raw": _BINARY,
    "array": ColumnType("list"), "list": ColumnType("list"), "map": ColumnType("map"),
    "struct": ColumnType("struct"), "row": ColumnType("struct"), "record": ColumnType("struct"),
    "object": ColumnType("struct"), "enum": ColumnType("enum"), "bit": ColumnType("bits"),
}  # fmt: skip
"""Names that mean one thing, whoever writes them, where their own dialect says nothing else."""

OWN: Final[Mapping[Dialect, Mapping[str, ColumnType]]] = {
    Dialect.DUCKDB: {
        "int1": _I8, "signed": _I32, "utinyint": integer(8, signed=False), "uint8": integer(8, signed=False),
        "usmallint": integer(16, signed=False), "uint16": integer(16, signed=False),
        "uinteger": integer(32, signed=False), "uint32": integer(32, signed=False),
        "ubigint": integer(64, signed=False), "uint64": integer(64, signed=False),
        "uhugeint": integer(128, signed=False), "uint128": integer(128, signed=False),
        "bignum": integer(None), "varint": integer(None), "integral": _I32, "oid": _I64, "float": _F32,
        "logical": ColumnType("boolean"), "guid": ColumnType("uuid"), "geometry": ColumnType("other"),
        "decimal": decimal(18, 3), "numeric": decimal(18, 3), "dec": decimal(18, 3),
        "timestamp_s": timestamp(zoned=False, digits=0), "timestamp_ms": timestamp(zoned=False, digits=3),
        "time_ns": time(digits=9), "timestamp_us": _LOCAL,
        "timestamp_ns": timestamp(zoned=False, digits=9), "bitstring": ColumnType("bits"),
    },
    Dialect.POSTGRES: {
        "smallserial": _I16, "serial": _I32, "bigserial": _I64, "serial2": _I16, "serial4": _I32, "serial8": _I64,
        "super": _ANY, "name": text(63), "varbit": ColumnType("bits"), "bit varying": ColumnType("bits"),
        "hllsketch": ColumnType("other"), "money": decimal(19, 2),
    },
    Dialect.SNOWFLAKE: {
        **dict.fromkeys(("int", "integer", "bigint", "smallint", "tinyint", "byteint", "number", "numeric", "decimal",
                         "dec"), _WHOLE38),
        "real": _F64, "float4": _F64, "timestamp": timestamp(zoned=False, digits=9),
        "datetime": timestamp(zoned=False, digits=9), "timestamp_ntz": timestamp(zoned=False, digits=9),
        "timestamp_ltz": timestamp(zoned=True, digits=9), "timestamp_tz": timestamp(zoned=True, digits=9),
        "time": time(digits=9), "object": _JSON, "array": ColumnType("list"), "decfloat": decimal(),
    },
    Dialect.BIGQUERY: {
        **dict.fromkeys(("int64", "int", "integer", "bigint", "smallint", "tinyint", "byteint"), _I64),
        "numeric": decimal(38, 9), "decimal": decimal(38, 9), "timestamp": _INSTANT, "float": _F64,
    },
    Dialect.SPARK: {
        "byte": _I8, "float": _F32, "decimal": decimal(10, 0), "numeric": decimal(10, 0), "dec": decimal(10, 0),
        "timestamp": _INSTANT, "void": ColumnType("null"),
    },
    Dialect.ANSI: {},
}  # fmt: skip
"""What a dialect means by a name that others mean otherwise, or lack."""


def names(dialect: Dialect) -> Mapping[str, ColumnType]:
    """Every name that is read in a dialect, in lower case, with what it means without arguments."""
    return {**SHARED, **OWN[dialect]}
