"""Dagster's default run launcher, with runs that are forked, which also knows whether the process of a run still lives.

A run's process is forked beside the code servers (`forked_runs`), or started by a code server that is not ours. When
what started it is killed or replaced the run goes on, but nobody watches it any more: ended by force, it would be
"started" for ever, hold its place in the queue, and its partition would be lost. The process wrote its number into the
run's events; the monitoring daemon asks here, and `run_retries` then runs the run again.

What belongs here: the life of a run's process on this machine. What does not: what is done about it (Dagster's run
monitoring), and runs of an earlier stack (`left_runs`).
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil
from dagster import DagsterEventType, DagsterRun
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, LaunchRunContext, WorkerStatus
from dagster._core.remote_representation.code_location import GrpcServerCodeLocation
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._serdes import ConfigurableClassData

from data_platform.laptop import space
from data_platform.laptop.dagster_private.forked_run import request
from data_platform.laptop.forked_runs import RunNotForkedError, fork_run
from data_platform.project import state_folder


class WatchedRunLauncher(DefaultRunLauncher):
    """Launches as Dagster's default does, and tells when a run's process is gone."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, object]) -> Self:
        """Made by Dagster from `dagster.yaml`; there is nothing to configure."""
        del config_value
        return cls(inst_data=inst_data)

    @property
    def supports_check_run_worker_health(self) -> bool:
        """It does."""
        return True

    def launch_run(self, context: LaunchRunContext) -> None:
        """Launch a run, if there is space for what it writes.

        Raises:
            DagsterUserCodeUnreachableError: There is not, or the run's process ended before it began. With this error
                alone the queue keeps the run and tries again later (`max_user_code_failure_retries`); any other one
                would end it.
        """
        if shortage := space.shortage(state_folder()):
            raise DagsterUserCodeUnreachableError(shortage)
        if not self._forked(context):
            super().launch_run(context)

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the process of a run that has started still lives.

        Args:
            run: A run in status STARTED.

        Returns:
            RUNNING where it lives, or where no process is known (`dg launch` runs in its caller's); else FAILED.
        """
        processes = self._processes_of(run.run_id)
        if not processes or any(_lives(number, begun) for number, begun in processes):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        numbers = ", ".join(str(number) for number, _ in processes)
        return CheckRunHealthResult(WorkerStatus.FAILED, f"The run's process is gone ({numbers}).")

    def terminate(self, run_id: str) -> bool:
        """Ask a run to end: through its code server, or directly where that server is not there any more.

        Returns:
            Whether it was asked.
        """
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        if GRPC_INFO_TAG in run.tags:
            with suppress(DagsterUserCodeUnreachableError):
                if super().terminate(run_id):  # type: ignore[no-untyped-call]
                    return True
        else:
            self._instance.report_run_canceling(run)
        alive = [number for number, begun in self._processes_of(run_id) if _lives(number, begun)]
        for number in alive:
            psutil.Process(number).terminate()
        return bool(alive)

    def _forked(self, context: LaunchRunContext) -> bool:
        """Launch a run of one of our code servers; whether it is one."""
        run = context.dagster_run
        if context.workspace is None or run.remote_job_origin is None or run.job_code_origin is None:
            return False
        # Raises where the location is not loaded, as Dagster's own does: the run then waits in the queue.
        location = context.workspace.get_code_location(run.remote_job_origin.location_name)
        served_at = location.client.socket if isinstance(location, GrpcServerCodeLocation) else None
        if served_at is None:
            return False
        try:
            return fork_run(Path(served_at).parent, request(run.run_id, self._instance))
        except RunNotForkedError as error:
            raise DagsterUserCodeUnreachableError(str(error)) from error

    def _processes_of(self, run_id: str) -> list[tuple[int, float]]:
        """The numbers of a run's processes and when each said so, in seconds since 1970.

        There is one as a rule. A code server that answers late is asked twice; the second process then ends at once.
        """
        events = self._instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT)
        return [
            (int(str(event.engine_event_data.metadata["pid"].value)), record.timestamp)
            for record in events
            if (event := record.dagster_event) and (event.message or "").startswith("Started process for run")
        ]


def _lives(number: int, begun: float) -> bool:
    """Whether that process runs: one that was created later has merely got the same number."""
    try:
        process = psutil.Process(number)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= begun
    except psutil.NoSuchProcess:
        return False
