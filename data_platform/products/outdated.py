"""Which partitions of a product were made by another promise or another transform than it has now.

What belongs here: that comparison, by what each publication's commit says of itself. What does not: making them anew
(``laptop.asset_runs``), and inputs that are newer (``behind``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from data_platform.contracts.registry.versions import digest
from data_platform.products.attempts import label_of
from data_platform.products.folder import Product
from data_platform.products.writes import CODE_VERSION
from data_platform.storage.delta import open_table, partitions
from data_platform.storage.delta.order import newest_entries
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Outdated:
    """A partition that was made otherwise.

    Attributes:
        partition: Its key; ``None``: the whole of a product without partitions.
        contract_version: The version of the contract by which it was made; ``None``: nobody knows, as the log of that
            time was cleaned up, or other means wrote it.
        contract: Whether the contract is another one now; else the transform, or ``defs.yaml``, is.
    """

    partition: str | None
    contract_version: str | None
    contract: bool

    @property
    def made_by(self) -> str:
        """By what it was made, in words."""
        if self.contract_version is None:
            return "nobody knows by what"
        return f"contract {self.contract_version}" if self.contract else "an earlier transform"


def outdated(store: ObjectStore, product: Product, since: str = "") -> list[Outdated]:
    """The partitions of a product that were made otherwise than they would be now, in the order of their keys.

    Args:
        store: Where products are.
        product: The product.
        since: The first key that is looked at; empty: all.

    Raises:
        MissingTable: It was never published.
        StorageError: The store failed.
    """
    table = open_table(store, product.key)
    column = product.partition_column if product.partitions is not None else None
    keys: Sequence[str | None] = [None]
    if column is not None:
        keys = sorted(key for part in partitions(table) if (key := part[column]) >= since)
    names = {label_of(product, key): key for key in keys}
    entries = newest_entries(store, product.key, table, list(names))
    own, late = digest(product.contract), []
    for name, partition in names.items():
        info = entries[name].info if name in entries else {}
        version, contract = info.get("contract_version"), info.get("contract_digest")
        if contract != own or info.get(CODE_VERSION) not in (None, product.code_version):
            late.append(Outdated(partition, str(version) if version else None, contract != own))
    return late
