"""Raw data in: customers, orders and order lines as the order system has them.

What belongs here: the assets and what stops them. What does not: how each part works (`extract`, `landing`).

A day's orders are those placed on it, and are taken when it is over. What happens to them later changes the day:
`schedules` finds such days and has them made again.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import pyarrow as pa

from data_platform.domains.sales.extract import reading, unknown_columns
from data_platform.domains.sales.landing import Extract, raw_table, repeated_keys, take_customers, take_days
from data_platform.domains.sales.resources import SalesDatabase
from data_platform.domains.sales.tables import CUSTOMERS, INGESTED, ORDER_LINES, ORDERS, Source
from data_platform.orchestration.ingestion.asking_again import taken
from data_platform.orchestration.ingestion.assets import DAY, check_results, raw_asset, refuse_broken, source_failures
from data_platform.orchestration.ingestion.restatement import MARKS
from data_platform.orchestration.resources import ObjectStoreResource

Results = Iterator[dg.AssetCheckResult | dg.Output[pa.Table]]

_DAY = {DAY: ("string", "UTC date on which the order was placed, YYYY-MM-DD; the partition")}
_CHECKS = {
    "rows_match_source": "As many rows as the database counted in the same transaction",
    "keys_unique": "No primary key occurs twice",
}


@raw_asset(
    "sales",
    "raw_orders",
    pool="sales_database",
    kinds={"sql"},
    columns=_DAY | dict(ORDERS.columns) | INGESTED,
    checks={**_CHECKS, "days_have_orders": "Every day has at least one order"},
    source=True,
)
def raw_orders(context: dg.AssetExecutionContext, sales_database: SalesDatabase, store: ObjectStoreResource) -> Results:
    """The orders placed on a day, typed as in the database and not cleaned, as of the newest extract."""
    yield from _days(context, sales_database, store, ORDERS)
    yield taken()


@raw_asset(
    "sales",
    "raw_order_lines",
    pool="sales_database",
    kinds={"sql"},
    columns=_DAY | dict(ORDER_LINES.columns) | INGESTED,
    checks={**_CHECKS, "days_have_orders": "Every day has at least one order line"},
)
def raw_order_lines(
    context: dg.AssetExecutionContext, sales_database: SalesDatabase, store: ObjectStoreResource
) -> Results:
    """The lines of the orders placed on a day, typed as in the database and not cleaned, as of the newest extract."""
    yield from _days(context, sales_database, store, ORDER_LINES)


@raw_asset(
    "sales",
    "raw_customers",
    pool="sales_database",
    kinds={"sql"},
    columns=dict(CUSTOMERS.columns) | INGESTED,
    daily=False,
    checks=_CHECKS,
)
def raw_customers(sales_database: SalesDatabase, store: ObjectStoreResource) -> Results:
    """Every customer as of the newest extract, typed as in the database and not cleaned; read only when one changed."""
    with source_failures(), sales_database.open() as engine, reading(engine) as connection:
        taken = take_customers(connection, store.open(), CUSTOMERS)
        unknown = unknown_columns(connection, CUSTOMERS)
    problems = _problems({"all": taken}, CUSTOMERS)
    yield from check_results(problems)
    refuse_broken(problems)
    yield dg.Output(raw_table(taken), metadata=_about(taken, CUSTOMERS, unknown))


def _days(
    context: dg.AssetExecutionContext, sales_database: SalesDatabase, store: ObjectStoreResource, source: Source
) -> Results:
    days = list(context.partition_keys)
    with (
        source_failures(context if source is ORDERS else None),
        sales_database.open() as engine,
        reading(engine) as connection,
    ):
        taken = take_days(connection, store.open(), source, days)
        unknown = unknown_columns(connection, source)
    problems = _problems(taken, source)
    problems["days_have_orders"] = [f"{day} has no rows" for day, extract in taken.items() if not extract.rows.num_rows]
    yield from check_results(problems)
    refuse_broken(problems)
    for day, extract in taken.items():
        context.add_asset_metadata(_about(extract, source, unknown), partition_key=day)
    yield dg.Output(pa.concat_tables(raw_table(extract, day) for day, extract in taken.items()))


def _problems(taken: Mapping[str, Extract], source: Source) -> dict[str, list[str]]:
    mismatched = [
        f"{name}: {extract.rows.num_rows} rows instead of {extract.counted}"
        for name, extract in taken.items()
        if extract.counted is not None and extract.counted != extract.rows.num_rows
    ]
    repeated = [key for extract in taken.values() for key in repeated_keys(extract.rows, source.key)]
    return {"rows_match_source": mismatched, "keys_unique": repeated}


def _about(taken: Extract, source: Source, unknown: list[str]) -> dict[str, dg.MetadataValue[Any]]:
    return {
        MARKS: dg.MetadataValue.json({source.table: taken.landed.mark}),
        "extract": dg.MetadataValue.path(taken.landed.uri),
        "taken_at": dg.MetadataValue.timestamp(taken.landed.taken_at),
        "taken_now": dg.MetadataValue.bool(taken.counted is not None),
        "unknown_columns": dg.MetadataValue.json(unknown),
    }
