"""Which Arrow types are of which logical and physical type.

What belongs here: judging a type by itself. What does not: judging values, and finding a column (``duckdb.plan``).

A column of Arrow type ``null`` (nothing but nulls, as pandas makes them) is of every type: no value contradicts it.
Sources: https://bitol-io.github.io/open-data-contract-standard/latest/schema/ ("Valid values for logicalType"); names
of physical types are those of DuckDB, Spark, Postgres, Snowflake and BigQuery that have one meaning.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.types as pt

Family = Literal[
    "text", "integer", "decimal", "float", "boolean", "date", "timestamp", "time", "list", "struct", "map", "binary",
    "null", "other",
]  # fmt: skip

_TESTS: Final = (
    ("text", lambda t: pt.is_string(t) or pt.is_large_string(t) or pt.is_string_view(t)),
    ("integer", pt.is_integer),
    ("decimal", pt.is_decimal),
    ("float", pt.is_floating),
    ("boolean", pt.is_boolean),
    ("date", pt.is_date),
    ("timestamp", pt.is_timestamp),
    ("time", pt.is_time),
    ("map", pt.is_map),
    ("list", lambda t: pt.is_list(t) or pt.is_large_list(t) or pt.is_fixed_size_list(t) or _is_list_view(t)),
    ("struct", pt.is_struct),
    (
        "binary",
        lambda t: pt.is_binary(t) or pt.is_large_binary(t) or pt.is_binary_view(t) or pt.is_fixed_size_binary(t),
    ),
    ("null", pt.is_null),
)
_LOGICAL: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"text"}),
    "integer": frozenset({"integer"}),
    "number": frozenset({"integer", "decimal", "float"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "timestamp": frozenset({"timestamp"}),
    "time": frozenset({"time"}),
    "array": frozenset({"list"}),
    "vector": frozenset({"list"}),
    "object": frozenset({"struct", "map"}),
    "map": frozenset({"map"}),
}
_INTEGER_BITS: Final = {
    "tinyint": 8, "byteint": 8, "int8": 8, "smallint": 16, "int2": 16, "short": 16, "int16": 16,
    "int": 32, "integer": 32, "int4": 32, "int32": 32, "bigint": 64, "long": 64, "int64": 64, "hugeint": 128,
}  # fmt: skip
_FLOAT_BITS: Final = {"real": 32, "float4": 32, "float32": 32, "float": 64, "double": 64, "double precision": 64,
                      "float8": 64, "float64": 64}  # fmt: skip
_EXACT_INTEGER_BITS: Final = {32: 24, 64: 53}  # the significand of IEEE 754's binary32 and binary64
_TEXT: Final = frozenset({"varchar", "char", "character", "character varying", "nvarchar", "nchar", "string", "text",
                          "varchar2", "bpchar"})  # fmt: skip
_SIMPLE: Final[Mapping[str, str]] = {
    "boolean": "boolean", "bool": "boolean", "date": "date", "time": "time", "timestamp": "timestamp",
    "datetime": "timestamp", "binary": "binary", "varbinary": "binary", "blob": "binary", "bytea": "binary",
    "bytes": "binary", "array": "list", "list": "list", "struct": "struct", "record": "struct", "object": "struct",
    "map": "map", "json": "text",
}  # fmt: skip
_ZONED: Final = {
    "timestamptz": True, "timestamp with time zone": True, "timestamp_tz": True, "timestamp_ltz": True,
    "timestamp_ntz": False, "timestamp without time zone": False, "timestampntz": False,
}  # fmt: skip
_PHYSICAL: Final = re.compile(
    r"\s*([a-z][a-z0-9_ ]*?)\s*(?:\(\s*(\d+|max)\s*(?:,\s*(\d+)\s*)?\))?\s*((?:with|without)\s.*)?"
)


class UnknownTypeError(ValueError):
    """A type's name that is not known here."""


