"""Limits and listed values of a contract as comparable values, read as the checks read them.

What belongs here: numbers, dates, times and instants from what was written; bounds and lists made of them. What does
not: which rule follows from which (``implication``).
"""

import math
import struct
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data_platform.contracts.checks.rules import Bound, Scalar
from data_platform.contracts.compatibility.intervals import Interval

_TEMPORAL: Final = ("date", "timestamp")


def value_of(value: Scalar, logical: str | None, zone: str) -> Any:
    """A written value as one that can be compared, in a pair with the name of what it is.

    Args:
        value: A limit, or a value of a list; not null.
        logical: The logical type of the property.
        zone: Of an instant without one.

    Returns:
        ``("number", Fraction)``, ``("instant", datetime in UTC)``, ``("time", time)``, ``("text", str)`` or
        ``("flag", bool)``.

    Raises:
        ValueError: It is no finite number, or no value of a date, time or timestamp.
    """
    if isinstance(value, bool):
        return "flag", value
    if isinstance(value, datetime | date) or (isinstance(value, str) and logical in _TEMPORAL):
        return "instant", _instant(value, zone)
    if isinstance(value, time) or (isinstance(value, str) and logical == "time"):
        clock = value if isinstance(value, time) else time.fromisoformat(value)
        return "time", clock.replace(tzinfo=None)
    if isinstance(value, str):
        return "text", value
    if value is None or not math.isfinite(value):
        raise ValueError(f"{value!r} is no finite number")
    return "number", Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def listed(values: Iterable[Scalar], logical: str | None, zone: str = "UTC") -> frozenset[Any]:
    """The values of a list, without null, which a list says nothing about; what cannot be read stays as written."""
    comparables = set()
    for value in values:
        if value is None:
            continue
        try:
            comparables.add(value_of(value, logical, zone))
        except (ValueError, OverflowError):
            comparables.add(("as written", repr(value)))
    return frozenset(comparables)


def interval_of(bounds: Iterable[Bound], logical: str | None) -> Interval:
    """What lies within some bounds; of whole numbers, with ends that belong to it.

    Raises:
        ValueError: A limit cannot be read.
        TypeError: Two limits cannot be compared.
    """
    low: tuple[Any, bool] | None = None
    high: tuple[Any, bool] | None = None
    for bound in bounds:
        _, limit = value_of(bound.limit, logical, bound.zone)
        end = _whole(limit, bound.operator) if logical == "integer" else (limit, "exclusive" not in bound.operator)
        if bound.operator.lower().endswith("minimum"):
            low = end if low is None or _rank(end, low) else low
        else:
            high = end if high is None or _rank(high, end) else high
    return Interval(
        low[0] if low else None, high[0] if high else None, low[1] if low else True, high[1] if high else True
    )


def is_sharper_only_by_rounding(inner: Interval, outer: Interval) -> bool:
    """Whether an end of the inner one is another number than that of the outer, but the same 32-bit float.

    A column of floats compares in its own precision: above 0.1 and from 0.10000000001 may then be told apart by
    nothing but whether the end belongs to it.
    """
    ends = (
        (inner.low, inner.has_low, outer.low, outer.has_low),
        (inner.high, inner.has_high, outer.high, outer.has_high),
    )
    return any(
        isinstance(a, Fraction)
        and isinstance(b, Fraction)
        and a != b
        and has
        and not other
        and _single(a) == _single(b)
        for a, has, b, other in ends
    )


def _rank(end: tuple[Any, bool], other: tuple[Any, bool]) -> bool:
    """Whether an end comes after another, where of two alike the one that is left out comes after."""
    return bool(end[0] > other[0] or (end[0] == other[0] and not end[1]))


def _whole(limit: Fraction, operator: str) -> tuple[Fraction, bool]:
    """The whole number that is the end."""
    if operator == "minimum":
        return Fraction(math.ceil(limit)), True
    if operator == "exclusiveMinimum":
        return Fraction(math.floor(limit) + 1), True
    if operator == "maximum":
        return Fraction(math.floor(limit)), True
    return Fraction(math.ceil(limit) - 1), True


def _instant(value: date | str, zone: str) -> datetime:
    parsed = _read(value) if isinstance(value, str) else value
    moment = parsed if isinstance(parsed, datetime) else datetime(parsed.year, parsed.month, parsed.day)  # noqa: DTZ001
    if moment.tzinfo is None:
        try:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError(f"{zone!r} is no time zone") from error
    return moment.astimezone(UTC)


def _read(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text)


def _single(value: Fraction) -> float:
    try:
        single: float = struct.unpack("f", struct.pack("f", float(value)))[0]
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return single
