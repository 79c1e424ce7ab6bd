"""Rows that are too many for memory, kept on this machine's disk while they are looked at and written.

What belongs here: putting rows aside once, and reading them again as often as needed. What does not: what they are.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.dataset

_BATCH_ROWS: Final = 65_536
_COMPRESSION: Final = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(frozen=True)
class Spool:
    """Rows on disk; they are there as long as the block of ``spooled`` that made them lasts.

    Attributes:
        schema: Their columns.
        num_rows: How many there are.
    """

    schema: pa.Schema
    num_rows: int
    _file: Path
    _change: Callable[[pa.Table], pa.Table] | None = None

    @property
    def column_names(self) -> list[str]:
        """The names of their columns."""
        return list(self.schema.names)

    def dataset(self) -> pyarrow.dataset.Dataset:
        """The rows as DuckDB and Arrow scan them, a few columns at a time.

        Raises:
            ValueError: They are ``changed``: what is on disk is not what they are.
        """
        if self._change is not None:
            raise ValueError("these rows are changed as they are read")
        return pyarrow.dataset.dataset(self._file, format="ipc")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in their order, piece by piece."""
        with pa.OSFile(str(self._file)) as file, pa.ipc.open_file(file) as source:
            for number in range(source.num_record_batches):
                batch = source.get_batch(number)
                if self._change is None:
                    yield batch
                else:
                    yield from self._change(pa.Table.from_batches([batch])).to_batches()

    def column(self, name: str) -> pa.ChunkedArray:
        """One column, in memory."""
        return pa.chunked_array([batch.column(name) for batch in self.batches()], self.schema.field(name).type)

    def slice(self, offset: int, length: int) -> pa.Table:
        """Some rows, in memory."""
        rows: list[pa.RecordBatch] = []
        for batch in self.batches():
            if length <= 0:
                break
            part = batch.slice(min(offset, batch.num_rows), length)
            offset, length = max(0, offset - batch.num_rows), length - part.num_rows
            rows.append(part)
        return pa.Table.from_batches(rows, self.schema)

    def whole(self) -> pa.Table:
        """All rows, in memory."""
        return pa.Table.from_batches(self.batches(), self.schema)

    def changed(self, change: Callable[[pa.Table], pa.Table]) -> "Spool":
        """The same rows, each piece changed as it is read.

        Args:
            change: From a piece to as many rows.
        """
        before = self._change
        both = change if before is None else lambda piece: change(before(piece))
        return Spool(both(self._file_schema().empty_table()).schema, self.num_rows, self._file, both)

    def _file_schema(self) -> pa.Schema:
        with pa.OSFile(str(self._file)) as file, pa.ipc.open_file(file) as source:
            return source.schema


@contextmanager
def spooled(tables: Iterable[pa.Table], schema: pa.Schema, folder: str | None = None) -> Iterator[Spool]:
    """Put rows aside, on this machine's disk.

    Args:
        tables: The rows; each table has the columns of ``schema``.
        schema: Their columns.
        folder: Where; ``None``: in the folder for temporary files.

    Yields:
        The rows.

    Raises:
        OSError: The disk is full, or the folder cannot be written to.
    """
    with tempfile.TemporaryDirectory(prefix="data_platform-", dir=folder) as own:
        file, rows = Path(own, "rows.arrow"), 0
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema, options=_COMPRESSION) as writer:
            for table in tables:
                writer.write_table(table, _BATCH_ROWS)
                rows += table.num_rows
        yield Spool(schema, rows, file)
