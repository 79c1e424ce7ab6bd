"""Plain Dagster's way: an asset whose run goes over all days, a Parquet file a day, ten asset checks in pandas.

Run as ``python -m benchmarks.products.plain <dates> <folder>``; prints its CPU seconds, then a whole read's.
"""

import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from benchmarks.products.data import COUNTRIES, FIRST, days, orders

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
        made = {key: raw[key].to_pandas().query("amount > 0") for key in context.partition_keys}
        yield dg.Output(made)
        for name, holds in CHECKS.items():
            yield dg.AssetCheckResult(check_name=name, passed=all(bool(holds(rows)) for rows in made.values()))

    keys = list(raw)
    tags = {"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]}
    resources = {"io": ParquetByDay(folder=str(root / "orders"))}
    with dg.DagsterInstance.from_config(str(root / "home")) as instance:
        before = spent()
        result = dg.materialize([orders_by_day], instance=instance, resources=resources, tags=tags)
        cpu = spent() - before
    begun = time.perf_counter()
    rows = ds.dataset(root / "orders").to_table().num_rows
    if not result.success or rows != pa.concat_tables(raw.values()).num_rows:
        raise RuntimeError(f"{rows} rows")
    print(cpu, time.perf_counter() - begun)


def spent() -> float:
    """CPU seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
