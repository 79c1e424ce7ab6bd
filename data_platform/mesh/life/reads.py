"""Telling the registry what a product reads, for repositories that cannot see its files.

What belongs here: writing that down, when it is something else than before. What does not: its form
(``mesh.impact.elsewhere``).
"""

from data_platform.contracts.registry import events as log
from data_platform.contracts.registry.events import EventKind
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.impact.elsewhere import last_reads, reads_of
from data_platform.mesh.impact.graph import MeshGraph
from data_platform.mesh.life.subscriptions import retried
from data_platform.products.edges import graph_name
from data_platform.products.folder import Product
from data_platform.products.names import is_product_name
from data_platform.storage.objects.store import ObjectStore


def tell_reads(checkout: Checkout, product: Product, store: ObjectStore, *, by: str) -> bool:
    """Write down what a registered product reads, unless that is what the registry has.

    Args:
        checkout: The mesh.
        product: The product.
        store: Where the registry is.
        by: Who says so.

    Returns:
        Whether something was written.

    Raises:
        UnreadableEntry: An event of the product cannot be read.
        StorageError: The store failed.
    """
    partitions = product.partitions.model_dump(mode="json", exclude_none=True) if product.partitions else None
    inputs = [upstream.key for upstream in product.inputs if is_product_name(upstream.key.partition("/")[2])]
    edges = [
        edge
        for edge in MeshGraph(checkout).part(graph_name(product.key)).edges
        if is_product_name(edge.producer.product.partition(".")[2])
    ]
    details = reads_of(edges, inputs, partitions)

    def attempt() -> bool:
        known = log.events(store, product.key)
        before = last_reads(known)
        if before == details or not (before or inputs or partitions):
            return False
        # It names no registered version: whoever says what they read relies on none of their own.
        log.add(store, product.key, EventKind.READS, by=by, after=len(known), details=details)
        return True

    return retried(attempt)
