"""Days become history: the asset that compares each day's list with the day before.

What belongs here: the asset. What does not: the comparison itself (`movement`) and the drawing (`chart`).
"""

import base64
from datetime import timedelta
from typing import Any

import dagster as dg
import pandas as pd

from data_platform.domains.movies.chart import movers_png
from data_platform.domains.movies.movement import COLUMNS, movements, week_of_ranks
from data_platform.domains.movies.partitions import DAYS, WEEK_UP_TO, day_of
from data_platform.domains.movies.resources import ATTRIBUTION


@dg.asset(
    key=["movies", "rank_history"],
    group_name="movies",
    owners=["team:movies"],
    kinds={"deltalake", "s3", "pandas"},
    ins={
        "lists": dg.AssetIn(
            key=["movies", "top_movies_csv"],
            input_manager_key="top_list_csv",
            partition_mapping=WEEK_UP_TO,
            metadata={"allow_missing_partitions": True},
        )
    },
    partitions_def=DAYS,
    io_manager_key="top_list_table",
    tags={"domain": "movies"},
    metadata={
        "partition_expr": "date",
        "attribution": ATTRIBUTION,
        "dagster/column_schema": dg.TableSchema(
            columns=[dg.TableColumn(name, kind, description=text) for name, (kind, text) in COLUMNS.items()]
        ),
    },
)
def rank_history(context: dg.AssetExecutionContext, lists: dict[str, pd.DataFrame]) -> dg.Output[pd.DataFrame]:
    """How each film's rank moved against the day before: new, up, down, same or out, with the week's movers drawn.

    Reads the CSVs of the day and of the six before it, as far as they are stored.
    """
    by_day = {day_of(key): frame for key, frame in lists.items()}
    day = day_of(context.partition_key)
    frame = movements(day, by_day[day], by_day.get(day - timedelta(days=1)))
    return dg.Output(frame, metadata=_counts(frame) | _picture(week_of_ranks(day, by_day)))


def _counts(frame: pd.DataFrame) -> dict[str, Any]:
    counts = frame["movement"].value_counts()
    return {f"films_{movement}": int(counts.get(movement, 0)) for movement in ("new", "up", "down", "same", "out")}


def _picture(ranks: pd.DataFrame) -> dict[str, Any]:
    if ranks.empty:
        return {"week_of_ranks": "Nothing to draw yet: two stored days of the week are the least."}
    encoded = base64.b64encode(movers_png(ranks)).decode("ascii")
    return {"week_of_ranks": dg.MetadataValue.md(f"![The week's biggest movers](data:image/png;base64,{encoded})")}
