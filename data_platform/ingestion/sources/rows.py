"""What came as rows: of Parquet typed, of CSV, JSON lines and JSON as text, nothing cleaned, nothing lost.

What belongs here: from bytes to a table with the source's own columns. What does not: what the columns should be
(``drift``), and where the bytes are from.
"""

import io
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from data_platform.ingestion.errors import MalformedError
from data_platform.ingestion.json_answers import read_json

PAGES: Final = ".pages"
"""The extension of an API's answers: a line each, as they came, in their order."""

_ENDINGS: Final = {"csv": ".csv", "json": ".jsonl", "parquet": ".parquet"}
_OWN: Final = re.compile(r"(?:\.[a-z]\w{0,9})?\.[a-z]\w{0,9}$")
_DOCUMENTS: Final = (".json", PAGES)


def extension_of(name: str, told: str | None) -> str:
    """The extension by which a piece is landed.

    Args:
        name: Of the file, which may end in ``.gz``.
        told: The format that ``defs.yaml`` says; goes before the name's ending.

    Raises:
        MalformedError: Neither says what it is.
    """
    lower = name.lower().partition("?")[0]
    packed = ".gz" if lower.endswith(".gz") else ""
    ending = Path(lower.removesuffix(".gz")).suffix
    if told is not None:
        return (".json" if ending == ".json" and told == "json" else _ENDINGS[told]) + packed
    known = {".csv": ".csv", ".tsv": ".csv", ".jsonl": ".jsonl", ".ndjson": ".jsonl", ".json": ".json"}
    if ending == ".parquet" and not packed:
        return ending
    if ending not in known:
        raise MalformedError(f"{name} does not say what it is: add format: csv, json or parquet under source")
    return known[ending] + packed


def own_extension(name: str) -> str:
    """The extension by which a file of a format of one's own is landed: its name's own, whatever that is."""
    ending = _OWN.search(name.lower())
    return ending[0] if ending else ".txt"


def is_text(extension: str) -> bool:
    """Whether every value is text, so that a declared type is one to be read from it."""
    return not extension.startswith(".parquet")


def rows_of(data: bytes, extension: str, name: str, records: str = "") -> pa.Table:
    """The rows of a piece.

    Args:
        data: As it came.
        extension: What it is.
        name: For errors.
        records: Of JSON, where the list is in each document.

    Raises:
        MalformedError: It is not what it says, such as half of it.
    """
    if extension == ".parquet":
        try:
            return pq.read_table(io.BytesIO(data))
        except (pa.ArrowException, OSError) as error:
            raise MalformedError(f"{name} is no Parquet file, or half of one: {error}") from None
    if extension in _DOCUMENTS:
        documents = data.splitlines() if extension == PAGES else [data]
        return _table([row for document in documents for row in records_in(read_json(document, name), records, name)])
    return _by_duckdb(data, extension, name)


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


def _table(records: list[dict[str, Any]]) -> pa.Table:
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: pa.array([_text(record.get(name)) for record in records], pa.string()) for name in names}
    return pa.table(columns) if columns else pa.table({})


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _by_duckdb(data: bytes, extension: str, name: str) -> pa.Table:
    from data_platform.ingestion.errors import PermanentSourceError  # noqa: PLC0415
    from data_platform.ingestion.table_files import opened_rows  # noqa: PLC0415 - DuckDB, only where it is needed

    with tempfile.TemporaryDirectory(prefix="data_platform-") as folder:
        file = Path(folder) / f"piece{extension}"
        file.write_bytes(data)
        try:
            with opened_rows(file) as opened:
                return opened.connection.execute("SELECT * FROM rows").to_arrow_table()
        except PermanentSourceError as error:
            raise MalformedError(str(error).replace(str(file), name)) from None


def pages_of(answers: Iterator[bytes]) -> bytes:
    """An API's answers as they are landed: a line each."""
    return b"\n".join(b" ".join(answer.split(b"\n")) for answer in answers)
