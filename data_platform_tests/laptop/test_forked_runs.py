"""Runs that are forked: real code servers, a real instance, and our launcher."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster import DagsterRunStatus
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import LaunchRunContext
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_run_for_test
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget

from data_platform.laptop import server_status
from data_platform.laptop.dagster_private import forked_run
from data_platform.laptop.forked_runs import SOCKET, RunNotForkedError, fork_run
from data_platform.settings import STATE_VARIABLE
from data_platform_tests.laptop.code_server_process import Servers

SETTINGS = """
run_launcher: {module: data_platform.laptop.dagster_private.run_launcher, class: WatchedRunLauncher}
telemetry: {enabled: false}
"""
CODE = """
import os, random, time
from pathlib import Path
import dagster as dg
import numpy

VERSION = "as the server loaded it"

@dg.op
def work():
    with Path("made").open("a") as file:
        file.write(f"{VERSION},{os.getppid()},{numpy.random.random()},{random.random()}\\n")

@dg.op
def waits():
    Path("waits").write_text(str(os.getpid()))
    time.sleep(600)

@dg.job(executor_def=dg.in_process_executor)
def makes():
    work()

@dg.job(executor_def=dg.in_process_executor)
def goes_on():
    waits()

defs = dg.Definitions(jobs=[makes, goes_on])
"""


class Shop:
    """A location `shop` that is served, and an instance that launches its runs."""

    def __init__(self, servers: Servers, instance: dg.DagsterInstance) -> None:
        self.servers, self.folder, self.instance = servers, servers.folder, instance

    @contextmanager
    def workspace(self) -> Iterator[WorkspaceProcessContext]:
        socket = str(self.folder / "shop.sock")
        target = GrpcServerTarget(host="localhost", port=None, socket=socket, location_name="shop")
        with WorkspaceProcessContext(self.instance, target) as context:
            yield context

    def run(self, name: str) -> dg.DagsterRun:
        with self.workspace() as context:
            location = context.create_request_context().get_code_location("shop")
            job = location.get_repository("__repository__").get_full_job(name)
            return create_run_for_test(
                self.instance,
                job_name=name,
                status=DagsterRunStatus.STARTING,
                job_code_origin=job.get_python_origin(),
                remote_job_origin=job.get_remote_origin(),
            )

    def launch(self, run: dg.DagsterRun) -> None:
        with self.workspace() as context:
            self.instance.run_launcher.launch_run(LaunchRunContext(run, context.create_request_context()))

    def status(self, run: dg.DagsterRun) -> DagsterRunStatus:
        known = self.instance.get_run_by_id(run.run_id)
        assert known is not None
        return known.status

    def wait_for(self, run: dg.DagsterRun, status: DagsterRunStatus) -> None:
        self.servers.until(lambda: self.status(run) == status)

    def lines(self) -> list[list[str]]:
        return [line.split(",") for line in (self.folder / "made").read_text().splitlines()]


@contextmanager
def served(folder: Path) -> Iterator[Shop]:
    servers = Servers(folder, SETTINGS, shop=CODE)
    try:
        servers.until(lambda: servers.serve("shop"))
        with dg.DagsterInstance.from_config(str(folder / "home")) as instance:
            yield Shop(servers, instance)
    finally:
        servers.end()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with served(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def shop(shared: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv(STATE_VARIABLE, str(shared.folder))
    for left in ("made", "waits"):
        (shared.folder / left).unlink(missing_ok=True)
    return shared


def test_runs_are_forked_with_the_code_as_it_is_now_and_random_numbers_of_their_own(shop: Shop) -> None:
    (shop.folder / "shop.py").write_text(CODE.replace("as the server loaded it", "as it is now"))
    runs = [shop.run("makes") for _ in range(2)]
    for run in runs:
        shop.launch(run)
        shop.wait_for(run, DagsterRunStatus.SUCCESS)
    lines = shop.lines()
    assert [line[:2] for line in lines] == [["as it is now", str(shop.servers.process.pid)]] * 2
    assert lines[0][2] != lines[1][2]
    assert lines[0][3] != lines[1][3]
    # Asked again, as after an answer that was lost, it is not made twice, and no failure is made of it.
    assert fork_run(shop.folder, forked_run.request(runs[0].run_id, shop.instance))
    assert len(shop.lines()) == 2
    assert shop.status(runs[0]) == DagsterRunStatus.SUCCESS


def test_a_forked_run_is_ended_when_it_is_asked_to(shop: Shop) -> None:
    run = shop.run("goes_on")
    shop.launch(run)
    shop.servers.until((shop.folder / "waits").exists)
    assert shop.instance.run_launcher.terminate(run.run_id)
    shop.wait_for(run, DagsterRunStatus.CANCELED)


@pytest.mark.slow
def test_without_somebody_who_forks_a_code_server_starts_the_run(shop: Shop) -> None:
    (shop.folder / SOCKET).rename(shop.folder / "away")
    run = shop.run("makes")
    shop.launch(run)
    (shop.folder / "away").rename(shop.folder / SOCKET)
    shop.wait_for(run, DagsterRunStatus.SUCCESS)
    known = shop.instance.get_run_by_id(run.run_id)
    assert known is not None
    assert GRPC_INFO_TAG in known.tags


def test_a_run_whose_process_cannot_begin_stays_in_the_queue_and_the_cause_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RunNotForkedError, match="JSONDecodeError"):
        fork_run(shop.folder, "no request")
    run = shop.run("makes")
    monkeypatch.setattr(
        "data_platform.laptop.dagster_private.run_launcher.request", lambda *_: json.dumps({"run": run.run_id})
    )
    with pytest.raises(DagsterUserCodeUnreachableError, match="KeyError"):
        shop.launch(run)
    assert shop.status(run) == DagsterRunStatus.STARTING


@pytest.mark.slow
def test_a_run_outlives_the_process_that_forked_it_and_ends_with_it_when_that_is_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path))
    with served(tmp_path) as shop:
        outlives(shop)


def outlives(shop: Shop) -> None:
    run = shop.run("goes_on")
    shop.launch(run)
    shop.servers.until((shop.folder / "waits").exists)
    process = psutil.Process(int((shop.folder / "waits").read_text()))
    shop.servers.process.kill()
    shop.servers.process.wait()
    assert process.is_running()
    assert not fork_run(shop.folder, "")  # it does not hold the socket open, where nobody would answer
    process.send_signal(signal.SIGTERM)
    process.wait(60)

    server_status.clear(shop.folder)
    again = Servers(shop.folder, SETTINGS, shop=CODE)
    try:
        again.until(lambda: again.serve("shop"))
        (shop.folder / "waits").unlink()
        other = shop.run("goes_on")
        shop.launch(other)
        again.until((shop.folder / "waits").exists)
        again.process.terminate()
        again.process.wait(60)
        assert not psutil.pid_exists(int((shop.folder / "waits").read_text()))
        assert shop.status(other) in (DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
    finally:
        again.end()


IMPORTS_THEN_FORKS = """
import importlib, os, signal, sys
from data_platform.laptop.settings import SHARED_IMPORTS
for module in SHARED_IMPORTS:
    importlib.import_module(module)
