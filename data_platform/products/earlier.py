"""What today's contract says of a product's rows as they were in an earlier version of its table.

What belongs here: reading the rows of a version as they would be seen today, and judging them. What does not: going
back to the version (``storage.delta.rollback``), and who may (``mesh.life.rolling_back``).

Each partition was a batch, and is judged as one; so is the whole of a table that is replaced. A table that grows by
batches (``append``, ``upsert``) is judged by the rules about single rows: what is said of a batch, its number of rows
say, is not said of all batches together. Service levels are judged as of then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from data_platform.contracts.checks.results import Report, Result
from data_platform.contracts.properties import PublishMode
from data_platform.products.folder import Product
from data_platform.products.judging import report_on
from data_platform.storage.delta import open_scan
from data_platform.storage.objects.store import ObjectStore

GROWING = frozenset({PublishMode.APPEND, PublishMode.UPSERT})
"""The ways of publishing by which a table is made of many batches that nothing tells apart."""


@dataclass(frozen=True)
class Judged:
    """What was found in the rows of an earlier version.

    Attributes:
        rows: How many there are.
        broken: By partition (empty: the whole table) the blocking rules that the rows break.
    """

    rows: int
    broken: dict[str, tuple[Result, ...]]


def judged(
    store: ObjectStore, product: Product, version: int, partitions: Sequence[str] | None, *, at: datetime
) -> Judged:
    """Hold the rows of an earlier version against today's contract.

    Args:
        store: Where products are.
        product: The product.
        version: The version of its table.
        partitions: The partitions of it; ``None``: the whole table as one batch.
        at: When that version was made, for service levels.

    Raises:
        MissingVersion: There is no such version, or its files are gone.
        MissingPartition: A partition was not there.
        StorageError: The store failed.
    """
    rows, broken = 0, {}
    for part in partitions if partitions is not None else [None]:
        report = _report(store, product, version, part, at)
        rows += report.total_rows
        failures = tuple(result for result in report.failures if result.check.blocking and _counts(product, result))
        if failures:
            broken[part or ""] = failures
    return Judged(rows, broken)


def _report(store: ObjectStore, product: Product, version: int, partition: str | None, at: datetime) -> Report:
    parts = [{product.partition_column: partition}] if partition and product.partition_column else None
    scan = open_scan(store, product.key, partitions=parts, version=version)
    promised = {column.column for column in product.schema.properties}
    # Columns that the contract does not have any more are not seen afterwards.
    known = [name for name in scan.schema.names if name in promised]
    scan = open_scan(store, product.key, columns=known, partitions=parts, version=version)
    return report_on(store, product, scan, partition, at)


def _counts(product: Product, result: Result) -> bool:
    """Whether a rule says something about the rows of more than one batch."""
    return product.publish_mode not in GROWING or result.row_level
