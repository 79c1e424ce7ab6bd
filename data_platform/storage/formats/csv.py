"""CSV files as people expect them, the same bytes for the same rows, and nothing in them that a spreadsheet runs.

What belongs here: an Arrow table to CSV bytes and back. What does not: where the file is (``storage.objects.store``).

The format: RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180), UTF-8 without a byte order mark, a header line, CRLF
after every line, a field quoted only where it holds a comma, a quote or a line break (and where a line would be empty).

- A null is an empty field; so is the empty text. The reader makes null of an empty field, in every column.
- Integers and decimals in digits, floats in the shortest form that reads back the same, with ``.0`` where they are
  whole (``NaN``, ``inf``, ``-inf`` as such), booleans ``true``/``false``, dates ``YYYY-MM-DD``, timestamps
  ``YYYY-MM-DDTHH:MM:SS[.ffffff]``, with a ``Z`` (UTC) where they have a zone.
- Text that a spreadsheet would run (https://owasp.org/www-community/attacks/CSV_Injection): where text starts, after
  any number of apostrophes, with one of ``= + - @``, TAB, CR, LF or the full-width forms of the first four, one more
  apostrophe goes in front, and the reader takes it off. As apostrophes before such a character always get one more,
  no two texts become the same: nothing is lost. Other readers see the apostrophe. Numbers are never changed.
- NUL, which few CSV readers survive, becomes U+FFFD.
"""

from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.types as pat

from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.column_types import plain, schema_of

_TRIGGERS: Final = "[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]"
_RUNS: Final = f"^('*{_TRIGGERS})"
_ESCAPED: Final = f"^'('*{_TRIGGERS})"
_NEEDS_QUOTES: Final = '[",\\r\\n]'
_CRLF: Final = "\r\n"
_UTC: Final = pa.timestamp("us", tz="UTC")


def write_csv(data: pa.Table) -> bytes:
    """A table as CSV.

    Args:
        data: Columns of text, numbers, booleans, dates, timestamps, or nothing but nulls; names not empty, unique.

    Returns:
        The file, in the format of this module's docstring.

    Raises:
        InvalidFrame: Names a column that CSV cannot hold (lists, structs, binary, times, ...), that there is no column
            at all, or a name that is empty, double, or starts with a byte order mark.
    """
    data = plain(data)
    names = data.column_names
    if not names or any(not name or name.startswith("\ufeff") or names.count(name) > 1 for name in names):
        raise InvalidFrame(f"CSV needs column names, unique and not empty, without a byte order mark; not {names}")
    header = [_fields(pa.chunked_array([[name]], pa.large_string())) for name in names]
    columns = [_fields(_as_text(column, name)) for name, column in zip(names, data.columns, strict=True)]
    lines = [*_lines(header), *_lines(columns)]
    return _CRLF.join([*lines, ""]).encode()


def read_csv(data: bytes, schema: Mapping[str, str] | pa.Schema | None = None) -> pa.Table:
    """Read what ``write_csv`` wrote, or any RFC 4180 file in UTF-8.

    Args:
        data: The file; LF instead of CRLF, and a byte order mark, are accepted.
        schema: Types of columns, by name (see ``column_types.parse_type``); columns not in it are text. Without it all
            columns are text. ``NA`` and ``null`` are text like any other.

    Returns:
        The rows, columns in the file's order; an empty field is null.

    Raises:
        InvalidFrame: It is no such file, a column of the schema is not in it, or a value is not of its column's type;
            the message names the column.
    """
    try:
        raw = pyarrow.csv.read_csv(
            pa.py_buffer(data.removeprefix(b"\xef\xbb\xbf")),
            read_options=pyarrow.csv.ReadOptions(block_size=max(len(data), 1), use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                default_column_type=pa.string(), strings_can_be_null=False, null_values=[]
            ),
        )
    except pa.ArrowException as error:
        raise InvalidFrame(f"this is no CSV in UTF-8 with a header: {error}") from error
    names = pc.replace_substring_regex(pa.array(raw.column_names, pa.string()), _ESCAPED, "\\1").to_pylist()
    kinds = {field.name: field.type for field in schema_of(schema)} if schema is not None else {}
    if missing := [name for name in kinds if name not in names]:
        raise InvalidFrame(f"the CSV has no column {missing}; it has {names}")
    columns = [
        _typed(column, kinds.get(name, pa.string()), name) for name, column in zip(names, raw.columns, strict=True)
    ]
    return pa.table(columns, names=names)


def _as_text(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """The column as text, escaped if it was text, null where it was."""
    kind = column.type
    text = pa.large_string()
    if pat.is_null(kind) or pat.is_integer(kind) or pat.is_decimal(kind) or pat.is_boolean(kind) or pat.is_date(kind):
        return column.cast(pa.date32()).cast(text) if pat.is_date(kind) else column.cast(text)
    if pat.is_string(kind):
        safe = pc.replace_substring(column.cast(text), "\0", "\ufffd")
        return pc.replace_substring_regex(safe, _RUNS, "'\\1")
    if pat.is_floating(kind):
        digits = pc.replace_substring_regex(column.cast(text), r"^(-?\d+)$", r"\1.0")
        return pc.replace_substring_regex(digits, "^nan$", "NaN")
    if pat.is_timestamp(kind):
        stamp = column.cast(_UTC if kind.tz else pa.timestamp("us")).cast(text)
        return pc.replace_substring_regex(pc.replace_substring(stamp, " ", "T"), r"\.000000(Z?)$", r"\1")
    raise InvalidFrame(f"column {name!r} is {kind}, which CSV cannot hold; make text of it, or write JSON or a table")


def _fields(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column's fields, quoted where they need to be."""
    text = pc.fill_null(column.cast(pa.large_string()), "")
    quoted = pc.binary_join_element_wise(
        pa.scalar('"', pa.large_string()),
        pc.replace_substring(text, '"', '""'),
        pa.scalar('"', pa.large_string()),
        pa.scalar("", pa.large_string()),
    )
    return pc.if_else(pc.match_substring_regex(text, _NEEDS_QUOTES), quoted, text)


def _lines(columns: list[pa.ChunkedArray]) -> list[str]:
    if len(columns) == 1:
        # A line with nothing on it is no row to most readers.
        columns = [pc.if_else(pc.equal(columns[0], ""), '""', columns[0])]
    joined: list[str] = pc.binary_join_element_wise(*columns, pa.scalar(",", pa.large_string())).to_pylist()
    return joined


def _typed(column: pa.ChunkedArray, kind: pa.DataType, name: str) -> pa.ChunkedArray:
    filled = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    if pat.is_string(kind):
        return pc.replace_substring_regex(filled, _ESCAPED, "\\1")
    try:
        return filled.cast(kind)
    except pa.ArrowException as error:
        raise InvalidFrame(f"column {name!r} of the CSV is not all {kind}: {error}") from error
