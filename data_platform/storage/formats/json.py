"""JSON files: the same bytes for the same value.

What belongs here: JSON values and rows to bytes and back. What does not: where the file is (``storage.objects.store``).

The format: RFC 8259 (https://www.rfc-editor.org/rfc/rfc8259), UTF-8 without a byte order mark, the keys of every
object sorted (of rows: in the order of the columns), two spaces of indent, one line feed at the end. A lone
surrogate, which UTF-8 cannot hold, is written as its escape sequence and reads back as itself.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.column_types import plain, schema_of


def write_json(value: object, *, sort_keys: bool = True) -> bytes:
    """A JSON value as a file.

    Args:
        value: Mappings with text keys, lists, text, numbers, booleans, ``None``; dates and datetimes (written in ISO
            8601, those with a zone in UTC with ``Z``), decimals (written as text, to keep their digits).
        sort_keys: Whether to sort the keys of objects; else they stay in their order.

    Returns:
        The file.

    Raises:
        InvalidFrame: It holds NaN or an infinity, which JSON lacks, or another kind of object.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=sort_keys, indent=2, default=_default)
    except (TypeError, ValueError) as error:
        msg = f"this cannot be JSON: {error}. Make NaN and infinity null, keys text, objects plain values."
        raise InvalidFrame(msg) from error
    return (text + "\n").encode("utf-8", "backslashreplace")


def read_json(data: bytes) -> Any:
    """The value in a JSON file.

    Raises:
        InvalidFrame: It is no JSON in UTF-8 (NaN and infinities are none).
    """
    try:
        return json.loads(data, parse_constant=_no_constant)
    except ValueError as error:
        raise InvalidFrame(f"this is no JSON in UTF-8: {error}") from error


def write_records(data: pa.Table) -> bytes:
    """A table as a JSON list with one object a row; see ``write_json``."""
    return write_json(plain(data).to_pylist(), sort_keys=False)


def read_records(data: bytes, schema: pa.Schema | dict[str, str] | None = None) -> pa.Table:
    """The table in a JSON list of objects.

    Args:
        data: The file.
        schema: Types of its columns, by name (see ``column_types.parse_type``); without it Arrow infers them, and text
            stays text.

    Returns:
        The rows; a key that an object lacks is null.

    Raises:
        InvalidFrame: It is no list of objects, or a value is not of its column's type.
    """
    records = read_json(data)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        msg = (
            f"this JSON is no table: a list of objects is needed, not {type(records).__name__}; load it as dict or list"
        )
        raise InvalidFrame(msg)
    names = list(dict.fromkeys(name for record in records for name in record))
    kinds = {field.name: field.type for field in schema_of(schema)} if schema is not None else {}
    columns = {name: _column([record.get(name) for record in records], kinds.get(name), name) for name in names}
    columns |= {name: pa.nulls(len(records), kind) for name, kind in kinds.items() if name not in columns}
    return pa.table(columns)


def _column(values: list[object], kind: pa.DataType | None, name: str) -> pa.Array:
    try:
        if kind is not None and any(isinstance(value, str) for value in values):
            return pa.array(values, pa.string()).cast(kind)
        return pa.array(values, kind)
    except (pa.ArrowException, TypeError, UnicodeEncodeError) as error:
        raise InvalidFrame(f"column {name!r} of the JSON is not all {kind or 'of one type'}: {error}") from error


def _default(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    msg = f"{type(value).__name__} has no form in JSON"
    raise TypeError(msg)


def _no_constant(name: str) -> Any:
    msg = f"{name} is no JSON"
    raise ValueError(msg)
