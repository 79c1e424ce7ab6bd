"""Separated text as rows of text: nothing typed, nothing cleaned, nothing lost.

What belongs here: cells to named columns, whatever the file is like. What does not: what a cell means.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

EXTRA: Final = "_extra"
"""Cells that have no column, as a JSON object by heading; None where there are none."""

LINE: Final = "_line"
"""Line of the file on which the row ends, from 1."""

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
