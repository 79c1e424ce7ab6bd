"""Making a product's batches and publishing them: one, or those of many partitions in groups.

What belongs here: from partitions to what became of each. What does not: the parts (``inputs``, ``transform``,
``publish``), and telling an orchestrator.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from data_platform.products.attempts import Attempt
from data_platform.products.errors import ProductError
from data_platform.products.folder import Product
from data_platform.products.inputs import Inputs
from data_platform.products.memory import memory_errors_explained
from data_platform.products.publish import Publication, Publisher, publish
from data_platform.products.transform import Transform, opened, run_all, run_transform
from data_platform.storage.delta.fence import Origin
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore

GROUP: Final = 64
GROUP_BYTES: Final = 96 << 20
"""So many partitions, and about so many bytes of rows, are read, checked and committed together."""

Outcomes = dict[str, Publication | ProductError | StorageError]
"""What became of partitions."""


def make(
    store: ObjectStore,
    product: Product,
    partition: str | None,
    *,
    run_id: str,
    root_run_id: str | None = None,
    origin: Origin | None = None,
) -> Publication:
    """Make one batch and publish it, or quarantine it.

    Args:
        store: Where products are.
        product: The product.
        partition: The partition; ``None`` for a product without partitions.
        run_id: Who makes it.
        root_run_id: The first of the runs, where a run is executed again.
        origin: The run, and since when it goes on; ``None``: nobody knows.

    Raises:
        ProductError: An input is missing, the transform failed, or more memory was needed than the step may take.
        StorageError: The store failed.
    """
    attempt = Attempt.begin(store, product, partition, origin=origin)
    with memory_errors_explained(product):
        batch = run_transform(product, Inputs(store, product, attempt.read).of(partition), partition)
        return publish(
            store, product, batch, run_id=run_id, root_run_id=root_run_id, partition=partition, attempt=attempt
        )


def make_many(
    store: ObjectStore,
    product: Product,
    partitions: Sequence[str],
    *,
    run_id: str,
    root_run_id: str | None = None,
    origin: Origin | None = None,
) -> Iterator[Outcomes]:
    """Make the batches of many partitions, and publish each that keeps the contract.

    Args:
        store: Where products are.
        product: The product.
        partitions: The partitions.
        run_id: Who makes them.
        root_run_id: The first of the runs, where a run is executed again.
        origin: The run, and since when it goes on; ``None``: nobody knows.

    Yields:
        What became of each partition, or why it could not be made, a group at a time. What fails for one leaves the
        others alone.
    """
    publisher = Publisher(store, product, run_id=run_id, root_run_id=root_run_id)
    with opened(product) as transform:
        for start in range(0, len(partitions), GROUP):
            yield _Group(store, product, transform, publisher, origin).make(partitions[start : start + GROUP])


class _Group:
    """Some partitions on their way, all of them made of the inputs as they are now."""

    def __init__(
        self,
        store: ObjectStore,
        product: Product,
        transform: Transform,
        publisher: Publisher,
        origin: Origin | None,
    ) -> None:
        self._store, self._product, self._origin = store, product, origin
        self._transform, self._publisher = transform, publisher
        self._outcomes: Outcomes = {}

    def make(self, partitions: Sequence[str]) -> Outcomes:
        """What became of each."""
        try:
            self._attempt = Attempt.begin(self._store, self._product, *partitions, origin=self._origin)
        except StorageError as error:
            return dict.fromkeys(partitions, error)
        self._inputs = Inputs(self._store, self._product, self._attempt.read, group=partitions)
        loaded: dict[str, Mapping[str, Any]] = {}
        size = 0
        for partition in partitions:
            try:
                with memory_errors_explained(self._product):
                    loaded[partition] = self._inputs.of(partition)
            except (ProductError, StorageError) as error:
                self._outcomes[partition] = error
                continue
            size += self._inputs.held_bytes(loaded[partition])
            if size > GROUP_BYTES:
                self._transformed(loaded)
                loaded, size = {}, 0
        self._transformed(loaded)
        return {partition: self._outcomes[partition] for partition in partitions}

    def _transformed(self, loaded: Mapping[str, Mapping[str, Any]]) -> None:
        batches: dict[str | None, pa.Table] = {}
        size = 0
        try:
            with memory_errors_explained(self._product):
                read_by = self._inputs.read_by()
                for partition, batch in run_all(self._product, self._transform, loaded, read_by):
                    if isinstance(batch, ProductError):
                        self._outcomes[partition] = batch
                        continue
                    batches[partition] = batch
                    size += batch.nbytes
                    if size > GROUP_BYTES:
                        self._published(batches)
                        batches, size = {}, 0
        except ProductError as error:  # of memory, which is about all of them
            rest = [partition for partition in loaded if partition not in self._outcomes]
            self._outcomes |= dict.fromkeys(rest, error)
            return
        self._published(batches)

    def _published(self, batches: Mapping[str | None, pa.Table]) -> None:
        try:
            with memory_errors_explained(self._product):
                outcomes = self._publisher.publish(batches, self._attempt) if batches else {}
        except (ProductError, StorageError) as error:
            self._outcomes |= dict.fromkeys(map(str, batches), error)
            return
        self._outcomes |= {str(partition): outcome for partition, outcome in outcomes.items()}
