"""Tables read piece by piece: for tables larger than memory, by any engine that reads Arrow.

What belongs here: lazily reading chosen columns and partitions of one version. What does not: whole tables in memory
(``delta.read_table``), and the engines.

``DeltaTable.to_pyarrow_dataset`` is not used. It hands Arrow's own threads a file system that is Python, and DuckDB
leaves those threads behind when it needs no more rows: with deltalake 1.6.6, pyarrow 26 and DuckDB 1.5.6 ``SELECT *
... LIMIT 5`` over it hung or crashed in 2 of 3 processes on S3, now and then on files. It also needs twice the memory
of a scan (592 MB, not 286, where the process alone has 82; 6 million rows). Nor is a Polars ``LazyFrame`` a way to hand
a table to DuckDB: all its columns were read at once (880 MB). Polars itself reads one lazily (300 MB).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from data_platform.storage.delta.ahead import groups, read_ahead
from data_platform.storage.delta.evolution import table_schema
from data_platform.storage.delta.schema import Partition, predicate
from data_platform.storage.error_texts import translated
from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.column_types import plain


@dataclass(frozen=True)
class TableScan:
    """Rows of one version of a table, read anew, piece by piece, each time that they are asked for.

    DuckDB, Polars, pyarrow and whatever else knows the Arrow stream interface
    (https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html) takes it as a table: in DuckDB by
    ``connection.register(name, scan)``, as often in a query as it likes. What columns and rows are read is chosen here,
    not by the engine.

    Attributes:
        uri: The table, for messages.
        schema: The columns, in their order.
        version: The version that is read, whatever is written meanwhile.
    """

    uri: str
    schema: pa.Schema
    version: int
    _table: DeltaTable = field(repr=False, compare=False)
    _partitions: Sequence[Partition] | None = field(repr=False)

    @classmethod
    def of(
        cls, table: DeltaTable, uri: str, columns: Sequence[str] | None, partitions: Sequence[Partition] | None
    ) -> "TableScan":
        """A scan of a table at the version of its handle.

        Raises:
            InvalidFrame: A column is not there; the message names those that are.
        """
        schema = table_schema(table)
        names = list(columns) if columns is not None else list(schema.names)
        if unknown := [name for name in names if name not in schema.names]:
            raise InvalidFrame(f"{uri}: there is no column {unknown}; the table has {schema.names}.", uri=uri)
        wanted = pa.schema([schema.field(name) for name in names])
        return cls(uri, wanted, table.version(), table, partitions)

    def reader(self) -> pa.RecordBatchReader:
        """The rows as a stream of Arrow batches, in no promised order; nothing is read before it is asked for.

        Raises:
            StorageError: See ``errors``; while it is read, errors are Arrow's.
        """
        with translated(self.uri):
            small, others = ([], []) if self.uri.startswith("file:") else groups(self._table, self._partitions)
            if not small:
                return self._scanned(self._partitions)
            return pa.RecordBatchReader.from_batches(self.schema, self._read_ahead(small, others))

    def _read_ahead(
        self, small: Sequence[Sequence[Partition]], others: Sequence[Partition]
    ) -> Iterator[pa.RecordBatch]:
        with translated(self.uri):
            yield from read_ahead([partial(self._read, group) for group in small])
            if others:
                yield from self._scanned(others)

    def _read(self, partitions: Sequence[Partition]) -> pa.Table:
        return self._scanned(partitions).read_all()

    def _scanned(self, partitions: Sequence[Partition] | None) -> pa.RecordBatchReader:
        names = self.schema.names
        rows = None if partitions is None else predicate(partitions) if partitions else "false"
        reader = pa.RecordBatchReader.from_stream(self._table.scan(columns=names, predicate=rows))
        if reader.schema.names != names:
            reader = pa.RecordBatchReader.from_batches(
                pa.schema([reader.schema.field(name) for name in names]), (batch.select(names) for batch in reader)
            )
        return reader.cast(self.schema)

    def whole(self) -> pa.Table:
        """All rows, in memory, in no promised order (several threads read).

        Raises:
            StorageError: See ``errors``.
        """
        with translated(self.uri):
            return plain(self.reader().read_all())

    @property
    def table_id(self) -> str:
        """The table's own id, another one once it is deleted and made anew: versions of one id are in order."""
        return str(self._table.metadata().id)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> Any:
        return self.reader().__arrow_c_stream__(requested_schema)
