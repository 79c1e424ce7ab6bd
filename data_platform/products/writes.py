"""A checked batch becomes part of the product's table, in the way that its contract names.

What belongs here: the choice between the ways of writing, and what a commit says about itself. What does not: checking
(``publish``), and the writing (``storage``).

A batch that replaces rows, or some of them (``upsert``), does not do so where something newer is there
(``storage.delta.order``). A batch that is added (``append``, ``upsert``) is named by the run that made it, so that a
step that is tried again does not add it twice; an appended one by the first of the runs, where a run is executed again.
A new run adds anew: an appending product reads what is new, or its partition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import pyarrow as pa

from data_platform.contracts.checks.results import Report, Status
from data_platform.contracts.properties import PublishMode
from data_platform.contracts.registry.versions import digest
from data_platform.products.attempts import label_of
from data_platform.products.folder import Product
from data_platform.products.schema import arrow_schema, conformed
from data_platform.storage import delta
from data_platform.storage.delta import modes
from data_platform.storage.delta.history import VersionInfo
from data_platform.storage.delta.once import written_before
from data_platform.storage.delta.order import Batch, Superseded, settle
from data_platform.storage.delta.schema import check_partition_rows
from data_platform.storage.errors import MissingTable
from data_platform.storage.formats.spool import Spool
from data_platform.storage.objects.store import ObjectStore

Rows: TypeAlias = pa.Table | Spool
"""A batch: in memory, or, where it is too large for that, on disk."""

USUAL: Final = "usual"
BATCHES: Final = "batches"
CODE_VERSION: Final = "code_version"
"""Keys in a commit's metadata: what was measured of its batch, what there is to say of each of several, and by which
files they were made, see ``Product.code_version``."""


def write(
    store: ObjectStore,
    product: Product,
    batches: Mapping[str | None, Rows],
    metadata: Mapping[str, object],
    batch_id: str,
    order: Batch,
) -> delta.Commit:
    """Write batches in one commit.

    Args:
        store: The store.
        product: The product.
        batches: Rows that keep the contract, by partition: several only where a batch replaces its partition, all with
            the same columns. Columns that they lack are left out, optional ones that are missing are null.
        metadata: What the commit says about itself.
        batch_id: The batch's name, under which it is added once only.
        order: How old they are.

    Raises:
        InvalidFrame: The rows do not fit the table or the partition.
        Superseded: Rows were to be put in place of newer ones with the same key: the batch has to be made again; or
            rows were to be added by a run that began before a roll-back (``RolledBack``).
        StorageError: Any other failure.
    """
    declared = arrow_schema(product.schema.properties)
    rows = _together([conformed_rows(batch, declared) for batch in batches.values()])
    layout = [column.column for column in product.schema.partition_key]
    added: dict[str, Any] = {"metadata": metadata, "batch_id": batch_id, "partition_by": layout, "evolve": True}
    if product.publish_mode is PublishMode.REPLACE_PARTITION:
        parts = [{product.partition_column or "": partition or ""} for partition in batches]
        return delta.replace_partitions(
            store, product.key, rows, parts, metadata=metadata, declared=declared, evolve=True, batch=order
        )
    whole = rows if isinstance(rows, pa.Table) else rows.whole()
    match product.publish_mode:
        case PublishMode.APPEND:
            return modes.append(store, product.key, whole, batch=order, **added)
        case PublishMode.UPSERT:
            return modes.upsert(store, product.key, whole, product.primary_key, batch=order, **added)
    return delta.replace_table(
        store, product.key, whole, partition_by=layout, metadata=metadata, declared=declared, batch=order
    )


def see_own_rows(store: ObjectStore, product: Product, partition: str | None, batch: Rows) -> None:
    """See that the rows of a partition that is replaced are of no other one.

    Written alone they would be refused. Written with others, where each has the rows of all, every row would be there
    once for each of them, with all checks passed.

    Args:
        store: Where products are.
        product: The product.
        partition: The partition's key, if it has any.
        batch: Its rows; those on disk are written alone.

    Raises:
        InvalidFrame: Some are of others, which the message names.
    """
    column, mode = product.partition_column, product.publish_mode
    if (
        partition is None
        or column is None
        or mode is not PublishMode.REPLACE_PARTITION
        or not isinstance(batch, pa.Table)
    ):
        return
    check_partition_rows(batch, [{column: partition}], store.uri(product.key))


def conformed_rows(batch: Rows, declared: pa.Schema) -> Rows:
    """A batch with the declared columns and no others, in memory or on disk."""
    if isinstance(batch, pa.Table):
        return conformed(batch, declared)
    return batch.changed(lambda piece: conformed(piece, declared))


def _together(batches: Sequence[Rows]) -> Rows:
    if len(batches) == 1:
        return batches[0]
    return pa.concat_tables([batch if isinstance(batch, pa.Table) else batch.whole() for batch in batches])


def newer_than(store: ObjectStore, product: Product, partition: str | None, order: Batch) -> delta.Commit | None:
    """The commit that is there in the place of a partition's batch that replaces rows, if that is older."""
    if product.publish_mode in {PublishMode.APPEND, PublishMode.UPSERT}:
        return None
    try:
        settle(store, product.key, delta.open_table(store, product.key), order, [label_of(product, partition)])
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


