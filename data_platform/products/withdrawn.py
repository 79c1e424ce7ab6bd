"""Partitions that leave a product's table, since their key was deleted: readers' totals are without them.

What belongs here: the commit. What does not: which keys were deleted (``orchestration.products.withdrawing``), and an
earlier version of a partition (``earlier``).
"""

from collections.abc import Sequence
from typing import Final

from data_platform.contracts.registry.versions import digest
from data_platform.products.folder import Product
from data_platform.products.writes import CODE_VERSION
from data_platform.storage import delta
from data_platform.storage.delta.evolution import table_schema
from data_platform.storage.objects.store import ObjectStore

WITHDRAWN: Final = "withdrawn"
"""A key of the commit's metadata: why."""


def withdraw(store: ObjectStore, product: Product, partitions: Sequence[str], why: str) -> delta.Commit:
    """Take partitions out of a product's table, in one commit; the versions before it keep them.

    Args:
        store: Where products are.
        product: The product, which has partitions.
        partitions: Their keys.
        why: For whoever reads the table's log.

    Raises:
        MissingTable: It was never published.
        StorageError: Any other failure.
    """
    table = delta.open_table(store, product.key)
    metadata: dict[str, object] = {
        "product": product.key,
        "contract": product.contract.id,
        "contract_version": product.contract.version_text,
        "contract_digest": digest(product.contract),
        CODE_VERSION: product.code_version,
        "partitions": list(partitions),
        WITHDRAWN: why,
    }
    parts = [{product.partition_column or "": partition} for partition in partitions]
    return delta.replace_partitions(
        store, product.key, table_schema(table).empty_table(), parts, metadata=metadata, evolve=False
    )
