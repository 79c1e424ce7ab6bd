"""Two weeks of past captures from the simulator, so that a fresh laptop has ranks to compare and films for past orders.

What belongs here: what only the simulator can do: TMDb has no history, the simulator's past is as good as its present.
What does not: anything that runs against TMDb. Its runs are made in this one process, for a run of its own costs
seconds; the products of all days in one of them.
"""

import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import dagster as dg

from data_platform.domains.movies import ingestion, resources, schedules
from data_platform.domains.movies.captures import Archive, Capture
from data_platform.domains.movies.partitions import today
from data_platform.domains.movies.resources import Tmdb
from data_platform.domains.movies.tmdb.answers import ListName
from data_platform.domains.movies.tmdb.crawl import take
from data_platform.orchestration.defaults import platform_definitions, s3
from data_platform.orchestration.ingestion.partition_range import range_tags
from data_platform.orchestration.products.asset import product_asset
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.products.folder import read_product
from data_platform.settings import STORE_VARIABLE, start_date

FILMS: Final = 100
_PRODUCTS: Final = [dg.AssetKey(["movies", name]) for name in ("top_movies_v1", "rank_history_v1")]
_RAW: Final = [dg.AssetKey(["movies", name]) for name in ("tmdb_pages", "top_movies_csv")]
_TAGS: Final = {"data_platform/seed": "simulator"}


def seed(instance: dg.DagsterInstance, days: int = 15) -> int:
    """Fill the past days that are still empty: captures into the store, then the daily job for each.

    The products are then made up to today, where today's list is there.

    Args:
        instance: Where the runs are recorded.
        days: How many days before today, as far as the partitions reach back; sales' seed reaches as far.

    Returns:
        How many days were filled; none when TMDb is the source.
    """
    source = Tmdb()
    if not source.is_simulated:
        return 0
    done = instance.get_materialized_partitions(_PRODUCTS[-1])
    past = [today() - timedelta(days=back) for back in range(days, 0, -1)]
    missing = [day for day in past if day >= start_date() and day.isoformat() not in done]
    if not missing:
        return 0
    archive = Archive(ObjectStoreResource(url=os.environ[STORE_VARIABLE], s3=s3).open())
    job = _daily_job()
    for day in missing:
        if archive.newest(ListName.popular, day, FILMS) is None:
            archive.add(_past_capture(source, day))
        key = day.isoformat()
        job.execute_in_process(partition_key=key, asset_selection=_RAW, instance=instance, tags=_TAGS)
    # To the day that the platform made first: what it compares with came only now.
    materialized = instance.get_materialized_partitions(_RAW[-1])
    last = today() if today().isoformat() in materialized else missing[-1]
    span = range_tags(missing[0].isoformat(), last.isoformat())
    job.execute_in_process(asset_selection=_PRODUCTS, instance=instance, tags=_TAGS | span)
    return len(missing)


def _daily_job() -> dg.JobDefinition:
    products = [product_asset(read_product(Path(__file__).parent / key.path[-1])) for key in _PRODUCTS]
    assets = [ingestion.tmdb_pages, ingestion.top_movies_csv, *products]
    daily = dg.Definitions(assets=assets, jobs=[schedules.movies_daily])
    return dg.Definitions.merge(daily, resources.resources(), platform_definitions()).resolve_job_def("movies_daily")


def _past_capture(source: Tmdb, day: date) -> Capture:
    with source.connect(headers={"X-Simulator-Day": day.isoformat()}) as client:
        crawl = take(client, ListName.popular, FILMS)
        taken_at = datetime.combine(day, time(2), tzinfo=UTC)  # the hour at which the schedule would have run
        return Capture(ListName.popular, taken_at, FILMS, source.name_of(client), crawl)
