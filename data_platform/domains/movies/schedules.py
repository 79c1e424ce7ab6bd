"""When the movies are made. What belongs here: the job and its schedule. What does not: assets."""

import dagster as dg

from data_platform.domains.movies.partitions import DAYS

movies_daily = dg.define_asset_job(
    "movies_daily",
    selection=dg.AssetSelection.assets(
        ["movies", "tmdb_pages"], ["movies", "top_movies_csv"], ["movies", "rank_history"]
    ),
    partitions_def=DAYS,
    config={"resources": {"top_list": {"config": {"list_name": "popular", "count": 100, "refresh": False}}}},
    tags={"data_platform/first_run": "true", "domain": "movies"},
    description="The day's list from TMDb: pages, CSV and rank history.",
)

movies_daily_at_two = dg.build_schedule_from_partitioned_job(
    movies_daily,
    name="movies_daily_at_two",
    hour_of_day=2,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="02:00 UTC, for the partition of that very day.",
)
