"""Asking for a product that was never published though all that it reads is there.

What belongs here: whether it can begin, and the request. What does not: what is behind (``products.behind``), and the
sensor (``catching_up``).

Dagster's conditions take an asset that they see for the first time for handled, so that what was published before that
first look is no reason for them: whoever writes a product over tables that are there would wait for their next day. Of
a product with partitions the newest is asked for that its inputs have; how much of the past is wanted, a backfill says.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import dagster as dg

from data_platform.orchestration.products.asset import partitions_of
from data_platform.orchestration.products.origin import CATCHES_UP
from data_platform.orchestration.products.restating import Memory
from data_platform.products.declared_inputs import Input
from data_platform.products.folder import Product
from data_platform.storage.delta import open_table, partitions
from data_platform.storage.delta.history import versions
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

FIRST: Final = "first"
"""What the tag of a run that catches up says of a first publication."""


def first_request(
    instance: dg.DagsterInstance, store: ObjectStore, memory: Memory, product: Product, before: datetime
) -> list[dg.RunRequest]:
    """The run that publishes a product first: asked for once for its files as they are, at the second look at them.

    Args:
        instance: Knows the partitions.
        store: Where its inputs are.
        memory: Knows whether its files were the same at the last look, and what was asked for.
        product: The product, never published.
        before: Only inputs that were published before this time count: the condition has what comes later.

    Raises:
        StorageError: The store failed.
    """
    known = memory.asked.get(product.key)
    asked = memory.of_state(product, -1)
    if known is not asked or asked.keys:
        return []
    triggers = [upstream for upstream in product.inputs if upstream.triggers and not upstream.optional]
    if not triggers or any(upstream.files is not None for upstream in triggers):
        return []
    try:
        there = [_keys(store, upstream) for upstream in triggers]
        if any(info.at > before for upstream in triggers for info in versions(store, upstream.key, limit=1)):
            return []
    except MissingTable:
        return []
    partition = None
    if (definition := partitions_of(product.partitions)) is not None:
        same = [keys for upstream, keys in zip(triggers, there, strict=True) if upstream.partitions == "same"]
        order: Sequence[str] = definition.get_partition_keys(dynamic_partitions_store=instance)
        partition = next((key for key in reversed(order) if same and all(key in keys for keys in same)), None)
        if partition is None:
            return []
    asked.keys.append(partition)
    return [
        dg.RunRequest(
            run_key=f"{product.key}/{FIRST}/{asked.state}",
            asset_selection=[dg.AssetKey(product.key.split("/"))],
            partition_key=partition,
            tags={CATCHES_UP: FIRST},
        )
    ]


def _keys(store: ObjectStore, upstream: Input) -> set[str]:
    """The partitions that an input has, of its only partition column; none, where it has another number of them."""
    return {value for part in partitions(open_table(store, upstream.key)) if len(part) == 1 for value in part.values()}
