import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from data_platform.storage import delta, errors
from data_platform.storage.objects.store import ObjectStore

CODE = """
import sys, duckdb
from data_platform.storage import delta
from data_platform.storage.objects.store import ObjectStore
scan = delta.open_scan(ObjectStore.open(sys.argv[1]), "t")
connection = duckdb.connect()
connection.register("t", scan)
connection.execute("select * from t limit 5").fetchall()
"""


def fill(store: ObjectStore, count: int, parts: int = 2) -> None:
    for part in range(parts):
        text = [f"text {number} {number * 7}" for number in range(count)]
        data = pa.table({"day": [f"d{part}"] * count, "n": range(count), "text": text})
        delta.replace_partitions(store, "t", data, [{"day": f"d{part}"}])


def test_duckdb_and_polars_read_a_scan_as_a_table_as_often_as_they_like(store: ObjectStore) -> None:
    fill(store, 1000)
    scan = delta.open_scan(store, "t", columns=["n", "day"], partitions=[{"day": "d1"}])
    connection = duckdb.connect()
    connection.register("t", scan)
    assert connection.execute("select count(*), sum(a.n) from t a join t b using (n)").fetchall() == [(1000, 499500)]
    assert connection.execute("select * from t where n = 7").fetchall() == [(7, "d1")]
    assert connection.execute("select count(*) from t").fetchall() == [(1000,)]
    assert pl.DataFrame(scan)["n"].sum() == 499500
    assert pa.table(scan).schema == scan.schema


def test_a_scan_sees_the_version_that_it_was_opened_at(store: ObjectStore) -> None:
    fill(store, 10)
    scan = delta.open_scan(store, "t")
    delta.replace_table(store, "t", pa.table({"x": [1]}))
    assert pa.table(scan).num_rows == 20
    assert delta.open_scan(store, "t").schema.names == ["x"]
    assert delta.open_scan(store, "t", version=scan.version).schema == scan.schema


def test_of_no_partition_there_are_no_rows_and_of_a_missing_one_an_error(store: ObjectStore) -> None:
    fill(store, 3)
    assert pa.table(delta.open_scan(store, "t", partitions=[])).num_rows == 0
    with pytest.raises(errors.MissingPartition):
        delta.open_scan(store, "t", partitions=[{"day": "d7"}])
    with pytest.raises(errors.InvalidFrame, match="no column"):
        delta.open_scan(store, "t", columns=["q"])


@pytest.mark.slow
def test_a_process_that_needs_a_few_rows_only_ends_in_peace(tmp_path) -> None:
    """With ``to_pyarrow_dataset`` some of such processes hang or crash."""
    store = ObjectStore.open(tmp_path.as_uri())
    fill(store, 300_000)
    for _ in range(2):
        command = [sys.executable, "-c", CODE, str(store.url)]
        subprocess.run(command, cwd=Path(__file__).parents[3], check=True, timeout=60)
