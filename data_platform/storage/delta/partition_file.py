"""One data file of a Delta table, made and put into the store: Parquet, with what the log is to say of it.

What belongs here: encoding, in bounded memory, and the upload. What does not: the log (``partition_log``), and
whether rows fit the table (``partition_writer``).
"""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final

import obstore
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pat

from data_platform.storage.delta.statistics import file_stats
from data_platform.storage.error_texts import translated
from data_platform.storage.objects.store import ObjectStore

GROUP_ROWS: Final = 131_072
GROUP_BYTES: Final = 32 * 1024 * 1024
"""A row group has at most so many rows, and about as many bytes in memory."""

_IN_MEMORY: Final = 8 * 1024 * 1024
_PART_BYTES: Final = 8 * 1024 * 1024
_PARTS_AT_ONCE: Final = 4
_SAMPLE_ROWS: Final = 1024
_OPTIONS: Final[dict[str, object]] = {
    "compression": "zstd",
    "compression_level": 1,
    "store_schema": False,
    "store_decimal_as_integer": True,
}


@dataclass(frozen=True)
class WrittenFile:
    """A data file in the store.

    Attributes:
        rows: Number of rows.
        size: Bytes.
        stats: Its statistics for the log, as JSON.
    """

    rows: int
    size: int
    stats: str


def write_file(
    store: ObjectStore, path: str, rows: Iterable[pa.Table], schema: pa.Schema, *, columns: int
) -> WrittenFile | None:
    """Write rows to one Parquet file.

    Args:
        store: The store.
        path: Where, below the store. Nothing may be there.
        rows: The rows; each table has exactly the columns of ``schema``.
        schema: The columns.
        columns: Of how many there are to be statistics for the log.

    Returns:
        What was written; ``None``, and no file, where there are no rows.

    Raises:
        StorageError: See ``errors``.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        encoded = _encode(file, _groups(rows), schema)
        if encoded is None:
            return None
        metadata, nan = encoded
        size = file.tell()
        file.seek(0)
        with translated(store.uri(path)):
            if size <= _IN_MEMORY:
                obstore.put(store.native, path, file.read(), attributes=store.attributes, use_multipart=False)
            else:
                obstore.put(store.native, path, file, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE)
    return WrittenFile(metadata.num_rows, size, file_stats(metadata, schema, nan=nan, columns=columns))


def read_file(store: ObjectStore, path: str) -> Iterator[pa.Table]:
    """The rows of a data file, a row group at a time.

    Raises:
        MissingObject: There is none.
        StorageError: Any other failure, see ``errors``.
    """
    with tempfile.TemporaryFile() as file:
        with translated(store.uri(path)):
            for chunk in obstore.get(store.native, path).stream():
                file.write(chunk)
        with pq.ParquetFile(file) as source:
            for group in range(source.num_row_groups):
                yield source.read_row_group(group)


def _encode(
    file: IO[bytes], groups: Iterator[pa.Table], schema: pa.Schema
) -> tuple[pq.FileMetaData, frozenset[str]] | None:
    first = next(groups, None)
    if first is None:
        return None
    floats = [field.name for field in schema if pat.is_floating(field.type)]
    nan: set[str] = set()
    repetitive = _repetitive(first)
    ascending = {name: "DELTA_BINARY_PACKED" for name in _ascending(first) if name not in repetitive}
    with pq.ParquetWriter(
        file, schema, use_dictionary=repetitive, column_encoding=ascending or None, **_OPTIONS
    ) as writer:
        group: pa.Table | None = first
        while group is not None:
            writer.write_table(group, row_group_size=group.num_rows)
            nan |= {name for name in floats if name not in nan and pc.any(pc.is_nan(group[name])).as_py()}
            group = next(groups, None)
    return writer.writer.metadata, frozenset(nan)


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows in row groups: small tables put together, large ones split."""
    waiting: list[pa.Table] = []
    rows = size = 0
    for table in tables:
        for piece in _row_groups(table):
            if waiting and (rows + piece.num_rows > GROUP_ROWS or size + piece.nbytes > GROUP_BYTES):
                yield pa.concat_tables(waiting)
                waiting, rows, size = [], 0, 0
            waiting.append(piece)
            rows, size = rows + piece.num_rows, size + piece.nbytes
    if waiting:
        yield pa.concat_tables(waiting)


def _row_groups(table: pa.Table) -> Iterator[pa.Table]:
    if not table.num_rows:
        return
    length = max(1, min(GROUP_ROWS, int(GROUP_BYTES * table.num_rows / max(1, table.nbytes))))
    for start in range(0, table.num_rows, length):
        yield table.slice(start, length)


def _ascending(group: pa.Table) -> list[str]:
    """The whole numbers and instants that only grow: told by their differences they take half the bytes and time."""
    sample = group.slice(0, _SAMPLE_ROWS)
    columns = {
        field.name: column.combine_chunks()
        for field, column in zip(sample.schema, sample.columns, strict=True)
        if pat.is_int64(field.type) or pat.is_timestamp(field.type)
    }
    return [
        name
        for name, column in columns.items()
        if not column.null_count and pc.all(pc.less_equal(column[:-1], column[1:])).as_py()
    ]


def _repetitive(group: pa.Table) -> list[str]:
    """The columns of which a dictionary makes sense: those whose values come up again and again."""
    sample = group.slice(0, _SAMPLE_ROWS)
    return [
        field.name
        for field, column in zip(sample.schema, sample.columns, strict=True)
        if not pat.is_nested(field.type)
        and not pat.is_boolean(field.type)
        and pc.count_distinct(column).as_py() * 2 <= sample.num_rows
    ]
