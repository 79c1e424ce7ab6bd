"""What the standard's service levels mean: their properties, units and values.

What belongs here: the words of ``slaProperties`` and their reading. What does not: whether a contract keeps them.
Source: https://bitol-io.github.io/open-data-contract-standard/latest/service-level-agreement/ ("Valid values").
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from data_platform.contracts.model import Contract, ServiceLevel

SYNONYMS: Final[Mapping[str, str]] = {
    "av": "availability",
    "th": "throughput",
    "er": "errorrate",
    "ga": "generalavailability",
    "es": "endofsupport",
    "el": "endoflife",
    "re": "retention",
    "fy": "frequency",
    "ly": "latency",
    "td": "timetodetect",
    "tn": "timetonotify",
    "tr": "timetorepair",
    "freshness": "latency",
}
DURATIONS: Final = frozenset({"retention", "frequency", "latency", "timetodetect", "timetonotify", "timetorepair"})
NUMBERS: Final = frozenset({*DURATIONS, "availability", "throughput", "errorrate"})
DATES: Final = frozenset({"generalavailability", "endofsupport", "endoflife"})
KNOWN: Final = frozenset({*NUMBERS, *DATES, "timeofavailability"})

_SECOND: Final = timedelta(seconds=1)
_UNITS: Final[Mapping[str, timedelta]] = {
    spelling: length
    for length, spellings in {
        _SECOND / 1000: "ms millisecond milliseconds",
        _SECOND: "s sec second seconds",
        _SECOND * 60: "min minute minutes",
        _SECOND * 3600: "h hr hour hours",
        timedelta(days=1): "d day days",
        timedelta(weeks=1): "w wk week weeks",
        timedelta(days=30): "mo month months",
        timedelta(days=365): "y yr year years",
    }.items()
    for spelling in spellings.split()
}


def kind(level: ServiceLevel) -> str:
    """The property's name in lower case with synonyms resolved: ``ly`` is ``latency``. May be unknown."""
    name = level.property.strip().lower()
    return SYNONYMS.get(name, name)


def unit_length(unit: str) -> timedelta | None:
    """How long one unit of time is; a month counts 30 days, a year 365; None for an unknown one.

    ``m`` is unknown on purpose: it is a minute to some and a month to others.
    """
    return _UNITS.get(unit.strip().lower())


def number(value: object) -> float | None:
    """The number of an SLA's value, also where it is written as text; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        parsed = float(value)
    except (ValueError, OverflowError):
        return None
    return parsed if abs(parsed) != float("inf") and parsed == parsed else None  # noqa: PLR0124 - not-a-number


def duration(level: ServiceLevel) -> timedelta | None:
    """How long an SLA such as ``latency: 4 h`` allows, or None where it says no duration."""
    amount, length = number(level.value), unit_length(level.unit or "")
    if amount is None or length is None:
        return None
    try:
        return amount * length
    except OverflowError:
        return None


def moment(value: object) -> datetime | None:
    """The moment of an SLA such as ``endOfSupport``, UTC where it names no zone; None where it is no ISO 8601 date."""
    if not isinstance(value, str):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return None
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def service_level(contract: Contract, name: str) -> ServiceLevel | None:
    """The contract's first service level of a kind, such as ``latency``, or None."""
    return next((level for level in contract.service_levels if kind(level) == name.lower()), None)


def sunset(contract: Contract) -> datetime | None:
    """When the product ends: its ``endOfLife``, else its ``endOfSupport``, or None."""
    levels = (service_level(contract, name) for name in ("endoflife", "endofsupport"))
    return next((end for level in levels if level and (end := moment(level.value))), None)


def fresh_window(contract: Contract) -> timedelta | None:
    """How old the newest publication may be: the promised frequency and, on top, the promised latency."""
    levels = [service_level(contract, name) for name in ("frequency", "latency")]
    spans = [span for level in levels if level and (span := duration(level))]
    return sum(spans, timedelta()) if spans else None
