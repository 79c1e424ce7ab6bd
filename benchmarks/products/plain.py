"""Plain Dagster's way: an asset whose run goes over all days, a Parquet file a day, ten asset checks in pandas.

Run as ``python -m benchmarks.products.plain <dates> <folder>``; prints its CPU seconds, then a whole read's.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow.dataset as ds

from benchmarks.products.data import COUNTRIES, FIRST, days, orders, tell
from benchmarks.products.materializing import cpu_of_one_run

LONGEST_NAME = 20
CHECKS = {
    "day_is_there": lambda rows: rows.day.notna().all(),
    "order_id_is_there": lambda rows: rows.order_id.notna().all(),
    "order_id_is_unique": lambda rows: rows.order_id.is_unique,
    "customer_is_there": lambda rows: rows.customer.notna().all(),
    "customer_is_short": lambda rows: (rows.customer.str.len() <= LONGEST_NAME).all(),
    "amount_is_there": lambda rows: rows.amount.notna().all(),
    "amount_is_positive": lambda rows: (rows.amount >= 0).all(),
    "country_is_known": lambda rows: rows.country.isin(COUNTRIES).all(),
    "columns_are_these": lambda rows: list(rows) == ["day", "order_id", "customer", "amount", "country"],
    "there_are_rows": lambda rows: len(rows) > 0,
}


class ParquetByDay(dg.ConfigurableIOManager):
    """A Parquet file a partition."""

    folder: str

    def handle_output(self, context: dg.OutputContext, obj: dict[str, pd.DataFrame]) -> None:
        """Write each day."""
        del context
        for day, rows in obj.items():
            rows.to_parquet(Path(self.folder, f"{day}.parquet"))

    def load_input(self, context: dg.InputContext) -> pd.DataFrame:
        """Read the days that are asked for."""
        return pd.concat(pd.read_parquet(Path(self.folder, f"{day}.parquet")) for day in context.asset_partition_keys)


def main(count: int, root: Path) -> None:
    """Write so many days in one run, then read them all."""
    raw = {day.isoformat(): orders(day) for day in days(count)}
    partitions = dg.DailyPartitionsDefinition(FIRST.isoformat())
    (root / "orders").mkdir()

    @dg.asset(
        name="orders",
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=[dg.AssetCheckSpec(name, asset="orders") for name in CHECKS],
        io_manager_key="io",
    )
    def orders_by_day(context: dg.AssetExecutionContext) -> Iterator[object]:
        by_day = {key: raw[key].to_pandas().query("amount > 0") for key in context.partition_keys}
        yield dg.Output(by_day)
        for name, holds in CHECKS.items():
            yield dg.AssetCheckResult(check_name=name, passed=all(bool(holds(rows)) for rows in by_day.values()))

    resources = {"io": ParquetByDay(folder=str(root / "orders"))}
    cpu = cpu_of_one_run(root, [orders_by_day], resources, list(raw))
    tell(cpu, lambda: ds.dataset(root / "orders").to_table().num_rows, count)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
