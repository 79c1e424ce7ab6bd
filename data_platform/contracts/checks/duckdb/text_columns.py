"""Columns of a text file (CSV, JSON lines), which have no types: read as the contract's; what cannot be breaks a rule.

What belongs here: from text to the declared type. What does not: reading the file (``sources``), what is nested
(``nested_text``), whether the value then fits (``fitting``).

A text is of a type where it is written as ISO 8601, or as the contract's ``format`` says (dates, times), as plain
digits (integers, also ``7.0``; decimals; a double may have an exponent), as ``true``, ``false``, ``1`` or ``0``. An
empty field is null, an empty quoted one empty text. Numbers are read wider than declared, so that a rule tells what
does not fit.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import pyarrow as pa

from data_platform.contracts.checks.duckdb import nested_text
from data_platform.contracts.checks.model import TableChecks
from data_platform.contracts.checks.sources import TextType
from data_platform.contracts.rules.formats import date_format
from data_platform.contracts.rules.kinds.columns import Columns
from data_platform.contracts.rules.kinds.types import LogicalType, PhysicalType
from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.sql.values import text_literal
from data_platform.contracts.types.model import ColumnType
from data_platform.contracts.types.reading import UnknownTypeError, parse

_DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK: Final = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
_ZONE: Final = "(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
_WIDEST_DECIMAL: Final = 38
_WIDE: Final = 64
_NO_NUMBERS: Final = "NaN|-?Infinity"
_FLOATS: Final = rf"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|{_NO_NUMBERS}"
_WHOLE: Final = r"[+-]?[0-9]+(?:\.0*)?"
_BIGINT: Final = TextType(pa.int64(), _WHOLE, "BIGINT")
_HUGEINT: Final = TextType(pa.decimal128(38, 0), _WHOLE, "DECIMAL(38,0)")
_DOUBLE: Final = TextType(pa.float64(), _FLOATS, "DOUBLE")
_FLOAT: Final = TextType(pa.float32(), _FLOATS, "FLOAT")
_LOCAL: Final = TextType(pa.timestamp("us"), f"{_DATE}(?:[T ]{_CLOCK})?", "TIMESTAMP")
_INSTANT: Final = TextType(pa.timestamp("us", "UTC"), f"{_DATE}[T ]{_CLOCK} ?{_ZONE}", "TIMESTAMPTZ")
_PLAIN: Final[Mapping[str, TextType]] = {
    "integer": _BIGINT,
    "number": _DOUBLE,
    "boolean": TextType(pa.bool_(), "(?i:true|false|0|1)", "BOOLEAN"),
    "date": TextType(pa.date32(), _DATE, "DATE"),
    "time": TextType(pa.time64("us"), _CLOCK, "TIME"),
    "timestamp": _LOCAL,
}


def declared_types(checks: TableChecks) -> dict[str, TextType]:
    """What the checks say each top-level column is, by its name; a column that is text is left out."""
    logical: dict[Path, LogicalType] = {}
    physical: dict[Path, ColumnType] = {}
    fields: dict[Path, tuple[str, ...]] = {}
    for check in checks.checks:
        if isinstance(check.rule, Columns):
            fields.setdefault(check.path, check.rule.names)
        elif isinstance(check.rule, LogicalType):
            logical.setdefault(check.path, check.rule)
        elif isinstance(check.rule, PhysicalType):
            with suppress(UnknownTypeError):
                physical.setdefault(check.path, parse(check.rule.physical, check.rule.dialect))

    def read_as(path: Path) -> TextType | None:
        kind = logical.get(path)
        if kind is None or kind.logical not in nested_text.LOGICAL or kind.in_json:
            return _text_type(kind, physical.get(path))
        return nested_text.nested_type(kind.logical, path, fields.get(path), physical.get(path), read_as)

    read = {path[0]: read_as(path) for path in {*logical, *physical} if len(path) == 1}
    return {name: text_type for name, text_type in read.items() if text_type is not None}


def converted(schema: pa.Schema, declared: Mapping[str, TextType], source: str) -> tuple[pa.Schema, str]:
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
        text_type = declared.get(name)
        fields.append(pa.field(name, text_type.kind if text_type else pa.string()))
        columns.append(f"{_column(text_type, raw[number])} AS c{number}")
    return pa.schema(fields), f"SELECT {', '.join([*columns, *raw])} FROM {source} AS s({', '.join(raw)})"  # noqa: S608


def _column(text_type: TextType | None, text: str) -> str:
    if text_type is None:
        return text
    return nested_text.read(text_type, text, _read) if pa.types.is_nested(text_type.kind) else _read(text_type, text)


def _read(text_type: TextType, text: str) -> str:
    value = text
    if text_type.strptime is not None:
        value = f"try_strptime({text}, {text_literal(text_type.strptime)})"
    like = f"regexp_full_match({text}, {text_literal(text_type.pattern)})"
    cast = f"TRY_CAST({value} AS {text_type.sql})"
    if pa.types.is_floating(text_type.kind):  # DuckDB makes an infinity of a number that is too large
        like = f"{like} AND (isfinite({cast}) OR regexp_full_match({text}, '{_NO_NUMBERS}'))"
    return f"CASE WHEN {like} THEN {cast} END"


def _text_type(logical: LogicalType | None, physical: ColumnType | None) -> TextType | None:
    family = physical.family if physical else logical.logical if logical else ""
    if physical is not None and family in {"integer", "decimal", "float"}:
        return _number(physical, logical)
    options: Mapping[str, Any] = logical.options if logical else {}
    zoned = options.get("timezone") is True or (physical is not None and physical.zoned is True)
    text_type = _INSTANT if family == "timestamp" and zoned else _PLAIN.get(family)
    written = options.get("format")
    form = date_format(written) if isinstance(written, str) else None
    if text_type is None or form is None or family not in {"date", "time", "timestamp"}:
        return text_type
    return TextType(text_type.kind, form.pattern, text_type.sql, form.strptime)


def _number(physical: ColumnType, logical: LogicalType | None) -> TextType:
    is_whole = logical is not None and logical.logical == "integer"
    if physical.family == "float":
        return _BIGINT if is_whole else _FLOAT if physical.bits == 32 else _DOUBLE  # noqa: PLR2004 - binary32
    if physical.family == "integer" or (is_whole and not physical.scale):
        width = physical.bits if physical.family == "integer" else None
        return _BIGINT if width is not None and width + (not physical.signed) <= _WIDE else _HUGEINT
    if physical.precision is None or physical.precision > _WIDEST_DECIMAL:
        return _DOUBLE
    scale = physical.scale or 0
    pattern = rf"[+-]?(?:[0-9]+(?:\.[0-9]{{0,{scale}}}0*)?|\.[0-9]{{1,{scale}}}0*)"
    return TextType(pa.decimal128(_WIDEST_DECIMAL, scale), pattern, f"DECIMAL({_WIDEST_DECIMAL},{scale})")
