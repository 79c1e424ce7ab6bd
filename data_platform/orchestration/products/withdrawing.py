"""Partitions whose key was deleted in Dagster leave the product's table, and whoever reads it is told.

What belongs here: which keys were deleted, by the instance's own books, and telling. What does not: the commit
(``products.withdrawn``), and the sensor that looks (``catching_up``).

A partition is withdrawn if this instance made it, its key is not among the dynamic partitions at two looks in a row,
and the table still has it. So an instance that is new to a store, whose books know no keys, withdraws nothing, and
neither does one that deletes a key and adds it anew within a minute. What follows the product sees the commit, as any
other. A product with a runner of its own is left alone: that knows by itself what it has made.
"""

from collections.abc import Iterator
from typing import Any, Final

import dagster as dg

from data_platform.orchestration.products.restating import Memory
from data_platform.products.folder import Product
from data_platform.products.withdrawn import WITHDRAWN, withdraw
from data_platform.storage.delta import open_table, partitions
from data_platform.storage.objects.store import ObjectStore

_WHY: Final = "the key was deleted from the dynamic partitions {name!r}"


def withdrawals(
    instance: dg.DagsterInstance, store: ObjectStore, memory: Memory, product: Product
) -> Iterator[dg.AssetObservation]:
    """Withdraw the partitions of a product whose keys were deleted, and tell it at each.

    Args:
        instance: Knows the keys, and what it made.
        store: Where products are.
        memory: Knows which keys were missing at the last look.
        product: The product, published before.

    Raises:
        StorageError: The store failed.
    """
    spec, column = product.partitions, product.partition_column
    if spec is None or spec.name is None or column is None or product.spec.runner is not None:
        return
    keys = set(instance.get_dynamic_partitions(spec.name))
    there = {key for part in partitions(open_table(store, product.key)) if (key := part.get(column)) is not None}
    missing = sorted(key for key in there - keys if _was_made_here(instance, product, key))
    gone = [key for key in missing if key in memory.missing.get(product.key, [])]
    memory.missing[product.key] = missing
    if not gone:
        return
    why = _WHY.format(name=spec.name)
    commit = withdraw(store, product, gone, why)
    for key in gone:
        words = (
            f"Taken out of the table in version {commit.version}, for {why}: readers' totals are without it. To have it"
            f" back, add the key again, then `data-platform rollback {product.key} --partition {key} --to"
            f" {commit.version - 1}`, or make it anew."
        )
        metadata: dict[str, Any] = {WITHDRAWN: why, "table_version": commit.version}
        yield dg.AssetObservation(product.key.split("/"), partition=key, description=words, metadata=metadata)


def _was_made_here(instance: dg.DagsterInstance, product: Product, key: str) -> bool:
    made = dg.AssetRecordsFilter(asset_key=dg.AssetKey(product.key.split("/")), asset_partitions=[key])
    return bool(instance.fetch_materializations(made, limit=1).records)
