"""Publishing while others read, write and are killed, on the real S3."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import pytest

from data_platform.products.judging import check_published
from data_platform.storage.delta import read_table
from data_platform.storage.delta.history import VersionInfo, versions
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.products.fire import ROWS
from data_platform_tests.products.shop import Shop
from data_platform_tests.s3 import S3Server

pytestmark = pytest.mark.slow

COLUMNS = """\
- {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1, description: The number.}
- {name: run, logicalType: integer, required: true, description: Who made it.}
- {name: price, logicalType: number, required: true, description: The price., logicalTypeOptions: {minimum: 0}}
"""
DAY = "- {name: day, logicalType: date, required: true, partitioned: true, description: The day., primaryKey: true}\n"
KEY = "sales/prices_v1"
PUBLICATIONS = int(os.environ.get("DATA_PLATFORM_TEST_PUBLICATIONS", "60"))


def start(folder: Path, url: str, number: int, *days: str, s3: S3Server) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "data_platform_tests.products.fire", str(folder), url, str(number), *days]
    environment = os.environ | s3.environment
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def connected(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ObjectStore]:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    url = s3.fresh_url()
    return url, ObjectStore.open(url)


class Reader(threading.Thread):
    """Reads the product again and again, and keeps what was ever wrong with it."""

    def __init__(self, store: ObjectStore) -> None:
        super().__init__(daemon=True)
        self.store, self.reads, self.wrong, self.stop = store, 0, [], threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                table = read_table(self.store, KEY)
            except MissingTable:
                continue
            except Exception as error:  # noqa: BLE001 - whatever a reader meets is a finding
                self.wrong.append(repr(error))
                continue
            self.reads += 1
            runs = set(table["run"].to_pylist())
            if table.num_rows != ROWS or len(runs) != 1 or min(table["price"].to_pylist()) < 0:
                self.wrong.append(f"{table.num_rows} rows of runs {runs}")


KEEPING: Final = ("vacuum", "set tblproperties")
"""What cleaning up, once in twenty publications, commits of its own."""


def batches(store: ObjectStore, limit: int) -> list[VersionInfo]:
    """The versions that a batch made."""
    return [commit for commit in versions(store, KEY, limit=limit) if not commit.mode.startswith(KEEPING)]


def test_readers_never_see_a_violation_a_mixed_batch_or_a_torn_table_while_writers_are_killed(
    shop: Shop, s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shop.product(KEY, COLUMNS, sql="SELECT 1 AS id, 1 AS run, 1.0 AS price")
    url, store = connected(s3_store, monkeypatch)
    reader = Reader(store)
    reader.start()
    chance, published, refused, killed = random.Random(7), set(), set(), 0
    number = 0
    while len(published) + len(refused) < PUBLICATIONS:
        number += 1
        with start(folder, url, number, s3=s3_store) as writer:
            assert writer.stdout is not None
            for _ in range(chance.randint(1, 12)):
                run, went_through = writer.stdout.readline().split()
                (published if went_through == "1" else refused).add(run)
            threading.Event().wait(chance.random() * 0.15)
            writer.kill()
            killed += 1
            rest = [line.split() for line in writer.stdout.read().splitlines() if len(line.split()) == 2]
            for run, went_through in rest:
                (published if went_through == "1" else refused).add(run)
    reader.stop.set()
    reader.join()
    assert not reader.wrong
    assert reader.reads > 0
    assert refused
    assert killed > 3
    committed = {commit.metadata["run_id"] for commit in batches(store, 10_000)}
    assert published <= committed, "what was acknowledged is there"
    assert not refused & committed
    assert check_published(store, shop.read(KEY)).passed


def test_eight_processes_publish_the_same_partitions_and_each_ends_as_one_writers_batch(
    shop: Shop, s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shop.product(
        KEY,
        COLUMNS + DAY.replace("primaryKey: true", "primaryKey: true, primaryKeyPosition: 2"),
        sql="SELECT 1 AS id, 1 AS run, 1.0 AS price, DATE '2026-11-01' AS day",
        defs="partitions: {type: daily}",
        mode="replace_partition",
    )
    url, store = connected(s3_store, monkeypatch)
    days = [f"2026-11-0{day}" for day in range(1, 6)]
    writers = [start(folder, url, number, *days, s3=s3_store) for number in range(8)]
    said = [writer.communicate(timeout=250)[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 8
    for day in days:
        table = read_table(store, KEY, partitions=[{"day": day}])
        assert table.num_rows == ROWS
        assert len(set(table["run"].to_pylist())) == 1
    made = [(commit.metadata["run_id"], *commit.metadata["partitions"]) for commit in batches(store, 100)]
    left_out = [tuple(line.split()) for each in said for line in each.splitlines()]
    assert len(set(made)) == len(made), "no batch is in the history twice"
    assert len(made) + len(left_out) == 8 * len(days)
    assert {*made, *left_out} == {(f"writer-{number}", day) for number in range(8) for day in days}
    assert {day for _, day in made} == {*days}
