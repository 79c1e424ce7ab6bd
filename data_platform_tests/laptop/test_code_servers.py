"""The process that all code servers are forked from, by itself: what it does with those that are late or die."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from dagster._grpc.client import DagsterGrpcClient

from data_platform.laptop import server_status
from data_platform.laptop.code_servers import PLAN
from data_platform.laptop.server_status import ServerStatus
from data_platform.laptop.state import write_json

CODE = "import dagster as dg\ndefs = dg.Definitions()\n"
DIES = "import os, dagster as dg\nif not os.path.exists('mended'): os._exit(7)\ndefs = dg.Definitions()\n"


def arguments(folder: Path, name: str, code: str) -> list[str]:
    (folder / f"{name}.py").write_text(code)
    return ["--module-name", name, "--working-directory", str(folder), "--attribute", "defs", "--location-name", name]


class Servers:
    def __init__(self, folder: Path, **modules: str) -> None:
        self.folder = folder
        (folder / "home").mkdir(exist_ok=True)
        (folder / "home" / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        plan = self.plan(**modules)
        variables = os.environ | {"DAGSTER_HOME": str(folder / "home"), "PYTHONPATH": str(folder)}
        self.log = (folder / "log").open("ab")
        command = [sys.executable, "-m", "data_platform.laptop.code_servers", str(plan)]
        self.process = subprocess.Popen(command, env=variables, stdout=self.log, stderr=self.log, cwd=folder)

    def plan(self, **modules: str) -> Path:
        plan = self.folder / PLAN
        write_json(plan, {name: arguments(self.folder, name, code) for name, code in modules.items()})
        return plan

    def statuses(self) -> dict[str, ServerStatus]:
        return server_status.read(self.folder)

    def serve(self, *names: str) -> bool:
        return all(self.statuses().get(name, ServerStatus()).serving for name in names)

    def of(self, name: str) -> list[psutil.Process]:
        """The servers of a location, oldest first: a forked one has its parent's command line, so by its socket."""
        return [
            child
            for child in psutil.Process(self.process.pid).children()
            if any(c.laddr and f"/{name}.sock." in str(c.laddr) for c in child.net_connections("unix"))
        ]

    def answers(self, name: str) -> str:
        return DagsterGrpcClient(host="localhost", socket=str(self.folder / f"{name}.sock")).get_server_id(timeout=30)

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 200
        while not holds():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.statuses(), (self.folder / "log").read_text())
            time.sleep(0.01)

    def end(self) -> None:
        children = psutil.Process(self.process.pid).children(recursive=True) if self.process.poll() is None else []
        self.process.terminate()
        for child in children:
            child.kill()
        self.process.wait()
        self.log.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Servers]]:
    started: list[Servers] = []

    def start_servers(**modules: str) -> Servers:
        started.append(Servers(tmp_path, **modules))
        return started[-1]

    yield start_servers
    for servers in started:
        servers.end()


def stop_the_first_child_that_serves(servers: Servers) -> psutil.Process:
    """Stop a forked server before it listens: the parent's first child that is no longer the one that opens storage."""
    parent = psutil.Process(servers.process.pid)
    servers.until((servers.folder / server_status.OPENED).exists)
    servers.until(lambda: len(parent.children()) >= 2)
    late = parent.children()[-1]
    late.suspend()
    return late


def test_a_server_that_is_late_is_published_when_it_comes_and_holds_nobody_up(start: Callable[..., Servers]) -> None:
    servers = start(first=CODE, late=CODE)
    late = stop_the_first_child_that_serves(servers)
    servers.until(lambda: servers.serve("first"))
    assert servers.statuses()["late"] == ServerStatus(serving=False)
    late.resume()
    servers.until(lambda: servers.serve("first", "late"))
    assert servers.answers("late")


def test_a_location_that_comes_is_served_and_one_that_goes_is_ended_without_a_restart(
    start: Callable[..., Servers],
) -> None:
    servers = start(stays=CODE, goes=CODE)
    servers.until(lambda: servers.serve("stays", "goes"))
    before, (gone,) = servers.answers("stays"), servers.of("goes")
    servers.plan(stays=CODE, comes=CODE)
    servers.until(lambda: servers.serve("comes") and "goes" not in servers.statuses())
    assert servers.answers("comes")
    assert servers.answers("stays") == before
    gone.wait(30)
    assert not (servers.folder / "goes.sock").is_symlink()


@pytest.mark.slow
def test_a_server_that_is_killed_is_followed_by_another_under_the_same_name(start: Callable[..., Servers]) -> None:
    servers = start(shop=CODE)
    servers.until(lambda: servers.serve("shop"))
    before = servers.answers("shop")
    servers.of("shop")[0].send_signal(signal.SIGKILL)
    servers.until(lambda: servers.statuses()["shop"].deaths == 1 and servers.serve("shop"))
    assert servers.statuses()["shop"].cause == "ended by SIGKILL"
    assert servers.answers("shop") != before


@pytest.mark.slow
def test_code_that_ends_its_server_again_and_again_is_tried_until_it_is_mended(start: Callable[..., Servers]) -> None:
    servers = start(dies=DIES, well=CODE)
    servers.until(lambda: servers.serve("well"))
    servers.until(lambda: servers.statuses()["dies"].deaths >= 2)
    assert servers.statuses()["dies"].cause == "ended with exit code 7"
    (servers.folder / "mended").touch()
    servers.until(lambda: servers.serve("dies"))
    assert servers.serve("well")


@pytest.mark.slow
def test_a_process_that_follows_one_that_was_killed_serves_under_the_same_names(start: Callable[..., Servers]) -> None:
    first = start(shop=CODE)
    first.until(lambda: first.serve("shop"))
    before = first.answers("shop")
    first.process.kill()
    first.process.wait()
    server_status.clear(first.folder)
    second = start(shop=CODE)
    second.until(lambda: second.serve("shop"))
    assert second.answers("shop") != before
