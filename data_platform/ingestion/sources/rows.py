"""What came as rows: of Parquet typed, of CSV, JSON lines and JSON as text, nothing cleaned, nothing lost.

What belongs here: from bytes to a table with the source's own columns. What does not: what the columns should be
(``drift``), and where the bytes are from.
"""

import gzip
import io
import re
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from data_platform.ingestion.errors import MalformedError, OverLimitError
from data_platform.ingestion.limits import MIB, size_text
from data_platform.ingestion.sources.json_rows import rows_of_documents, rows_of_lines

PAGES: Final = ".pages"
"""The extension of an API's answers: a line each, as they came, in their order."""

_ENDINGS: Final = {"csv": ".csv", "json": ".jsonl", "parquet": ".parquet"}
_OWN: Final = re.compile(r"(?:\.[a-z]\w{0,9})?\.[a-z]\w{0,9}$")
_DOCUMENTS: Final = (".json", PAGES)
_LARGEST_UNPACKED: Final = 4096 * MIB


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
        return rows_of_documents(documents, records, name)
    plain, packed = extension.removesuffix(".gz"), extension.endswith(".gz")
    if plain in {".jsonl", ".json"}:
        whole = _unpacked(data, name) if packed else data
        return rows_of_lines(whole, name) if plain == ".jsonl" else rows_of_documents([whole], records, name)
    return _by_duckdb(data, plain, name, packed=packed)


def _unpacked(data: bytes, name: str) -> bytes:
    """What gzip holds, checked to its last byte.

    Raises:
        MalformedError: It is cut short or not gzip, or larger than may be read.
    """
    whole = io.BytesIO()
    _unpack(data, whole, name)
    return whole.getvalue()


def _unpack(data: bytes, target: IO[bytes], name: str) -> None:
    size = 0
    try:
        with gzip.open(io.BytesIO(data)) as source:
            while chunk := source.read(MIB):
                size += len(chunk)
                if size > _LARGEST_UNPACKED:
                    raise OverLimitError(
                        f"{name} is larger than {size_text(_LARGEST_UNPACKED)} when unpacked, the limit"
                    )
                target.write(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise MalformedError(f"{name} is no gzip file, or half of one: {error}") from None


def _by_duckdb(data: bytes, extension: str, name: str, *, packed: bool) -> pa.Table:
    from data_platform.ingestion.errors import PermanentSourceError  # noqa: PLC0415
    from data_platform.ingestion.table_files import opened_rows  # noqa: PLC0415 - DuckDB, only where it is needed

    with tempfile.TemporaryDirectory(prefix="data_platform-") as folder:
        file = Path(folder) / f"piece{extension}"
        if packed:  # DuckDB reads half of one without a word, where the half ends with a line
            with file.open("wb") as target:
                _unpack(data, target, name)
        else:
            file.write_bytes(data)
        try:
            with opened_rows(file) as opened:
                return opened.connection.execute("SELECT * FROM rows").to_arrow_table()
        except PermanentSourceError as error:
            raise MalformedError(str(error).replace(str(file), name)) from None


def pages_of(answers: Iterator[bytes]) -> bytes:
    """An API's answers as they are landed: a line each."""
    return b"\n".join(b" ".join(answer.split(b"\n")) for answer in answers)
