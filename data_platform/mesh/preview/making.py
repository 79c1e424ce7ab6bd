"""One batch of a product, made of published inputs and kept on this machine's disk, judged and compared.

What belongs here: from a partition to what would be published of it. What does not: consumers (``consuming``), and
publishing: nothing here writes to the store.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from data_platform.confined.board import about, working
from data_platform.contracts.checks.duckdb.session import (
    Limits,
    TimedOutError,
    UnsafeSqlError,
    locked,
    time_limit,
    too_large,
)
from data_platform.contracts.checks.results import Report, Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.checks.sources import UnreadableDataError
from data_platform.contracts.personal.judging import judged_columns
from data_platform.contracts.properties import PublishMode
from data_platform.contracts.rules.sql.values import identifier
from data_platform.mesh.preview.differing import difference
from data_platform.mesh.preview.hiding import Hiding
from data_platform.mesh.preview.model import BrokenRule, Difference, PartitionPreview
from data_platform.products.errors import ProductError, TransformError, UndeclaredColumnError
from data_platform.products.folder import Product
from data_platform.products.inputs import Inputs
from data_platform.products.judging import accepted_rows, with_taken_keys
from data_platform.products.others import open_others
from data_platform.products.schema import arrow_schema, conformed
from data_platform.products.transform import limits_of, run_transform
from data_platform.products.usual import LookBack, measured
from data_platform.settings import QUERY_SECONDS_VARIABLE
from data_platform.storage.delta import partitions
from data_platform.storage.delta.evolution import fitted, settled, table_schema, widened
from data_platform.storage.delta.scan import TableScan
from data_platform.storage.delta.schema import check_partition_rows
from data_platform.storage.errors import InvalidFrame, StorageError
from data_platform.storage.formats.spool import Spool, spooled
from data_platform.storage.objects.store import ObjectStore

_WITHOUT_VALUES: Final = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.OutOfMemoryException,
    TimedOutError,
    UnsafeSqlError,
    MemoryError,
)
"""Errors whose words are of the query and of limits."""

_PLACE: Final = re.compile(r"[^\n]*?:\d+(?=: )")


@dataclass(frozen=True)
class Workshop:
    """Where previews are made.

    Attributes:
        store: Where products are; it is read only.
        folder: The folder for what is made.
        hiding: Which values may be shown.
    """

    store: ObjectStore
    folder: Path
    hiding: Hiding

    def limits(self, product: Product) -> Limits:
        """What DuckDB may use for a product; beyond its memory it goes to the folder."""
        return replace(limits_of(product), spill=str(self.folder))


class Maker:
    """Makes the batches of one product; they are there until the stack is closed."""

    def __init__(self, workshop: Workshop, product: Product, table: DeltaTable | None, stack: ExitStack) -> None:
        """Nothing is made yet.

        Args:
            workshop: Where.
            product: The product.
            table: Its table; ``None``: nothing was published.
            stack: What is made is put away with it.
        """
        self._workshop, self._product, self._table, self._stack = workshop, product, table, stack
        self._look_back = LookBack(workshop.store, product)
        self._uri = workshop.store.uri(product.key)
        self.hidden = workshop.hiding.columns(product)
        self.batches: dict[str | None, Spool] = {}

    @property
    def adds(self) -> bool:
        """Whether what a run makes is added to rows that all stay."""
        return self._product.publish_mode is PublishMode.APPEND and self._product.partitions is None

    def make(self, partition: str | None) -> PartitionPreview:
        """Make a batch, judge it and compare it; what can be read by consumers is in ``made`` afterwards."""
        product = self._product
        try:
            with about(product.key):
                batch = made_rows(self._workshop, product, Inputs(self._workshop.store, product), partition)
                return self._judged(batch, partition)
        except TransformError as error:
            return PartitionPreview(
                partition, failed=told(product, error, is_open=self._workshop.hiding.is_open(product))
            )
        except (ProductError, StorageError, UnreadableDataError, OSError) as error:
            return PartitionPreview(partition, not_made=reason_of(error))
        except MemoryError:
            return PartitionPreview(partition, not_made=too_large())

    def _judged(self, batch: pa.Table, partition: str | None) -> PartitionPreview:
        product, store, limits = self._product, self._workshop.store, self._workshop.limits(self._product)
        self.hidden |= frozenset(judged_columns(batch))
        replaces_all = product.publish_mode is PublishMode.REPLACE
        rows = settled(batch, None if replaces_all or self._table is None else table_schema(self._table))
        others = open_others(store, product.checks)
        report = check(product.checks, rows, others=others, partition=partition, limits=limits)
        report = self._look_back.view(report, measured(product, rows), partition)
        if self.adds:
            report = with_taken_keys(store, product, report, rows, "preview")
        broken = tuple(broken_rules(report, self.hidden - product.classified))
        good = rows if report.passed else accepted_rows(product, rows, report)
        if good is not None and not report.passed:
            left = check(product.checks, good, others=open_others(store, product.checks), limits=limits)
            good = good if left.passed else None
        quarantined = 0 if good is None else rows.num_rows - good.num_rows
        if quarantined:  # the others are published, so nothing keeps the batch back
            broken = tuple(replace(rule, blocking=False) for rule in broken)
        wanted = conformed(rows if good is None else good, arrow_schema(product.schema.properties))
        refused = self._refused(wanted, partition)
        result = PartitionPreview(partition, rows.num_rows, broken, refused, quarantined)
        spool = self._kept(wanted.to_batches(), wanted.schema)
        published = self._published(partition)
        if published is not None and product.publish_mode is PublishMode.UPSERT and not refused:
            spool = self._merged(published, spool, limits)
        self.batches[partition] = spool
        return self._compared(result, published, spool)

    def _compared(self, result: PartitionPreview, published: TableScan | None, spool: Spool) -> PartitionPreview:
        product = self._product
        if published is None:
            why = (
                "a run adds these rows to those that are there"
                if self.adds and self._table
                else "it was never published"
            )
            return replace(result, not_compared=why)
        known = {column.column for column in product.schema.properties}
        hidden = self.hidden | {name for name in published.schema.names if name not in known}
        limits = self._workshop.limits(product)
        try:
            compared: Difference = difference(published, spool, product.primary_key, hidden=hidden, limits=limits)
        except (duckdb.OutOfMemoryException, MemoryError):
            return replace(result, not_compared=f"not compared: {too_large()}")
        except TimedOutError as error:
            return replace(result, not_compared=f"not compared: {error}")
        except duckdb.Error as error:  # its words may hold values
            return replace(result, not_compared=f"not compared: DuckDB cannot compare them ({type(error).__name__})")
        return replace(result, difference=compared)

    def _published(self, partition: str | None) -> TableScan | None:
        """What readers see in the place of a batch; ``None``: nothing."""
        table, column = self._table, self._product.partition_column
        if table is None or self.adds:
            return None
        if partition is None or column is None:
            return TableScan.of(table, self._uri, None, None)
        there = {part[column] for part in partitions(table)}
        return TableScan.of(table, self._uri, None, [{column: partition}]) if partition in there else None

    def _refused(self, rows: pa.Table, partition: str | None) -> str:
        """Why the table would not take rows that keep their contract; empty: it would."""
        column = self._product.partition_column
        try:
            if partition is not None and column is not None:
                check_partition_rows(rows, [{column: partition}], self._uri)
            if self._table is not None and self._product.publish_mode is not PublishMode.REPLACE:
                fitted(rows, self._uri, current=widened(self._table, rows, self._uri), evolve=True)
        except InvalidFrame as error:
            if column in self.hidden and "other partitions" in str(error):
                return f"there are rows of other partitions than {partition}"
            return reason_of(error)
        return ""

    def _merged(self, published: TableScan, batch: Spool, limits: Limits) -> Spool:
        """What is there once a batch has replaced the rows with its keys."""
        keys = ", ".join(map(identifier, self._product.primary_key))
        with locked(limits) as connection, time_limit(connection, limits.seconds):
            connection.register("published", published)
            connection.register("batch", batch.dataset())
            connection.execute(f"CREATE VIEW staying AS FROM published ANTI JOIN batch USING ({keys})")
            reader = connection.execute("FROM staying UNION ALL BY NAME FROM batch").to_arrow_reader()
            return self._kept(reader, reader.schema)

    def _kept(self, batches: Any, schema: pa.Schema) -> Spool:
        tables = (pa.Table.from_batches([batch], schema) for batch in batches)
        return self._stack.enter_context(spooled(tables, schema, str(self._workshop.folder)))


def made_rows(workshop: Workshop, product: Product, inputs: Inputs, partition: str | None) -> pa.Table:
    """What a product's transform makes of its inputs.

    Raises:
        ProductError: An input is missing, or the transform failed.
        StorageError: The store failed.
    """
    limits = workshop.limits(product)
    loaded = inputs.of(partition)
    with working("its transform", limits.seconds, QUERY_SECONDS_VARIABLE):
        return run_transform(product, loaded, partition, limits=limits)


def broken_rules(report: Report, withheld: frozenset[str] = frozenset()) -> Iterator[BrokenRule]:
    """The rules that a report says are broken, without a row.

    Args:
        report: The report.
        withheld: Columns that the contract does not classify, and whose values are hidden all the same: what is said of
            them is left out.
    """
    for result in report.failures:
        is_about = bool(withheld & {str(part) for part in result.check.path[:1]})
        is_withheld = is_about or bool(withheld and result.status is Status.ERROR)
        reason = None if is_withheld else result.reason
        yield BrokenRule(result.check.name, result.check.blocking, result.failing, result.total, reason)


def reason_of(error: Exception) -> str:
    """What is said of an error that is no transform's, without the words of Arrow and DuckDB, which may hold values."""
    text, cause = str(error), error.__cause__
    while cause is not None:
        if isinstance(cause, pa.ArrowException | duckdb.Error) and not isinstance(cause, _WITHOUT_VALUES):
            text = text.replace(str(cause), f"{type(cause).__name__} (details withheld)")
        cause = cause.__cause__
    return text


def told(product: Product, error: TransformError, *, is_open: bool) -> str:
    """What is said of a transform that failed: no more than the kind of error, where its words may hold hidden values.

    Args:
        product: The product.
        error: The failure.
        is_open: Whether the values of all inputs may be shown.
    """
    text = str(error).replace(f"{product.folder.parent.parent}/", "")
    cause = error.__cause__
    if is_open or cause is None or isinstance(error, UndeclaredColumnError) or isinstance(cause, _WITHOUT_VALUES):
        return text
    place = _PLACE.match(text)
    where = place[0] if place else product.source.file.name
    return f"{where}: {type(cause).__name__} (details withheld: an input may hold personal data)"
