"""Columns of a text file (CSV), which have no types: read as the contract's, and what cannot be is a broken rule.

What belongs here: from text to the declared type. What does not: reading the file (``sources``).

A text is of a type where it is written as ISO 8601 (dates, times), as plain digits (integers, decimals; a double may
have an exponent), as ``true``, ``false``, ``1`` or ``0``. An empty field is null, an empty quoted one empty text.
"""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from data_platform.contracts.checks.arrow_types import Physical, UnknownTypeError
from data_platform.contracts.checks.duckdb.values import text_literal
from data_platform.contracts.checks.model import TableChecks
from data_platform.contracts.checks.rules import LogicalType, PhysicalType

_DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK: Final = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
_ZONE: Final = "(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
_DECIMALS: Final = 38
_TYPES: Final[Mapping[str, tuple[pa.DataType, str, str]]] = {
    "integer": (pa.int64(), "BIGINT", "[+-]?[0-9]+"),
    "number": (pa.float64(), "DOUBLE", r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|NaN|-?Infinity"),
    "boolean": (pa.bool_(), "BOOLEAN", "(?i:true|false|0|1)"),
    "date": (pa.date32(), "DATE", _DATE),
    "time": (pa.time64("us"), "TIME", _CLOCK),
    "timestamp": (pa.timestamp("us"), "TIMESTAMP", f"{_DATE}(?:[T ]{_CLOCK})?"),
    "zoned": (pa.timestamp("us", "UTC"), "TIMESTAMPTZ", f"{_DATE}[T ]{_CLOCK} ?{_ZONE}"),
}


def declared_types(checks: TableChecks) -> dict[str, tuple[pa.DataType, str, str]]:
    """What the checks say each top-level column is: Arrow type, DuckDB's name of it, pattern of its texts."""
    found: dict[str, tuple[pa.DataType, str, str]] = {}
    for check in checks.checks:
        if len(check.path) != 1:
            continue
        name = check.path[0]
        if isinstance(check.rule, LogicalType):
            zoned = check.rule.logical == "timestamp" and check.rule.options.get("timezone") is True
            known = _TYPES.get("zoned" if zoned else check.rule.logical)
            if known and name not in found:
                found[name] = known
        elif isinstance(check.rule, PhysicalType) and (decimal := _decimal(check.rule.physical)):
            found[name] = decimal
    return found


def converted(
    schema: pa.Schema, declared: Mapping[str, tuple[pa.DataType, str, str]], source: str
) -> tuple[pa.Schema, str]:
    """The relation with each column as its declared type (``c0``, …) and as text (``r0``, …).

    Args:
        schema: Text columns.
        declared: See ``declared_types``; other columns stay text.
        source: The relation of the texts, quoted.

    Returns:
        The schema of ``c0``, …, and the SELECT.
    """
    fields, columns = [], []
    raw = [f"r{number}" for number in range(len(schema))]
    for number, name in enumerate(schema.names):
        kind, sql, pattern = declared.get(name, (pa.string(), "", ""))
        fields.append(pa.field(name, kind))
        text = raw[number]
        like = f"regexp_full_match({text}, {text_literal(pattern)})"
        columns.append(
            f"CASE WHEN {like} THEN TRY_CAST({text} AS {sql}) END AS c{number}" if sql else f"{text} AS c{number}"
        )
    return pa.schema(fields), f"SELECT {', '.join([*columns, *raw])} FROM {source} AS s({', '.join(raw)})"  # noqa: S608


def _decimal(physical: str) -> tuple[pa.DataType, str, str] | None:
    try:
        parsed = Physical.parse(physical)
    except UnknownTypeError:
        return None
    if parsed.name not in ("decimal", "numeric", "number") or parsed.first is None or parsed.first > _DECIMALS:
        return None
    scale = parsed.second or 0
    pattern = rf"[+-]?[0-9]+(?:\.[0-9]{{0,{scale}}}0*)?"
    return pa.decimal128(parsed.first, scale), f"DECIMAL({parsed.first},{scale})", pattern
