"""The process that all code servers are forked from, by itself: what it does with those that are late or die."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from data_platform.laptop import server_status
from data_platform.laptop.server_status import ServerStatus
from data_platform_tests.laptop.code_server_process import Servers

CODE = "import dagster as dg\ndefs = dg.Definitions()\n"
DIES = "import os, dagster as dg\nif not os.path.exists('mended'): os._exit(7)\ndefs = dg.Definitions()\n"


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


@pytest.mark.slow
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
