"""Example values that a contract accepts, for the rows of a generated test.

What belongs here: one value for one column. What does not: rows and tests (``testing_text``).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat

from data_platform.contracts import guesses
from data_platform.contracts.elements import Property
from data_platform.mesh.scaffold.inherit import EXAMPLE_DAY

_NOON: Final = datetime(EXAMPLE_DAY.year, EXAMPLE_DAY.month, EXAMPLE_DAY.day, 12, tzinfo=UTC)
_TEXTS: Final = ("example", "a", "ada@example.org", "EUR", EXAMPLE_DAY.isoformat(), "https://example.org", "1", "")
_TOKEN: Final = re.compile(r"(\\.|\[\^?\]?[^\]]*\]|[^()|{}*+?\\])(\{(\d+)(?:,\d*)?\}|[*+?])?")
_CLASSES: Final = {r"\d": "0", r"\w": "a", r"\S": "a", r"\s": " ", ".": "a"}
_RANGES: Final = ("a", "A", "0", "1", "-", "_", " ", "@", ".")


def example(kind: pa.DataType, column: Property | None) -> object:
    """A value of a type, as Python has it, that keeps a column's rules where one can be told; never null.

    Args:
        kind: The column's type.
        column: The column, where it has a contract.
    """
    options: Mapping[str, Any] = {**_guessed_options(column), **(column.logical_type_options if column else {})}
    if allowed := _allowed(column):
        return allowed[0]
    if pat.is_string(kind):
        return _text(options)
    if pat.is_integer(kind) or pat.is_floating(kind) or pat.is_decimal(kind):
        return _number(kind, options)
    if pat.is_list(kind):
        return [example(kind.value_type, column.items if column else None)]
    if pat.is_struct(kind):
        inner = {child.column: child for child in column.properties} if column else {}
        return {field.name: example(field.type, inner.get(field.name)) for field in kind}
    return _other(kind)


def _guessed_options(column: Property | None) -> dict[str, object]:
    """What guessed rules say, as options say it."""
    options: dict[str, object] = {}
    for rule in column.quality if column else ():
        if pattern := rule.arguments.get("pattern"):
            options["pattern"] = pattern
        elif bounds := guesses.bounds_of(rule):
            ends = zip(("minimum", "maximum"), bounds, strict=True)
            options |= {name: float(end) for name, end in ends if end is not None}
    return options


def _other(kind: pa.DataType) -> object:
    if pat.is_timestamp(kind):
        return _NOON if kind.tz else _NOON.replace(tzinfo=None)
    fixed: list[tuple[Callable[[pa.DataType], bool], object]] = [
        (pat.is_boolean, True),
        (pat.is_date, EXAMPLE_DAY),
        (pat.is_time, time(12)),
        (pat.is_binary, b"example"),
        (pat.is_map, []),
    ]
    return next((value for test, value in fixed if test(kind)), None)


def _allowed(column: Property | None) -> list[object]:
    """The values that are allowed, where the contract lists them."""
    if column is None:
        return []
    listed = [rule.arguments.get("validValues") for rule in column.quality if rule.metric == "invalidValues"]
    return [value for values in (list(column.enum), *listed) if isinstance(values, list) for value in values]


def _number(kind: pa.DataType, options: Mapping[str, object]) -> int | float | Decimal:
    low, high = (_decimal(options.get(option)) for option in ("minimum", "maximum"))
    above, below = (_decimal(options.get(option)) for option in ("exclusiveMinimum", "exclusiveMaximum"))
    step = _decimal(options.get("multipleOf")) or Decimal(1)
    tried = [*(Decimal(1) * step, step * 0, low, high), *(bound + step for bound in (low, above) if bound is not None)]
    tried += [bound - step for bound in (below,) if bound is not None]
    tried += [(above + below) / 2] if above is not None and below is not None else []
    fitting = [
        number
        for number in tried
        if number is not None
        and (low is None or number >= low)
        and (high is None or number <= high)
        and (above is None or number > above)
        and (below is None or number < below)
    ]
    value = fitting[0] if fitting else Decimal(1)
    if pat.is_integer(kind):
        return int(value)
    return float(value) if pat.is_floating(kind) else value.quantize(Decimal(1).scaleb(-kind.scale))


def _decimal(value: object) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(options: Mapping[str, Any]) -> str:
    pattern = options.get("pattern")
    least, most = options.get("minLength", 0), options.get("maxLength", 1_000_000)
    tried = [*_TEXTS, "a" * least] if isinstance(least, int) else list(_TEXTS)
    if isinstance(pattern, str):
        tried = [*tried, _by_pattern(pattern)]
        fitting = [text for text in tried if _matches(pattern, text)]
    else:
        fitting = tried
    return next((text for text in fitting if least <= len(text) <= most), "example")


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
        return next((character for character in _RANGES if _matches(token, character)), token[1:2])
    return token[-1]


def day_in(kind: pa.DataType) -> date | str:
    """The example's day, in the type of a partition column."""
    return EXAMPLE_DAY.isoformat() if pat.is_string(kind) else EXAMPLE_DAY
