"""Physical types: the names that the checks know, and which logical types each can hold.

What belongs here: names. What does not: whether a batch is of a type (`checks.arrow_types`, which knows the same
names; a test holds the two together).
"""

import re
from collections.abc import Mapping
from typing import Final

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "string": (
        *("char", "bpchar", "varchar", "varchar2", "nvarchar", "nchar", "text", "string", "character", "json"),
        *("character varying", "blob", "bytea", "binary", "varbinary", "bytes"),
    ),
    "integer": (
        *("tinyint", "smallint", "int", "integer", "bigint", "hugeint", "long", "short"),
        *("int2", "int4", "int8", "int16", "int32", "int64", "byteint", "decimal", "numeric", "number"),
    ),
    "number": (
        *("decimal", "numeric", "number", "real", "float", "double", "double precision"),
        *("float4", "float8", "float32", "float64"),
    ),
    "boolean": ("boolean", "bool"),
    "date": ("date",),
    "time": ("time",),
    "timestamp": (
        *("timestamp", "datetime", "timestamptz", "timestampntz", "timestamp_ntz", "timestamp_ltz", "timestamp_tz"),
        *("timestamp with time zone", "timestamp without time zone"),
    ),
    "object": ("struct", "record", "object", "json"),
    "array": ("array", "list"),
    "map": ("map",),
    "vector": ("array", "list"),
}
"""Names by the logical type that they can hold, in lower case."""

_SIZE: Final = re.compile(r"\s*\(\s*(?:\d+|max)\s*(?:,\s*\d+\s*)?\)")


def logical_types_of(physical_type: str) -> frozenset[str] | None:
    """The logical types that a physical type can hold.

    Args:
        physical_type: Such as ``VARCHAR(20)``, ``decimal(10, 2)``, ``timestamp with time zone``, ``INTEGER[]``,
            ``STRUCT<a: INT>``; in any case.

    Returns:
        Names of the standard's logical types; None for a name that the checks do not know.
    """
    text = " ".join(physical_type.lower().split())
    if text.endswith("[]"):
        text = "array"
    elif text.endswith(">"):
        text = text.partition("<")[0].strip()
    name = " ".join(_SIZE.sub(" ", text, count=1).split())
    return frozenset(logical for logical, names in NAMES.items() if name in names) or None
