"""Loading a product's inputs: the declared columns of the pinned version, of the partitions that are needed.

What belongs here: from an input and a partition to rows. What does not: which inputs there are (``declared_inputs``).
"""

from datetime import date, timedelta

import pyarrow as pa

from data_platform.products.declared_inputs import Input
from data_platform.products.errors import AwaitedInputError, MissingInputError
from data_platform.products.file_inputs import read_files
from data_platform.products.folder import Product
from data_platform.products.schema import arrow_type
from data_platform.storage.delta import missing_partitions, open_scan, open_table
from data_platform.storage.delta.scan import TableScan
from data_platform.storage.delta.schema import Partition
from data_platform.storage.errors import InvalidFrame, MissingObject, MissingPartition, MissingTable
from data_platform.storage.objects.store import ObjectStore


def load_inputs(
    store: ObjectStore, product: Product, partition: str | None, read: dict[str, tuple[str, int]] | None = None
) -> dict[str, pa.Table | TableScan]:
    """Load what a product's transform reads.

    Args:
        store: Where products are.
        product: The product.
        partition: The key of the partition to be made; ``None`` for a product without partitions.
        read: Filled with each table that is read: by its key the table's own id, and the version.

    Returns:
        The inputs by name, each with the declared columns only: files and all inputs of Python in memory, tables for
        SQL ready to be read piece by piece, so that a query runs on inputs larger than memory.

    Raises:
        MissingInputError: An input was never published, or not for the partitions asked for, or lacks a column;
            ``AwaitedInputError`` where the day itself is missing of days that are looked back over.
        StorageError: Any other failure of the store.
    """
    return {
        upstream.name: _load(store, product, upstream, partition, {} if read is None else read)
        for upstream in product.inputs
    }


def no_rows(upstream: Input) -> pa.Table:
    """The declared columns of an input of which nothing was published; text where no contract says their types."""
    properties = upstream.contract.schemas[0].properties if upstream.contract else ()
    types = {column.column: arrow_type(column) for column in properties}
    return pa.table({name: pa.array([], types.get(name, pa.string())) for name in upstream.columns})


def _load(
    store: ObjectStore, product: Product, upstream: Input, partition: str | None, read: dict[str, tuple[str, int]]
) -> pa.Table | TableScan:
    try:
        if upstream.files is not None:
            return read_files(store, upstream.files, list(upstream.columns), _keys(upstream, partition))
        scan = open_scan(
            store, upstream.key, columns=list(upstream.columns), partitions=_partitions(store, upstream, partition)
        )
        read[upstream.key] = (scan.table_id, scan.version)
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


def _keys(upstream: Input, partition: str | None) -> list[str] | None:
    """The keys of the partitions to read, the one that must be there last; ``None``: all rows."""
    if upstream.partitions == "all" or partition is None:
        return None
    return [partition] if upstream.partitions == "same" else days_until(partition, upstream.lookback_days)


def _partitions(store: ObjectStore, upstream: Input, partition: str | None) -> list[Partition] | None:
    """The partitions to read; ``None``: all rows."""
    keys = _keys(upstream, partition)
    if keys is None:
        return None
    table = open_table(store, upstream.key)
    columns = table.metadata().partition_columns
    if not columns:
        return None
    if len(columns) != 1:
        raise InvalidFrame(f"it is partitioned by {columns}; read all of it", uri=store.uri(upstream.key))
    wanted: list[Partition] = [{columns[0]: key} for key in keys]
    if upstream.partitions == "same":
        return wanted
    missing = missing_partitions(table, wanted)
    if wanted[-1] in missing:
        raise MissingPartition(
            f"it has no partition {partition}, the last that is looked back from", uri=store.uri(upstream.key)
        )
    return [part for part in wanted if part not in missing]


def days_until(partition: str, back: int) -> list[str]:
    """The keys of a day and of so many days before it, the earliest first."""
    last = date.fromisoformat(partition)
    return [(last - timedelta(days=offset)).isoformat() for offset in range(back, -1, -1)]
