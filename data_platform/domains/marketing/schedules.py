"""When marketing's raw data are taken, and taken again. What belongs here: job, schedule, sensor. Not: assets."""

from datetime import date, time
from pathlib import Path
from typing import Final

import dagster as dg

from data_platform.domains.marketing.resources import AdPlatform
from data_platform.ingestion import clock
from data_platform.ingestion.horizon import Horizon
from data_platform.ingestion.remote import RemoteFiles
from data_platform.orchestration.failures import no_secrets
from data_platform.orchestration.ingestion.asking_again import DailySource, asks_again
from data_platform.orchestration.ingestion.assets import DAYS
from data_platform.orchestration.ingestion.daily import daily_schedule
from data_platform.orchestration.ingestion.restatement import Marks, changed_days, look_due, requests, restated_for
from data_platform.orchestration.ingestion.seeding import PAST_DAYS

_EXPORTS: Final = dg.AssetKey(["marketing", "raw_ad_exports"])
_LOOK_FROM: Final = time(3, 5)
_KEPT_FOR: Final = restated_for(Path(__file__).parent, "raw_ad_exports")
"""How long the platform keeps an export at least, and may restate it."""

marketing_daily = dg.define_asset_job(
    "marketing_daily",
    selection=dg.AssetSelection.assets(_EXPORTS, ["marketing", "raw_campaigns"]),
    tags={
        "data_platform/first_run": "true",
        "data_platform/source": "ADS_API_URL",
        PAST_DAYS: "7",
        "domain": "marketing",
    },
    description="A day's export and the list of campaigns, from the ad platform.",
)


@dg.sensor(job=marketing_daily, minimum_interval_seconds=600, default_status=dg.DefaultSensorStatus.RUNNING)
@no_secrets
def marketing_restated_exports(context: dg.SensorEvaluationContext, ad_platform: AdPlatform) -> dg.SensorResult:
    """Once a day from 03:05 UTC on: days whose export was restated since it was taken are taken again."""
    look = look_due(context.cursor, clock.now(), _LOOK_FROM)
    if look is None:
        return dg.SensorResult(skip_reason=f"looked already on {context.cursor}")
    with ad_platform.connect(context.log.warning) as client:
        shown = _shown(client, date.fromisoformat(look))
    asked = requests(changed_days(context.instance, _EXPORTS, shown), shown, [_EXPORTS], look)
    return dg.SensorResult(run_requests=list(asked), cursor=look)


def _shown(client: RemoteFiles, look: date) -> dict[str, Marks]:
    """What the platform's index shows of the days before the look's, as far as they are partitions."""
    days = {name.removesuffix(".csv"): mark for name, mark in client.index("exports/").items()}
    first = max(DAYS.start.date(), look - _KEPT_FOR).isoformat()
    return {day: {"export": mark} for day, mark in days.items() if first <= day < look.isoformat()}


SOURCE: Final = DailySource(
    job="marketing_daily",
    asset=_EXPORTS,
    made=(),
    horizon=Horizon(due=time(2, 30), lag=1, lasts=_KEPT_FOR),
    first=DAYS.start.date(),
)
"""A day that is not there is asked for again, while the platform keeps its export."""

marketing_daily_at_half_past_two = daily_schedule("marketing_daily_at_half_past_two", SOURCE, marketing_daily)
marketing_asked_again = asks_again("marketing_asked_again", SOURCE, marketing_daily)
