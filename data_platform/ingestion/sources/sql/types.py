"""A database's types as ours, and its values as Arrow takes them.

What belongs here: that. What does not: queries (``table``).
"""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.types as pat
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from data_platform.ingestion.errors import MalformedError

_WIDEST: Final = 38
_UNBOUNDED: Final = "decimal(38, 10)"
"""What a number without bounds is: SQL's NUMERIC alone."""


def type_of(kind: TypeEngine[Any]) -> str:  # noqa: PLR0911 - one line for each kind
    """The name of the type in which values of a column are kept; text for what tables here have no type for."""
    if isinstance(kind, sa.Boolean) or (kind.__visit_name__ == "TINYINT" and getattr(kind, "display_width", 0) == 1):
        return "bool"
    if kind.__visit_name__ == "BIGINT" and getattr(kind, "unsigned", False):
        return "decimal(20, 0)"
    if isinstance(kind, sa.Integer):
        return "int64"
    if isinstance(kind, sa.Float):
        return "double"
    if isinstance(kind, sa.Numeric):
        return _decimal(kind)
    if isinstance(kind, sa.DateTime):
        return "timestamp" if kind.timezone else "timestamp_ntz"
    return "date" if isinstance(kind, sa.Date) else "string"


def is_binary(kind: TypeEngine[Any]) -> bool:
    """Whether a column holds bytes, which are kept as text in base 64."""
    return isinstance(kind, sa.LargeBinary)


def array_of(values: Sequence[Any], kind: pa.DataType, name: str) -> pa.Array:
    """A column's values.

    Args:
        values: As the driver gives them.
        kind: The column's type.
        name: For errors.

    Raises:
        MalformedError: One of them is of another type; the value is not told.
    """
    convert = _conversion(kind)
    try:
        return pa.array([None if value is None else convert(value) for value in values], kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError, TypeError, ArithmeticError):
        raise MalformedError(
            f"a value of column {name} is no {kind}, though the database says that all are: mend it there, or leave "
            "the column out"
        ) from None


def _conversion(kind: pa.DataType) -> Callable[[Any], Any]:
    if pat.is_string(kind):
        return _text
    if pat.is_boolean(kind):
        return bool
    if pat.is_decimal(kind):
        return lambda value: value if isinstance(value, Decimal) else Decimal(str(value))
    if pat.is_timestamp(kind) and kind.tz:
        return _in_utc
    return lambda value: value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _decimal(kind: sa.Numeric[Any]) -> str:
    if kind.precision is None:
        return _UNBOUNDED
    return f"decimal({min(kind.precision, _WIDEST)}, {kind.scale or 0})"
