"""Names and values of a contract, written as DuckDB's SQL so that none of them can be taken for SQL.

What belongs here: quoting. What does not: what the values are compared with (``rows``).
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from math import isinf
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from data_platform.contracts.checks.rules import Scalar
from data_platform.contracts.types.arrow import family, storage
from data_platform.contracts.types.model import Family

_MAX_DIGITS: Final = 38
_BIGINT: Final = range(-(2**63), 2**63)
_HUGEINT: Final = range(-(2**127), 2**127)


class UnfitValueError(ValueError):
    """A value that a column's type cannot hold: it is equal to nothing in it, and cannot be compared with it."""


def identifier(name: str) -> str:
    """A name, quoted.

    Raises:
        UnfitValueError: It holds a NUL, which DuckDB cannot name.
    """
    if "\0" in name:
        raise UnfitValueError(f"{name!r} holds a NUL character, so no column can have this name")
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text, quoted."""
    parts = ["'" + part.replace("'", "''") + "'" for part in text.split("\0")]
    return parts[0] if len(parts) == 1 else "(" + " || chr(0) || ".join(parts) + ")"


def literal(value: Scalar, kind: pa.DataType, zone: str = "UTC") -> str:
    """A value, to be compared with a column's.

    Args:
        value: What the contract says.
        kind: The column's Arrow type.
        zone: Of a column or a value that has none.

    Raises:
        UnfitValueError: The column's type cannot hold it.
    """
    own = family(kind)
    if own == "text" and isinstance(value, str):
        return text_literal(value)
    if own == "boolean" and isinstance(value, bool):
        return "true" if value else "false"
    if own in ("integer", "decimal", "float"):
        return _number(value, own, storage(kind))
    if own in ("date", "timestamp"):
        return _instant(value, own, kind, zone)
    if own == "time":
        name = "TIME_NS" if getattr(storage(kind), "unit", "us") == "ns" else "TIME"
        return f"CAST('{_time(value).isoformat()}' AS {name})"
    raise UnfitValueError(f"{value!r} is no value of a column of type {kind}")


def decimal_of(value: object) -> Decimal:
    """A number as the decimal that was written.

    Raises:
        UnfitValueError: It is no number, or no finite one.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise UnfitValueError(f"{value!r} is no number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise UnfitValueError(f"{value!r} is no number") from None
    if not number.is_finite():
        raise UnfitValueError(f"{value!r} is no finite number")
    return number


def _number(value: Scalar, own: Family, kind: pa.DataType) -> str:
    if isinstance(value, str):
        raise UnfitValueError(f"{value!r} is a text, not a number")
    if own == "float":
        shown = str(value) if isinstance(value, float) and isinf(value) else decimal_of(value)
        return f"CAST('{shown}' AS {'DOUBLE' if kind.bit_width > 32 else 'FLOAT'})"  # noqa: PLR2004 - bits
    number = decimal_of(value)
    if number == number.to_integral_value() and number.adjusted() <= _MAX_DIGITS and int(number) in _HUGEINT:
        whole = int(number)
        return str(whole) if whole in _BIGINT else f"CAST('{whole}' AS HUGEINT)"
    exponent = number.as_tuple().exponent
    scale = max(-exponent, 0) if isinstance(exponent, int) else 0
    if scale > _MAX_DIGITS or number.adjusted() + 1 + scale > _MAX_DIGITS:
        return f"CAST('{number}' AS DOUBLE)"
    return f"CAST('{number:f}' AS DECIMAL({max(number.adjusted() + 1, 0) + scale},{scale}))"


def _instant(value: Scalar, own: Family, kind: pa.DataType, zone: str) -> str:
    parsed = _parsed(value)
    if own == "date" and not isinstance(parsed, datetime):
        return f"DATE '{parsed.isoformat()}'"
    moment = parsed if isinstance(parsed, datetime) else datetime(parsed.year, parsed.month, parsed.day)  # noqa: DTZ001
    if own == "timestamp" and storage(kind).tz:
        return f"TIMESTAMPTZ '{_utc(moment, zone).isoformat(' ')}+00'"
    if moment.tzinfo is not None:
        moment = moment.astimezone(_zone(zone)).replace(tzinfo=None)
    return f"TIMESTAMP '{moment.isoformat(' ')}'"


def _parsed(value: Scalar) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise UnfitValueError(f"{value!r} is no date")
    try:
        return date.fromisoformat(value)
    except ValueError:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise UnfitValueError(f"{value!r} is no date as ISO 8601 writes it") from None


def _utc(moment: datetime, zone: str) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=_zone(zone))
    return aware.astimezone(UTC).replace(tzinfo=None)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnfitValueError(f"{name!r} is no time zone") from None


def _time(value: Scalar) -> time:
    if isinstance(value, time):
        return value.replace(tzinfo=None)
    try:
        return time.fromisoformat(value).replace(tzinfo=None) if isinstance(value, str) else _not_a_time(value)
    except ValueError:
        return _not_a_time(value)


def _not_a_time(value: Scalar) -> time:
    raise UnfitValueError(f"{value!r} is no time as ISO 8601 writes it")
