"""The schedule of a source that is asked once a day.

What belongs here: from a source's horizon to its schedule. What does not: asking again (``asking_again``), and looking
for what changed (``restatement``).
"""

from datetime import UTC, timedelta
from typing import Any

import dagster as dg

from data_platform.orchestration.ingestion.asking_again import DailySource


def daily_schedule(name: str, source: DailySource, job: Any) -> dg.ScheduleDefinition:
    """A schedule that asks for the day that the source has by then, at the time of day from which it has it, UTC.

    Args:
        name: The schedule's name.
        source: Its horizon says when a day is due, and how many days after its begin.
        job: What is run, by its day as partition; a day is asked for once, however often the tick is repeated.
    """
    due, lag = source.horizon.due, timedelta(days=source.horizon.lag)
    what = "that very day" if not lag else "the day that has ended"

    @dg.schedule(
        name=name,
        job=job,
        cron_schedule=f"{due.minute} {due.hour} * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"{due:%H:%M} UTC, for {what}.",
    )
    def at(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = (context.scheduled_execution_time.astimezone(UTC).date() - lag).isoformat()
        return dg.RunRequest(run_key=day, partition_key=day)

    return at
