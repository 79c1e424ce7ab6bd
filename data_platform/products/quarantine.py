"""Rejected rows, kept beside the product with the reasons of each, for its owner to look at.

What belongs here: where they are and which rows they are. What does not: deciding what is rejected (``publish``), and
keeping them (``storage.quarantine``).

The table ``<store>/_quarantine/<domain>/<name>`` holds personal data as the rows had it: whoever may read the product's
raw data may read it, nobody else.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from data_platform.products.folder import Product
from data_platform.storage.objects.store import ObjectStore
from data_platform.storage.quarantine import MOST_ROWS, quarantine, read_quarantine

_MOST_RULES: Final = 20


def path_of(product: Product) -> str:
    """Where a product's rejected rows are, below the store."""
    return f"_quarantine/{product.key}"


def put(
    store: ObjectStore,
    product: Product,
    batch: pa.Table,
    rejected: Mapping[int, Sequence[str]],
    run_id: str,
    partition: str | None,
) -> str:
    """Keep rejected rows, the first ``MOST_ROWS`` of them; those of one run and partition are kept once.

    Args:
        store: Where products are.
        product: The product.
        batch: The batch.
        rejected: For each rejected row, by its position in the batch, the names of the rules that it breaks.
        run_id: The run that made the batch.
        partition: The partition that it was to be.

    Returns:
        Where they are.

    Raises:
        StorageError: They could not be written.
    """
    rows = sorted(rejected)[:MOST_ROWS]
    about = {
        "contract": product.contract.id,
        "contract_version": product.contract.version_text,
        "rules": sorted({rule for rules in rejected.values() for rule in rules})[:_MOST_RULES],
    }
    quarantine(
        store,
        path_of(product),
        batch.take(rows),
        [rejected[row] for row in rows],
        run_id=run_id,
        partition=partition,
        metadata={**about, "rejected_in_all": len(rejected)},
    )
    return store.uri(path_of(product))


def read(store: ObjectStore, product: Product, *, run_id: str | None = None, partition: str | None = None) -> pa.Table:
    """The rejected rows of a product, the latest first; none where nothing was ever rejected.

    Args:
        store: Where products are.
        product: The product.
        run_id: Only those of this run.
        partition: Only those that were to be this partition.

    Raises:
        StorageError: The store failed.
    """
    return read_quarantine(store, path_of(product), run_id=run_id, partition=partition)
