"""One value against one rule, as a SQL expression that is true where the value breaks the rule.

What belongs here: a rule, a value's expression and its Arrow type in; SQL out. What does not: values inside values and
which function judges which rule (``rows``), rules that compare rows (``keys``).

An expression may be null where the value is: that counts as kept. See ``rules`` for what is decided about special
values.
"""

from decimal import Decimal
from typing import Final

import pyarrow as pa

from data_platform.contracts.checks import formats
from data_platform.contracts.checks.duckdb.values import UnfitValueError, decimal_of, literal, text_literal
from data_platform.contracts.checks.rules import (
    Bound,
    Formatted,
    HasProperties,
    Matches,
    MultipleOf,
    OneOf,
    Scalar,
    Size,
    UniqueItems,
)
from data_platform.contracts.types.arrow import family, storage

_OPPOSITE: Final = {"minimum": "<", "maximum": ">", "exclusiveMinimum": "<=", "exclusiveMaximum": ">="}
_ORDERED: Final = frozenset({"integer", "decimal", "float", "date", "timestamp", "time"})
_EXACT_DIGITS: Final = 22  # 10 ** 22 is the largest power of ten that a double holds exactly
_MAX_DIGITS: Final = 38
_INTEGER_DIGITS: Final = 20  # of the longest 64-bit integer


class UnevaluableError(ValueError):
    """A rule that has no meaning here: it is listed as not evaluated. The message is the reason."""


