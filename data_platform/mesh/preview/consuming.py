"""Whether the products that read what was made keep their contracts on it.

What belongs here: trying each consumer of the checkout, and saying which were not tried. What does not: consumers in
other repositories and outside of the platform, of which nobody knows the query (``mesh.impact`` names them).
"""

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from data_platform.confined.board import about
from data_platform.contracts.checks.duckdb.session import too_large
from data_platform.contracts.checks.run import check
from data_platform.contracts.checks.sources import UnreadableDataError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.links import links_of
from data_platform.mesh.preview.making import Workshop, broken_rules, made_rows, reason_of, told
from data_platform.mesh.preview.model import BrokenRule, ConsumerPreview, Outcome
from data_platform.mesh.preview.overlay import Overlay
from data_platform.products.edges import graph_name, key_of
from data_platform.products.errors import ProductError, TransformError
from data_platform.products.folder import Product
from data_platform.products.inputs import Inputs
from data_platform.products.others import open_others, referred
from data_platform.storage.delta import open_table, partitions
from data_platform.storage.errors import MissingTable, StorageError
from data_platform.storage.objects.store import ObjectStore


def consumers_tried(workshop: Workshop, checkout: Checkout, overlay: Overlay) -> Iterator[ConsumerPreview]:
    """Try every product of the checkout that reads a product, on what was made of it and its other published inputs.

    Args:
        workshop: Where.
        checkout: The mesh.
        overlay: The product's table as it would be.

    Yields:
        What becomes of each consumer, for each partition that was tried.
    """
    readers = links_of(checkout.domains, checkout.keys).consumers.get(graph_name(overlay.key), frozenset())
    for key in sorted(map(key_of, readers)):
        if key not in checkout or key == overlay.key:
            continue
        consumer = checkout.products.get(key)
        why_not = "something is wrong with its folder: data-platform lint says what"
        if consumer is not None:
            if all(upstream.key != overlay.key for upstream in consumer.inputs):
                continue  # it only refers to it in a rule
            why_not = not_tried(consumer)
        if consumer is None or why_not:
            yield ConsumerPreview(key, None, Outcome.NOT_TRIED, reason=why_not)
            continue
        keys = _partitions(workshop.store, consumer, overlay)
        if not keys:
            why_not = "it was never published, so nobody knows of which partitions it is made"
            yield ConsumerPreview(key, None, Outcome.NOT_TRIED, reason=why_not)
        for partition in keys:
            yield _tried(workshop, consumer, overlay, partition)


def not_tried(product: Product) -> str:
    """Why a product is not made for a preview; empty: it is."""
    if product.spec.runner is not None:
        return f"it is made by {product.spec.runner}, which reads its inputs by itself"
    return ""


def _partitions(store: ObjectStore, consumer: Product, overlay: Overlay) -> list[str | None]:
    """Which of a consumer's partitions are made of what was made; of one that reads all of it the newest one."""
    if consumer.partitions is None:
        return [None]
    reading = {upstream.partitions for upstream in consumer.inputs if upstream.key == overlay.key}
    if overlay.column is not None and reading <= {"same", "lookback"}:
        return [*overlay.batches]
    try:
        there = [part[consumer.partition_column or ""] for part in partitions(open_table(store, consumer.key))]
    except (MissingTable, KeyError):
        return []
    return [max(there)] if there else []


def _tried(workshop: Workshop, consumer: Product, overlay: Overlay, partition: str | None) -> ConsumerPreview:
    instead = Inputs(workshop.store, consumer, instead={overlay.key: overlay.input})
    is_open = workshop.hiding.is_open(consumer)
    try:
        with about(consumer.key):
            broken = _broken(workshop, consumer, instead, partition, overlay)
    except TransformError as error:
        before = _before(workshop, consumer, partition)
        outcome = Outcome.BROKEN_BEFORE if isinstance(before, TransformError) else Outcome.BREAKS
        return ConsumerPreview(consumer.key, partition, outcome, reason=told(consumer, error, is_open=is_open))
    except (ProductError, StorageError, UnreadableDataError, OSError) as error:
        return ConsumerPreview(consumer.key, partition, Outcome.NOT_TRIED, reason=reason_of(error))
    except MemoryError:
        return ConsumerPreview(consumer.key, partition, Outcome.NOT_TRIED, reason=too_large())
    if not broken:
        return ConsumerPreview(consumer.key, partition, Outcome.HOLDS)
    before = _before(workshop, consumer, partition)
    known = {rule.check: rule.failing or 0 for rule in before} if isinstance(before, tuple) else {}
    fresh = tuple(rule for rule in broken if rule.check not in known or (rule.failing or 0) > known[rule.check])
    return ConsumerPreview(consumer.key, partition, Outcome.BREAKS if fresh else Outcome.BROKEN_BEFORE, fresh or broken)


def _before(workshop: Workshop, consumer: Product, partition: str | None) -> tuple[BrokenRule, ...] | Exception:
    """What of a consumer's contract breaks on what is published, so that the change is not blamed for it."""
    try:
        with about(consumer.key):
            return _broken(workshop, consumer, Inputs(workshop.store, consumer), partition, None)
    except (ProductError, StorageError, UnreadableDataError, OSError, MemoryError) as error:
        return error


def _broken(
    workshop: Workshop, consumer: Product, inputs: Inputs, partition: str | None, overlay: Overlay | None
) -> tuple[BrokenRule, ...]:
    """The blocking rules of a consumer's contract that break on some inputs; without a word of their values."""
    batch: pa.Table = made_rows(workshop, consumer, inputs, partition)
    others: dict[str, object] = dict(open_others(workshop.store, consumer.checks))
    if overlay is not None and overlay.key in (named := referred(consumer.checks)):
        others[overlay.key] = overlay.rows(named[overlay.key])
    limits = workshop.limits(consumer)
    report = check(consumer.checks, batch, others=others, partition=partition, limits=limits)
    return tuple(replace(rule, reason=None) for rule in broken_rules(report) if rule.blocking)