for _ in range(10):
    if os.fork() == 0:
        signal.alarm(120)
        import tempfile
        import deltalake, duckdb, numpy as np, polars as pl, pyarrow as pa
        square = np.random.rand(700, 700)
        assert (square @ square).sum() > 0
        rows = pa.table({"key": np.arange(400_000) % 1000, "value": np.random.rand(400_000)})
        assert rows.group_by("key").aggregate([("value", "sum")]).num_rows == 1000
        assert len(duckdb.sql("select key, sum(value) from rows group by key").fetchall()) == 1000
        folder = tempfile.mkdtemp()
        deltalake.write_deltalake(folder, rows)
        assert deltalake.DeltaTable(folder).to_pyarrow_table().num_rows == 400_000
        assert pl.from_arrow(rows).group_by("key").agg(pl.col("value").sum()).height == 1000
        assert len(rows.to_pandas().groupby("key").value.sum()) == 1000
        os._exit(0)
    assert os.wait()[1] == 0
"""


@pytest.mark.slow
def test_what_is_imported_before_the_fork_works_after_it(tmp_path: Path) -> None:
    variables = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", IMPORTS_THEN_FORKS], cwd=tmp_path, check=True, env=variables)


def test_a_socket_that_takes_no_more_requests_lets_the_run_be_launched_again(tmp_path: Path) -> None:
    with ExitStack() as opened:
        listener = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listener.bind(str(tmp_path / SOCKET))
        listener.listen(0)
        for _ in range(2):  # one is held beyond what `listen` was told
            waiting = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            waiting.setblocking(False)
            waiting.connect_ex(str(tmp_path / SOCKET))
        with pytest.raises(RunNotForkedError, match="did not answer"):
            fork_run(tmp_path, "{}")


NO_DESCRIPTOR = """
import os, resource, select, socket, sys, time
from pathlib import Path
from data_platform.laptop.forked_runs import SOCKET, RunForks
folder = Path(sys.argv[1])
forks = RunForks(folder, become=None)
asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
asking.connect(str(folder / SOCKET))
most = max(int(name) for name in os.listdir("/proc/self/fd")) + 1
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
while True:
    try:
        os.dup(0)
    except OSError:
        break
begun = time.monotonic()
for _ in range(3):
    assert select.select([forks], [], [], 10)[0], "the request waits"
    forks.fork()
print(time.monotonic() - begun)
"""


def test_a_forker_without_a_descriptor_left_keeps_the_request_and_rests(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NO_DESCRIPTOR, str(tmp_path)]
    rested = subprocess.run(command, capture_output=True, text=True, check=False)
    assert rested.returncode == 0, rested.stderr
    assert float(rested.stdout) > 1, "each of its looks is followed by a rest"
