"""Names and values of a contract, written as DuckDB's SQL so that none of them can be taken for SQL.

What belongs here: quoting, and a value of the data with what is known of its type. What does not: what values are
compared with, which each kind of rule says, and values inside values (``inside``).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from functools import cached_property
from math import isinf
from typing import Any, Final

from data_platform.contracts.rules.paths import Scalar
from data_platform.contracts.types.model import ColumnType, Family

NUMBERS: Final[tuple[Family, ...]] = ("integer", "decimal", "float")
ORDERED: Final[tuple[Family, ...]] = (*NUMBERS, "date", "timestamp", "time")
"""Families of values that come one after another."""
_SINGLE: Final = 32
_NANOSECONDS: Final = 9
_MAX_DIGITS: Final = 38
_BIGINT: Final = range(-(2**63), 2**63)
_HUGEINT: Final = range(-(2**127), 2**127)


class UnfitValueError(ValueError):
    """A value that a column's type cannot hold: it is equal to nothing in it, and cannot be compared with it."""


class UnevaluableError(ValueError):
    """A rule that has no meaning here: it is listed as not evaluated. The message is the reason."""


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


class Value:
    """A value of the data: a column, or what is inside one.

    Attributes:
        sql: The expression.
        arrow: Its Arrow type; in a message it stands as it is.
    """

    def __init__(self, sql: str, arrow: Any) -> None:
        self.sql, self.arrow = sql, arrow

    @cached_property
    def type(self) -> ColumnType:
        """The type as one of ours."""
        from data_platform.contracts.types.arrow import of_arrow  # noqa: PLC0415 - it loads pyarrow

        return of_arrow(self.arrow)

    @property
    def family(self) -> Family:
        """The kind of value that it is."""
        return self.type.family

    def needs(self, *families: Family) -> Family:
        """The value's family, which has to be one of some; ``null``, of a column of nothing but nulls, always may be.

        Raises:
            UnfitValueError: It is another.
        """
        if self.family not in families and self.family != "null":
            raise UnfitValueError(f"is {self.arrow}, to which the rule does not apply")
        return self.family

    def literal(self, value: Scalar, zone: str = "UTC") -> str:
        """A value of the contract, to be compared with this one.

        Args:
            value: What the contract says.
            zone: Of a value, or of this one, that has none.

        Raises:
            UnfitValueError: This one's type cannot hold it.
        """
        own = self.family
        if own == "text" and isinstance(value, str):
            return text_literal(value)
        if own == "boolean" and isinstance(value, bool):
            return "true" if value else "false"
        if own in NUMBERS:
            return _number(value, self.type)
        if own in ("date", "timestamp"):
            return _instant(value, self.type, zone)
        if own == "time":
            name = "TIME_NS" if self.type.digits == _NANOSECONDS else "TIME"
            return f"CAST('{_time(value).isoformat()}' AS {name})"
        raise UnfitValueError(f"{value!r} is no value of a column of type {self.arrow}")

    def literals(self, values: Sequence[Scalar], zone: str = "UTC") -> list[str]:
        """Those of some values that this one's type can hold, each once; nulls are left out."""
        expressions = []
        for value in values:
            if value is None:
                continue
            try:
                expressions.append(self.literal(value, zone))
            except UnfitValueError:
                continue  # equals nothing in this column
        return list(dict.fromkeys(expressions))

    @property
    def members(self) -> list[str]:
        """The names of an object's properties, in order."""
        return [name for name, _ in self.type.fields or ()]

    def member(self, name: str) -> "Value | None":
        """A property of an object; None: it has none of that name, or several."""
        if self.members.count(name) != 1:
            return None
        position = self.members.index(name)
        return Value(f"struct_extract_at({self.sql}, {position + 1})", _stored(self.arrow).field(position).type)

    def parts(self, names: Sequence[str]) -> list[str]:
        """The expressions of an object's properties.

        Raises:
            UnfitValueError: It has none of a name.
        """
        parts = {name: self.member(name) for name in names}
        if lacking := [name for name, part in parts.items() if part is None]:
            raise UnfitValueError(f"is {self.arrow}, which has no property {lacking[0]!r}")
        return [part.sql for part in parts.values() if part is not None]

    def item(self, sql: str) -> "Value":
        """An item of an array, which is called so."""
        return Value(sql, _stored(self.arrow).value_type)


def absent() -> Value:
    """The value of what is not there."""
    import pyarrow as pa  # noqa: PLC0415 - no contract is read with it

    return Value("NULL", pa.null())


def float_name(column_type: ColumnType) -> str:
    """DuckDB's name of a float of a type's width."""
    return "DOUBLE" if (column_type.bits or 0) > _SINGLE else "FLOAT"


def _stored(arrow: Any) -> Any:
    from data_platform.contracts.types.arrow import storage  # noqa: PLC0415 - it loads pyarrow

    return storage(arrow)


def _number(value: Scalar, own: ColumnType) -> str:
    if isinstance(value, str):
        raise UnfitValueError(f"{value!r} is a text, not a number")
    if own.family == "float":
        shown = str(value) if isinstance(value, float) and isinf(value) else decimal_of(value)
        return f"CAST('{shown}' AS {float_name(own)})"
    number = decimal_of(value)
    if number == number.to_integral_value() and number.adjusted() <= _MAX_DIGITS and int(number) in _HUGEINT:
        whole = int(number)
        return str(whole) if whole in _BIGINT else f"CAST('{whole}' AS HUGEINT)"
    exponent = number.as_tuple().exponent
    scale = max(-exponent, 0) if isinstance(exponent, int) else 0
    if scale > _MAX_DIGITS or number.adjusted() + 1 + scale > _MAX_DIGITS:
        return f"CAST('{number}' AS DOUBLE)"
    return f"CAST('{number:f}' AS DECIMAL({max(number.adjusted() + 1, 0) + scale},{scale}))"


def _instant(value: Scalar, own: ColumnType, zone: str) -> str:
    parsed = _parsed(value)
    if own.family == "date" and not isinstance(parsed, datetime):
        return f"DATE '{parsed.isoformat()}'"
    moment = parsed if isinstance(parsed, datetime) else datetime(parsed.year, parsed.month, parsed.day)  # noqa: DTZ001
    if own.family == "timestamp" and own.zoned:
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


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - few contracts need it

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
