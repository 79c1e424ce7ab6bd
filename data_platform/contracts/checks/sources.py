"""Where a batch comes from: frames in memory, files, URLs, Delta tables.

What belongs here: turning what a caller has into Arrow, without copying it where that is possible. What does not:
DuckDB (``duckdb.table``) and rules.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import unquote, urlsplit

import obstore
import obstore.exceptions
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset

from data_platform.ingestion.errors import SourceError
from data_platform.ingestion.table_files import KINDS, opened_rows
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore

_CHUNK: Final = 8 * 1024 * 1024


class UnreadableDataError(ValueError):
    """Data that cannot be checked since it cannot be read. The message names it and what is accepted."""


ArrowData: TypeAlias = pa.Table | pyarrow.dataset.Dataset | pa.RecordBatchReader
"""What a batch is scanned as; a reader can be read once."""


@dataclass(frozen=True)
class TextType:
    """What the texts of a column are read as.

    Attributes:
        kind: The Arrow type.
        pattern: RE2 that the whole text matches.
        sql: DuckDB's name of the type.
        strptime: How a date or time is written, where it is not as ISO 8601 has it.
        fields: Of an object in JSON, what each of its properties is read as.
        items: Of an array in JSON, what each item is read as.
    """

    kind: pa.DataType
    pattern: str
    sql: str
    strptime: str | None = None
    fields: "Mapping[str, TextType]" = field(default_factory=dict)
    items: "TextType | None" = None


@dataclass(frozen=True)
class Source:
    """A batch, ready to be scanned.

    Attributes:
        data: A ``pyarrow.Table``, ``Dataset``, or a ``RecordBatchReader``, which can be read once.
        schema: Its schema.
        is_text: Whether all columns are text for want of types.
        declared: For text, the types of the contract by column, see ``text_columns``.
    """

    data: ArrowData
    schema: pa.Schema
    is_text: bool = False
    declared: Mapping[str, TextType] = field(default_factory=dict)


@contextmanager
def opened(data: object, declared: Mapping[str, TextType] | None = None) -> Iterator[Source]:
    """Open a batch.

    Args:
        data: A pandas or Polars frame, a pyarrow table, dataset or reader, anything with an Arrow stream (a DuckDB
            relation, say); or a path or ``file://``, ``s3://`` or ``memory://`` URL of a Parquet file, a CSV file
            (comma, or tab where it ends in ``.tsv``; header, UTF-8; also ``.gz``), a file of JSON lines or a Delta
            table. Credentials for S3 come from the environment.
        declared: Types for the columns of text files.

    Yields:
        The batch. An object in S3 is copied to a temporary file, deleted afterwards.

    Raises:
        UnreadableDataError: It is nothing of these, or not there.
    """
    with ExitStack() as stack:
        if isinstance(data, str | Path):
            yield _opened_location(str(data), declared or {}, stack)
        else:
            yield from_frame(data)


def from_frame(data: object) -> Source:
    """A frame in memory, as it is or as Arrow; see ``opened``.

    Raises:
        UnreadableDataError: It has no Arrow form.
    """
    if isinstance(data, pa.Table | pa.RecordBatchReader | pyarrow.dataset.Dataset):
        return Source(data, data.schema)
    if isinstance(data, pa.RecordBatch):
        return from_frame(pa.Table.from_batches([data]))
    module = type(data).__module__.split(".")[0]
    try:
        if module == "pandas":
            return from_frame(pa.Table.from_pandas(data, preserve_index=False))
        if module == "polars":
            frame: Any = data.collect() if hasattr(data, "collect") else data
            return from_frame(frame.to_arrow())
        if hasattr(data, "__arrow_c_stream__"):
            return from_frame(pa.RecordBatchReader.from_stream(data))
    except (pa.ArrowException, TypeError) as error:
        raise UnreadableDataError(f"this {module} frame has no Arrow form: {error}") from error
    raise UnreadableDataError(
        f"{type(data).__name__} cannot be checked; give a pandas, Polars or Arrow table, or a path or URL of Parquet, "
        "CSV, JSON lines or Delta"
    )


def _opened_location(location: str, declared: Mapping[str, TextType], stack: ExitStack) -> Source:
    ending = next((known for known in KINDS if location.lower().endswith(known)), None)
    try:
        if ending is None:
            return _delta(location)
        if KINDS[ending] == "json":
            return _json_lines(location, declared, stack)
        path = _local(location, ending, stack)
        if KINDS[ending] == "parquet":
            return from_frame(pyarrow.dataset.dataset(path))
        return _text_file(path, declared, "\t" if ending == ".tsv" else ",")
    except (OSError, StorageError, SourceError, obstore.exceptions.BaseError, pa.ArrowException) as error:
        raise UnreadableDataError(f"{location} cannot be read: {error}") from error


def _local(location: str, ending: str, stack: ExitStack) -> str:
    """A path of the same bytes on disk."""
    parts = urlsplit(location)
    if parts.scheme in ("", "file"):
        return unquote(parts.path) if parts.scheme else location
    folder, name = location.rsplit("/", 1)
    store = ObjectStore.open(folder)
    copy = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="data_platform-"))) / f"object{ending}"
    with copy.open("wb") as file:
        for chunk in obstore.get(store.native, name).stream(min_chunk_size=_CHUNK):
            file.write(chunk)
    return str(copy)


def _json_lines(location: str, declared: Mapping[str, TextType], stack: ExitStack) -> Source:
    """The rows as text, what is nested as JSON, so that a value that is not of its type is no unreadable file."""
    rows = stack.enter_context(opened_rows(location)).connection.execute("SELECT * FROM rows")
    reader = rows.to_arrow_reader()
    return Source(reader, reader.schema, is_text=True, declared=declared)


def _text_file(path: str, declared: Mapping[str, TextType], separator: str) -> Source:
    parse = pyarrow.csv.ParseOptions(delimiter=separator, newlines_in_values=True)
    with pa.input_stream(path, compression="detect") as file:
        names = pyarrow.csv.open_csv(file, parse_options=parse).schema.names
    convert = pyarrow.csv.ConvertOptions(
        column_types={name: pa.string() for name in names},
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    style = pyarrow.dataset.CsvFileFormat(convert_options=convert, parse_options=parse)
    data = pyarrow.dataset.dataset(path, format=style)
    return Source(data, data.schema, is_text=True, declared=declared)


def _delta(location: str) -> Source:
    from data_platform.storage.delta import exists, open_table  # noqa: PLC0415 - most batches are none

    where = location if "://" in location else Path(location).resolve().as_uri()
    folder, name = where.rstrip("/").rsplit("/", 1)
    store = ObjectStore.open(folder)
    if not exists(store, name):
        raise UnreadableDataError(f"{location} is no Delta table, and no file that ends in one of {', '.join(KINDS)}")
    table = open_table(store, name)
    return from_frame(pa.RecordBatchReader.from_stream(table.scan()))
