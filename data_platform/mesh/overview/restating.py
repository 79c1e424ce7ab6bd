"""Which partitions of which products were made by another contract or transform, producers before their consumers.

What belongs here: that answer for several products at once, and its words. What does not: one product's partitions
(``products.outdated``), and making them anew.
"""

from collections import Counter
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from data_platform.contracts.suggest import counted
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.links import links_of
from data_platform.mesh.files.lookup import product_of
from data_platform.products.edges import graph_name
from data_platform.products.folder import Product
from data_platform.products.outdated import Outdated, outdated
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore


def outdated_of(
    store: ObjectStore, checkout: Checkout, names: Sequence[str], since: str = ""
) -> list[tuple[Product, list[Outdated]]]:
    """The partitions of products that were made otherwise than they would be now.

    Args:
        store: Where products are.
        checkout: The products' files.
        names: Which products, as people write them; none: all that are published and not retired.
        since: The first partition that is looked at; empty: all.

    Returns:
        The products with their partitions, producers before their consumers; with none where none was.

    Raises:
        MeshError: There is no such product, or products need each other in a circle.
        InvalidProductError: One that is named cannot be read.
        MissingTable: One that is named was never published.
        StorageError: The store failed.
    """
    products = [product_of(checkout, name) for name in names] or [*checkout.products.values()]
    late: list[tuple[Product, list[Outdated]]] = []
    for product in _ordered(checkout, products):
        if names or product.contract.status != "retired":
            try:
                late.append((product, outdated(store, product, since)))
            except MissingTable:
                if names:
                    raise
    return late


def spoken(product: Product, late: Sequence[Outdated], what: str) -> str:
    """How many partitions of a product are ``what``, and by what they were made: a sentence without its full stop."""
    by = Counter(part.made_by for part in late)
    if product.partitions is None:
        return f"{product.key} {what}: made by {', '.join(by)}"
    why = ", ".join(f"{number} by {made}" for made, number in by.items())
    return f"{counted(len(late), 'partition')} of {product.key} {what}: made {why}"


def _ordered(checkout: Checkout, products: Sequence[Product]) -> list[Product]:
    if len(products) <= 1:
        return list(products)
    inputs = links_of(checkout.domains, checkout.keys).inputs
    try:
        order = {name: place for place, name in enumerate(TopologicalSorter(inputs).static_order())}
    except CycleError as error:
        raise MeshError(f"products need each other in a circle: {', '.join(error.args[1])}") from None
    by_key = {product.key: product for product in products}
    return sorted(by_key.values(), key=lambda product: order.get(graph_name(product.key), 0))
