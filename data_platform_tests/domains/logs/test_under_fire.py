"""A log of 60 dates in a real S3, while the process that makes them and the S3 are killed at random moments.

`TEST_LOGS_MEGABYTES` and `TEST_LOGS_KILLS` make it larger: 200 and 30 are what issue 4 asks for.
"""

import gzip
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from benchmarks.logs.data import Shape, write
from data_platform.domains.logs.settings import SETTLE_VARIABLE
from data_platform.laptop.seaweedfs import SeaweedFS
from data_platform.locations import load_domain
from data_platform.settings import STORE_VARIABLE
from data_platform.storage.delta import read_table
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.domains.logs.location import EVENTS, LANDING, REJECTED, Location
from data_platform_tests.repository import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(5_400)]

MEGABYTES = int(os.environ.get("TEST_LOGS_MEGABYTES", "20"))
KILLS = int(os.environ.get("TEST_LOGS_KILLS", "5"))
DATES = 60
TABLES = (EVENTS, REJECTED, "logs/date_accounts", "logs/raw_scans")
SUMMARY = "logs/traffic_summary_v1"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    with SeaweedFS(tmp_path_factory.mktemp("s3") / "data") as server:
        yield server


@dataclass(frozen=True)
class Log:
    """A log in three files: cut within lines, one of them compressed."""

    files: dict[str, bytes]
    lines: int


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    path = tmp_path_factory.mktemp("log") / "access.log"
    write(path, Shape(MEGABYTES * 1_000_000, DATES, out_of_order=0.05, broken=0.005))
    text = path.read_bytes()
    path.unlink()
    cuts = [0, len(text) // 2 + 17, len(text) * 9 // 10 + 23, len(text)]
    parts = [text[start:end] for start, end in pairwise(cuts)]
    lines = sum(part.count(b"\n") + (not part.endswith(b"\n")) for part in parts)
    names = ["web-1/access.log", "web-2/access.log", "web-3/access.log.gz"]
    return Log(dict(zip(names, [*parts[:2], gzip.compress(parts[2], 1)], strict=True)), lines)


class Place:
    """A store and a Dagster instance of their own, with the log in the landing folder."""

    def __init__(self, s3: SeaweedFS, log: Log, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        home.mkdir()
        (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        own = {STORE_VARIABLE: f"s3://{s3.bucket}/{home.name}", "DAGSTER_HOME": str(home), SETTLE_VARIABLE: "0"}
        self.home, self._environment = home, s3.environment | own
        for name, value in self._environment.items():
            monkeypatch.setenv(name, value)
        self.store = ObjectStore.open(self._environment[STORE_VARIABLE])
        for name, content in log.files.items():
            self.store.put(f"{LANDING}/{name}", content)

    def start(self) -> "subprocess.Popen[bytes]":
        """The process that makes dates, once it is about to."""
        command = [sys.executable, "-m", "data_platform_tests.domains.logs.killed_run"]
        environment = os.environ | self._environment
        with (self.home / "said").open("ab") as said:
            process = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, stderr=said)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n", self.said()
        return process

    def said(self) -> str:
        return (self.home / "said").read_text()[-5_000:]

    def finish(self, process: "subprocess.Popen[bytes]") -> None:
        out, _ = process.communicate()
        assert (process.returncode, out) == (0, b"done\n"), self.said()

    def table(self, name: str) -> pa.Table:
        table = read_table(self.store, name)
        keys = ["file", "offset"] if "file" in table.column_names else ["date"]
        return table.sort_by([(key, "ascending") for key in keys]).combine_chunks()

    def summary(self, lines: int) -> pa.Table:
        """The merge, of dates that Dagster knows of; every line is in it."""
        with dg.DagsterInstance.get() as instance:
            location = Location(load_domain("logs"), instance, self.store)
            dates = location.dates()
            assert len(dates) == DATES + 1, "and undated"
            assert sorted(instance.get_materialized_partitions(dg.AssetKey(EVENTS.split("/")))) == dates
            order = instance.get_dynamic_partitions("log_dates")
            assert location.materialize("logs/daily_traffic_v1", order[0], order[-1]).success
            assert location.materialize(SUMMARY).success
        merged = self.table(SUMMARY)
        assert sum(merged["lines"].to_pylist()) == lines
        assert sum(merged["hits"].to_pylist()) == self.table(EVENTS).num_rows
        return merged


@dataclass(frozen=True)
class Calm:
    tables: dict[str, pa.Table]
    summary: pa.Table
    seconds: float

    def assert_same(self, place: Place, log: Log) -> None:
        for name, wanted in self.tables.items():
            assert place.table(name).equals(wanted), name
        assert place.summary(log.lines).equals(self.summary)


@pytest.fixture(scope="module")
def calm(s3: SeaweedFS, log: Log, tmp_path_factory: pytest.TempPathFactory) -> Calm:
    """What comes of the log when nobody disturbs, and how long that takes."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        place = Place(s3, log, tmp_path_factory.mktemp("calm") / "calm", monkeypatch)
        process, begun = place.start(), time.monotonic()
        place.finish(process)
        seconds = time.monotonic() - begun
        return Calm({name: place.table(name) for name in TABLES}, place.summary(log.lines), seconds)


def test_a_process_killed_at_random_moments_leaves_what_the_next_one_makes_whole(
    s3: SeaweedFS, log: Log, calm: Calm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, killed, finished = random.Random(4), 0, 0
    place = Place(s3, log, tmp_path / "fire-0", monkeypatch)
    while killed < KILLS:
        process = place.start()
        time.sleep(chance.uniform(0, calm.seconds))
        if process.poll() is None:
            process.kill()
            process.communicate()
            killed += 1
            continue
        place.finish(process)
        calm.assert_same(place, log)
        finished += 1
        place = Place(s3, log, tmp_path / f"fire-{finished}", monkeypatch)
    place.finish(place.start())
    calm.assert_same(place, log)


def test_an_s3_killed_at_random_moments_costs_time_and_nothing_else(
    s3: SeaweedFS, log: Log, calm: Calm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(5)
    place = Place(s3, log, tmp_path / "outage", monkeypatch)
    process = place.start()
    for _ in range(max(3, KILLS // 3)):
        time.sleep(chance.uniform(0, calm.seconds / 2))
        s3.kill()
        time.sleep(chance.uniform(0, 1))
        s3.start()
    place.finish(process)
    calm.assert_same(place, log)
