"""What a contract says of batches, and which of their rows that concerns.

What belongs here: the report on a batch as publishing needs it, with what it looks at beside the batch: other products,
the rows that are there, batches that were published before. What does not: the rules (``contracts.checks``), and what
is done about a report (``publish``).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from data_platform.contracts.checks.results import Report, Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.checks.together import check_together
from data_platform.contracts.properties import PublishMode
from data_platform.contracts.rules.kinds.unique import PrimaryKey
from data_platform.products.folder import Product
from data_platform.products.others import open_others, taken_keys
from data_platform.products.transform import limits_of
from data_platform.products.writes import Rows, was_written
from data_platform.storage.delta import read_table
from data_platform.storage.delta.scan import TableScan
from data_platform.storage.formats.spool import Spool
from data_platform.storage.objects.store import ObjectStore


def reports_on(
    store: ObjectStore, product: Product, batches: Mapping[str | None, Rows | TableScan], now: datetime | None = None
) -> dict[str | None, Report]:
    """What a product's contract says of each of some batches by itself, in their order.

    Args:
        store: Where the products are that rules refer to.
        product: The product.
        batches: By partition.
        now: The present, for service levels; ``None``: the clock.

    Raises:
        StorageError: Another product cannot be read.
        UnreadableDataError: A batch cannot be.
    """
    others, limits = open_others(store, product.checks), limits_of(product)
    together = {key: rows for key, rows in batches.items() if _is_regular(product, key, rows)}
    reports: dict[str | None, Report] = {}
    if len(together) > 1:
        schemas: dict[pa.Schema, dict[str, pa.Table]] = {}
        for key, rows in together.items():
            schemas.setdefault(rows.schema, {})[str(key)] = rows
        for tables in schemas.values():
            data = pa.concat_tables(tables.values())
            column = product.partition_column or ""
            checked = check_together(
                product.checks, data, column=column, partitions=list(tables), others=others, now=now, limits=limits
            )
            reports.update(checked)
    for key, rows in batches.items():
        if key not in reports:
            data = rows.dataset() if isinstance(rows, Spool) else rows
            reports[key] = check(product.checks, data, others=others, now=now, partition=key, limits=limits)
    contract = f"{product.contract.id} {product.contract.version_text}"
    return {key: replace(reports[key], contract=contract) for key in batches}


def report_on(
    store: ObjectStore, product: Product, rows: Rows | TableScan, partition: str | None, now: datetime | None = None
) -> Report:
    """What a product's contract says of one batch, or of rows as a table has them; see ``reports_on``."""
    return reports_on(store, product, {partition: rows}, now)[partition]


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
    return report_on(store, product, read_table(store, product.key, partitions=parts), partition, now)


def with_taken_keys(store: ObjectStore, product: Product, report: Report, rows: Rows, batch_id: str) -> Report:
    """The report on a batch that is to be appended, with its primary key looked at beside the rows that are there."""
    names = [result.check.name for result in report.results if isinstance(result.check.rule, PrimaryKey)]
    if product.publish_mode is not PublishMode.APPEND or not names or report[names[0]].failed:
        return report
    if was_written(store, product, batch_id):
        return report
    taken = taken_keys(store, product, rows if isinstance(rows, pa.Table) else rows.whole())
    if not taken:
        return report
    failed = replace(
        report[names[0]],
        status=Status.FAILED,
        failing=taken,
        row_level=False,
        reason=f"{taken:,} keys of the batch are in the table already; publish by upsert where rows may come again",
    )
    return replace(report, results=tuple(failed if result.check.name in names else result for result in report.results))


def accepted_rows(product: Product, batch: pa.Table, report: Report) -> pa.Table | None:
    """The rows to publish of a batch that failed, where the contract allows for leaving the others out."""
    share = len(report.rejected_rows()) / report.total_rows if report.total_rows else 1.0
    if not report.separable or share >= product.contract.custom.quarantine_share:
        return None
    return batch.filter(pc.invert(report.mask()))


def rejected_rows(report: Report) -> Mapping[int, tuple[str, ...]]:
    """For each rejected row its reasons; all rows, where a rule about the whole batch failed."""
    rows = [int(row) for row in report.rejected_rows()]
    own = {row: tuple(names) for row, names in zip(rows, report.reasons().to_pylist(), strict=True)}
    if report.separable:
        return own
    whole = tuple(name for name in blocking_failures(report) if not report[name].row_level)
    return {row: (*whole, *own.get(row, ())) for row in range(report.total_rows)}


def blocking_failures(report: Report) -> list[str]:
    """The names of the checks that keep a batch from being published."""
    return [result.check.name for result in report.failures if result.check.blocking]


def _is_regular(product: Product, key: str | None, rows: Rows | TableScan) -> bool:
    """Whether a batch can be checked together with others: in memory, and nothing but rows of its partition."""
    column = product.partition_column
    if key is None or column is None or not isinstance(rows, pa.Table) or rows.column_names.count(column) != 1:
        return False
    values = rows.column(column)
    if pat.is_date(values.type):
        values = values.cast(pa.date32()).cast(pa.string())
    return (
        pat.is_string(values.type) and not values.null_count and pc.all(pc.equal(values, key)).as_py() in (True, None)
    )
