"""Runs whose process is gone, of this stack and of an earlier one, in a real instance."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.events import EngineEventData
from dagster._core.launcher import LaunchRunContext, WorkerStatus

from data_platform.laptop import space
from data_platform.laptop.dagster_private.run_launcher import WatchedRunLauncher
from data_platform.laptop.left_runs import end_left_runs
from data_platform.settings import STATE_VARIABLE

SETTINGS = """
run_launcher: {module: data_platform.laptop.dagster_private.run_launcher, class: WatchedRunLauncher}
run_retries: {enabled: true, max_retries: 2}
telemetry: {enabled: false}
"""


@dg.job
def some_job() -> None:
    pass


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    home = tmp_path_factory.mktemp("home")
    (home / "dagster.yaml").write_text(SETTINGS)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


def run(instance: dg.DagsterInstance, status: DagsterRunStatus, pid: int | None = None) -> dg.DagsterRun:
    run = instance.create_run_for_job(some_job, status=status)
    if pid is not None:
        event = EngineEventData.in_process(pid)
        instance.report_engine_event(f"Started process for run (pid: {pid}).", run, event)
    return run


def health(instance: dg.DagsterInstance, run: dg.DagsterRun) -> WorkerStatus:
    launcher = instance.run_launcher
    assert isinstance(launcher, WatchedRunLauncher)
    assert launcher.supports_check_run_worker_health
    return launcher.check_run_worker_health(run).status


def test_a_run_is_healthy_while_its_process_lives_or_is_not_known(instance: dg.DagsterInstance) -> None:
    assert health(instance, run(instance, DagsterRunStatus.STARTED, os.getpid())) == WorkerStatus.RUNNING
    assert health(instance, run(instance, DagsterRunStatus.STARTED)) == WorkerStatus.RUNNING


def test_a_run_whose_process_is_gone_has_failed(instance: dg.DagsterInstance) -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    started = run(instance, DagsterRunStatus.STARTED, process.pid)
    process.wait()
    assert health(instance, started) == WorkerStatus.FAILED


def test_another_process_under_the_same_number_is_not_the_runs(instance: dg.DagsterInstance) -> None:
    started = run(instance, DagsterRunStatus.STARTED, 1 << 22)  # a number that no process has
    assert health(instance, started) == WorkerStatus.FAILED


def test_one_living_process_of_two_is_enough(instance: dg.DagsterInstance) -> None:
    started = run(instance, DagsterRunStatus.STARTED, 1 << 22)
    instance.report_engine_event("Started process for run", started, EngineEventData.in_process(os.getpid()))
    assert health(instance, started) == WorkerStatus.RUNNING


def test_what_an_earlier_stack_left_is_run_again_and_what_was_being_cancelled_is_not(
    instance: dg.DagsterInstance,
) -> None:
    end_left_runs(instance)  # of the other tests
    begun = run(instance, DagsterRunStatus.STARTED)
    cancelling = run(instance, DagsterRunStatus.CANCELING)
    ended = run(instance, DagsterRunStatus.SUCCESS)
    assert end_left_runs(instance) == 2
    statuses = {record.run_id: record for record in instance.get_runs()}
    assert statuses[begun.run_id].status == DagsterRunStatus.FAILURE
    assert statuses[begun.run_id].tags["dagster/will_retry"] == "true"
    assert statuses[cancelling.run_id].status == DagsterRunStatus.CANCELED
    assert statuses[ended.run_id].status == DagsterRunStatus.SUCCESS


def test_a_run_is_kept_in_the_queue_when_there_is_no_space_for_what_it_writes(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path))
    monkeypatch.setenv(space.FLOOR_VARIABLE, str(1 << 40))
    queued = run(instance, DagsterRunStatus.STARTING)
    # The one error after which Dagster's queue tries again; see max_user_code_failure_retries in dagster.yaml.
    with pytest.raises(DagsterUserCodeUnreachableError, match="MiB free"):
        instance.run_launcher.launch_run(LaunchRunContext(dagster_run=queued, workspace=None))
