"""Dagster's books when a stack begins: storage that is there, and no run that nobody works on.

What belongs here: opening the instance once, and ending what an earlier stack left. What does not: runs of this stack
(`run_launcher`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster import DagsterRunStatus

_WORKED_ON = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """The instance of `DAGSTER_HOME`, with every one of its tables there."""
    with dg.DagsterInstance.get() as instance:
        # Each asks for the others' tables; opening is what creates them.
        instance.get_runs_count()
        instance.all_asset_keys()
        instance.all_instigator_state()
        yield instance


def end_left_runs(instance: dg.DagsterInstance) -> int:
    """End the runs that an earlier stack took with it. Call while nothing of this stack runs yet.

    They are marked as failed, not as cancelled, so that Dagster runs them again as it does with any run whose process
    died (`run_retries`); one that somebody was cancelling is cancelled. Left as they were, they would hold their place
    in the queue for ever.

    Returns:
        How many there were.
    """
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=_WORKED_ON))
    for run in runs:
        if run.status == DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, "It was being cancelled when the platform ended.")
        else:
            instance.report_run_failed(run, "The platform ended while this run was going on.")
    return len(runs)
