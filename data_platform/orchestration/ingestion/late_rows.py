"""Finding the past days of which files that were taken since have rows, and asking for exactly these again.

What belongs here: what a day says of late rows, and the sensor that compares. What does not: which row is of which day
(``ingestion.sources.late_rows``), and files that moved at the source (``source_automation``).

What a file has of past days is part of its own day's materialization, and what a past day was made of is part of that
day's. So the comparison needs neither source nor store, and holds across restarts and lost cursors.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import dagster as dg

from data_platform.ingestion.sources.late_rows import LateRows, earlier, later
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.orchestration.failures import no_secrets
from data_platform.orchestration.ingestion.restatement import Marks, requests
from data_platform.orchestration.ingestion.source_group import SourceGroup

ROWS_OF_DAYS: Final = "rows_of_past_days"
"""Metadata of a day: by past day, the mark of what each of the day's own files has of it."""

LATE_ROWS: Final = "late_rows"
"""Metadata of a day: by later day, the mark of what each of that day's files had of it."""

LANDED_ONLY: Final = "data_platform/landed_only"
"""Tag of a run that makes days anew of what was landed, and asks no source."""

_MOST_EVENTS: Final = 100


def metadata_of(late_rows: LateRows) -> dict[str, dg.MetadataValue[Any]]:
    """What a day's materialization says of late rows."""
    return {
        ROWS_OF_DAYS: dg.MetadataValue.json({day: dict(marks) for day, marks in late_rows.of_days.items()}),
        LATE_ROWS: dg.MetadataValue.json({day: dict(marks) for day, marks in late_rows.made_of.items()}),
    }


def late_rows_sensor(group: SourceGroup, name: str, job: Any) -> dg.SensorDefinition:
    """A sensor that asks for past days of a source whose files have late rows.

    Args:
        group: The sources that are taken together.
        name: Which of them.
        job: Their job.
    """
    key, spec = group.key(name), group.members[name]

    @dg.sensor(
        name=f"{group.domain}_{name}_late_rows",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"After files were taken: of up to {spec.late_days} days before, those that they have rows of.",
    )
    @no_secrets
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        after = int(context.cursor) if context.cursor else None
        wanted = dg.AssetRecordsFilter(asset_key=key, after_storage_id=after)
        taken = context.instance.fetch_materializations(wanted, limit=_MOST_EVENTS, ascending=True).records
        if not taken:
            return dg.SensorResult(skip_reason="no files were taken since the last look")
        newest = str(taken[-1].storage_id)
        past = {day for record in taken if record.partition_key for day in earlier(record.partition_key, spec)}
        shown = _behind(context.instance, key, past, spec)
        asked = [
            request.with_replaced_attrs(tags={**request.tags, LANDED_ONLY: "late rows"})
            for request in requests(sorted(shown), shown, [key], newest)
        ]
        return dg.SensorResult(run_requests=asked, cursor=newest)

    return sensor


def _behind(instance: dg.DagsterInstance, key: dg.AssetKey, past: Iterable[str], spec: SourceSpec) -> dict[str, Marks]:
    """The days that were made of other late rows than files have by now, with the marks of these."""
    known: dict[str, Mapping[str, Any] | None] = {}

    def said(day: str, what: str) -> Mapping[str, Marks] | None:
        if day not in known:
            known[day] = _metadata(instance, key, day)
        metadata = known[day]
        return None if metadata is None else metadata.get(what)

    behind: dict[str, Marks] = {}
    for day in past:
        made_of = said(day, LATE_ROWS)
        if made_of is None:  # never made, or by something that did not say of what
            continue
        files = {slot: rows.get(day, {}) for slot in later(day, spec) if (rows := said(slot, ROWS_OF_DAYS)) is not None}
        if any(made_of.get(slot, {}) != marks for slot, marks in files.items()):
            behind[day] = {f"{slot} {file}": mark for slot, marks in files.items() for file, mark in marks.items()}
    return behind


def _metadata(instance: dg.DagsterInstance, key: dg.AssetKey, day: str) -> Mapping[str, Any] | None:
    """What a day's newest materialization says; None: it was never made."""
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[day])
    for record in instance.fetch_materializations(wanted, limit=1).records:
        if record.asset_materialization:
            return {name: value.value for name, value in record.asset_materialization.metadata.items()}
    return None
