"""How a product's table is partitioned, and how its contract wants it.

What belongs here: the two, and whether they agree. What does not: partitioning a table otherwise
(``storage.delta.repartition``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from data_platform.contracts.compatibility.pairing import pair
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import PublishMode
from data_platform.products.folder import Product
from data_platform.storage.delta import open_table
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Mismatch:
    """A table that is partitioned otherwise than its contract says, so that no run can publish.

    Attributes:
        product: ``domain/name``.
        actual: The table's partition columns.
        wanted: The contract's.
    """

    product: str
    actual: tuple[str, ...]
    wanted: tuple[str, ...]

    def __str__(self) -> str:
        actual, wanted = _named(self.actual), _named(self.wanted)
        return f"the table of {self.product} is partitioned by {actual}, the contract by {wanted}"

    @property
    def fix(self) -> str:
        """What to do."""
        return (
            f"data-platform repartition {self.product}, with this contract checked out, just before it is merged; no "
            "run publishes while the two differ"
        )


def layout_of(product: Product) -> tuple[str, ...]:
    """The partition columns that a contract wants."""
    return tuple(column.column for column in product.schema.partition_key)


def mismatch(store: ObjectStore, product: Product) -> Mismatch | None:
    """Whether a product's table is partitioned otherwise than its contract says.

    Args:
        store: Where products are.
        product: The product.

    Returns:
        How it differs; ``None``: it does not, or there is no table, or each run replaces all of it anyway.

    Raises:
        StorageError: The store failed.
    """
    if product.publish_mode is PublishMode.REPLACE:
        return None
    try:
        actual = tuple(open_table(store, product.key).metadata().partition_columns)
    except MissingTable:
        return None
    wanted = layout_of(product)
    return None if actual == wanted else Mismatch(product.key, actual, wanted)


def renamed_columns(product: Product, table: Sequence[str], earlier: Sequence[Contract]) -> dict[str, str]:
    """Columns of a table that the contract has under another name: by the stable ``id`` of the property.

    Args:
        product: The product.
        table: The columns of its table.
        earlier: Earlier contracts of it, the newest first.

    Returns:
        The new name of each by the old one.
    """
    renamed: dict[str, str] = {}
    for contract in earlier:
        if not contract.schemas:
            continue
        paired = pair(contract.schemas[0].properties, product.schema.properties, lambda column: column.id)
        for old, new in paired.both:
            if old.column != new.column and old.column in table and new.column not in table:
                renamed.setdefault(old.column, new.column)
    taken = list(renamed.values())
    return {old: new for old, new in renamed.items() if taken.count(new) == 1}


def _named(columns: Sequence[str]) -> str:
    return ", ".join(columns) or "nothing"
