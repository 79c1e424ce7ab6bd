"""When logistics' raw data are taken, and taken again. What belongs here: job, schedule, sensors. Not: assets."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Final

import dagster as dg

from data_platform.domains.logistics.drops import LATEST, indexed, slots
from data_platform.domains.logistics.ingestion import SCAN_DAYS
from data_platform.domains.logistics.resources import CarrierFolders
from data_platform.ingestion import clock
from data_platform.ingestion.horizon import Horizon
from data_platform.orchestration.failures import no_secrets
from data_platform.orchestration.ingestion.asking_again import DailySource, asks_again
from data_platform.orchestration.ingestion.assets import DAYS
from data_platform.orchestration.ingestion.daily import daily_schedule
from data_platform.orchestration.ingestion.restatement import Marks, changed_days, look_due, requests, restated_for
from data_platform.orchestration.ingestion.seeding import PAST_DAYS

_FILES: Final = dg.AssetKey(["logistics", "raw_carrier_files"])
_SHIPMENTS: Final = dg.AssetKey(["logistics", "raw_shipments"])
_SCANS: Final = dg.AssetKey(["logistics", "raw_scan_events"])
_LOOK_FROM: Final = time(3, 10)
_LOOK_BACK: Final = restated_for(Path(__file__).parent, "raw_carrier_files").days
"""Days that the carriers keep their files."""

_MOST_EVENTS: Final = 100

logistics_daily = dg.define_asset_job(
    "logistics_daily",
    selection=dg.AssetSelection.assets(_FILES, _SHIPMENTS, _SCANS),
    tags={
        "data_platform/first_run": "true",
        "data_platform/source": "CARRIER_DROPS_URL",
        PAST_DAYS: "7",
        "domain": "logistics",
    },
    description="The carriers' files of a day, and the parcels and scans in them.",
)


@dg.sensor(job=logistics_daily, minimum_interval_seconds=600, default_status=dg.DefaultSensorStatus.RUNNING)
@no_secrets
def logistics_changed_files(context: dg.SensorEvaluationContext, carrier_folders: CarrierFolders) -> dg.SensorResult:
    """Once a day from 03:10 UTC on: days with files that came late, or that a carrier replaced, are taken again."""
    look = look_due(context.cursor, clock.now(), _LOOK_FROM)
    if look is None:
        return dg.SensorResult(skip_reason=f"looked already on {context.cursor}")
    with carrier_folders.connect(context.log.warning) as client:
        there = indexed(client)
    shown: dict[str, Marks] = {}
    for day in _days_before(date.fromisoformat(look)):
        marks = {slot: there[slot] for slot in slots(day) if slot in there}
        if marks:
            shown[day.isoformat()] = marks
    asked = requests(changed_days(context.instance, _FILES, shown), shown, [_FILES, _SHIPMENTS, _SCANS], look)
    return dg.SensorResult(run_requests=list(asked), cursor=look)


@dg.sensor(job=logistics_daily, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
@no_secrets
def logistics_late_scans(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """After files were landed: the past days that they have scans of are made again, exactly these."""
    after = int(context.cursor) if context.cursor else None
    wanted = dg.AssetRecordsFilter(asset_key=_FILES, after_storage_id=after)
    landed = context.instance.fetch_materializations(wanted, limit=_MOST_EVENTS, ascending=True).records
    if not landed:
        return dg.SensorResult(skip_reason="no files were landed since the last look")
    newest = landed[-1].storage_id
    days = {
        day for record in landed if record.partition_key for day in _scan_days(context.instance, record.partition_key)
    }
    shown = _scans_shown(context.instance, days)
    asked = requests(changed_days(context.instance, _SCANS, shown), shown, [_SCANS], str(newest))
    return dg.SensorResult(run_requests=list(asked), cursor=str(newest))


def _days_before(look: date) -> list[date]:
    first = max(look - timedelta(days=_LOOK_BACK), DAYS.start.date())
    return [first + timedelta(days=number) for number in range((look - first).days)]


def _scan_days(instance: dg.DagsterInstance, dropped: str) -> dict[str, Marks]:
    """By day of scans, the marks of what the files of one day have of it."""
    wanted = dg.AssetRecordsFilter(asset_key=_FILES, asset_partitions=[dropped])
    for record in instance.fetch_materializations(wanted, limit=1).records:
        metadata = record.asset_materialization.metadata if record.asset_materialization else {}
        if SCAN_DAYS in metadata and isinstance(marks := metadata[SCAN_DAYS].value, dict):
            return dict(marks)
    return {}


def _scans_shown(instance: dg.DagsterInstance, days: Iterable[str]) -> dict[str, Marks]:
    """What the landed files have of days of scans, files of three later days included."""
    shown: dict[str, dict[str, str]] = defaultdict(dict)
    for day in days:
        for lag in range(LATEST + 1):
            dropped = (date.fromisoformat(day) + timedelta(days=lag)).isoformat()
            shown[day] |= _scan_days(instance, dropped).get(day, {})
    return dict(shown)


SOURCE: Final = DailySource(
    job="logistics_daily",
    asset=_FILES,
    made=(_SHIPMENTS, _SCANS),
    horizon=Horizon(due=time(2, 45), lag=1, lasts=timedelta(days=_LOOK_BACK)),
    first=DAYS.start.date(),
)
"""A day that is not there is asked for again, while the carriers keep its files."""

logistics_daily_at_quarter_to_three = daily_schedule("logistics_daily_at_quarter_to_three", SOURCE, logistics_daily)
logistics_asked_again = asks_again("logistics_asked_again", SOURCE, logistics_daily)
