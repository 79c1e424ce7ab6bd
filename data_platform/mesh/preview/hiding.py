"""Which values of a product a preview may show: it is read by more people than the product is, in a pull request say.

What belongs here: the choice of columns. What does not: masking them (``differing``), and what a contract classifies.

A change may take a classification away, or give classified values a new name, and its preview would tell what readers
may not see yet. So a column is hidden that is classified by the contract as it is, as it was at the base, or as it was
registered last; that is made of a column of an input that is; and whose values look personal.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from data_platform.contracts.checks.compiling import classified_columns
from data_platform.contracts.model import Contract
from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.versions import newest
from data_platform.lineage.errors import LineageError
from data_platform.products.catalogue import columns_of
from data_platform.products.edges import graph_name, product_edges, tables_of
from data_platform.products.folder import Product
from data_platform.products.names import is_product_name
from data_platform.storage.objects.store import ObjectStore


class Hiding:
    """What is classified in a mesh, now and before."""

    def __init__(self, store: ObjectStore, base: Mapping[str, Contract] | None = None) -> None:
        """Nothing is read before it is asked for.

        Args:
            store: The store with the registry.
            base: The contracts as they were before the change, by product.
        """
        self._store, self._base = store, base or {}
        self._registered: dict[str, list[Contract] | None] = {}

    def columns(self, product: Product) -> frozenset[str]:
        """The columns of a product whose values are not shown, but for those whose values tell.

        Raises:
            StorageError: The store failed.
        """
        upstream = {item.key: [item.contract] if item.contract else [] for item in product.inputs}
        self._read([product.key, *upstream])
        own = self._classified(product.key, [product.contract])
        closed = {key: self._classified(key, contracts) for key, contracts in upstream.items()}
        everything = frozenset(column.column for column in product.schema.properties)
        if own is None or None in closed.values():  # what was promised cannot be read: nobody can tell
            return everything
        read = {key: names for key, names in closed.items() if names}
        return own | _made_of(product, read)

    def is_open(self, product: Product) -> bool:
        """Whether no input of a product has a classified column, so that what is said of its values may be told."""
        self._read([upstream.key for upstream in product.inputs])
        return all(
            upstream.contract is not None and self._classified(upstream.key, [upstream.contract]) == frozenset()
            for upstream in product.inputs
        )

    def _classified(self, key: str, contracts: list[Contract]) -> frozenset[str] | None:
        """By any of a product's contracts; ``None``: one of them cannot be read."""
        registered = self._registered.get(key, [])
        if registered is None:
            return None
        before = [self._base[key]] if key in self._base else []
        return frozenset().union(*map(_classified_by, (*contracts, *before, *registered)))

    def _read(self, keys: Iterable[str]) -> None:
        wanted = [key for key in keys if key not in self._registered and is_product_name(key.partition("/")[2])]
        if not wanted:
            return
        survey = newest(self._store, products=wanted)
        for key in wanted:
            self._registered[key] = None if key in survey.problems else []
            with suppress(UnreadableEntry):
                if key in survey.by_product and key not in survey.problems:
                    self._registered[key] = None
                    self._registered[key] = [survey.by_product[key].contract]


def _classified_by(contract: Contract) -> frozenset[str]:
    return frozenset().union(*map(classified_columns, contract.schemas))


def _made_of(product: Product, closed: Mapping[str, frozenset[str]]) -> set[str]:
    """The columns of a product that are made of columns of its inputs that are classified."""
    if not closed:
        return set()
    everything = {column.column for column in product.schema.properties}
    known = {item.key: columns_of(item.contract) for item in product.inputs if item.contract}
    try:
        tables = tables_of(product.source, product.spec.inputs, known)
        edges = product_edges(product.key, product.source, tables, runner=False)
    except LineageError:
        return everything
    names = {graph_name(key): columns for key, columns in closed.items()}
    touched = [edge for edge in edges if edge.producer.name in names.get(edge.producer.product, ())]
    if any(edge.target is None for edge in touched) and product.source.kind == "python":
        return everything  # nobody can tell which column a function makes of which
    return {edge.target for edge in touched if edge.target is not None}
