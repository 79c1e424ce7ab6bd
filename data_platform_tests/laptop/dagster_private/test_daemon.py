"""A run that is to be retried while its code server is away, in a real instance and against a real code server."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget

from data_platform.laptop.dagster_private import daemon

# Dagster's own consumer of events says by it that it begins to follow.
pytestmark = pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated:DeprecationWarning")

SETTINGS = """
run_coordinator: {module: dagster.core.run_coordinator, class: QueuedRunCoordinator}
run_retries: {enabled: true, max_retries: 2}
telemetry: {enabled: false}
"""
CODE = """
import dagster as dg

@dg.op
def work():
    pass

@dg.job
def some_job():
    work()

defs = dg.Definitions(jobs=[some_job])
"""


@dg.op
def work() -> None:
    pass


@dg.job
def some_job() -> None:
    work()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster.yaml").write_text(SETTINGS)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon.auto_run_reexecution, "retry_run", daemon.retry_run_or_wait)


@contextmanager
def code_server(folder: Path) -> Iterator[None]:
    (folder / "code.py").write_text(CODE)
    socket, code = str(folder / "s.sock"), str(folder / "code.py")
    command = [sys.executable, "-m", "dagster", "api", "grpc", "--socket", socket, "--python-file", code]
    server = subprocess.Popen([*command, "--location-name", "shop"])
    try:
        ask = [sys.executable, "-m", "dagster", "api", "grpc-health-check", "--socket", socket]
        while subprocess.run(ask, check=False, capture_output=True).returncode:
            assert server.poll() is None
            time.sleep(0.2)
        yield
    finally:
        server.kill()
        server.wait()


def look(instance: dg.DagsterInstance, folder: Path) -> None:
    """One look of a daemon that was started just now: it has no memory but what is stored."""
    target = GrpcServerTarget(host="localhost", port=None, socket=str(folder / "s.sock"), location_name="shop")
    with WorkspaceProcessContext(instance, target) as context:
        list(daemon.PatientEventLogConsumer().run_iteration(context))


def lost_run(instance: dg.DagsterInstance, folder: Path, tags: dict[str, str] | None = None) -> str:
    """A run whose process is gone, of the location ``shop``."""
    location = GrpcServerCodeLocationOrigin(
        host="localhost", port=None, socket=str(folder / "s.sock"), location_name="shop"
    )
    origin = RemoteRepositoryOrigin(location, "__repository__").get_job_origin("some_job")
    run = instance.create_run_for_job(some_job, status=DagsterRunStatus.STARTED, tags=tags, remote_job_origin=origin)
    instance.report_run_failed(run, "The run's process is gone.")
    return run.run_id


def retries(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [run.run_id for run in instance.get_runs() if run.parent_run_id == run_id]


def tag(instance: dg.DagsterInstance, run_id: str, name: str) -> str | None:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.tags.get(name)


@pytest.mark.slow
def test_a_lost_run_whose_code_cannot_be_reached_is_retried_once_when_it_can(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    look(instance, tmp_path)  # the first one only begins to follow
    run_id = lost_run(instance, tmp_path)
    for _ in range(2):
        look(instance, tmp_path)
        assert (tag(instance, run_id, daemon.WAITS_TAG), retries(instance, run_id)) == ("true", [])
        assert tag(instance, run_id, "dagster/will_retry") == "true"
    messages = [record.get_dagster_event().message or "" for record in instance.all_logs(run_id)]
    assert sum("cannot be reached" in message for message in messages) == 1
    with code_server(tmp_path):
        for _ in range(2):
            look(instance, tmp_path)
            assert len(retries(instance, run_id)) == 1
            assert tag(instance, run_id, daemon.WAITS_TAG) == "false"


def test_a_run_of_a_backfill_that_was_cancelled_meanwhile_waits_no_more(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    backfill = PartitionBackfill("some", BulkActionStatus.REQUESTED, False, {}, 0.0, partition_names=[])
    instance.add_backfill(backfill)
    look(instance, tmp_path)
    run_id = lost_run(instance, tmp_path, {"dagster/backfill": "some"})
    look(instance, tmp_path)
    assert tag(instance, run_id, daemon.WAITS_TAG) == "true"
    instance.update_backfill(backfill.with_status(BulkActionStatus.CANCELED))
    look(instance, tmp_path)
    assert (tag(instance, run_id, daemon.WAITS_TAG), retries(instance, run_id)) == ("false", [])


def test_a_run_whose_location_is_no_more_is_given_up_as_dagster_does(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    look(instance, tmp_path)
    run_id = lost_run(instance, tmp_path)
    target = GrpcServerTarget(host="localhost", port=None, socket=str(tmp_path / "o.sock"), location_name="other")
    with WorkspaceProcessContext(instance, target) as context:
        list(daemon.PatientEventLogConsumer().run_iteration(context))
    assert tag(instance, run_id, "dagster/will_retry") == "false"
    assert tag(instance, run_id, daemon.WAITS_TAG) is None
