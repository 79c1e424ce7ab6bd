"""Values of a logical type as a contract writes them, for telling what is wrong with them.

What belongs here: reading a limit or an allowed value by the type of its property. What does not: rules.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

from data_platform.contracts.findings import KeyPath, quoted

TEMPORAL: Final = frozenset({"date", "timestamp", "time"})
_KINDS: Final[Mapping[str, str]] = {
    "string": "a text, in quotes",
    "integer": "a whole number, without quotes",
    "number": "a number, without quotes",
    "boolean": "true or false, without quotes",
    "date": "a date in quotes, such as '2026-01-31'",
    "timestamp": "a timestamp in quotes, such as '2026-01-31T09:00:00Z'",
    "time": "a time in quotes, such as '09:00:00'",
}


def kind_of(logical_type: str | None) -> str:
    """How a value of the type is written, for a message."""
    return _KINDS.get(logical_type or "", "a value of that type")


def comparable(value: object, logical_type: str | None) -> Any:
    """A value that can be compared with others of the same type; None where the text is no such value."""
    if isinstance(value, bool) or value is None:
        return None
    if logical_type in {"integer", "number"}:
        return value if isinstance(value, int | float) else None
    if logical_type not in TEMPORAL or not isinstance(value, str):
        return None
    try:
        return _moment(value, logical_type or "")
    except ValueError:
        return None


def _moment(text: str, logical_type: str) -> datetime | time:
    if logical_type == "time":
        return time.fromisoformat(text).replace(tzinfo=None)
    if logical_type == "date":
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def fits(value: object, logical_type: str | None) -> bool:
    """Whether a value can be one of the type; anything can be one of a type that has no single values."""
    if logical_type == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if logical_type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if logical_type in {"string", "boolean"}:
        return isinstance(value, str if logical_type == "string" else bool)
    return logical_type not in TEMPORAL or comparable(value, logical_type) is not None


def value_problems(
    values: tuple[object, ...], logical_type: str | None, path: KeyPath
) -> Iterator[tuple[KeyPath, str, str]]:
    """Values of the wrong type or listed twice.

    Args:
        values: The values of a list.
        logical_type: The type that they are of; None: of any.
        path: The list.

    Yields:
        The place of the entry, what is wrong, and what to write.
    """
    seen: set[tuple[type, object]] = set()
    for index, value in enumerate(values):
        if isinstance(value, dict | list):
            yield (*path, index), f"{quoted(value)} is no single value", "write one value an entry"
            continue
        if (type(value), value) in seen:
            yield (*path, index), f"{quoted(value)} is listed twice", "remove one of the two"
        seen.add((type(value), value))
        if value is not None and not fits(value, logical_type):
            message = f"{quoted(value)} is not a value of logicalType '{logical_type}'"
            yield (*path, index), message, f"write {kind_of(logical_type)}"
