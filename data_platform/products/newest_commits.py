"""Of each partition of a product's table the commit that published it last, by the table's own log.

What belongs here: that one way from partitions to commits. What does not: what is read out of it: whether inputs are
newer (``behind``), and whether it was made by another promise (``outdated``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from data_platform.products.attempts import label_of
from data_platform.products.folder import Product
from data_platform.storage.delta import open_table, partitions
from data_platform.storage.delta.log import LogEntry
from data_platform.storage.delta.order import newest_entries, published
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class NewestCommit:
    """What is known of the commit that published a partition last.

    Attributes:
        version: The version of the table that it made, or the one that it was made for where others came in between;
            ``None``: the partition was written by other means. It is known for ever.
        entry: What it says; ``None``: that was cleaned out of the log, or it was written by other means.
    """

    version: int | None
    entry: LogEntry | None


def newest_commits(
    store: ObjectStore, product: Product, wanted: Callable[[str], bool] = lambda _: True
) -> Mapping[str | None, NewestCommit]:
    """The newest commit of each partition that a product's table has, in the order of their keys.

    Args:
        store: Where products are.
        product: The product.
        wanted: Which partitions are looked at, by key.

    Returns:
        By partition; of a product without partitions by ``None``. Nothing of a table that is partitioned otherwise than
        the contract says.

    Raises:
        MissingTable: It was never published.
        StorageError: The store failed.
    """
    table = open_table(store, product.key)
    column = product.partition_column
    keys: list[str | None] = [None]
    if column is not None:
        # A table that is partitioned otherwise than its contract says has none of these partitions (`repartition`).
        keys = [*sorted({key for part in partitions(table) if (key := part.get(column)) is not None and wanted(key)})]
    names = {label_of(product, key): key for key in keys}
    numbers, entries = published(table, list(names)), newest_entries(store, product.key, table, list(names))
    return {key: NewestCommit(numbers[name], entries.get(name)) for name, key in names.items()}
