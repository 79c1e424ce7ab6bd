"""Limits and listed values of a contract as comparable values, read as the checks read them.

What belongs here: numbers, dates, times and instants from what was written, and lists of them. What does not: which
rule follows from which, which each kind says.
"""

import math
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any, Final

from data_platform.contracts.rules.paths import Scalar

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


def _instant(value: date | str, zone: str) -> datetime:
    parsed = _read(value) if isinstance(value, str) else value
    moment = parsed if isinstance(parsed, datetime) else datetime(parsed.year, parsed.month, parsed.day)  # noqa: DTZ001
    if moment.tzinfo is None:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - few contracts need it

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
