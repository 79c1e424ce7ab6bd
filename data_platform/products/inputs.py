"""Loading a product's inputs: the declared columns of the pinned version, of the partitions that are needed.

What belongs here: from an input and a partition to rows. What does not: which inputs there are (``declared_inputs``).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from data_platform.products.declared_inputs import Input
from data_platform.products.errors import AwaitedInputError, MissingInputError
from data_platform.products.file_inputs import read_files
from data_platform.products.folder import Product
from data_platform.products.schema import arrow_type
from data_platform.storage.delta import open_table, partitions
from data_platform.storage.delta.commit import data_files, written_empty
from data_platform.storage.delta.scan import TableScan
from data_platform.storage.delta.schema import Partition, partition_text
from data_platform.storage.errors import InvalidFrame, MissingObject, MissingPartition, MissingTable
from data_platform.storage.objects.store import ObjectStore

MOST_BYTES: Final = 16 << 20
"""So large, as it is stored, may be what is read at once for many partitions."""

Instead: TypeAlias = Callable[[Input, Sequence[str] | None], Any]
"""Gives the rows of an input in place of its table: of some partitions, the one that must be there last; ``None``: all.

What it gives has a schema and an Arrow stream that can be read again, and ``whole()`` reads it into memory."""

ALL, NOTHING = "*", ""
"""In place of a partition: all rows of a table, and no row but its columns."""


class Inputs:
    """The inputs of a product as of one moment: each table is opened once, and every partition reads that version.

    Where many partitions are made, what small tables have of all of them is read at once: a scan costs some 10 ms of
    CPU, however little it gives.
    """

    def __init__(
        self,
        store: ObjectStore,
        product: Product,
        read: dict[str, tuple[str, int]] | None = None,
        *,
        group: Sequence[str] = (),
        instead: Mapping[str, Instead] | None = None,
    ) -> None:
        """Nothing is opened before it is needed.

        Args:
            store: Where products are.
            product: The product.
            read: Filled with each table that is read: by its key the table's own id, and the version.
            group: The partitions that will be asked for, where there are several.
            instead: By key, what is read in place of published tables, so that something can be tried on rows that
                nobody published.
        """
        self._store, self._product, self._group = store, product, group
        self._read = {} if read is None else read
        self._instead = instead or {}
        self._tables: dict[str, DeltaTable] = {}
        self._there: dict[str, frozenset[str]] = {}
        self._rows: dict[str, Mapping[str, pa.Table] | None] = {}

    def of(self, partition: str | None) -> dict[str, pa.Table | TableScan]:
        """Load what the product's transform reads.

        Args:
            partition: The key of the partition to be made; ``None`` for a product without partitions.

        Returns:
            The inputs by name, each with the declared columns only: files and all inputs of Python in memory, tables
            for SQL ready to be read piece by piece, so that a query runs on inputs larger than memory.

        Raises:
            MissingInputError: An input was never published, or not for the partitions asked for, or lacks a column;
                ``AwaitedInputError`` where the day itself is missing of days that are looked back over.
            StorageError: Any other failure of the store.
        """
        return {upstream.name: self._load(upstream, partition) for upstream in self._product.inputs}

    def read_by(self) -> dict[str, str | None]:
        """By which column each input that was read is read partition by partition; ``None``: it is read otherwise."""
        by: dict[str, str | None] = {}
        for upstream in self._product.inputs:
            table = self._tables.get(upstream.key)
            columns = table.metadata().partition_columns if table and upstream.partitions == "same" else []
            by[upstream.name] = columns[0] if len(columns) == 1 else None
        return by

    def held_bytes(self, loaded: Mapping[str, pa.Table | TableScan]) -> int:
        """How much memory the inputs of one partition take, without what all partitions share."""
        own = (loaded[upstream.name] for upstream in self._product.inputs if upstream.partitions != "all")
        return sum(rows.nbytes for rows in own if isinstance(rows, pa.Table))

    def _load(self, upstream: Input, partition: str | None) -> pa.Table | TableScan:
        product = self._product
        try:
            if upstream.files is not None:
                return read_files(self._store, upstream.files, list(upstream.columns), _keys(upstream, partition))
            if upstream.key in self._instead:
                rows = self._instead[upstream.key](upstream, _keys(upstream, partition))
                return rows if product.source.kind == "sql" else rows.whole()
            table = self._table(upstream.key)
            parts = self._partitions(table, upstream, partition)
            self._read[upstream.key] = (str(table.metadata().id), table.version())
            if (rows := self._rows_of_group(table, upstream, parts)) is not None:
                return rows
            scan = TableScan.of(table, self._store.uri(upstream.key), list(upstream.columns), parts)
            return scan if product.source.kind == "sql" else scan.whole()
        except (MissingTable, MissingObject) as error:
            if upstream.optional:
                return no_rows(upstream)
            message = f"its input {upstream.key} is missing: {error}"
            kind = AwaitedInputError if upstream.partitions == "lookback" else MissingInputError
            raise kind(f"{product.key}{f' {partition}' if partition else ''}: {message}") from error
        except InvalidFrame as error:
            what = (
                "a file of its input {} is not as declared"
                if upstream.files
                else "the table of its input {} lacks a column"
            )
            raise MissingInputError(f"{product.key}: {what.format(upstream.key)}: {error}") from error

    def _partitions(self, table: DeltaTable, upstream: Input, partition: str | None) -> list[Partition] | None:
        """The partitions to read; ``None``: all rows."""
        keys, uri = _keys(upstream, partition), self._store.uri(upstream.key)
        if keys is None:
            return None
        columns = table.metadata().partition_columns
        if not columns:
            return None
        if len(columns) != 1:
            raise InvalidFrame(f"it is partitioned by {columns}; read all of it", uri=uri)
        if upstream.key not in self._there:
            self._there[upstream.key] = frozenset(part[columns[0]] for part in partitions(table))
        there = self._there[upstream.key]
        wanted = [key for key in keys if key in there or written_empty(table, {columns[0]: key})]
        if keys[-1] not in wanted:
            last = ", the last that is looked back from" if upstream.partitions == "lookback" else ""
            raise MissingPartition(f"{uri}: it has no partition {keys[-1]}{last}. Materialize it first.", uri=uri)
        return [{columns[0]: key} for key in wanted]

    def _rows_of_group(self, table: DeltaTable, upstream: Input, parts: Sequence[Partition] | None) -> pa.Table | None:
        """The rows of some partitions, out of what was read of all partitions of the group; None: it was not read."""
        if len(self._group) <= 1:
            return None
        keys = [ALL] if parts is None else [value for part in parts for value in part.values()]
        if upstream.name not in self._rows:
            self._rows[upstream.name] = self._whole_group(table, upstream, parted=parts is not None)
        rows = self._rows[upstream.name]
        if rows is None:
            return None
        none = rows[NOTHING]
        return pa.concat_tables([none, *(rows[key] for key in keys if key in rows)])

    def _whole_group(self, table: DeltaTable, upstream: Input, *, parted: bool) -> Mapping[str, pa.Table] | None:
        """What a table has of all partitions of the group, by partition; None: too much for memory."""
        columns, uri = list(upstream.columns), self._store.uri(upstream.key)
        by = table.metadata().partition_columns[0] if parted else None
        wanted: list[Partition] | None = None
        if by is not None:
            keys = {key for partition in self._group for key in _keys(upstream, partition) or ()}
            wanted = [{by: key} for key in sorted(keys & self._there[upstream.key])]
        files = data_files(table, upstream.key)
        if sum(file.size for file in files if wanted is None or file.partition in wanted) > MOST_BYTES:
            return None
        read = columns if by is None or by in columns else [*columns, by]
        rows = TableScan.of(table, uri, read, wanted).whole()
        if by is None:
            return {ALL: rows, NOTHING: rows.schema.empty_table()}
        rows = rows.sort_by(by)
        return {**split(rows, by, columns), NOTHING: rows.schema.empty_table().select(columns)}

    def _table(self, key: str) -> DeltaTable:
        if key not in self._tables:
            self._tables[key] = open_table(self._store, key)
        return self._tables[key]


def split(rows: pa.Table, by: str, columns: Sequence[str]) -> dict[str, pa.Table]:
    """Rows that are sorted by a column, by its values as text, without a copy; chosen columns of them."""
    values = pc.run_end_encode(rows.column(by).combine_chunks())
    ends = values.run_ends.to_pylist()
    names = [partition_text(value) or "" for value in values.values.to_pylist()]
    chosen = rows.select(columns)
    return {name: chosen.slice(start, end - start) for name, start, end in zip(names, [0, *ends], ends, strict=False)}


def no_rows(upstream: Input) -> pa.Table:
    """The declared columns of an input of which nothing was published; text where no contract says their types."""
    properties = upstream.contract.schemas[0].properties if upstream.contract else ()
    types = {column.column: arrow_type(column) for column in properties}
    return pa.table({name: pa.array([], types.get(name, pa.string())) for name in upstream.columns})


def _keys(upstream: Input, partition: str | None) -> list[str] | None:
    """The keys of the partitions to read, the one that must be there last; ``None``: all rows."""
    if upstream.partitions == "all" or partition is None:
        return None
    return [partition] if upstream.partitions == "same" else days_until(partition, upstream.lookback_days)


def days_until(partition: str, back: int) -> list[str]:
    """The keys of a day and of so many days before it, the earliest first."""
    last = date.fromisoformat(partition)
    return [(last - timedelta(days=offset)).isoformat() for offset in range(back, -1, -1)]
