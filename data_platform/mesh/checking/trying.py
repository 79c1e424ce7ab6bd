"""A contract held against data, and nothing published: what is published, given data, or what the transform makes now.

What belongs here: the ways to get a batch, and a contract that is no product's. What does not: the answer (``trial``),
the rules (``contracts.checks``), making and publishing batches in runs (``products``).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from data_platform.confined.board import about, working
from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.checks.results import Report
from data_platform.contracts.checks.run import check
from data_platform.contracts.checks.sources import UnreadableDataError, opened
from data_platform.contracts.elements import SchemaObject
from data_platform.contracts.loading import load
from data_platform.contracts.personal.judging import SAMPLE, first_rows, judged, judged_columns
from data_platform.ingestion.errors import SourceError
from data_platform.ingestion.table_files import KINDS, opened_rows
from data_platform.mesh.checking.trial import Trial
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import contract_file, product_of
from data_platform.products.folder import Product
from data_platform.products.inputs import Inputs
from data_platform.products.judging import check_published
from data_platform.products.others import open_others
from data_platform.products.transform import limits_of, run_transform
from data_platform.settings import QUERY_SECONDS_VARIABLE
from data_platform.storage.delta import open_scan
from data_platform.storage.errors import MissingPartition, MissingTable
from data_platform.storage.objects.store import ObjectStore


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
        doubts = _doubts(product.schema, judged(_sample(store, product, partition)))
    except (MissingTable, MissingPartition) as error:
        raise MeshError(f"{error}; materialize it first, or see what it would be with --run") from error
    return _trial(product, "as it is published" + (f", {partition}" if partition else ""), report, doubts)


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
        inputs = Inputs(store, product).of(partition)
        with working("its transform", limits.seconds, QUERY_SECONDS_VARIABLE):
            batch = run_transform(product, inputs, partition)
        others = open_others(store, product.checks)
        report = check(product.checks, batch, others=others, partition=partition, limits=limits)
    doubts = _doubts(product.schema, judged_columns(batch))
    return _trial(product, "as the transform makes it now" + (f", {partition}" if partition else ""), report, doubts)


def on_data(domains: Path, name: str, data: str, store: ObjectStore | None, partition: str | None) -> Trial:
    """What it says of given rows.

    Args:
        domains: The folder of all domains.
        name: The product.
        data: A path or URL of CSV, JSON lines, Parquet or a Delta table.
        store: Where the products are that its rules refer to; None: such rules are not evaluated.
        partition: Which partition the rows are said to be.

    Raises:
        MeshError: There is no such product, or the file cannot be read.
        StorageError: The store failed.
    """
    product = _product(domains, name, partition)
    others = None if store is None else open_others(store, product.checks)
    with about(product.key), _readable():
        report = check(product.checks, data, others=others, partition=partition, limits=limits_of(product))
        doubts = _doubts(product.schema, judged(_sample_of(data)))
    return _trial(product, f"in {data}", report, doubts)


def on_contract(file: Path, data: str, schema: str | None) -> Trial:
    """What a contract that is no product's says of given rows; it is held to the standard alone.

    Args:
        file: The contract's file.
        data: A path or URL of CSV, JSON lines, Parquet or a Delta table.
        schema: Which of its schema objects the rows are of; may be left out where there is one.

    Raises:
        ContractError: The file is no contract of the standard; with every finding.
        MeshError: There is no such schema object, or the data cannot be read.
        StorageError: The store failed.
    """
    contract = load(file, standard_only=True)
    try:
        checks = compile_checks(contract, schema)
    except ValueError as error:
        raise MeshError(f"{error}; say which with --schema") from error
    table = next(known for known in contract.schemas if known.name == checks.table)
    with about(str(file)), _readable():
        report = check(contract, data, schema=checks.table)
        doubts = _doubts(table, judged(_sample_of(data)))
    return Trial(str(file), str(file), contract.version_text, f"in {data}", report, doubts, is_product=False)


def _trial(product: Product, of: str, report: Report, doubts: tuple[str, ...]) -> Trial:
    return Trial(product.key, str(contract_file(product)), product.contract.version_text, of, report, doubts)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (SourceError, UnreadableDataError) as error:
        takes = "CSV, JSON lines, Parquet or a Delta table, by path or URL"
        raise MeshError(f"{error}; --data takes {takes}") from error


def _doubts(table: SchemaObject, kinds: Mapping[str, str]) -> tuple[str, ...]:
    """What the lint would say of columns whose values look personal, had it seen them."""
    plain = {column.column for column in table.properties if column.classification is None}
    return tuple(
        f"{name} looks like personal data ({kind}) and has no classification, so its values are shown: add "
        "classification: personal, or another such as internal"
        for name, kind in kinds.items()
        if name in plain
    )


def _sample(store: ObjectStore, product: Product, partition: str | None) -> dict[str, list[object]]:
    """The first rows of what is published."""
    parts = [{product.partition_column: partition}] if partition and product.partition_column else None
    with open_scan(store, product.key, partitions=parts).reader() as reader:
        return first_rows(reader)


def _sample_of(data: str) -> Mapping[str, list[object]]:
    """Some rows of given data."""
    if data.lower().endswith(tuple(KINDS)):
        with opened_rows(data) as file:
            return file.sample(SAMPLE)
    with opened(data) as source:
        return first_rows(source.data) if isinstance(source.data, pa.RecordBatchReader) else {}


def _product(domains: Path, name: str, partition: str | None) -> Product:
    product = product_of(Checkout(domains), name)
    if partition is not None and product.partitions is None:
        raise MeshError(f"{product.key} is one whole table: leave --partition out")
    return product
