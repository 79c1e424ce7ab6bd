"""When the movies are made, and asked for again. What belongs here: the job, its schedule and sensor. Not: assets."""

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any, Final

import dagster as dg

from data_platform.domains.movies.partitions import DAYS
from data_platform.domains.movies.tmdb.answers import ListName
from data_platform.ingestion.horizon import Horizon
from data_platform.orchestration.ingestion.asking_again import DailySource, asks_again
from data_platform.orchestration.ingestion.daily import daily_schedule
from data_platform.orchestration.ingestion.restatement import restated_for

LIST: Final = ListName.popular
FILMS: Final = 100
"""The list that the schedule takes, and how many films of it."""

movies_daily = dg.define_asset_job(
    "movies_daily",
    selection=dg.AssetSelection.assets(
        *(["movies", name] for name in ("tmdb_pages", "top_movies_csv", "top_movies_v1", "rank_history_v1"))
    ),
    config={"resources": {"top_list": {"config": {"list_name": LIST.value, "count": FILMS, "refresh": False}}}},
    tags={"data_platform/first_run": "true", "data_platform/source": "TMDB_API_TOKEN", "domain": "movies"},
    description="The day's list from TMDb: pages and CSV, and the products made from them.",
)


def _is_the_daily_list(about: Mapping[str, Any]) -> bool:
    """Whether a materialization is of the list that the schedule takes: others may be tried out on the same day."""
    films = about.get("films") or about.get("dagster/row_count")
    return "list" in about and about["list"].value == LIST and films is not None and films.value >= FILMS


SOURCE: Final = DailySource(
    job="movies_daily",
    asset=dg.AssetKey(["movies", "tmdb_pages"]),
    made=(dg.AssetKey(["movies", "top_movies_csv"]),),
    horizon=Horizon(due=time(2), lag=0, lasts=restated_for(Path(__file__).parent, "tmdb_pages")),
    first=DAYS.start.date(),
    counts=_is_the_daily_list,
)
"""TMDb has no history: what is not taken by midnight, UTC, is lost, so it is asked for until then."""

movies_daily_at_two = daily_schedule("movies_daily_at_two", SOURCE, movies_daily)
movies_asked_again = asks_again("movies_asked_again", SOURCE, movies_daily)
