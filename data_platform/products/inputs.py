"""Loading a product's inputs: the declared columns of the pinned version, of the partitions that are needed.

What belongs here: from an input and a partition to rows. What does not: which inputs there are (``inputs_of``).
"""

from datetime import date, timedelta

import pyarrow as pa

from data_platform.products.errors import MissingInputError
from data_platform.products.folder import Product
from data_platform.products.inputs_of import Input
from data_platform.storage.delta import missing_partitions, open_scan, open_table, read_table
from data_platform.storage.delta_scan import TableScan
from data_platform.storage.delta_schema import Partition
from data_platform.storage.errors import InvalidFrame, MissingPartition, MissingTable
from data_platform.storage.object_store import ObjectStore


def load_inputs(store: ObjectStore, product: Product, partition: str | None) -> dict[str, pa.Table | TableScan]:
    """Load what a product's transform reads.

    Args:
        store: Where products are.
        product: The product.
        partition: The key of the partition to be made; ``None`` for a product without partitions.

    Returns:
        The inputs by name, each with the declared columns only: in memory for Python, for SQL ready to be read piece
        by piece, so that a query runs on inputs larger than memory.

    Raises:
        MissingInputError: An input was never published, or not for the partitions asked for, or lacks a column.
        StorageError: Any other failure of the store.
    """
    return {one.name: _load(store, product, one, partition) for one in product.inputs}


def _load(store: ObjectStore, product: Product, one: Input, partition: str | None) -> pa.Table | TableScan:
    read = open_scan if product.source.kind == "sql" else read_table
    try:
        return read(store, one.key, columns=list(one.columns), partitions=_partitions(store, one, partition))
    except (MissingTable, MissingPartition) as error:
        said = f"its input {one.key} is missing: {error}"
        raise MissingInputError(f"{product.key}{f' {partition}' if partition else ''}: {said}") from error
    except InvalidFrame as error:
        raise MissingInputError(f"{product.key}: the table of its input {one.key} lacks a column: {error}") from error


def _partitions(store: ObjectStore, one: Input, partition: str | None) -> list[Partition] | None:
    """The partitions to read; ``None``: all rows."""
    if one.partitions == "all" or partition is None:
        return None
    table = open_table(store, one.key)
    columns = table.metadata().partition_columns
    if not columns:
        return None
    if len(columns) != 1:
        raise InvalidFrame(f"it is partitioned by {columns}; read all of it", uri=store.uri(one.key))
    if one.partitions == "same":
        return [{columns[0]: partition}]
    last = date.fromisoformat(partition)
    days = [last - timedelta(days=back) for back in range(one.lookback_days, -1, -1)]
    wanted: list[Partition] = [{columns[0]: day.isoformat()} for day in days]
    missing = missing_partitions(table, wanted)
    if wanted[-1] in missing:
        raise MissingPartition(
            f"it has no partition {partition}, the last that is looked back from", uri=store.uri(one.key)
        )
    return [each for each in wanted if each not in missing]
