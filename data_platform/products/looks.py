"""What is behind of products, looked up again only where a table has changed since.

What belongs here: remembering, between looks of one process. What does not: what is behind (``behind``, ``outdated``).

The tables are opened at every look, which is a request or two each. Which commit made which partition is read out of
their logs, a request for each commit, and that only when one of them has another version, or there is another day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeAlias

from data_platform.products.behind import Behind, behind
from data_platform.products.folder import Product
from data_platform.products.outdated import Outdated, outdated
from data_platform.products.skipped import skipped
from data_platform.products.window import lookback_of
from data_platform.storage.delta import open_table
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

_Versions: TypeAlias = tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Look:
    """What was found of a product.

    Attributes:
        version: The version of its table; ``None``: it was never published.
        behind: Its partitions that were made of older inputs than there are, or not at all.
        outdated: Those that were made by another contract or transform.
    """

    version: int | None
    behind: Sequence[Behind] = ()
    outdated: Sequence[Outdated] = ()


class Looks:
    """What was found of products at the last look at each."""

    def __init__(self) -> None:
        """Nothing was looked at yet."""
        self._known: dict[str, tuple[object, Look]] = {}

    def at(self, store: ObjectStore, product: Product, order: Sequence[str] = ()) -> Look:
        """What is behind of a product now.

        Args:
            store: Where products are.
            product: The product.
            order: Its partition keys, the oldest first; those that were skipped are told where it is given.

        Raises:
            StorageError: The store failed.
            InvalidProductError: A domain's ``restated.yaml`` cannot be read.
        """
        tables, lookback = _versions(store, product), lookback_of(product)
        # The last key says whether there are new ones: of days a new one comes at each midnight alone.
        state = (_today(), product.code_version, lookback, tables, len(order), order[-1:])
        known = self._known.get(product.key)
        if known is not None and known[0] == state:
            return known[1]
        own = next((version for key, _, version in tables if key == product.key), None)
        look = Look(None)
        if own is not None:
            late = [*behind(store, product, lookback), *skipped(store, product, order, lookback)]
            look = Look(own, late, outdated(store, product))
        self._known[product.key] = (state, look)
        return look


def _today() -> date:
    return datetime.now(UTC).date()


def _versions(store: ObjectStore, product: Product) -> _Versions:
    """The tables that a product's state follows from, as they are: its own and its inputs'."""
    keys = [product.key, *(upstream.key for upstream in product.inputs if upstream.files is None)]
    tables = []
    for key in dict.fromkeys(keys):
        try:
            table = open_table(store, key)
        except MissingTable:
            continue
        tables.append((key, str(table.metadata().id), table.version()))
    return tuple(tables)
