"""When the movies are made. What belongs here: the job and its schedule. What does not: assets."""

import dagster as dg

movies_daily = dg.define_asset_job(
    "movies_daily",
    selection=dg.AssetSelection.assets(
        *(["movies", name] for name in ("tmdb_pages", "top_movies_csv", "top_movies_v1", "rank_history_v1"))
    ),
    config={"resources": {"top_list": {"config": {"list_name": "popular", "count": 100, "refresh": False}}}},
    tags={"data_platform/first_run": "true", "domain": "movies"},
    description="The day's list from TMDb: pages and CSV, and the products made from them.",
)


@dg.schedule(
    job=movies_daily,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def movies_daily_at_two(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """02:00 UTC, for the partition of that very day; a day is asked for once, however often the tick is repeated."""
    day = context.scheduled_execution_time.date().isoformat()
    return dg.RunRequest(run_key=day, partition_key=day)