@dataclass(frozen=True)
class Physical:
    """A physical type taken apart: ``DECIMAL(10,2)`` is ``decimal``, 10, 2."""

    name: str
    first: int | None = None
    second: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Physical":
        """Read a physical type.

        Raises:
            UnknownTypeError: It is none that is known here.
        """
        lowered = " ".join(text.lower().split())
        name = lowered.split("<", 1)[0].strip() if lowered.endswith(">") else lowered
        match = _PHYSICAL.fullmatch(name.removesuffix("[]") if not name.endswith("[]") else "array")
        if match is None:
            raise UnknownTypeError(f"{text!r} is no physical type that is known here")
        base = f"{match[1]} {match[4]}" if match[4] else match[1]
        first = int(match[2]) if match[2] and match[2] != "max" else None
        known = cls(base, first, int(match[3]) if match[3] else None)
        if known.name not in {*_INTEGER_BITS, *_FLOAT_BITS, *_TEXT, *_SIMPLE, *_ZONED, "decimal", "numeric", "number"}:
            raise UnknownTypeError(f"{text!r} is no physical type that is known here")
        return known

    @property
    def max_length(self) -> int | None:
        """The most code points of a text type, where it says so."""
        return self.first if self.name in _TEXT else None


def storage(kind: pa.DataType) -> pa.DataType:
    """The type of the values: dictionaries, run-end encoding and extension types taken off."""
    while True:
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif pt.is_dictionary(kind) or pt.is_run_end_encoded(kind):
            kind = kind.value_type
        else:
            return kind


def family(kind: pa.DataType) -> Family:
    """The family of a type; what encodes it is taken off first."""
    plain = storage(kind)
    found: Any = next((name for name, test in _TESTS if test(plain)), "other")
    return found  # type: ignore[no-any-return]


def logical_problem(kind: pa.DataType, logical: str, options: Mapping[str, Any]) -> str | None:
    """Why a type is not of a logical type.

    Args:
        kind: The Arrow type.
        logical: The ODCS logical type.
        options: Its ``timezone`` (whether a timestamp has a zone) and ``dimensions`` (of a vector) count.

    Returns:
        The reason, or ``None`` where it is.

    Raises:
        UnknownTypeError: The logical type is not one of ODCS 3.2.
    """
    if logical not in _LOGICAL:
        raise UnknownTypeError(f"{logical!r} is no logical type of ODCS")
    plain, own = storage(kind), family(kind)
    whole = own == "decimal" and logical == "integer" and plain.scale <= 0
    if own == "null":
        return None
    if own not in _LOGICAL[logical] and not whole:
        return f"is {kind}, not {logical}"
    if logical == "timestamp" and isinstance(zoned := options.get("timezone"), bool) and zoned != bool(plain.tz):
        return f"is {kind}, which has {'no' if zoned else 'a'} time zone"
    wanted = options.get("dimensions")
    if logical == "vector" and wanted and pt.is_fixed_size_list(plain) and plain.list_size != wanted:
        return f"has {plain.list_size} dimensions, not {wanted}"
    return None


def physical_problem(kind: pa.DataType, physical: Physical) -> str | None:
    """Why not every value of a type fits into a physical type without loss, or ``None`` where it does."""
    plain, own, name = storage(kind), family(kind), physical.name
    reason = f"is {kind}, which does not fit into {name}"
    if own == "null":
        return None
    if name in _INTEGER_BITS:
        return None if own == "integer" and _signed_bits(plain) <= _INTEGER_BITS[name] else reason
    if name in _FLOAT_BITS:
        bits = _FLOAT_BITS[name]
        exact = own == "integer" and _signed_bits(plain) - 1 <= _EXACT_INTEGER_BITS[bits]
        return None if exact or (own == "float" and plain.bit_width <= bits) else reason
    if name in ("decimal", "numeric", "number"):
        return _decimal_problem(plain, own, physical)
    if name in _ZONED:
        return None if own == "timestamp" and bool(plain.tz) == _ZONED[name] else reason
    return None if own == ("text" if name in _TEXT else _SIMPLE[name]) else reason


def _decimal_problem(plain: pa.DataType, own: str, physical: Physical) -> str | None:
    precision, scale = physical.first or 38, physical.second or 0
    shown = f"decimal({precision},{scale})" if physical.first else physical.name
    if own not in ("decimal", "integer"):
        return f"is {plain}, which does not fit into {shown}"
    if physical.first is None:
        return None
    digits = len(str(2 ** (_signed_bits(plain) - 1))) if own == "integer" else plain.precision - plain.scale
    fits = digits <= precision - scale and (own == "integer" or plain.scale <= scale)
    return None if fits else f"is {plain}, which does not fit into {shown}"


def _signed_bits(kind: pa.DataType) -> int:
    """How wide a signed integer has to be to hold every value."""
    width: int = kind.bit_width
    return width + 1 if pt.is_unsigned_integer(kind) else width


def _is_list_view(kind: pa.DataType) -> bool:
    return bool(pt.is_list_view(kind) or pt.is_large_list_view(kind))
