"""A product's table as it would be: what was made, and the published rows that stay beside it, read piece by piece.

What belongs here: from a preview to what its consumers read. What does not: their transforms (``consuming``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from data_platform.products.declared_inputs import Input
from data_platform.products.errors import MissingInputError
from data_platform.storage.delta import partitions
from data_platform.storage.delta.commit import written_empty
from data_platform.storage.delta.evolution import table_schema
from data_platform.storage.delta.scan import TableScan
from data_platform.storage.formats.spool import Spool


@dataclass(frozen=True)
class Rows:
    """Some columns of rows of several places, one after the other, as often as they are asked for.

    Attributes:
        schema: The columns; where a place lacks one, it is null there.
        places: Where the rows are.
    """

    schema: pa.Schema
    places: tuple[TableScan | Spool, ...]

    def reader(self) -> pa.RecordBatchReader:
        """The rows as a stream of Arrow batches."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    def whole(self) -> pa.Table:
        """All rows, in memory."""
        return self.reader().read_all()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> Any:
        return self.reader().__arrow_c_stream__(requested_schema)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for place in self.places:
            for batch in place.batches() if isinstance(place, Spool) else place.reader():
                columns = [
                    batch.column(field.name).cast(field.type)
                    if field.name in batch.schema.names
                    else pa.nulls(batch.num_rows, field.type)
                    for field in self.schema
                ]
                yield pa.RecordBatch.from_arrays(columns, schema=self.schema)


@dataclass(frozen=True)
class Overlay:
    """A product's table with what was made in the place of what is published.

    Attributes:
        key: ``domain/name``.
        uri: The published table, for messages.
        table: It; ``None``: nothing was published.
        column: The column that holds the partition's key; ``None``: the product has none.
        batches: What was made, by partition.
        adds: Whether all published rows stay beside it.
    """

    key: str
    uri: str
    table: DeltaTable | None
    column: str | None
    batches: Mapping[str | None, Spool]
    adds: bool = False

    def input(self, upstream: Input, keys: Sequence[str] | None) -> Rows:
        """The rows that a consumer reads, see ``products.inputs.Instead``.

        Raises:
            MissingInputError: A column was not made, or the partition neither made nor published.
        """
        if keys is not None and self.column is not None and not self._has(keys[-1]):
            raise MissingInputError(f"{self.key} has no partition {keys[-1]}")
        return self.rows(upstream.columns, keys)

    def rows(self, columns: Sequence[str] | None, keys: Sequence[str] | None = None) -> Rows:
        """Some columns of the rows of some partitions, or of all.

        Raises:
            MissingInputError: A column was not made.
        """
        schema = next(iter(self.batches.values())).schema
        names = schema.names if columns is None else columns
        if unknown := [name for name in names if name not in schema.names]:
            raise MissingInputError(f"{self.key} has no column {unknown[0]!r} any more")
        wanted = pa.schema([schema.field(name) for name in names])
        own = [rows for key, rows in self.batches.items() if keys is None or key is None or key in keys]
        return Rows(wanted, (*self._published(names, keys), *own))

    def _published(self, names: Sequence[str], keys: Sequence[str] | None) -> list[TableScan]:
        """The published rows that stay, with those of the columns that the table has."""
        if self.table is None or (self.column is None and not self.adds):
            return []
        there = [name for name in names if name in table_schema(self.table).names]
        # A scan without any column would have no rows: the first one says how many there are.
        chosen = there or table_schema(self.table).names[:1]
        if self.column is None:
            return [TableScan.of(self.table, self.uri, chosen, None)]
        staying = [
            {self.column: key} for key in self._keys() if key not in self.batches and (keys is None or key in keys)
        ]
        return [TableScan.of(self.table, self.uri, chosen, staying)] if staying else []

    def _has(self, key: str) -> bool:
        if key in self.batches or self.table is None:
            return key in self.batches
        return key in self._keys() or written_empty(self.table, {str(self.column): key})

    def _keys(self) -> list[str]:
        return [] if self.table is None else sorted(part[str(self.column)] for part in partitions(self.table))
