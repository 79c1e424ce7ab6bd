"""When the sales' raw data are taken, and taken again. What belongs here: jobs, schedule, sensor. Not: assets."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Final

import dagster as dg

from data_platform.domains.sales.extract import marks_by_day, reading
from data_platform.domains.sales.resources import SalesDatabase
from data_platform.domains.sales.tables import ORDER_LINES, ORDERS
from data_platform.ingestion import clock
from data_platform.ingestion.horizon import Horizon
from data_platform.orchestration.failures import no_secrets
from data_platform.orchestration.ingestion.asking_again import DailySource, asks_again
from data_platform.orchestration.ingestion.assets import DAYS
from data_platform.orchestration.ingestion.daily import daily_schedule
from data_platform.orchestration.ingestion.restatement import Marks, changed_days, look_due, requests, restated_for

CHANGES_FOR: Final = restated_for(Path(__file__).parent, "raw_orders")
"""How long after its placing an order is looked at for changes, and its lines with it."""

_BY_DAY: Final = {dg.AssetKey(["sales", "raw_orders"]): ORDERS, dg.AssetKey(["sales", "raw_order_lines"]): ORDER_LINES}
_LOOK_FROM: Final = time(3)

sales_daily = dg.define_asset_job(
    "sales_daily",
    selection=dg.AssetSelection.assets(*_BY_DAY, ["sales", "raw_customers"]),
    tags={"data_platform/first_run": "true", "data_platform/source": "SALES_DATABASE_URL", "domain": "sales"},
    description="A day's orders and order lines, and all customers, from the order database.",
)


@dg.sensor(job=sales_daily, minimum_interval_seconds=600, default_status=dg.DefaultSensorStatus.RUNNING)
@no_secrets
def sales_late_changes(context: dg.SensorEvaluationContext, sales_database: SalesDatabase) -> dg.SensorResult:
    """Once a day from 03:00 UTC on: days whose orders or lines changed since they were taken are taken again."""
    look = look_due(context.cursor, clock.now(), _LOOK_FROM)
    if look is None:
        return dg.SensorResult(skip_reason=f"looked already on {context.cursor}")
    asked: list[dg.RunRequest] = []
    shown = _shown(sales_database, date.fromisoformat(look))
    for key, marks in shown.items():
        asked += requests(changed_days(context.instance, key, marks), marks, [key], look)
    return dg.SensorResult(run_requests=asked, cursor=look)


def _shown(sales_database: SalesDatabase, look: date) -> dict[dg.AssetKey, dict[str, Marks]]:
    """What the database shows now of the days before the look's, which are complete."""
    first, last = max(look - CHANGES_FOR, DAYS.start.date()), look - timedelta(days=1)
    with sales_database.open() as engine, reading(engine) as connection:
        return {
            key: {day: {source.table: mark} for day, (mark, _) in marks_by_day(connection, source, first, last).items()}
            for key, source in _BY_DAY.items()
        }


SOURCE: Final = DailySource(
    job="sales_daily",
    asset=dg.AssetKey(["sales", "raw_orders"]),
    made=(dg.AssetKey(["sales", "raw_order_lines"]),),
    horizon=Horizon(due=time(2, 15), lag=1, lasts=CHANGES_FOR),
    first=DAYS.start.date(),
)
"""A day that is not there is asked for again; the database keeps what it has."""

sales_daily_at_quarter_past_two = daily_schedule("sales_daily_at_quarter_past_two", SOURCE, sales_daily)
sales_asked_again = asks_again("sales_asked_again", SOURCE, sales_daily)
