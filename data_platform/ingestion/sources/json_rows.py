"""Records of JSON as rows of text: a number with the digits that it has there, what is nested as JSON.

What belongs here: documents and lines. What does not: what JSON is refused (``ingestion.json_answers``), and other
formats (``rows``).
"""

import io
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

import pyarrow as pa

from data_platform.ingestion.errors import MalformedError
from data_platform.ingestion.json_answers import read_json

_LINES_AT_ONCE: Final = 10_000
_BOM: Final = b"\xef\xbb\xbf"


def records_in(answer: Any, where: str, name: str) -> list[dict[str, Any]]:
    """The list of records of one document.

    Raises:
        MalformedError: There is none there; says what is.
    """
    at = answer
    for step in filter(None, where.split(".")):
        at = at.get(step) if isinstance(at, dict) else None
    if not isinstance(at, list) or not all(isinstance(record, dict) for record in at):
        there = f"it has {', '.join(list(answer)[:10])}" if isinstance(answer, dict) else "it is no mapping"
        place = f"at {where}" if where else "in it"
        raise MalformedError(f"{name}: there is no list of records {place}; {there}: set records under source")
    return at


def rows_of_documents(documents: Iterable[bytes], records: str, name: str) -> pa.Table:
    """The records of some documents, one after the other.

    Args:
        documents: As they came.
        records: Where the list is in each.
        name: For errors.

    Raises:
        MalformedError: One of them is no JSON, or has no list there.
    """
    return _joined([_table(records_in(read_json(document, name), records, name), name) for document in documents])


def rows_of_lines(data: bytes, name: str) -> pa.Table:
    """The records of JSON lines, some thousand at a time.

    Raises:
        MalformedError: A line is no JSON object; says which.
    """
    lines = enumerate(io.BytesIO(data.removeprefix(_BOM)), start=1)
    filled = ((number, line) for number, line in lines if line.strip())
    parts = []
    while part := list(islice(filled, _LINES_AT_ONCE)):
        parts.append(_table([_record(line, f"{name}, line {number}") for number, line in part], name))
    return _joined(parts)


def _record(line: bytes, name: str) -> dict[str, Any]:
    value = read_json(line, name)
    if not isinstance(value, dict):
        raise MalformedError(
            f"{name} is no object: JSON lines have one record a line; a file that is one list is called .json"
        )
    return value


def _joined(parts: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(parts, promote_options="default") if parts else pa.table({})


def _table(records: list[dict[str, Any]], name: str) -> pa.Table:
    names = list(dict.fromkeys(column for record in records for column in record))
    try:
        columns = {column: pa.array([_text(record.get(column)) for record in records], pa.string()) for column in names}
        return pa.table(columns) if columns else _without_columns(len(records))
    except UnicodeEncodeError:
        raise MalformedError(
            f"{name} has half of a character, such as \\ud83d alone, which no text can hold: have it mended at the "
            "source"
        ) from None


def _without_columns(rows: int) -> pa.Table:
    if rows:
        raise MalformedError(f"{rows} records have no member at all")
    return pa.table({})


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    """A value as JSON; the standard library would write a number with other digits than it had."""
    if isinstance(value, float):
        return str(value)  # see ``json_answers``: the digits that it had
    if isinstance(value, dict):
        members = (f"{json.dumps(key, ensure_ascii=False)}: {_json(inner)}" for key, inner in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    return json.dumps(value, ensure_ascii=False)
