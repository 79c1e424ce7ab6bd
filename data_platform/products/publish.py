"""Write, audit, publish: a batch keeps its contract, or no reader ever sees it.

What belongs here: the order of things, for one batch and for many. What does not: making a batch (``transform``), the
rules (``contracts.checks``), what follows from a report (``judging``), the ways of writing (``writes``), Dagster.

A batch is first brought into the types that its table has; nothing changes a value after that. Then the whole of it is
checked, before anything of it is written to the product's table. If it passes, one atomic commit makes all of it
visible. If it does not, the table stays as it is, and the rejected rows go to the quarantine with the reason of each. A
contract with ``dataPlatform.quarantineShare`` lets the good rows be published where fewer than that share are bad and
leaving them out is enough; the good rows are checked again first, as a whole.

The partitions of a group are checked together and committed together, which costs a fiftieth of doing so one by one.
Each is judged by itself: what is wrong with one keeps no other from being published.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyarrow as pa

from data_platform.contracts.checks.results import Report
from data_platform.contracts.properties import PublishMode
from data_platform.products import quarantine
from data_platform.products.attempts import Attempt, label_of, mark_of
from data_platform.products.folder import Product
from data_platform.products.guard import Registered, see_registered, tell_published
from data_platform.products.judging import (
    accepted_rows,
    blocking_failures,
    rejected_rows,
    report_on,
    reports_on,
    with_taken_keys,
)
from data_platform.products.usual import LookBack, measured
from data_platform.products.versions import clean_up
from data_platform.products.writes import (
    Judged,
    Rows,
    batch_id_of,
    commit_metadata,
    newer_than,
    see_own_rows,
    write,
)
from data_platform.storage.delta import Commit, read_table
from data_platform.storage.delta.evolution import settled
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Publication:
    """What became of a batch.

    Attributes:
        report: What the checks found in the batch as it was made.
        batch: What was published; the whole batch where nothing was.
        commit: The commit; ``None``: nothing was published. The partitions of a group share one.
        rejected: Rows that were put into quarantine; of these the quarantine keeps a bounded number.
        quarantine: Where they are.
        partition: The partition.
        left: What the checks found in the rows that were left, where some were put into quarantine and the others
            published.
    """

    report: Report
    batch: Rows
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
    batch: Rows,
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
    publisher = Publisher(store, product, run_id=run_id, root_run_id=root_run_id, now=now)
    attempt = attempt or replace(Attempt.begin(store, product, partition), mark=mark_of(batch))
    outcome = publisher.publish({partition: batch}, attempt)[partition]
    if isinstance(outcome, StorageError):
        raise outcome
    return outcome


class Publisher:
    """Publishes batches of a product, for one run."""

    def __init__(
        self,
        store: ObjectStore,
        product: Product,
        *,
        run_id: str,
        root_run_id: str | None = None,
        now: datetime | None = None,
    ) -> None:
        """Nothing is looked at yet; arguments are those of ``publish``."""
        self._store, self._product = store, product
        self._run_id, self._root_run_id = run_id, root_run_id
        self._now = now
        self._look_back = LookBack(store, product)
        self._has_told = False

    def publish(
        self, batches: Mapping[str | None, Rows], attempt: Attempt
    ) -> dict[str | None, Publication | StorageError]:
        """Check batches, and publish those that keep the contract.

        Args:
            batches: By partition; ``{None: rows}`` for a product without partitions.
            attempt: The try that made them, begun for all of them before their inputs were read.

        Returns:
            For each partition what became of it, or why it could not be written.

        Raises:
            UnregisteredError: The contract breaks what is registered, or the product is another repository's.
            StorageError: What the rules refer to cannot be read; nothing was published.
        """
        registered = see_registered(self._store, self._product, attempt.named)
        rows_by_key = {key: self._settled(rows, attempt) for key, rows in batches.items()}
        reports = reports_on(self._store, self._product, rows_by_key, self._now)
        outcomes: dict[str | None, Publication | StorageError] = {}
        passed: dict[str | None, _Passed] = {}
        for key, rows in rows_by_key.items():
            try:
                outcome = self._judged(key, rows, reports[key], attempt)
                if isinstance(outcome, _Passed):
                    see_own_rows(self._store, self._product, key, outcome.rows)
            except StorageError as error:
                outcomes[key] = error
                continue
            if isinstance(outcome, _Passed):
                passed[key] = outcome
            else:
                outcomes[key] = outcome
        for group in self._groups(passed):
            outcomes |= self._committed(group, attempt, registered)
        return {key: outcomes[key] for key in batches}

    def _settled(self, rows: Rows, attempt: Attempt) -> Rows:
        """Rows in the types that they will be kept in, as far as these hold them; others are refused when written."""
        replaces_all = self._product.publish_mode is PublishMode.REPLACE
        return settled(rows, None if replaces_all else attempt.columns) if isinstance(rows, pa.Table) else rows

    def _judged(self, key: str | None, rows: Rows, report: Report, attempt: Attempt) -> "_Passed | Publication":
        """What is to be published of a batch; or what became of it, where that is nothing."""
        values = measured(self._product, rows)
        report = self._look_back.view(report, values, key)
        report = with_taken_keys(self._store, self._product, report, rows, self._batch_id(key))
        if report.passed:
            self._look_back.note(values, key)
            return _Passed(rows, report, values)
        whole = rows if isinstance(rows, pa.Table) else rows.whole()
        rejected, left = rejected_rows(report), None
        good = accepted_rows(self._product, whole, report)
        if good is not None:
            left = report_on(self._store, self._product, good, key, self._now)
        if left is not None and not left.passed:
            good, left, rejected = None, None, dict.fromkeys(range(whole.num_rows), tuple(blocking_failures(report)))
        order = attempt.batch(self._run_id, key)
        if good is None and rejected and (newer := newer_than(self._store, self._product, key, order)):
            return self._newer_publication(key, newer)  # what is wrong with it concerns nobody any more
        # First the quarantine: whoever dies in between leaves rows there that the next attempt replaces.
        kept = quarantine.put(self._store, self._product, whole, rejected, self._run_id, key) if rejected else None
        if good is None:
            return Publication(report, rows, None, len(rejected), kept, key)
        values = measured(self._product, good)
        self._look_back.note(values, key)
        return _Passed(good, report, values, len(rejected), kept, left)

    def _groups(self, passed: Mapping[str | None, "_Passed"]) -> Iterator[dict[str | None, "_Passed"]]:
        """What is committed together: the partitions of one table that are in memory and have the same columns."""
        groups: dict[object, dict[str | None, _Passed]] = {}
        for key, batch in passed.items():
            is_replaced = self._product.publish_mode is PublishMode.REPLACE_PARTITION
            together = batch.rows.schema if is_replaced and isinstance(batch.rows, pa.Table) else key
            groups.setdefault(together, {})[key] = batch
        yield from groups.values()

    def _committed(
        self, group: dict[str | None, "_Passed"], attempt: Attempt, registered: Registered
    ) -> dict[str | None, Publication | StorageError]:
        outcomes: dict[str | None, Publication | StorageError] = {}
        while group:
            try:
                commit = self._write(group, attempt, registered)
            except StorageError as error:
                if len(group) > 1 and error.permanent:  # something is wrong with one of them: the others go on
                    for key, batch in group.items():
                        outcomes |= self._committed({key: batch}, attempt, registered)
                    return outcomes
                return outcomes | dict.fromkeys(group, error)
            if not commit.superseded:
                clean_up(self._store, self._product, commit)
                if not self._has_told:  # what a product reads is parsed for it
                    tell_published(self._store, self._product, registered, self._run_id)
                    self._has_told = True
                return outcomes | {key: self._publication(key, batch, commit) for key, batch in group.items()}
            older = [key for key in group if label_of(self._product, key) == commit.label] or list(group)
            for key in older:
                outcomes[key] = self._newer_publication(key, commit)
            group = {key: batch for key, batch in group.items() if key not in older}
        return outcomes

    def _write(self, group: Mapping[str | None, "_Passed"], attempt: Attempt, registered: Registered) -> Commit:
        store, product = self._store, self._product
        judged = {key: Judged(batch.report, batch.rejected, batch.measured) for key, batch in group.items()}
        metadata = commit_metadata(product, self._run_id, judged) | registered.metadata
        batch_id = self._batch_id(next(iter(group)))
        rows = {key: batch.rows for key, batch in group.items()}
        return write(store, product, rows, metadata, batch_id, attempt.batch(self._run_id, *group))

    def _publication(self, key: str | None, batch: "_Passed", commit: Commit) -> Publication:
        """What became of a batch, with only its own files of the commit."""
        column = self._product.partition_column
        if key is not None and column is not None and self._product.publish_mode is PublishMode.REPLACE_PARTITION:
            own = tuple(file for file in commit.files if file.partition.get(column) == key)
            commit = replace(commit, files=own)
        return Publication(batch.report, batch.rows, commit, batch.rejected, batch.quarantine, key, batch.left)

    def _newer_publication(self, key: str | None, commit: Commit) -> Publication:
        """What is published, in the place of a batch that is older."""
        column = self._product.partition_column
        parts = [{column: key}] if key and column else None
        there = read_table(self._store, self._product.key, partitions=parts)
        report = report_on(self._store, self._product, there, key, self._now)
        return Publication(report, there, commit, partition=key)

    def _batch_id(self, key: str | None) -> str:
        return batch_id_of(self._product, key, self._run_id, self._root_run_id)


@dataclass(frozen=True)
class _Passed:
    """A batch that may be published.

    Attributes:
        rows: What of it is.
        report: What the checks found in the batch as it was made.
        measured: What rules about earlier batches look at.
        rejected: Rows that were put into quarantine.
        quarantine: Where they are.
        left: What the checks found in the rows that were left.
    """

    rows: Rows
    report: Report
    measured: Mapping[str, object] = field(default_factory=dict)
    rejected: int = 0
    quarantine: str | None = None
    left: Report | None = None