def full_match(pattern: str) -> str | None:
    """The part of ``^part$`` that the whole text must match; ``None`` where the pattern is not of this form.

    DuckDB matches a whole text about four times as fast as it searches in one.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")) or "(?" in pattern.replace("(?:", ""):
        return None
    depth, in_class, escaped = 0, False, False
    for char in pattern[:-1]:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif in_class:
            in_class = char != "]"
        elif char == "|" and depth == 0:
            return None
        else:
            in_class = char == "["
            depth += {"(": 1, ")": -1}.get(char, 0)
    return None if escaped or in_class or "\\Q" in pattern else pattern[1:-1]


def _need(kind: pa.DataType, *families: str) -> str:
    own = family(kind)
    if own not in families and own != "null":
        raise UnfitValueError(f"is {kind}, to which the rule does not apply")
    return own


def literals(values: tuple[Scalar, ...], kind: pa.DataType, zone: str) -> list[str]:
    """Those of the values that a column can hold, each once, as SQL; nulls are left out."""
    expressions = []
    for value in values:
        if value is None:
            continue
        try:
            expressions.append(literal(value, kind, zone))
        except UnfitValueError:
            continue  # equals nothing in this column
    return list(dict.fromkeys(expressions))


def not_one_of(value: str, kind: pa.DataType, rule: OneOf) -> str:
    """Neither of the values."""
    _need(kind, "text", "boolean", *_ORDERED)
    listed = literals(rule.values, kind, rule.zone)
    return f"{value} NOT IN ({', '.join(listed)})" if listed else f"{value} IS NOT NULL"


def beyond(value: str, kind: pa.DataType, rule: Bound) -> str:
    """On the wrong side of the limit."""
    own = _need(kind, *_ORDERED)
    if own == "null":
        return "false"
    wrong = f"{value} {_OPPOSITE[rule.operator]} {literal(rule.limit, kind, rule.zone)}"
    if own == "float" and rule.operator in ("minimum", "exclusiveMinimum"):
        return f"({wrong} OR {value} > CAST('infinity' AS {_float_name(storage(kind))}))"  # only NaN is
    return f"({wrong})"


def missized(value: str, kind: pa.DataType, rule: Size) -> str:
    """Too small or too large."""
    own = _need(kind, *{"length": ("text", "binary"), "items": ("list",), "properties": ("struct", "map")}[rule.what])
    match own:
        case "null":
            return "false"
        case "text":
            size = f"length({value})"
        case "binary":
            size = f"octet_length({value})"
        case "list":
            size = f"len({value})"
        case "map":
            size = f"cardinality({value})"
        case _:
            filled = [f"CAST(({part}) AS INTEGER)" for part in _parts(value, kind, "IS NOT NULL")]
            size = f"CASE WHEN {value} IS NOT NULL THEN {' + '.join(filled) or '0'} END"
    return f"({size} {_OPPOSITE[rule.operator]} {int(rule.limit)})"


def unmatched(value: str, kind: pa.DataType, rule: Matches) -> str:
    """Without the pattern in it."""
    if _need(kind, "text") == "null":
        return "false"
    whole = full_match(rule.pattern)
    if whole is not None:
        return f"NOT regexp_full_match({value}, {text_literal(whole)})"
    return f"NOT regexp_matches({value}, {text_literal(rule.pattern)})"


def misformatted(value: str, kind: pa.DataType, rule: Formatted) -> str:
    """Not of the format."""
    own, name = family(kind), rule.format
    if name in formats.ANNOTATIONS:
        raise UnevaluableError(f"format {name!r} says how a text is meant, and excludes no value")
    if own in ("date", "timestamp", "time", "null") or formats.FLOATS.get(name, 0) is None:
        return "false"  # it has no text, or is as wide as any column
    if own in ("integer", "decimal", "float"):
        return _too_wide(value, kind, name)
    _need(kind, "text")
    if name in formats.TEXT_PATTERNS:
        unlike = f"NOT regexp_full_match({value}, {text_literal(formats.TEXT_PATTERNS[name])})"
        limit = formats.MAX_LENGTHS.get(name)
        return f"({unlike} OR length({value}) > {limit})" if limit else unlike
    dates = formats.date_format(name)
    if dates is None:
        raise UnevaluableError(f"format {name!r} is not known")
    unlike = f"NOT regexp_full_match({value}, {text_literal(dates.pattern)})"
    unreadable = f"try_strptime({value}, {text_literal(dates.strptime)}) IS NULL"
    return f"({value} IS NOT NULL AND ({unlike} OR {unreadable}))"


def _too_wide(value: str, kind: pa.DataType, name: str) -> str:
    limit = formats.FLOATS.get(name)
    if limit is not None:
        return f"(abs(CAST({value} AS DOUBLE)) > {limit!r} AND isfinite(CAST({value} AS DOUBLE)))"
    limits = formats.integer_range(name)
    if limits is None:
        raise UnevaluableError(f"format {name!r} is not known")
    return f"NOT ({value} BETWEEN {literal(limits[0], kind)} AND {literal(limits[1], kind)})"


def remaining(value: str, kind: pa.DataType, rule: MultipleOf) -> str:
    """No multiple of the divisor."""
    own, plain = _need(kind, "integer", "decimal", "float"), storage(kind)
    step = decimal_of(rule.divisor).normalize()
    exponent = step.as_tuple().exponent
    scale = max(-exponent, 0) if isinstance(exponent, int) else 0
    if step <= 0 or scale > _EXACT_DIGITS or own == "null":
        return "false" if own == "null" else _refuse_divisor(rule.divisor)
    if own == "float":
        # The float nearest to k * step, for the k nearest to the quotient; step = units / 10^scale, both exact.
        units, power = int(step.scaleb(scale)), f"CAST('1e{scale}' AS DOUBLE)"
        scaled, back = (f"{value} * {power}", f"/ {power}") if scale else (value, "")
        counted = f"round({scaled} / {units}) * {units}" if units != 1 else f"round({scaled})"
        nearest = f"CAST({counted} {back} AS {_float_name(plain)})"
        return f"({value} <> {nearest} OR {value} - {value} <> 0)"  # not a number minus itself is none, nor is infinity
    if own == "integer" and scale == 0:
        return f"{value} % {literal(step, kind)} <> 0"
    own_scale = plain.scale if own == "decimal" else 0
    places = max(scale, own_scale)
    digits = (plain.precision if own == "decimal" else _INTEGER_DIGITS) - own_scale + places
    width = f"DECIMAL({min(max(digits, step.adjusted() + 1 + places), _MAX_DIGITS)},{places})"
    return f"CAST({value} AS {width}) % CAST('{step:f}' AS {width}) <> 0"


def _refuse_divisor(divisor: Decimal) -> str:
    raise UnfitValueError(f"multipleOf {divisor}: no number above 0 with at most {_EXACT_DIGITS} decimals")


def _float_name(kind: pa.DataType) -> str:
    return "DOUBLE" if kind.bit_width > 32 else "FLOAT"  # noqa: PLR2004 - bits


def repeating(value: str, kind: pa.DataType, _: UniqueItems) -> str:
    """With an item that is there twice."""
    if _need(kind, "list") == "null":
        return "false"
    # list_distinct leaves nulls out; one null is distinct, two are not.
    return f"(list_count({value}) <> len(list_distinct({value})) OR len({value}) - list_count({value}) > 1)"


def _parts(value: str, kind: pa.DataType, test: str, names: tuple[str, ...] | None = None) -> list[str]:
    plain = storage(kind)
    wanted = [field.name for field in plain] if names is None else names
    positions = [(name, plain.get_field_index(name)) for name in wanted]
    if lacking := [name for name, position in positions if position < 0]:
        raise UnfitValueError(f"is {kind}, which has no property {lacking[0]!r}")
    return [f"struct_extract_at({value}, {position + 1}) {test}" for _, position in positions]


def lacking(value: str, kind: pa.DataType, rule: HasProperties) -> str:
    """Without one of the properties."""
    names = rule.names
    own = _need(kind, "struct", "map")
    if own == "null":
        return "false"
    if own == "map":
        absent = [f"NOT map_contains({value}, {text_literal(name)})" for name in names]
    else:
        absent = _parts(value, kind, "IS NULL", names)
    return f"({value} IS NOT NULL AND ({' OR '.join(absent) or 'false'}))"
