"""When sources are taken, and taken again: the job, the schedule and the sensors of each that leads a run.

What belongs here: those. What does not: the assets (``source_asset``), what a sensor does with days that are missing
(``asking_again``) or changed (``restatement``), and sources without days (``whole_source``).
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

import dagster as dg

from data_platform.ingestion import clock
from data_platform.ingestion.errors import SourceError
from data_platform.ingestion.horizon import Horizon
from data_platform.ingestion.sources.addresses import is_variable
from data_platform.ingestion.sources.opening import opened
from data_platform.ingestion.sources.reading import nothing
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.ingestion.sources.where import SqlWhere
from data_platform.orchestration.failures import no_secrets
from data_platform.orchestration.ingestion.asking_again import DailySource, asks_again
from data_platform.orchestration.ingestion.assets import DAYS
from data_platform.orchestration.ingestion.daily import daily_schedule
from data_platform.orchestration.ingestion.late_rows import late_rows_sensor
from data_platform.orchestration.ingestion.restatement import Marks, changed_days, look_due, requests
from data_platform.orchestration.ingestion.seeding import PAST_DAYS
from data_platform.orchestration.ingestion.source_group import SourceGroup
from data_platform.orchestration.ingestion.whole_source import whole_source_automation

_AFTER: Final = timedelta(minutes=45)
"""So long after a delivery is due, the past days are looked at for changes."""


def source_automation(group: SourceGroup) -> dg.Definitions:
    """The job, schedule and sensors of some sources that are taken together."""
    job = _job(group)
    if not group.spec.daily:
        return dg.Definitions.merge(dg.Definitions(jobs=[job]), whole_source_automation(group, job))
    source = daily_source(group)
    return dg.Definitions(
        jobs=[job],
        schedules=[daily_schedule(f"{group.label}_when_due", source, job)],
        sensors=[
            asks_again(f"{group.label}_asked_again", source, job),
            _changes(group, job),
            *(late_rows_sensor(group, name, job) for name, spec in group.days.items() if spec.late_days),
        ],
    )


def daily_source(group: SourceGroup) -> DailySource:
    """Sources with days as the sensor sees them that asks again for a day."""
    leader = group.spec
    return DailySource(
        job=group.job,
        asset=group.key(group.leader),
        made=tuple(group.key(name) for name in group.days if name != group.leader),
        horizon=Horizon(leader.late.at, leader.late.days_after, timedelta(days=leader.kept_days)),
        first=DAYS.start.date(),
    )


def _job(group: SourceGroup) -> Any:
    url, tags = group.spec.source.url, {"domain": group.domain}
    if group.spec.laptop is not None:
        tags |= {"data_platform/first_run": "true"}
        tags |= {"data_platform/source": url} if is_variable(url) else {}
        tags |= (
            {PAST_DAYS: str(group.spec.laptop.past_days)} if group.spec.laptop.past_days and group.spec.daily else {}
        )
    return dg.define_asset_job(
        group.job,
        selection=dg.AssetSelection.assets(*(group.key(name) for name in group.members)),
        tags=tags,
        description=f"What is taken together: {', '.join(group.members)}.",
    )


def _changes(group: SourceGroup, job: Any) -> dg.SensorDefinition:
    due = datetime.combine(date.min, group.spec.late.at) + _AFTER
    look_from = due.time() if due.date() == date.min else group.spec.late.at

    @dg.sensor(
        name=f"{group.label}_changes",
        job=job,
        minimum_interval_seconds=600,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Once a day from {look_from:%H:%M} UTC on: days that the source changed are taken again.",
    )
    @no_secrets
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        look = look_due(context.cursor, clock.now(), look_from)
        if look is None:
            return dg.SensorResult(skip_reason=f"looked already on {context.cursor}")
        asked: list[dg.RunRequest] = []
        try:
            for name, spec in group.days.items():
                shown, emptied = _shown(spec, date.fromisoformat(look))
                removed = getattr(spec.source, "removed", "kept") == "gone"
                changed = changed_days(context.instance, group.key(name), shown, emptied, removed=removed)
                asked += requests(changed, {**emptied, **shown}, [group.key(name)], look)
        except SourceError as error:  # the next tick looks again
            return dg.SensorResult(skip_reason=f"it could not be looked at: {error}", cursor=context.cursor)
        return dg.SensorResult(run_requests=asked, cursor=look)

    return sensor


def _shown(spec: SourceSpec, look: date) -> tuple[dict[str, Marks], dict[str, Marks]]:
    """What the source shows now of the days before the look's, as far back as it may change them.

    Returns:
        By day; and the days of which a table has no row, for all of them may have been deleted.
    """
    first = max(look - timedelta(days=max(spec.restated_days or 0, 1)), DAYS.start.date())
    last = look - timedelta(days=max(spec.late.days_after, 1))
    if last < first:
        return {}, {}
    with opened(spec) as reader:
        shown = reader.shown((first, last))
    marks: dict[str, Marks] = {
        day: {piece: about.mark for piece, about in pieces.items()} for day, pieces in shown.items()
    }
    if not isinstance(spec.source, SqlWhere):
        return marks, {}
    none, table = nothing(spec.source.table).mark, spec.source.table
    days = [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]
    return marks, {day: {table: none} for day in days if day not in marks}
