"""The question as a whole: what products would be if they were made now, on published inputs.

What belongs here: one product after the other, each in a folder of its own that is gone afterwards. What does not: the
steps, and forms of the answer.
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Final

from data_platform.contracts.model import Contract
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.preview.choosing import partitions_of
from data_platform.mesh.preview.consuming import consumers_tried, not_tried
from data_platform.mesh.preview.hiding import Hiding
from data_platform.mesh.preview.making import Maker, Workshop
from data_platform.mesh.preview.model import ConsumerPreview, Previews, ProductPreview
from data_platform.mesh.preview.overlay import Overlay
from data_platform.mesh.preview.scratch import scratch
from data_platform.products.folder import Product
from data_platform.storage.delta import open_table
from data_platform.storage.errors import MissingTable, StorageError
from data_platform.storage.objects.store import ObjectStore

LAST: Final = 3
"""So many of the newest partitions are made where nobody says which."""


def previews(
    checkout: Checkout,
    store: ObjectStore,
    keys: Iterable[str],
    *,
    partition: str | None = None,
    last: int = LAST,
    base: Mapping[str, Contract] | None = None,
) -> Previews:
    """Make products on published inputs, and say how they differ; nothing is written to the store.

    Args:
        checkout: The mesh.
        store: Where products are; a key that may only read is enough.
        keys: The products.
        partition: Only this partition; ``None``: the newest ones.
        last: How many of the newest.
        base: The contracts as they were before the change: what they classify is hidden as well.

    Returns:
        What came of each product; of one that could not be made, why.

    Raises:
        MeshError: The folder for temporary files cannot be written to.
    """
    answers = []
    with scratch() as folder:
        workshop = Workshop(store, folder, Hiding(store, base))
        for key in keys:
            product = checkout.products.get(key)
            if product is None:
                why_not = "something is wrong with its folder: data-platform lint says what"
                answers.append(ProductPreview(key, None, why_not=why_not))
                continue
            try:
                answers.append(_preview(workshop, checkout, product, partition, last))
            except (MeshError, StorageError) as error:
                answers.append(ProductPreview(key, product.contract.version_text, why_not=str(error)))
    return Previews(tuple(answers))


def _preview(
    workshop: Workshop, checkout: Checkout, product: Product, partition: str | None, last: int
) -> ProductPreview:
    version = product.contract.version_text
    if why_not := not_tried(product):
        return ProductPreview(product.key, version, why_not=why_not)
    store = workshop.store
    keys = [partition] if partition is not None else partitions_of(store, product, last)
    try:
        table = open_table(store, product.key)
    except MissingTable:
        table = None
    with ExitStack() as stack:
        maker = Maker(workshop, product, table, stack)
        parts = tuple(maker.make(key) for key in keys)
        tried: tuple[ConsumerPreview, ...] = ()
        if maker.batches:
            overlay = Overlay(
                product.key, store.uri(product.key), table, product.partition_column, maker.batches, adds=maker.adds
            )
            tried = tuple(consumers_tried(workshop, checkout, overlay))
        return ProductPreview(product.key, version, parts, tried, tuple(sorted(maker.hidden)))
