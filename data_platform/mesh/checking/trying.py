"""A contract held against data, and nothing published: what is published, a file, or what the transform makes now.

What belongs here: the three ways to get a batch, and the answer. What does not: the rules (``contracts.checks``),
making and publishing batches in runs (``products``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from data_platform.confined.board import about, working
from data_platform.contracts.checks.results import Report
from data_platform.contracts.checks.run import check
from data_platform.contracts.checks.sources import UnreadableDataError
from data_platform.contracts.personal.judging import SAMPLE, judged, judged_columns
from data_platform.contracts.suggest import counted
from data_platform.ingestion.errors import SourceError
from data_platform.ingestion.table_files import kind_of, opened_rows, quoted
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import product_of
from data_platform.products.folder import Product
from data_platform.products.inputs import load_inputs
from data_platform.products.others import open_others
from data_platform.products.publish import check_published
from data_platform.products.schema import cast
from data_platform.products.transform import limits_of, run_transform
from data_platform.settings import QUERY_SECONDS_VARIABLE
from data_platform.storage.delta import open_scan
from data_platform.storage.errors import MissingPartition, MissingTable
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Trial:
    """What a contract says of some data.

    Attributes:
        product: The product.
        of: What was looked at, in words.
        report: What came out; values of classified columns are masked in it.
        doubts: Columns that look personal and are not classified, so that their values are shown: what to do.
    """

    product: Product
    of: str
    report: Report
    doubts: tuple[str, ...] = ()

    def summary(self) -> str:
        """The outcome in a line."""
        report = self.report
        head = f"{self.product.key} {self.product.contract.version_text}, {self.of}: "
        rows, rules = counted(report.total_rows, "row"), counted(len(report.results), "rule")
        head += f"{'passed' if report.passed else 'FAILED'}: {rows}, {rules}, "
        return head + f"{len(report.failures)} failed, {len(report.not_evaluated)} not evaluated"

    def to_dict(self) -> dict[str, object]:
        """The same as plain data."""
        return {"product": self.product.key, "of": self.of, "doubts": self.doubts, **self.report.to_dict()}


def on_current(domains: Path, name: str, store: ObjectStore, partition: str | None) -> Trial:
    """What the contract in this checkout says of what is published now.

    Args:
        domains: The folder of all domains.
        name: The product.
        store: Where products are.
        partition: One of its partitions; None: the whole table.

    Raises:
        MeshError: There is no such product, or nothing was published; ``Refused``: something is wrong with its folder.
        StorageError: The store failed.
    """
    product = _product(domains, name, partition)
    try:
        with about(product.key):
            report = check_published(store, product, partition)
        doubts = _doubts(product, judged(_sample(store, product, partition)))
    except (MissingTable, MissingPartition) as error:
        raise MeshError(f"{error}; materialize it first, or see what it would be with --run") from error
    return Trial(product, "as it is published" + (f", {partition}" if partition else ""), report, doubts)


def on_run(domains: Path, name: str, store: ObjectStore, partition: str | None) -> Trial:
    """What it says of what the transform makes of its inputs now; nothing is published.

    Args:
        domains: The folder of all domains.
        name: The product.
        store: Where its inputs are.
        partition: The partition to make; needed where it is partitioned.

    Raises:
        MeshError: There is no such product; a partition is missing or not wanted.
        ProductError: An input was never published, or the transform failed.
        StorageError: The store failed.
    """
    product = _product(domains, name, partition)
    if product.partitions is not None and partition is None:
        day = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
        raise MeshError(f"{product.key} is made by partitions: say which one, such as --partition {day}")
    if product.spec.runner is not None:
        raise MeshError(
            f"{product.key} is made by {product.spec.runner}, which reads its inputs by itself: materialize it, or "
            "give the data with --data"
        )
    limits = limits_of(product)
    with about(product.key):
        inputs = load_inputs(store, product, partition)
        with working("its transform", limits.seconds, QUERY_SECONDS_VARIABLE):
            batch = run_transform(product, inputs, partition)
        others = open_others(store, product.checks)
        report = check(product.checks, batch, others=others, partition=partition, limits=limits)
    doubts = _doubts(product, judged_columns(batch))
    return Trial(product, "as the transform makes it now" + (f", {partition}" if partition else ""), report, doubts)


def on_file(domains: Path, name: str, data: str, store: ObjectStore | None, partition: str | None) -> Trial:
    """What it says of the rows of a file.

    Args:
        domains: The folder of all domains.
        name: The product.
        data: A path or URL of CSV, JSON lines or Parquet.
        store: Where the products are that its rules refer to; None: such rules are not evaluated.
        partition: Which partition the rows are said to be.

    Raises:
        MeshError: There is no such product, or the file cannot be read.
        StorageError: The store failed.
    """
    product = _product(domains, name, partition)
    others = None if store is None else open_others(store, product.checks)
    try:
        with about(product.key):
            report = _of_file(product, data, others, partition)
        with opened_rows(data) as file:
            doubts = _doubts(product, judged(file.sample(SAMPLE)))
    except (SourceError, UnreadableDataError) as error:
        raise MeshError(f"{error}; --data takes CSV, JSON lines or Parquet, by path or URL") from error
    return Trial(product, f"in {data}", report, doubts)


def _doubts(product: Product, kinds: Mapping[str, str]) -> tuple[str, ...]:
    """What the lint would say of columns whose values look personal, had it seen them."""
    plain = {column.column for column in product.schema.properties if column.classification is None}
    return tuple(
        f"{name} looks like personal data ({kind}) and has no classification, so its values are shown: add "
        "classification: personal, or another such as internal"
        for name, kind in kinds.items()
        if name in plain
    )


def _sample(store: ObjectStore, product: Product, partition: str | None) -> dict[str, list[object]]:
    """The first rows of what is published."""
    parts = [{product.partition_column: partition}] if partition and product.partition_column else None
    rows: list[pa.RecordBatch] = []
    scan = open_scan(store, product.key, partitions=parts)
    with scan.reader() as reader:
        for batch in reader:
            rows.append(batch.slice(0, SAMPLE - sum(taken.num_rows for taken in rows)))
            if sum(taken.num_rows for taken in rows) >= SAMPLE:
                break
    table = pa.Table.from_batches(rows, scan.schema)
    return {name: table.column(name).to_pylist() for name in table.column_names}


def _of_file(product: Product, data: str, others: Mapping[str, object] | None, partition: str | None) -> Report:
    limits = limits_of(product)
    if kind_of(data) != "json":
        return check(product.checks, data, others=others, partition=partition, limits=limits)
    with opened_rows(data) as file:
        # A line of JSON has text where tables have dates and decimals: what can be read as the promised type is.
        chosen = ", ".join(_typed(product, name) for name in file.columns)
        rows = file.connection.execute(f"SELECT {chosen} FROM rows").to_arrow_table()  # noqa: S608 - names are quoted
        batch = cast(rows, product.schema.properties)
    return check(product.checks, batch, others=others, partition=partition, limits=limits)


def _typed(product: Product, name: str) -> str:
    from data_platform.contracts.exchange.types import sql_type  # noqa: PLC0415 - only JSON needs it

    column = next((column for column in product.schema.properties if column.column == name), None)
    own = quoted(name)
    if column is None or column.logical_type in (None, "string"):
        return own
    if column.logical_type in ("object", "array", "map", "vector"):
        return f"CAST(CAST({own} AS JSON) AS {sql_type(column)}) AS {own}"
    return f"CAST({own} AS {sql_type(column)}) AS {own}"


def _product(domains: Path, name: str, partition: str | None) -> Product:
    product = product_of(Checkout(domains), name)
    if partition is not None and product.partitions is None:
        raise MeshError(f"{product.key} is one whole table: leave --partition out")
    return product
