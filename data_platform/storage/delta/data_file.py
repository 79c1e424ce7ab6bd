"""One data file of a Delta table, made and put into the store, and read back: Parquet, in bounded memory.

What belongs here: encoding, upload and download. What does not: the log, and whether rows fit the table. deltalake
itself writes what is published; this is for files that are put into a table by an entry of our own (``repartition``).
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import obstore
import pyarrow as pa
import pyarrow.parquet as pq

from data_platform.storage.error_texts import translated
from data_platform.storage.objects.store import ObjectStore

GROUP_ROWS: Final = 131_072
"""A row group has at most so many rows."""

_IN_MEMORY: Final = 8 * 1024 * 1024
_PART_BYTES: Final = 8 * 1024 * 1024
_PARTS_AT_ONCE: Final = 4


@dataclass(frozen=True)
class WrittenFile:
    """A data file in the store.

    Attributes:
        rows: Number of rows.
        size: Bytes.
    """

    rows: int
    size: int

    @property
    def stats(self) -> str:
        """What the log says of it, as JSON: its rows. Readers find the bounds of values in the file itself."""
        return json.dumps({"numRecords": self.rows})


def write_file(store: ObjectStore, path: str, tables: Iterable[pa.Table], schema: pa.Schema) -> WrittenFile | None:
    """Write rows to one Parquet file.

    Args:
        store: The store.
        path: Where, below the store. Nothing may be there.
        tables: The rows; each table has exactly the columns of ``schema``.
        schema: The columns.

    Returns:
        What was written; ``None``, and no file, where there are no rows.

    Raises:
        StorageError: See ``errors``.
    """
    rows = 0
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        with pq.ParquetWriter(file, schema, compression="zstd", compression_level=1, store_schema=False) as writer:
            for table in tables:
                writer.write_table(table, row_group_size=GROUP_ROWS)
                rows += table.num_rows
        if not rows:
            return None
        size = file.tell()
        file.seek(0)
        with translated(store.uri(path)):
            if size <= _IN_MEMORY:
                obstore.put(store.native, path, file.read(), attributes=store.attributes, use_multipart=False)
            else:
                obstore.put(store.native, path, file, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE)
    return WrittenFile(rows, size)


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
