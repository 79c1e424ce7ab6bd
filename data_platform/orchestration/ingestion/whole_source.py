"""When a source without days is taken: by the day, and again, ever more slowly, where that failed.

What belongs here: its schedule, and the sensor that asks again. What does not: sources with days
(``source_automation``).

Each run looks whether the source has moved, and reads it only then: nothing else has to be found.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from data_platform.ingestion import clock
from data_platform.ingestion.horizon import Horizon
from data_platform.orchestration.failures import no_secrets
from data_platform.orchestration.ingestion.source_group import SourceGroup


def whole_source_automation(group: SourceGroup, job: Any) -> dg.Definitions:
    """The schedule and the sensor of sources that have no days."""
    due = group.spec.late.at
    schedule = dg.ScheduleDefinition(
        name=f"{group.label}_when_due",
        job=job,
        cron_schedule=f"{due.minute} {due.hour} * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"{due:%H:%M} UTC, the whole of it where it has moved.",
    )
    return dg.Definitions(schedules=[schedule], sensors=[_asks_again(group, job)])


def _asks_again(group: SourceGroup, job: Any) -> dg.SensorDefinition:
    horizon = Horizon(group.spec.late.at, 0, timedelta(days=1))

    @dg.sensor(
        name=f"{group.label}_asked_again",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks again, ever more slowly, where the newest run failed, or none was begun.",
    )
    @no_secrets
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        asked = ask(context.instance, group, horizon, clock.now())
        if isinstance(asked, str):
            return dg.SensorResult(skip_reason=asked)
        return dg.SensorResult(run_requests=[asked])

    return sensor


def ask(instance: dg.DagsterInstance, group: SourceGroup, horizon: Horizon, moment: datetime) -> dg.RunRequest | str:
    """A run that is owed, or why there is none.

    Args:
        instance: Knows runs.
        group: The sources.
        horizon: When a delivery is due.
        moment: Now.
    """
    today = moment.astimezone(UTC).date()
    begun = today if horizon.due_at(today) <= moment else today - timedelta(days=1)
    due = horizon.due_at(begun)
    runs = list(instance.get_run_records(dg.RunsFilter(job_name=group.job, created_after=due), limit=50))
    if any(not run.dagster_run.is_finished for run in runs):
        return "a run goes on"
    if any(run.dagster_run.is_success for run in runs):
        return f"what was due at {due:%Y-%m-%d %H:%M} UTC is there"
    known = instance.get_latest_materialization_event(group.key(group.leader)) is not None
    if not runs and not known:
        return "it was never taken: the first run is somebody's own, or the schedule's"
    if not runs and moment < due + timedelta(minutes=2):
        return "the schedule asks first"
    if runs:
        last = max(_ended(run) for run in runs)
        at = horizon.next_at(len(runs), last, horizon.until(begun + timedelta(days=1)))
        if moment < at:
            return f"asked for {len(runs)} times in vain; again at {at:%H:%M} UTC"
    return dg.RunRequest(run_key=f"{begun}:{len(runs)}")


def _ended(run: dg.RunRecord) -> datetime:
    return datetime.fromtimestamp(run.end_time, UTC) if run.end_time else run.update_timestamp.astimezone(UTC)
