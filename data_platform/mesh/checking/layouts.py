"""What a contract says of a table's partitions that the table in the store is not: no run could publish.

What belongs here: the finding. What does not: the rule (``products.layout``), and the way out
(``mesh.life.repartitioning``).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.findings import Basis, Finding, Severity
from data_platform.products.folder import Product
from data_platform.products.layout import mismatch
from data_platform.storage.objects.store import ObjectStore

RULE: Final = "partition-layout"


def layout_findings(store: ObjectStore, product: Product) -> Iterator[Finding]:
    """An error where a product's table is partitioned otherwise than its contract says.

    Raises:
        StorageError: The store failed.
    """
    found = mismatch(store, product)
    if found is None:
        return
    keys = product.schema.partition_key
    path = keys[0].path if keys else ("schema", 0, "properties")
    contract = product.contract
    yield Finding(
        RULE, Severity.ERROR, contract.file, contract.position(path), path, str(found), found.fix, Basis.POLICY
    )