@dataclass(frozen=True)
class Judged:
    """What a commit says of a batch.

    Attributes:
        report: What the checks found in the batch as it was made.
        rejected: How many rows were put into quarantine.
        measured: What rules about earlier batches look at, see ``usual``.
    """

    report: Report
    rejected: int = 0
    measured: Mapping[str, object] = field(default_factory=dict)


def batch_id_of(product: Product, partition: str | None, run_id: str, root_run_id: str | None) -> str:
    """What one batch of one run is called: the same when it is tried again."""
    run = (root_run_id or run_id) if product.publish_mode is PublishMode.APPEND else run_id
    return f"{run}/{partition}" if partition else run


def commit_metadata(product: Product, run_id: str, batches: Mapping[str | None, Judged]) -> dict[str, object]:
    """What a commit says about itself: who made it, by which contract, and what the checks found.

    Args:
        product: The product.
        run_id: Who made it.
        batches: What was judged of each batch that is in it, by partition.

    Returns:
        ``checks`` counts results by status, rows, and rows that were rejected, of all batches; ``batches`` says of
        each partition the same, where there are several.
    """
    of_each = {partition: _about(judged) for partition, judged in batches.items()}
    sums: dict[str, int] = {}
    for about in of_each.values():
        for name, number in about["checks"].items():
            sums[name] = sums.get(name, 0) + number
    partitions = [partition for partition in batches if partition is not None]
    several = {BATCHES: {str(partition): about for partition, about in of_each.items()}} if len(of_each) > 1 else {}
    values = (
        {} if several else {name: value for name, value in next(iter(of_each.values())).items() if name != "checks"}
    )
    return {
        "product": product.key,
        "run_id": run_id,
        "contract": product.contract.id,
        "contract_version": product.contract.version_text,
        "contract_digest": digest(product.contract),
        CODE_VERSION: product.code_version,
        "checks": sums,
        **({"partitions": partitions} if partitions else {}),
        **several,
        **values,
    }


def batches_of(commit: VersionInfo) -> list[tuple[object, Mapping[str, Any]]]:
    """What a commit of ours says of each batch in it: by partition, or, of a whole table, by the commit's version."""
    parts = commit.metadata.get("partitions")
    several = commit.metadata.get(BATCHES)
    if isinstance(several, Mapping):
        return [(key, about) for key, about in several.items() if isinstance(about, Mapping)]
    return [(parts[0] if isinstance(parts, list) and parts else commit.version, commit.metadata)]


def _about(judged: Judged) -> dict[str, Any]:
    results = judged.report.results
    counts = {status.value: sum(result.status is status for result in results) for status in Status}
    checks = {**counts, "rows": judged.report.total_rows, "rejected_rows": judged.rejected}
    return {"checks": checks, **({USUAL: judged.measured} if judged.measured else {})}
