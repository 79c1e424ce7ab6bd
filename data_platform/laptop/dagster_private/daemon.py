"""Dagster's daemon, which runs a lost run again even where its code cannot be reached at that moment.

Run as ``python -m data_platform.laptop.dagster_private.daemon run …``, with the arguments of ``dagster-daemon``. What
kills a run often kills its code server too. Dagster's queue, backfills, schedules and sensors wait for a code server;
its retries alone do not: "Failed to retry run", and that run is given up for good, its partition with it. Here such a
run keeps a tag, so that it is remembered by whatever daemon comes next, and is asked for at each look until its code
answers.

What belongs here: that patience, and the process. What does not: which runs are retried and how often (Dagster, by
``run_retries``), and when conditions and backfills are looked at (`prompt`).
"""

import os
from collections.abc import Generator
from logging import Logger
from typing import Any, Final

from dagster import DagsterRun, RunsFilter
from dagster._core.errors import DagsterCodeLocationLoadError, DagsterUserCodeUnreachableError
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES
from dagster._core.workspace.context import IWorkspaceProcessContext
from dagster._daemon.auto_run_reexecution import auto_run_reexecution, event_log_consumer

from data_platform.laptop.dagster_private.prompt import PromptAssetDaemon, PromptBackfillDaemon, PromptQueueDaemon
from data_platform.laptop.dagster_private.watching import watch_calmly

WAITS_TAG: Final = "data_platform/retry_waits_for_code"
"""``true`` on a failed run that is retried once its code can be reached."""
_UNREACHABLE: Final = (DagsterUserCodeUnreachableError, DagsterCodeLocationLoadError)
_PATIENT_BACKFILLS: Final = "DAGSTER_BACKFILL_RETRY_DEFINITION_CHANGED_ERROR"
"""With it, a backfill of a location that is not loaded right now goes on later, and does not fail."""

_retry = auto_run_reexecution.retry_run
_consume = auto_run_reexecution.consume_new_runs_for_automatic_reexecution


def retry_run_or_wait(failed_run: DagsterRun, workspace_context: IWorkspaceProcessContext[Any]) -> None:
    """Retry a run as Dagster does; where its code cannot be reached, note that it waits.

    Raises:
        Exception: Whatever else goes wrong; the caller then gives the run up, as Dagster does.
    """
    try:
        _retry(failed_run, workspace_context)
    except _UNREACHABLE:
        instance = workspace_context.instance
        if failed_run.tags.get(WAITS_TAG) != "true":
            instance.add_run_tags(failed_run.run_id, {WAITS_TAG: "true"})
            instance.report_engine_event(
                "The run's code cannot be reached: it is retried as soon as it can.", failed_run
            )
        return
    if failed_run.tags.get(WAITS_TAG) == "true":
        workspace_context.instance.add_run_tags(failed_run.run_id, {WAITS_TAG: "false"})


def retry_waiting(workspace_context: IWorkspaceProcessContext[Any], logger: Logger) -> Generator[None]:
    """Ask again for each run that waits for its code; Dagster's own rules are applied to it anew."""
    instance = workspace_context.instance
    for record in instance.get_run_records(RunsFilter(tags={WAITS_TAG: "true"})):
        run_id = record.dagster_run.run_id
        yield from _consume(workspace_context, [record], logger)
        run = instance.get_run_by_id(run_id)
        given_up = run is not None and run.tags.get("dagster/will_retry") != "true"
        if given_up or _backfill_ended(workspace_context, run):
            instance.add_run_tags(run_id, {WAITS_TAG: "false"})


def _backfill_ended(workspace_context: IWorkspaceProcessContext[Any], run: DagsterRun | None) -> bool:
    """Whether the run belongs to a backfill that wants no more runs: Dagster then retries it never again."""
    backfill_id = run.tags.get("dagster/backfill") if run is not None else None
    if backfill_id is None:
        return False
    backfill = workspace_context.instance.get_backfill(backfill_id)
    return backfill is None or backfill.status in BULK_ACTION_TERMINAL_STATUSES


class PatientEventLogConsumer(event_log_consumer.EventLogConsumerDaemon):
    """Dagster's consumer of ended runs, followed by a look at those that wait."""

    def run_iteration(self, workspace_process_context: IWorkspaceProcessContext[Any]) -> Generator[Any]:
        """One look; Dagster calls it every five seconds."""
        yield from super().run_iteration(workspace_process_context)
        yield from retry_waiting(workspace_process_context, self._logger)


if __name__ == "__main__":
    from dagster._daemon import controller
    from dagster._daemon.cli import main

    watch_calmly()
    os.environ.setdefault(_PATIENT_BACKFILLS, "1")
    auto_run_reexecution.retry_run = retry_run_or_wait
    controller.EventLogConsumerDaemon = PatientEventLogConsumer  # type: ignore[attr-defined]
    controller.AssetDaemon = PromptAssetDaemon  # type: ignore[attr-defined]
    controller.QueuedRunCoordinatorDaemon = PromptQueueDaemon  # type: ignore[attr-defined]
    controller.BackfillDaemon = PromptBackfillDaemon  # type: ignore[attr-defined]
    main()
