"""What a product holds, for somebody at a terminal: a look at it, and how to read it from one's own program.

What belongs here: previews, the rows that were rejected, lines of code that read a product. What does not: whether a
product is well (`health`), and the look of answers. Nothing here writes: a key that may only read is enough.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyarrow as pa

from data_platform.contracts.suggest import did_you_mean
from data_platform.mesh.errors import MeshError
from data_platform.products.folder import Product
from data_platform.products.masking import masked, masked_row
from data_platform.products.quarantine import path_of
from data_platform.products.readable import Readable
from data_platform.storage.delta import open_scan, open_table
from data_platform.storage.delta.scan import TableScan
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore
from data_platform.storage.quarantine import read_quarantine

LIBRARIES: Final = ("pandas", "polars", "duckdb")
"""What `how_to_read` has lines for."""


@dataclass(frozen=True)
class Preview:
    """The first rows of a product.

    Attributes:
        rows: They.
        uri: Where the table lies.
        version: Of the table, that was read.
        partition: The partition that was read; None: whatever comes first, or the product has none.
        hidden: Columns whose values are not shown, for the contract classifies them.
    """

    rows: pa.Table
    uri: str
    version: int
    partition: str | None
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class Rejected:
    """A row that was not published.

    Attributes:
        partition: The partition that it was for, if any.
        at: When it was rejected, UTC.
        run_id: The run that made it.
        reasons: The rules that it breaks.
        row: Its values by column.
    """

    partition: str | None
    at: datetime
    run_id: str
    reasons: tuple[str, ...]
    row: Mapping[str, object]


def preview(
    store: ObjectStore,
    product: Readable,
    *,
    partition: str | None = None,
    columns: Sequence[str] = (),
    limit: int = 10,
    clear: bool = False,
) -> Preview:
    """The first rows of a product.

    Args:
        store: Where products are.
        product: The product.
        partition: Rows of this partition only; None: of any.
        columns: Only these, in this order; none: all.
        limit: How many rows at most.
        clear: Whether to show the values of classified columns.

    Raises:
        MeshError: It was never published, or has no such partition or column; the message says what there is.
        StorageError: The store failed.
    """
    try:
        table = open_table(store, product.key)
    except MissingTable:
        raise MeshError(
            f"{product.key} was never published. Its inputs come first; then: data-platform run {product.key}"
        ) from None
    wanted = None
    if partition is not None:
        column = product.partition_column
        if column is None:
            raise MeshError(f"{product.key} has no partitions: leave --partition out")
        known = {str(entry[column]) for entry in table.partitions() if entry.get(column)}
        if partition not in known:
            raise MeshError(f"{product.key} has no partition {partition!r} yet: {did_you_mean(partition, known)}")
        wanted = [{column: partition}]
    scan = open_scan(store, product.key, columns=_known(product, columns), partitions=wanted)
    rows = _first(scan, limit)
    hidden = () if clear else tuple(name for name in rows.column_names if name in product.classified)
    return Preview(rows if clear else masked(product, rows), store.uri(product.key), scan.version, partition, hidden)


def rejected(
    store: ObjectStore,
    product: Product,
    *,
    partition: str | None = None,
    run_id: str | None = None,
    limit: int = 20,
    clear: bool = False,
) -> list[Rejected]:
    """The rows of a product that were rejected, the latest first; none where none ever was.

    Args:
        store: Where products are.
        product: The product.
        partition: Only those that were for this partition.
        run_id: Only those of this run.
        limit: How many at most.
        clear: Whether to show values that the contract classifies or does not know.

    Raises:
        StorageError: The store failed.
    """
    table = read_quarantine(store, path_of(product), run_id=run_id, partition=partition, limit=limit)
    return [
        Rejected(
            row["partition"],
            row["rejected_at"],
            row["run_id"],
            tuple(row["reasons"]),
            json.loads(row["row"]) if clear else masked_row(product, json.loads(row["row"])),
        )
        for row in table.to_pylist()
    ]


def how_to_read(store: ObjectStore, product: Readable, partition: str | None = None) -> dict[str, str]:
    """Lines of Python that read a product, for each library. Address and keys come from the environment.

    Args:
        store: Where products are.
        product: The product.
        partition: Read this partition only.

    Returns:
        For each of `LIBRARIES` a program that ends with a frame or relation of that name: `rows`.
    """
    uri, column = store.uri(product.key), product.partition_column
    predicate = chosen = ""
    if partition is not None and column is not None:
        where = f"\"{column}\" = '{partition.replace(chr(39), chr(39) * 2)}'"
        predicate = f"predicate={where!r}"
        chosen = f".filter(pl.col({column!r}).cast(pl.String) == {partition!r})"
    return {
        "pandas": (
            "import pyarrow as pa\nfrom deltalake import DeltaTable\n\n"
            f"rows = pa.table(DeltaTable({uri!r}).scan({predicate})).to_pandas()\n"
        ),
        "polars": f"import polars as pl\n\nrows = pl.scan_delta({uri!r}){chosen}.collect()\n",
        "duckdb": (
            "import duckdb\nfrom deltalake import DeltaTable\n\n"
            f"product = DeltaTable({uri!r}).scan({predicate})\nrows = duckdb.sql('FROM product')\n"
        ),
    }


def _known(product: Readable, columns: Sequence[str]) -> list[str] | None:
    names = [column.column for column in product.schema.properties]
    for column in columns:
        if column not in names:
            raise MeshError(f"{product.key} has no column {column!r}: {did_you_mean(column, names)}")
    return list(columns) or None


def _first(scan: TableScan, limit: int) -> pa.Table:
    """The first rows of a scan, which is read no further than it takes."""
    reader = scan.reader()
    batches, count = [], 0
    for batch in reader:
        batches.append(batch)
        count += batch.num_rows
        if count >= limit:
            break
    return pa.Table.from_batches(batches, reader.schema).slice(0, limit)
