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
from data_platform.storage.formats.column_types import parse_type

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


def read_as(kind: TypeEngine[Any], declared: str | None) -> str:
    """The type in which values of a column are read, where the database leaves that open.

    Args:
        kind: The column's.
        declared: What ``defs.yaml`` says; None: nothing.
    """
    usual = type_of(kind)
    if declared is None:
        return usual
    wanted = parse_type(declared)
    is_open = isinstance(kind, sa.Numeric) and (kind.precision is None or kind.precision > _WIDEST)
    if is_open and usual.startswith("decimal") and (pat.is_decimal(wanted) or pat.is_string(wanted)):
        return declared
    is_number = usual == "bool" and not isinstance(kind, sa.Boolean)  # MySQL's TINYINT(1)
    return "int64" if is_number and pat.is_integer(wanted) else usual


def selected(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """A column as it is asked for: JSON as its own text, whose numbers keep their digits, and MySQL's sets as text."""
    if isinstance(column.type, sa.JSON):  # drivers make values of it by themselves
        return sa.cast(column, sa.Text).label(column.name)
    return sa.type_coerce(column, sa.Text).label(column.name) if column.type.__visit_name__ == "SET" else column


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
            f"a value of column {name} is no {kind}, though the database says that all are: mend it there, or name "
            "the column in leave_out; a NUMERIC without bounds may be declared as string or a wider decimal, a TINYINT "
            "as int64"
        ) from None


def _conversion(kind: pa.DataType) -> Callable[[Any], Any]:
    if pat.is_string(kind):
        return _text
    if pat.is_boolean(kind):
        return _bool
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


def _bool(value: Any) -> bool:
    if value not in (0, 1):  # MySQL has no boolean, and TINYINT(1) holds any small number
        raise ValueError("neither true nor false")
    return bool(value)


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _decimal(kind: sa.Numeric[Any]) -> str:
    if kind.precision is None:
        return _UNBOUNDED
    return f"decimal({min(kind.precision, _WIDEST)}, {kind.scale or 0})"
