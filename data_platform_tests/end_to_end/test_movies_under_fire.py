"""The daily list over real HTTP into a real S3, while everything that can go wrong does."""

import io
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pandas as pd
import pytest
from deltalake import DeltaTable

from data_platform.domains.movies.partitions import today
from data_platform.domains.movies.resources import TMDB_TOKEN_VARIABLE
from data_platform.laptop.seaweedfs import SeaweedFS
from data_platform.settings import SIMULATOR_VARIABLE, STORE_VARIABLE
from data_platform.simulator.serving import Simulator, running
from data_platform.simulator.settings import SimulatorSettings
from data_platform.simulator.tmdb.faults import Faults
from data_platform_tests.repository import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KILLS = 15
FIRE = {
    "rate_429": 0.1,
    "rate_5xx": 0.1,
    "rate_reset": 0.1,
    "retry_after_seconds": 0,
    "overlap_rate": 0.5,
    "max_consecutive": 3,
    "drift": True,
}


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    with SeaweedFS(tmp_path_factory.mktemp("s3") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running(SimulatorSettings(faults=Faults.model_validate(FIRE))) as simulator:
        yield simulator


@pytest.fixture
def environment(s3: SeaweedFS, simulator: Simulator, request: pytest.FixtureRequest) -> dict[str, str]:
    """A store of the test's own in the one S3."""
    own = {STORE_VARIABLE: f"s3://{s3.bucket}/{request.node.name}", SIMULATOR_VARIABLE: simulator.url}
    return {k: v for k, v in os.environ.items() if k != TMDB_TOKEN_VARIABLE} | s3.environment | own


class Reader:
    """Reads the day's CSV as a stranger would, with boto3 and pandas, as often as it can."""

    def __init__(self, s3: SeaweedFS, environment: dict[str, str]) -> None:
        self._client = boto3.client(
            "s3",
            endpoint_url=s3.endpoint,
            region_name=s3.region,
            aws_access_key_id=s3.access_key,
            aws_secret_access_key=s3.secret_key,
        )
        self._bucket = s3.bucket
        self._prefix = environment[STORE_VARIABLE].removeprefix(f"s3://{s3.bucket}/")
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._stop = threading.Event()

    def csv(self) -> bytes | None:
        key = f"{self._prefix}/movies/top_movies_csv/popular/{today().isoformat()}.csv"
        try:
            return bytes(self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        except self._client.exceptions.NoSuchKey:
            return None

    def look(self) -> None:
        data = self.csv()
        if data is None:
            self.seen["nothing yet"] += 1
            return
        frame = pd.read_csv(io.BytesIO(data), keep_default_na=False)
        whole = len(frame) == 100 and frame["id"].is_unique and frame["rank"].tolist() == list(range(1, 101))
        self.seen["a whole list"] += 1
        if not (whole and data.endswith(b"\r\n")):
            self.wrong.append(f"{len(frame)} rows, {len(data)} bytes")

    @contextmanager
    def polling(self) -> Iterator[None]:
        def poll() -> None:
            while not self._stop.wait(0.01):
                self.look()

        thread = threading.Thread(target=poll)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()


def start_loop(environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "data_platform_tests.end_to_end.movies_loop"]
    with log.open("ab") as stderr:
        process = subprocess.Popen(command, env=environment, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=stderr)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n", log.read_text()
    return process


def test_writers_killed_at_random_never_show_a_reader_anything_but_a_whole_list(
    s3: SeaweedFS, simulator: Simulator, environment: dict[str, str], tmp_path: Path
) -> None:
    reader = Reader(s3, environment)
    with reader.polling():
        for _ in range(KILLS):
            process = start_loop(environment, tmp_path / "log")
            time.sleep(random.uniform(0.2, 4.0))
            process.kill()
            process.wait()
    assert reader.wrong == []
    assert reader.seen["a whole list"] > KILLS
    assert {"429", "reset", "html"} <= set(simulator.faults_served)
    uri, options = f"{environment[STORE_VARIABLE]}/movies/rank_history_v1", s3.environment | {"AWS_ALLOW_HTTP": "true"}
    process = start_loop(environment, tmp_path / "log")  # on a busy machine no writer lived long enough
    try:
        until = time.monotonic() + 300
        while not DeltaTable.is_deltatable(uri, options) and time.monotonic() < until:
            time.sleep(0.5)
    finally:
        process.kill()
        process.wait()
    assert len(DeltaTable(uri, storage_options=options).to_pandas()) == 100


def test_an_s3_that_dies_while_a_day_is_written_leaves_a_clear_failure_or_a_whole_list(
    s3: SeaweedFS, environment: dict[str, str], tmp_path: Path
) -> None:
    reader = Reader(s3, environment)
    process = start_loop(environment, tmp_path / "log")
    for _ in range(4):
        time.sleep(random.uniform(0.5, 3.0))
        s3.kill()
        s3.start()
        reader.look()
        assert process.poll() is None
    deadline = time.monotonic() + 60
    while reader.csv() is None and time.monotonic() < deadline:
        time.sleep(0.2)
    process.kill()
    process.wait()
    reader.look()
    assert reader.wrong == []
    assert reader.seen["a whole list"] >= 1
