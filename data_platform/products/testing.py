"""The testing kit: a product's transform and contract on given frames, in memory, with neither a store nor Dagster.

What belongs here: one call for unit tests of domains. What does not: anything that a run needs.

    def test_cancelled_orders_bring_no_revenue():
        made = run("sales/daily_revenue_v1", {"sales.orders_v1": [{"order_id": 1, "status": "cancelled", "total": 5}]})
        assert made.report.passed
        assert made.rows == []
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from data_platform.contracts.checks.results import Report
from data_platform.contracts.checks.run import check
from data_platform.products.declared_inputs import Input
from data_platform.products.errors import ProductError
from data_platform.products.folder import Product, read_product
from data_platform.products.inputs import no_rows
from data_platform.products.schema import cast
from data_platform.products.transform import limits_of, run_transform
from data_platform.project import domains_folder
from data_platform.storage.formats.frames import from_arrow, to_arrow

DOMAINS: Final = domains_folder()


@dataclass(frozen=True)
class RunResult:
    """What a product made of some frames.

    Attributes:
        table: Its output.
        report: What the contract says of it.
    """

    table: pa.Table
    report: Report

    @property
    def frame(self) -> pd.DataFrame:
        """The output in pandas."""
        frame: pd.DataFrame = from_arrow(self.table, pd.DataFrame)
        return frame

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The output as plain Python."""
        rows: list[dict[str, Any]] = self.table.to_pylist()
        return rows


def run(
    product: str | Path | Product,
    inputs: Mapping[str, object] | None = None,
    *,
    partition: str | None = None,
    others: Mapping[str, object] | None = None,
    now: datetime | None = None,
) -> RunResult:
    """Run a product in memory.

    Args:
        product: ``domain/name``, or its folder.
        inputs: For each input, by the argument's name or ``domain.name`` in SQL, a frame (pandas, Polars, Arrow) or a
            list of dictionaries. Columns that the product does not declare are left out, as they are in a run. Files
            are given as what they hold: text.
        partition: The key of the partition to make.
        others: Tables that the contract refers to, by ``domain/name``; without them such rules are not evaluated.
        now: The present, for service levels.

    Returns:
        The output and the report on it.

    Raises:
        InvalidProductError: The folder is wrong.
        ProductError: There is no such product, or an input was not given, or lacks a column.
        TransformError: The transform failed.
    """
    if isinstance(product, str):
        folder = DOMAINS / product
        if not folder.is_dir():
            raise ProductError(
                f"there is no product {product} in {DOMAINS}: correct its name, or delete this test if the product, or "
                "its domain, was deleted"
            )
        product = folder
    if isinstance(product, Path):
        product = read_product(product)
    given = dict(inputs or {})
    if unknown := given.keys() - {upstream.name for upstream in product.inputs}:
        raise ProductError(
            f"{product.key} has no input {sorted(unknown)}; it has {[upstream.name for upstream in product.inputs]}"
        )
    tables = {upstream.name: _table(product, upstream, given) for upstream in product.inputs}
    table = run_transform(product, tables, partition)
    tables_of_others = None if others is None else {key: _arrow(frame) for key, frame in others.items()}
    report = check(
        product.checks, table, others=tables_of_others, now=now, partition=partition, limits=limits_of(product)
    )
    return RunResult(table, report)


def _table(product: Product, upstream: Input, given: Mapping[str, object]) -> pa.Table:
    """The declared columns of an input, in the types of its contract."""
    if upstream.name not in given and upstream.optional:
        return no_rows(upstream)
    if upstream.name not in given:
        raise ProductError(f"{product.key}: no frame was given for its input {upstream.name!r} ({upstream.key})")
    properties = upstream.contract.schemas[0].properties if upstream.contract else ()
    table = _arrow(given[upstream.name])
    if not table.num_rows and not table.num_columns:
        table = no_rows(upstream)
    if missing := [name for name in upstream.columns if name not in table.column_names]:
        raise ProductError(f"{product.key}: the frame for {upstream.name!r} lacks {missing}, which the product reads")
    if upstream.files is not None:  # what is in a file is text, a column without any value too
        untyped = [name for name in table.column_names if table.column(name).type == pa.null()]
        table = table.cast(_with_text(table.schema, untyped))
    return cast(table, properties).select(list(upstream.columns))


def _with_text(schema: pa.Schema, names: Collection[str]) -> pa.Schema:
    return pa.schema([field.with_type(pa.string()) if field.name in names else field for field in schema])


def _arrow(data: object) -> pa.Table:
    return pa.Table.from_pylist(data) if isinstance(data, list) else to_arrow(data)
