"""`data-platform up`, end to end with real processes."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from data_platform.laptop.dagster_api import DagsterAPI
from data_platform_tests.laptop.stack_process import BROKEN, FAILING, SHOP, Up, workspace

Starter = Callable[..., Up]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    started: list[Up] = []

    def start_one(path: Path, *options: str, **environment: str) -> Up:
        started.append(Up(tmp_path / "state", path, *options, **environment))
        return started[-1]

    yield start_one
    for up in started:
        up.make_sure_it_ended()


def command(state: Path, verb: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("data-platform"))
    variables = {**os.environ, "DATA_PLATFORM_STATE": str(state)}
    return subprocess.run([program, verb], env=variables, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_it_makes_what_is_tagged_says_where_and_a_second_time_finds_it_there(tmp_path: Path, start: Starter) -> None:
    path = workspace(tmp_path, shop=SHOP)
    first = start(path, "--exit-when-ready")
    assert first.finish() == 0, first.text
    assert "materialized shop/orders" in first.text
    assert "1 passed" in first.text
    assert "s3://data-platform/shop/orders/" in first.text
    secret = (tmp_path / "state" / "credentials.json").read_text().split('"')[-2]
    assert secret not in first.text
    second = start(path, "--exit-when-ready")
    assert second.finish() == 0, second.text
    assert "already there" in second.text
    assert second.processes() == []


@pytest.mark.slow
def test_a_broken_location_and_a_failed_run_are_told_and_leave_the_others_standing(
    tmp_path: Path, start: Starter
) -> None:
    up = start(workspace(tmp_path, shop=SHOP, broken=BROKEN, failing=FAILING), "--exit-when-ready")
    assert up.finish() == 1
    assert "Code location broken did not load" in up.text
    assert "this domain does not import" in up.text
    assert "materialized shop/orders" in up.text
    assert "in step unlucky" in up.text
    assert "no luck today" in up.text


def test_ctrl_c_leaves_no_process_behind_and_parts_that_died_come_back(tmp_path: Path, start: Starter) -> None:
    up = start(workspace(tmp_path, shop=SHOP), "--no-materialize")
    up.wait_for("Ctrl-C stops everything")
    refused = start(tmp_path / "workspace.yaml")
    assert refused.finish() == 1
    assert "already runs" in refused.text
    exported = dict(
        shlex.split(line)[1].split("=", 1) for line in command(tmp_path / "state", "env").stdout.splitlines()
    )
    assert exported["AWS_ENDPOINT_URL"] == up.record.urls["S3 endpoint"]
    weed = next(process for process in up.processes() if "mini" in process.cmdline())
    weed.kill()
    up.wait_for("SeaweedFS answers again")
    assert httpx.get(exported["AWS_ENDPOINT_URL"]).status_code < 500
    everything = up.processes()
    assert up.finish(signal.SIGINT) == 0, up.text
    assert not [process for process in everything if process.is_running()]
    assert up.processes() == []


@pytest.mark.slow
def test_reload_in_the_ui_loads_changed_code(tmp_path: Path, start: Starter) -> None:
    path = workspace(tmp_path, shop=SHOP)
    up = start(path, "--no-materialize")
    up.wait_for("Ctrl-C stops everything")
    (tmp_path / "shop.py").write_text(SHOP.replace('"daily", selection', '"renamed", selection'))
    with DagsterAPI(up.record.urls["Dagster UI"]) as api:
        api.ask('mutation { reloadRepositoryLocation(repositoryLocationName: "shop") { __typename } }')
        assert [job.name for job in api.first_run_jobs()] == ["renamed"]
    assert up.finish(signal.SIGTERM) == 0


@pytest.mark.slow
def test_what_kill_9_of_up_leaves_is_ended_by_the_next_one(tmp_path: Path, start: Starter) -> None:
    up = start(workspace(tmp_path, shop=SHOP), "--no-materialize")
    up.wait_for("Ctrl-C stops everything")
    up.finish(signal.SIGKILL)
    command(tmp_path / "state", "down")
    assert up.processes() == []
    again = start(tmp_path / "workspace.yaml", "--exit-when-ready", "--no-materialize")
    assert again.finish() == 0, again.text


@pytest.mark.slow
def test_a_store_of_the_users_own_is_used_and_no_s3_is_started(tmp_path: Path, start: Starter) -> None:
    store = f"file://{tmp_path}/store"
    path = workspace(tmp_path, failing=FAILING)
    up = start(path, "--no-materialize", "--exit-when-ready", DATA_PLATFORM_STORE=store)
    assert up.finish() == 0, up.text
    assert store in up.text
    assert "S3 endpoint" not in up.text


def test_a_port_that_the_user_set_and_is_in_use_is_named(tmp_path: Path, start: Starter) -> None:
    port = next(each.laddr.port for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN)
    up = start(workspace(tmp_path, shop=SHOP), DATA_PLATFORM_PORT=str(port))
    assert up.finish() == 1
    assert f"Port {port}, set by DATA_PLATFORM_PORT, is in use" in up.text
