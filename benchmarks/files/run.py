"""What it costs that a table has many small files: 1,500 batches of 100 rows, beside the same rows in one file.

In a folder, and on a real S3 (SeaweedFS) with fewer batches, each of these tables is read as a whole, by the platform
(``read_table``) and by deltalake, Polars and DuckDB as they come:

- ``one``: one file.
- ``daily``: a partition, and so a file, a day (``replace_partitions``).
- ``appended``: a commit a batch, by the platform, which puts small files together.
- ``plain``: the same by deltalake alone, which does not.

Figures are milliseconds, the best of three; ratios are to ``one``, read by the same. The last lines are what a commit
took, the median of the 20 around its number.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import duckdb
import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from benchmarks.products.data import ROWS, days, orders
from data_platform.laptop.seaweedfs import SeaweedFS
from data_platform.storage import delta
from data_platform.storage.delta import modes
from data_platform.storage.objects.s3_options import S3Options
from data_platform.storage.objects.store import ObjectStore

BATCHES: Final = {"file": 1500, "s3": 300}
TABLES: Final = ("one", "daily", "appended", "plain")
ROUNDS: Final = 3
AROUND: Final = 10


def main() -> None:
    """Measure and print."""
    for kind, count in BATCHES.items():
        with tempfile.TemporaryDirectory() as folder, opened(kind, Path(folder)) as store:
            print(f"{kind}: {count} batches of {ROWS} rows; load {os.getloadavg()[0]:.1f}")
            commits = made(store, count)
            print(f"{'table':9} {'files':>6} {'open':>7}" + "".join(f"{name:>11} ratio" for name in readers(store, "")))
            base: dict[str, float] = {}
            for table in TABLES:
                files = len(delta.open_table(store, table).file_uris())
                opening = best(partial(delta.open_table, store, table))
                told = ""
                for name, read in readers(store, table).items():
                    seconds = best(partial(see, read, count * ROWS))
                    told += f"{seconds * 1000:11.0f} {seconds / base.setdefault(name, seconds):5.1f}"
                print(f"{table:9} {files:6} {opening * 1000:7.0f}{told}", flush=True)
            for table, seconds in commits.items():
                told = ", ".join(
                    f"{at}: {median(seconds[max(0, at - AROUND) : at + AROUND]) * 1000:.0f}"
                    for at in (AROUND, 100, 500, 1000, count - AROUND)
                    if at <= count
                )
                print(f"ms a commit, {table}: {told}; most {max(seconds) * 1000:.0f}", flush=True)


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[ObjectStore]:
    """An empty store of a kind."""
    if kind == "file":
        yield ObjectStore.open(folder.as_uri())
        return
    with SeaweedFS(folder / "data", bucket="bench") as server:
        options = S3Options(
            access_key_id=server.access_key,
            secret_access_key=server.secret_key,
            endpoint=server.endpoint,
            region=server.region,
        )
        yield ObjectStore.open("s3://bench/files", options)


def made(store: ObjectStore, count: int) -> dict[str, list[float]]:
    """Make the tables; the seconds that each commit took of those that have a commit a batch."""
    dates = days(count)
    batches = [orders(day) for day in dates]
    whole = pa.concat_tables(batches)
    delta.replace_table(store, "one", whole)
    delta.replace_partitions(store, "daily", whole, [{"day": day.isoformat()} for day in dates])
    uri = store.table_uri("plain")
    ours: list[float] = []
    plain: list[float] = []
    for number, batch in enumerate(batches):
        ours.append(spent(partial(modes.append, store, "appended", batch, batch_id=str(number))))
        plain.append(spent(partial(write_deltalake, uri, batch, mode="append", storage_options=store.delta_options)))
    return {"appended": ours, "plain": plain}


def readers(store: ObjectStore, table: str) -> dict[str, Callable[[], int]]:
    """The readers of a table, each of which says how many rows it has."""
    where, options = store.table_uri(table or "none"), store.delta_options
    of_polars = {name: value for name, value in options.items() if "retr" not in name}  # it wants numbers there

    def by_duckdb() -> int:
        with duckdb.connect() as connection:
            connection.register("rows_", pa.table(DeltaTable(where, storage_options=options).scan()))
            return len(connection.sql("SELECT * FROM rows_").to_arrow_table())

    return {
        "ours": lambda: delta.read_table(store, table).num_rows,
        "deltalake": lambda: pa.table(DeltaTable(where, storage_options=options).scan()).num_rows,
        "polars": lambda: pl.scan_delta(where, storage_options=of_polars).collect().height,
        "duckdb": by_duckdb,
    }


def see(read: Callable[[], int], expected: int) -> None:
    """Read, and see that everything was read."""
    if (rows := read()) != expected:
        raise RuntimeError(f"{rows} rows of {expected}")


def spent(act: Callable[[], object]) -> float:
    """The seconds that something takes."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def best(act: Callable[[], object]) -> float:
    """The least seconds of some rounds."""
    return min(spent(act) for _ in range(ROUNDS))


if __name__ == "__main__":
    main()
