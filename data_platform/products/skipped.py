"""Partitions that a product never made, though it has begun with earlier ones, and though their inputs are there.

What belongs here: which these are, by the tables alone. What does not: partitions that were made of older inputs
(``behind``), a product that was never published at all, and who asks for runs (``orchestration.products.catching_up``).

Partitions before the first that was made are a backfill's business: nobody knows whether they are wanted. What follows
the last one is wanted, as every next partition is; so are holes between days, as far back as the product follows its
inputs, or for a month where that has no bound: whoever makes one day of years ago by hand does not want all since.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from data_platform.products.attempts import label_of
from data_platform.products.behind import Behind, partitions_read
from data_platform.products.declared_inputs import Input
from data_platform.products.folder import Product
from data_platform.storage.delta import open_table, partitions
from data_platform.storage.delta.following import Published, published_since
from data_platform.storage.delta.order import published
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

_MONTH: Final = timedelta(days=31)


def skipped(
    store: ObjectStore,
    product: Product,
    order: Sequence[str],
    lookback: timedelta | None,
    *,
    today: date | None = None,
) -> list[Behind]:
    """The partitions that are not made, have all inputs, and are later than the first that was made, in their order.

    Args:
        store: Where products are.
        product: The product; one that has no partitions, a runner of its own, or no input that makes it anew has none.
        order: All partition keys that it may have, the oldest first.
        lookback: How far back the product follows its inputs; ``None``: without bound.
        today: The present day, UTC; ``None``: the clock's.

    Raises:
        StorageError: The store failed.
    """
    triggers = [upstream for upstream in product.inputs if upstream.triggers and not upstream.optional]
    # Files have no versions, so that nothing says whether a run that failed was of those that are there.
    if product.partition_column is None or product.spec.runner is not None or not triggers:
        return []
    if any(upstream.files is not None for upstream in triggers):
        return []
    try:
        table = open_table(store, product.key)
        there = {key for part in partitions(table) if (key := part.get(product.partition_column)) is not None}
        made = [place for place, key in enumerate(order) if key in there]
        if not made:
            return []
        later = [*_holes(product, [key for key in order[made[0] : made[-1]] if key not in there], lookback, today)]
        later += order[made[-1] + 1 :]
        # One that was published without a row, or rolled back, is in the table's books alone.
        labels = {label_of(product, key): key for key in later}
        unmade = [labels[name] for name, number in published(table, list(labels)).items() if number is None]
        if not unmade:
            return []
        waited_for = [upstream for upstream in product.inputs if not upstream.optional and upstream.files is None]
        has_input = [_has(store, upstream) for upstream in waited_for]
        missing = [key for key in unmade if all(has(key) for has in has_input)]
        read = triggers if missing else []
        logs = [(upstream, seen) for upstream in read if (seen := published_since(store, upstream.key, None))]
        return [_since(logs, key) for key in missing]
    except MissingTable:
        return []


def _holes(product: Product, keys: Sequence[str], lookback: timedelta | None, today: date | None) -> Sequence[str]:
    """Those of some days that the product follows."""
    if product.partitions is None or product.partitions.type != "daily":
        return ()
    first = ((today or datetime.now(UTC).date()) - (lookback or _MONTH)).isoformat()
    return [key for key in keys if key >= first]


def _has(store: ObjectStore, upstream: Input) -> Callable[[str], bool]:
    """Whether an input has something of what a partition of the product reads.

    Raises:
        MissingTable: It was never published.
    """
    parts = partitions(open_table(store, upstream.key))
    keys = {value for part in parts if len(part) == 1 for value in part.values()}

    def has(key: str) -> bool:
        wanted = partitions_read(upstream, key)
        return wanted is None or not wanted.isdisjoint(keys)

    return has


def _since(logs: Sequence[tuple[Input, Published]], key: str) -> Behind:
    """A partition with the newest versions of what it would be made of, by the logs of its inputs."""
    versions: dict[str, int] = {}
    newest: datetime | None = None
    for upstream, seen in logs:
        wanted = partitions_read(upstream, key)
        read = [
            version
            for part, version in seen.partitions.items()
            if wanted is None or len(part) != 1 or part[0] in wanted
        ]
        versions[upstream.key] = last = max(read, default=seen.version)
        at = seen.infos[last].at if last in seen.infos else None
        newest = max(filter(None, (newest, at)), default=None)
    return Behind(key, versions, newest or datetime.now(UTC))
