"""Which products a preview is about, and which of their partitions.

What belongs here: the choice. What does not: making them (``previewing``).
"""

from contextlib import suppress

from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.products.folder import Product
from data_platform.products.layout import mismatch
from data_platform.products.outdated import outdated
from data_platform.storage.delta import open_table, partitions
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore


def changed(checkout: Checkout, store: ObjectStore, last: int) -> list[str]:
    """The products whose newest published partitions were made by another contract or transform than they have now.

    Args:
        checkout: The mesh.
        store: Where products are.
        last: So many of the newest partitions are looked at.

    Raises:
        StorageError: The store failed.
    """
    late = []
    for key, product in checkout.products.items():
        with suppress(MissingTable):  # nothing was made of it by anything
            column = product.partition_column
            by = open_table(store, key).metadata().partition_columns
            is_parted = column is not None and by == [column]
            since = _newest(store, product, last)[:1] if is_parted else []
            if (column is not None and not is_parted) or outdated(store, product, str(since[0]) if since else ""):
                late.append(key)
    return late


def partitions_of(store: ObjectStore, product: Product, last: int) -> list[str | None]:
    """The newest partitions of a product, in the order of their keys; of one without partitions, the whole.

    Of one that was never published, the newest partitions that all its inputs have that are read by partition.

    Raises:
        MeshError: Nobody can tell; the message says what to do.
        StorageError: The store failed.
    """
    if product.partitions is None:
        return [None]
    if differs := mismatch(store, product):
        raise MeshError(f"{differs}: {differs.fix}")
    with suppress(MissingTable):
        if keys := _newest(store, product, last):
            return [*keys]
    common: set[str] | None = None
    for upstream in product.inputs:
        if upstream.files is None and upstream.partitions != "all" and not upstream.optional:
            with suppress(MissingTable):
                there = {next(iter(part.values()), "") for part in partitions(open_table(store, upstream.key))}
                common = there if common is None else common & there
    if not common:
        raise MeshError(
            f"{product.key} was never published, and its inputs have no partitions in common: say which one with "
            "--partition"
        )
    return [*sorted(common)[-last:]]


def _newest(store: ObjectStore, product: Product, last: int) -> list[str]:
    """The newest published partitions."""
    column = product.partition_column or ""
    return sorted(part[column] for part in partitions(open_table(store, product.key)))[-last:]
