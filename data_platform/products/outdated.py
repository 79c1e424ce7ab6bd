"""Which partitions of a product were made by another promise or another transform than it has now.

What belongs here: that comparison, by what each publication's commit says of itself. What does not: making them anew
(``laptop.asset_runs``, ``orchestration.products.restating``), and inputs that are newer (``behind``).
"""

from dataclasses import dataclass

from data_platform.contracts.registry.versions import digest
from data_platform.contracts.suggest import counted
from data_platform.products.folder import Product
from data_platform.products.newest_commits import NewestCommit, newest_commits
from data_platform.products.writes import CODE_VERSION
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Outdated:
    """A partition that was made otherwise.

    Attributes:
        partition: Its key; ``None``: the whole of a product without partitions.
        contract_version: The version of the contract by which it was made; ``None``: nobody knows, as the log of that
            time was cleaned up, or other means wrote it.
        contract: Whether the contract is another one now; else the transform, or ``defs.yaml``, is.
        version: The version of the table that it was published in; ``None``: other means wrote it.
        certain: Whether it is certain: where nobody knows by what it was made, that is so if it was published before
            another one that is known to be made otherwise.
    """

    partition: str | None
    contract_version: str | None
    contract: bool
    version: int | None
    certain: bool = True

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
    own, code = digest(product.contract), product.code_version
    commits = newest_commits(store, product, lambda key: key >= since)
    made_otherwise = {key: commit for key, commit in commits.items() if _is_otherwise(commit, own, code)}
    last = max((commit.version or 0 for commit in made_otherwise.values() if commit.entry is not None), default=-1)
    late = []
    for partition, commit in made_otherwise.items():
        info = commit.entry.info if commit.entry is not None else {}
        version = info.get("contract_version")
        certain = commit.entry is not None or (commit.version is not None and commit.version <= last)
        another = info.get("contract_digest") != own
        late.append(Outdated(partition, str(version) if version else None, another, commit.version, certain))
    return late


def count_outdated(store: ObjectStore, product: Product) -> int:
    """How many partitions of a product were certainly made otherwise; none of one that was never published.

    Raises:
        StorageError: The store failed.
    """
    try:
        return sum(part.certain for part in outdated(store, product))
    except MissingTable:
        return 0


def told(product: Product, count: int) -> str:
    """That partitions were made otherwise, in a sentence without its full stop."""
    if product.partitions is None:
        return f"{product.key} was made by an earlier contract or transform"
    were = "was" if count == 1 else "were"
    return f"{counted(count, 'partition')} of {product.key} {were} made by an earlier contract or transform"


def _is_otherwise(commit: NewestCommit, contract: str, code: str) -> bool:
    if commit.entry is None:
        return True
    info = commit.entry.info
    return info.get("contract_digest") != contract or info.get(CODE_VERSION) not in (None, code)
