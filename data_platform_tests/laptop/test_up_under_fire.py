"""`data-platform up` while its parts are stopped for long and killed: nothing stays out, and no run is lost or doubled.

`DATA_PLATFORM_TEST_STARTS` says how many starts are tried, 2 when it is not set.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from data_platform.laptop import server_status
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform_tests.laptop.stack_process import Up, workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

STARTS = int(os.environ.get("DATA_PLATFORM_TEST_STARTS", "2"))
LONGEST_STOP = 90.0
DAYS = [f"2026-01-{day:02}" for day in range(1, 13)]

NOTHING = "import dagster as dg\ndefs = dg.Definitions()\n"
SLOW_DAYS = """
import time
from pathlib import Path
import dagster as dg

days = dg.DailyPartitionsDefinition(start_date="2026-01-01")

@dg.asset(partitions_def=days)
def slow(context):
    time.sleep(4)
    with (Path(__file__).parent / "done").open("a") as file:
        file.write(f"{context.partition_key} {context.run_id}\\n")

defs = dg.Definitions(assets=[slow])
"""
BACKFILL = """mutation ($days: [String!]) {
  launchPartitionBackfill(backfillParams: {assetSelection: [{path: ["slow"]}], partitionNames: $days}) {
    __typename ... on LaunchBackfillSuccess { backfillId } } }"""
BACKFILL_STATUS = (
    "query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
)
MATERIALIZED = """query ($days: [String!]) { assetNodes(assetKeys: [{path: ["slow"]}]) {
  assetMaterializations(partitions: $days) { partition runId } } }"""


@pytest.fixture
def ups(tmp_path: Path) -> Iterator[list[Up]]:
    started: list[Up] = []
    yield started
    for up in started:
        up.make_sure_it_ended()


def loaded(up: Up) -> set[str]:
    with DagsterAPI(up.record.urls["Dagster UI"], alive=lambda: None) as api:
        return set(api.locations().loaded)


class Stops(threading.Thread):
    """Stops each process of a stack once, at a random moment of its first seconds and for a random time."""

    def __init__(self, up: Up, seed: int) -> None:
        super().__init__(daemon=True)
        self.up, self.chance, self.over = up, random.Random(seed), threading.Event()
        self.seen: set[int] = set()
        self.timers: list[threading.Timer] = []

    def run(self) -> None:
        while not self.over.wait(0.05):
            with suppress(psutil.Error):
                for process in psutil.Process(self.up.process.pid).children(recursive=True):
                    if process.pid not in self.seen:
                        self.seen.add(process.pid)
                        self.later(self.chance.uniform(0, 4), process)

    def later(self, seconds: float, process: psutil.Process) -> None:
        def stop() -> None:
            with suppress(psutil.Error):
                process.suspend()

        def go_on() -> None:
            with suppress(psutil.Error):
                process.resume()

        until = seconds + self.chance.uniform(0, LONGEST_STOP)
        for moment, act in ((seconds, stop), (until, go_on)):
            timer = threading.Timer(moment, act)
            timer.daemon = True
            self.timers.append(timer)
            timer.start()

    def end(self) -> None:
        self.over.set()
        self.join()
        for timer in self.timers:
            timer.join()


@pytest.mark.parametrize("seed", range(STARTS))
def test_every_location_is_served_in_the_end_however_long_its_parts_were_stopped(
    seed: int, tmp_path: Path, ups: list[Up]
) -> None:
    up = Up(tmp_path / "state", workspace(tmp_path, one=NOTHING, two=NOTHING, three=NOTHING), "--no-materialize")
    ups.append(up)
    stops = Stops(up, seed)
    stops.start()
    up.wait_for("Ctrl-C stops everything", 600)
    up.wait_until(lambda: loaded(up) == {"one", "two", "three"}, 600)
    stops.end()
    up.wait_until(lambda: loaded(up) == {"one", "two", "three"}, 300)
    assert up.finish(signal.SIGINT) == 0, up.text


def code_servers(up: Up) -> list[psutil.Process]:
    """The children of the process that forks one for each location."""
    parents = [process for process in up.processes() if "data_platform.laptop.code_servers" in process.cmdline()]
    return [child for parent in parents for child in parent.children()]


def test_a_location_whose_server_was_stopped_for_66_seconds_is_told_of_and_comes(tmp_path: Path, ups: list[Up]) -> None:
    up = Up(tmp_path / "state", workspace(tmp_path, first=NOTHING, late=NOTHING), "--no-materialize")
    ups.append(up)
    up.wait_until(lambda: up.state.read_record() is not None)
    sockets = Path(up.record.sockets)
    up.wait_until((sockets / server_status.OPENED).exists)
    up.wait_until(lambda: len(code_servers(up)) >= 2)
    late = max(code_servers(up), key=lambda child: child.pid)
    late.suspend()
    stopped = time.monotonic()
    up.wait_for("Ctrl-C stops everything", 400)
    assert "is not served yet" in up.text
    assert loaded(up) == {"first"}
    time.sleep(max(0.0, 66 - (time.monotonic() - stopped)))
    late.resume()
    up.wait_for("Served now: late", 200)
    assert loaded(up) == {"first", "late"}


def test_parts_that_are_killed_in_turn_during_a_backfill_cost_no_partition_and_double_none(
    tmp_path: Path, ups: list[Up]
) -> None:
    up = Up(tmp_path / "state", workspace(tmp_path, shop=SLOW_DAYS), "--no-materialize")
    ups.append(up)
    up.wait_for("Ctrl-C stops everything")
    with DagsterAPI(up.record.urls["Dagster UI"], alive=lambda: None) as api:
        backfill = api.ask(BACKFILL, days=DAYS)["launchPartitionBackfill"]["backfillId"]
        done = tmp_path / "done"
        up.wait_until(done.exists, 300)
        for name in (
            "data_platform.laptop.dagster_private.daemon",
            "data_platform.laptop.dagster_private.webserver",
            "a code server",
            "mini",
            "data_platform.simulator",
            "all code servers",
        ):
            kill(up, name)
            lines = len(done.read_text().splitlines())
            up.wait_until(
                lambda lines=lines: len(done.read_text().splitlines()) > lines or finished(api, backfill), 400
            )
        up.wait_until(lambda: finished(api, backfill), 600)
        events = api.ask(MATERIALIZED, days=DAYS)["assetNodes"][0]["assetMaterializations"]
    assert sorted({event["partition"] for event in events}) == DAYS
    runs = [line.split()[1] for line in done.read_text().splitlines()]
    assert len(runs) == len(set(runs))
    assert len(events) == len(DAYS)
    assert up.finish(signal.SIGINT) == 0, up.text


def finished(api: DagsterAPI, backfill: str) -> bool:
    status = api.ask(BACKFILL_STATUS, id=backfill)["partitionBackfillOrError"]["status"]
    assert status in {"REQUESTED", "COMPLETED_SUCCESS", "COMPLETED"}, status
    return status.startswith("COMPLETED")


def kill(up: Up, name: str) -> None:
    """Kill a part by what its command line says, and wait until another one is there."""
    if "code server" in name:
        parent = next(p for p in up.processes() if is_parent_of_servers(p))
        victims = [parent] if name.startswith("all") else parent.children()[:1]
    else:
        victims = [p for p in up.processes() if name in p.cmdline()][:1]
    for victim in victims:
        victim.send_signal(signal.SIGKILL)


def is_parent_of_servers(process: psutil.Process) -> bool:
    words = "data_platform.laptop.code_servers"
    return words in process.cmdline() and words not in (process.parent() or process).cmdline()
