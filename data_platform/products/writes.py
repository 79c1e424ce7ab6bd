"""A checked batch becomes part of the product's table, in the way that its contract names.

What belongs here: the choice between the ways of writing, and what a commit says about itself. What does not: checking
(``publish``), and the writing (``storage``).

A batch that replaces rows, or some of them (``upsert``), does not do so where something newer is there
(``storage.delta.order``). A batch that is added (``append``, ``upsert``) is named by the run that made it, so that a
step that is tried again does not add it twice; an appended one by the first of the runs, where a run is executed again.
A new run adds anew: an appending product reads what is new, or its partition.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from data_platform.contracts.checks.results import Report, Status
from data_platform.contracts.properties import PublishMode
from data_platform.contracts.registry.versions import digest
from data_platform.products.folder import Product
from data_platform.products.schema import arrow_schema, conformed
from data_platform.storage import delta
from data_platform.storage.delta import modes
from data_platform.storage.delta.once import written_before
from data_platform.storage.delta.order import Batch, Superseded, settle
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore


def write(
    store: ObjectStore,
    product: Product,
    batch: pa.Table,
    partition: str | None,
    metadata: Mapping[str, object],
    batch_id: str,
    order: Batch,
) -> delta.Commit:
    """Write a batch in one commit.

    Args:
        store: Where products are.
        product: The product.
        batch: Rows that keep the contract; columns that it lacks are left out, optional ones that are missing are null.
        partition: The partition that they are.
        metadata: What the commit says about itself.
        batch_id: The batch's name, under which it is added once only.
        order: How old it is.

    Raises:
        InvalidFrame: The rows do not fit the table or the partition.
        Superseded: Rows were to be put in place of newer ones with the same key: the batch has to be made again; or
            rows were to be added by a run that began before a roll-back (``RolledBack``).
        StorageError: Any other failure.
    """
    declared = arrow_schema(product.schema.properties)
    batch = conformed(batch, declared)
    layout = [column.column for column in product.schema.partition_key]
    added: dict[str, Any] = {
        "metadata": metadata,
        "batch_id": batch_id,
        "partition_by": layout,
        "evolve": True,
    }
    match product.publish_mode:
        case PublishMode.APPEND:
            return modes.append(store, product.key, batch, batch=order, **added)
        case PublishMode.UPSERT:
            return modes.upsert(store, product.key, batch, product.primary_key, batch=order, **added)
        case PublishMode.REPLACE_PARTITION:
            part = [{product.partition_column or "": partition or ""}]
            return delta.replace_partitions(
                store, product.key, batch, part, metadata=metadata, declared=declared, evolve=True, batch=order
            )
    return delta.replace_table(
        store, product.key, batch, partition_by=layout, metadata=metadata, declared=declared, batch=order
    )


def newer_than(store: ObjectStore, product: Product, order: Batch) -> delta.Commit | None:
    """The commit that is there in the place of a batch that replaces rows, if that is older."""
    if product.publish_mode in {PublishMode.APPEND, PublishMode.UPSERT}:
        return None
    try:
        settle(store, product.key, delta.open_table(store, product.key), order, list(order.seen))
    except MissingTable:
        return None
    except Superseded as error:
        return None if error.same else delta.Commit(error.entry.version, error.entry.added, superseded=True)
    return None


def was_written(store: ObjectStore, product: Product, batch_id: str) -> bool:
    """Whether a batch that is added was committed before, by an earlier attempt, and was not undone since."""
    try:
        table = delta.open_table(store, product.key)
    except MissingTable:
        return False
    return written_before(store, product.key, table, batch_id) is not None


def batch_id_of(product: Product, partition: str | None, run_id: str, root_run_id: str | None) -> str:
    """What one batch of one run is called: the same when it is tried again."""
    run = (root_run_id or run_id) if product.publish_mode is PublishMode.APPEND else run_id
    return f"{run}/{partition}" if partition else run


def commit_metadata(
    product: Product, report: Report, run_id: str, partition: str | None, rejected: int
) -> dict[str, object]:
    """What a commit says about itself: who made it, by which contract, and what the checks found."""
    counts = {status.value: sum(result.status is status for result in report.results) for status in Status}
    return {
        "product": product.key,
        "run_id": run_id,
        "contract": product.contract.id,
        "contract_version": product.contract.version_text,
        "contract_digest": digest(product.contract),
        "checks": {**counts, "rows": report.total_rows, "rejected_rows": rejected},
        **({"partitions": [partition]} if partition else {}),
    }
