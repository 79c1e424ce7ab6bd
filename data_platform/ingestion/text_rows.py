"""Separated text as rows of text: nothing typed, nothing cleaned, nothing lost.

What belongs here: cells to named columns, whatever the file is like. What does not: what a cell means.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

EXTRA: Final = "_extra"
LINE: Final = "_line"

INGESTED: Final[dict[str, tuple[str, str]]] = {
    EXTRA: ("string", "Cells that have no column here, as a JSON object by heading; null where there are none"),
    LINE: ("int64", "Line of the file on which the row ends, from 1"),
    "_source": ("string", "The landed file that the row is from"),
    "_taken_at": ("timestamp", "When that file was taken from the source, UTC"),
}
"""Columns that ingestion adds to rows of text: type and description."""

csv.field_size_limit(2**31 - 1)

Row = dict[str, Any]


def read_rows(text: str, delimiter: str, columns: Mapping[str, str], first_line: int = 1) -> Iterator[Row]:
    """The rows of separated text with a line of headings, as RFC 4180 has it, quotes unbalanced or not.

    Args:
        text: The text; empty has no rows. Lines without any cell are left out.
        delimiter: Between cells.
        columns: Names by heading. Two headings with one name are joined by a space.
        first_line: The number of the first line.

    Yields:
        A row: the text of each named column as it came, None where the row has no such cell; `LINE`; `EXTRA`.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    headings = next((cells for cells in reader if cells), [])
    for cells in reader:
        if cells:
            yield _row(headings, cells, columns) | {LINE: first_line - 1 + reader.line_num}


def _row(headings: Sequence[str], cells: Sequence[str], columns: Mapping[str, str]) -> Row:
    row: Row = dict.fromkeys([*columns.values(), EXTRA])
    extra: dict[str, str] = {}
    for index, cell in enumerate(cells):
        heading = headings[index].strip() if index < len(headings) else f"#{index + 1}"
        name = columns.get(heading)
        if name is None:
            extra[heading] = cell
        else:
            row[name] = cell if row[name] is None else f"{row[name]} {cell}".rstrip()
    if extra:
        row[EXTRA] = json.dumps(extra, ensure_ascii=False)
    return row


def ingested(row: Row, source: str, taken_at: datetime) -> Row:
    """A row with where it is from and when that was taken."""
    return row | {"_source": source, "_taken_at": taken_at}


def table_of(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as an Arrow table with the columns of a schema."""
    return pa.Table.from_pylist(list(rows), schema=schema)
