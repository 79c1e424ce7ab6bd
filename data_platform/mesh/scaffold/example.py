"""Example values that a contract accepts, for the rows of a generated test.

What belongs here: one value for one column. What does not: rows and tests (``testing_text``).
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from data_platform.contracts.elements import Property
from data_platform.mesh.scaffold.inherit import EXAMPLE_DAY

_NOON: Final = datetime(EXAMPLE_DAY.year, EXAMPLE_DAY.month, EXAMPLE_DAY.day, 12, tzinfo=UTC)
_TEXTS: Final = ("example", "a", "ada@example.org", "EUR", EXAMPLE_DAY.isoformat(), "https://example.org", "1", "")
_TOKEN: Final = re.compile(r"(\\.|\[\^?\]?[^\]]*\]|[^()|{}*+?\\])(\{(\d+)(?:,\d*)?\}|[*+?])?")
_CLASSES: Final = {r"\d": "0", r"\w": "a", r"\S": "a", r"\s": " ", ".": "a"}
_RANGES: Final = ("a", "A", "0", "1", "-", "_", " ", "@", ".")


def example(kind: pa.DataType, one: Property | None) -> Any:
    """A value of a type, as Python has it, that keeps a column's rules where one can be told; never null.

    Args:
        kind: The column's type.
        one: The column, where it has a contract.
    """
    options: Mapping[str, Any] = one.logical_type_options if one else {}
    if allowed := _allowed(one):
        return allowed[0]
    if pat.is_string(kind):
        return _text(options)
    if pat.is_integer(kind) or pat.is_floating(kind) or pat.is_decimal(kind):
        return _number(kind, options)
    if pat.is_list(kind):
        return [example(kind.value_type, one.items if one else None)]
    if pat.is_struct(kind):
        inner = {each.column: each for each in one.properties} if one else {}
        return {field.name: example(field.type, inner.get(field.name)) for field in kind}
    return _other(kind)


def _other(kind: pa.DataType) -> Any:
    if pat.is_timestamp(kind):
        return _NOON if kind.tz else _NOON.replace(tzinfo=None)
    fixed: list[tuple[Any, Any]] = [
        (pat.is_boolean, True),
        (pat.is_date, EXAMPLE_DAY),
        (pat.is_time, time(12)),
        (pat.is_binary, b"example"),
        (pat.is_map, []),
    ]
    return next((value for test, value in fixed if test(kind)), None)


def _allowed(one: Property | None) -> list[Any]:
    """The values that are allowed, where the contract lists them."""
    if one is None:
        return []
    listed = [rule.arguments.get("validValues") for rule in one.quality if rule.metric == "invalidValues"]
    return [value for each in (list(one.enum), *listed) if isinstance(each, list) for value in each]


def _number(kind: pa.DataType, options: Mapping[str, Any]) -> Any:
    low, high = (_decimal(options.get(each)) for each in ("minimum", "maximum"))
    above, below = (_decimal(options.get(each)) for each in ("exclusiveMinimum", "exclusiveMaximum"))
    step = _decimal(options.get("multipleOf")) or Decimal(1)
    tried = [*(Decimal(1) * step, step * 0, low, high), *(each + step for each in (low, above) if each is not None)]
    tried += [each - step for each in (below,) if each is not None]
    tried += [(above + below) / 2] if above is not None and below is not None else []
    fitting = [
        each
        for each in tried
        if each is not None
        and (low is None or each >= low)
        and (high is None or each <= high)
        and (above is None or each > above)
        and (below is None or each < below)
    ]
    value = fitting[0] if fitting else Decimal(1)
    if pat.is_integer(kind):
        return int(value)
    return float(value) if pat.is_floating(kind) else value.quantize(Decimal(1).scaleb(-kind.scale))


def _decimal(value: Any) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(options: Mapping[str, Any]) -> str:
    pattern = options.get("pattern")
    least, most = options.get("minLength", 0), options.get("maxLength", 1_000_000)
    tried = [*_TEXTS, "a" * least] if isinstance(least, int) else list(_TEXTS)
    if isinstance(pattern, str):
        tried = [*tried, _by_pattern(pattern)]
        fitting = [each for each in tried if _matches(pattern, each)]
    else:
        fitting = tried
    return next((each for each in fitting if least <= len(each) <= most), "example")


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def _by_pattern(pattern: str) -> str:
    """A text of a simple pattern: characters, classes, how often; others make a text that does not match."""
    parts = []
    for match in _TOKEN.finditer(pattern.strip("^$")):
        token, often, times = match[1], match[2], match[3]
        parts.append(_character(token) * (int(times) if times else 0 if often in ("*", "?") else 1))
    return "".join(parts)


def _character(token: str) -> str:
    if token in _CLASSES:
        return _CLASSES[token]
    if token.startswith("["):
        return next((each for each in _RANGES if _matches(token, each)), token[1:2])
    return token[-1]


def day_in(kind: pa.DataType) -> date | str:
    """The example's day, in the type of a partition column."""
    return EXAMPLE_DAY.isoformat() if pat.is_string(kind) else EXAMPLE_DAY
