"""Write, audit, publish: a batch keeps its contract, or no reader ever sees it.

What belongs here: what follows from a report. What does not: making the batch (``transform``), the rules
(``contracts.checks``), the ways of writing (``writes``), Dagster.

The whole batch is checked in memory before anything of it is written to the product's table. If it passes, one atomic
commit makes all of it visible. If it does not, the table stays as it is, and the rejected rows go to the quarantine
with the reason of each. A contract with ``dataPlatform.quarantineShare`` lets the good rows be published where fewer
than that share are bad and leaving them out is enough; the good rows are checked again first, as a whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from data_platform.contracts.checks.results import Report, Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.properties import PublishMode
from data_platform.contracts.rules.kinds.unique import PrimaryKey
from data_platform.products import quarantine
from data_platform.products.attempts import Attempt, mark_of
from data_platform.products.folder import Product
from data_platform.products.guard import see_registered, tell_published
from data_platform.products.others import open_others, taken_keys
from data_platform.products.transform import limits_of
from data_platform.products.usual import METADATA, looked_back, measured
from data_platform.products.versions import clean_up
from data_platform.products.writes import batch_id_of, commit_metadata, newer_than, was_written, write
from data_platform.storage.delta import Commit, read_table
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Publication:
    """What became of a batch.

    Attributes:
        report: What the checks found in the batch as it was made.
        batch: What was published; the whole batch where nothing was.
        commit: The commit; ``None``: nothing was published.
        rejected: Rows that were put into quarantine; of these the quarantine keeps a bounded number.
        quarantine: Where they are.
        partition: The partition.
        left: What the checks found in the rows that were left, where some were put into quarantine and the others
            published.
    """

    report: Report
    batch: pa.Table
    commit: Commit | None
    rejected: int = 0
    quarantine: str | None = None
    partition: str | None = None
    left: Report | None = None

    @property
    def verdict(self) -> Report:
        """What the checks say of what readers see; of the whole batch, where nothing was published."""
        return self.left or self.report

    @property
    def published(self) -> bool:
        """Whether readers see it, or something newer."""
        return self.commit is not None

    @property
    def superseded(self) -> bool:
        """Whether readers see something newer, made of newer inputs while this batch was made."""
        return self.commit is not None and self.commit.superseded


def publish(  # noqa: PLR0913 - what is published, by whom and when
    store: ObjectStore,
    product: Product,
    batch: pa.Table,
    *,
    run_id: str,
    partition: str | None = None,
    root_run_id: str | None = None,
    now: datetime | None = None,
    attempt: Attempt | None = None,
) -> Publication:
    """Check a batch, and publish it if it keeps the contract.

    Args:
        store: Where products are.
        product: The product.
        batch: What its transform gave, in the contract's types (``schema.cast``).
        run_id: Who publishes; the commit and the quarantine name it.
        partition: The partition that the batch is; ``None`` for a product without partitions.
        root_run_id: The first of the runs, where a run is executed again.
        now: The present, for service levels; ``None``: the clock.
        attempt: The try that made the batch, begun before its inputs were read; ``None``: it begins now, and the batch
            is known by its rows: the same ones of the same run are published once.

    Returns:
        What the checks found, and the commit, if there is one. Where something newer is there, see
        ``storage.delta.order``, that is what is found, checked anew, and ``superseded`` says so.

    Raises:
        UnregisteredError: The contract breaks what is registered, or the product is another repository's.
        InvalidFrame: Rows are of another partition, or of types that tables cannot have.
        StorageError: The store failed; nothing was published, unless it is ``Unverified``.
    """
    attempt = attempt or replace(Attempt.begin(store, product, partition), mark=mark_of(batch))
    registered = see_registered(store, product, attempt.named)
    batch_id = batch_id_of(product, partition, run_id, root_run_id)
    values = measured(product, batch)
    report = looked_back(store, product, _checked(store, product, batch, partition, now), values, partition)
    report = _with_taken_keys(store, product, report, batch, batch_id)
    rejected = {} if report.passed else _rejected(report)
    good, left = None if report.passed else _accepted_rows(product, batch, report), None
    if good is not None:
        left = _checked(store, product, good, partition, now)
    if left is not None and not left.passed:
        good, left, rejected = None, None, dict.fromkeys(range(batch.num_rows), tuple(_blocking(report)))
    if good is None and rejected and (newer := newer_than(store, product, attempt.batch(run_id, partition))):
        return _newer_publication(
            store, product, newer, partition, now
        )  # what is wrong with it concerns nobody any more
    # First the quarantine: whoever dies in between leaves rows there that the next attempt replaces, and loses none.
    kept = quarantine.put(store, product, batch, rejected, run_id, partition) if rejected else None
    visible = batch if report.passed else good
    if visible is None:
        return Publication(report, batch, None, len(rejected), kept, partition)
    metadata = commit_metadata(product, report, run_id, partition, len(rejected)) | registered.metadata
    if visible is not batch:
        values = measured(product, visible)
    if values:
        metadata[METADATA] = values
    commit = write(store, product, visible, partition, metadata, batch_id, attempt.batch(run_id, partition))
    if commit.superseded:
        return _newer_publication(store, product, commit, partition, now)
    clean_up(store, product, commit)
    tell_published(store, product, registered, run_id)
    return Publication(report, visible, commit, len(rejected), kept, partition, left)


def _newer_publication(
    store: ObjectStore, product: Product, commit: Commit, partition: str | None, now: datetime | None
) -> Publication:
    """What is published, in the place of a batch that is older."""
    parts = [{product.partition_column: partition}] if partition and product.partition_column else None
    there = read_table(store, product.key, partitions=parts)
    return Publication(_checked(store, product, there, partition, now), there, commit, partition=partition)


def check_published(
    store: ObjectStore, product: Product, partition: str | None = None, *, now: datetime | None = None
) -> Report:
    """What the contract says of what readers see now.

    Args:
        store: Where products are.
        product: The product.
        partition: One of its partitions; ``None``: the whole table.
        now: The present, for service levels; ``None``: the clock.

    Raises:
        MissingTable: It was never published.
        MissingPartition: The partition was never published.
        StorageError: The store failed.
    """
    parts = [{product.partition_column: partition}] if partition and product.partition_column else None
    return _checked(store, product, read_table(store, product.key, partitions=parts), partition, now)


def _with_taken_keys(store: ObjectStore, product: Product, report: Report, batch: pa.Table, batch_id: str) -> Report:
    """The report on a batch that is to be appended, with its primary key looked at beside the rows that are there."""
    names = [result.check.name for result in report.results if isinstance(result.check.rule, PrimaryKey)]
    if product.publish_mode is not PublishMode.APPEND or not names or report[names[0]].failed:
        return report
    if was_written(store, product, batch_id) or not (taken := taken_keys(store, product, batch)):
        return report
    failed = replace(
        report[names[0]],
        status=Status.FAILED,
        failing=taken,
        row_level=False,
        reason=f"{taken:,} keys of the batch are in the table already; publish by upsert where rows may come again",
    )
    return replace(report, results=tuple(failed if result.check.name in names else result for result in report.results))


def _checked(
    store: ObjectStore, product: Product, batch: pa.Table, partition: str | None, now: datetime | None
) -> Report:
    others = open_others(store, product.checks)
    report = check(product.checks, batch, others=others, now=now, partition=partition, limits=limits_of(product))
    return replace(report, contract=f"{product.contract.id} {product.contract.version_text}")


def _accepted_rows(product: Product, batch: pa.Table, report: Report) -> pa.Table | None:
    """The rows to publish of a batch that failed, where the contract allows for leaving the others out."""
    share = len(report.rejected_rows()) / report.total_rows if report.total_rows else 1.0
    if not report.separable or share >= product.contract.custom.quarantine_share:
        return None
    return batch.filter(pc.invert(report.mask()))


def _rejected(report: Report) -> Mapping[int, tuple[str, ...]]:
    """For each rejected row its reasons; all rows, where a rule about the whole batch failed."""
    rows = [int(row) for row in report.rejected_rows()]
    own = {row: tuple(names) for row, names in zip(rows, report.reasons().to_pylist(), strict=True)}
    if report.separable:
        return own
    whole = tuple(name for name in _blocking(report) if not report[name].row_level)
    return {row: (*whole, *own.get(row, ())) for row in range(report.total_rows)}


def _blocking(report: Report) -> list[str]:
    return [result.check.name for result in report.failures if result.check.blocking]
