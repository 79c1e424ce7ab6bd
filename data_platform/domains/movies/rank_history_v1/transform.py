"""How each film's rank moved against the day before."""

from datetime import date, timedelta

import pandas as pd

_COLUMNS = ["day", "list", "id", "title", "rank", "previous_rank", "change", "movement"]
_TYPES = {"id": "Int64", "title": "string", "rank": "Int64", "previous_rank": "Int64", "movement": "string"}


def rank_history(films: pd.DataFrame, partition_key: str) -> pd.DataFrame:
    """Compare the lists of a day with those of the day before.

    Where a list differs in length from that of the day before, the longer is cut to the shorter one's, for `out` would
    otherwise mean "not asked for".

    Args:
        films: The films of both days, one row a film and list; of the day before as far as there are any.
        partition_key: The day.

    Returns:
        One row a film of either day, for the lists of the day: its films in their order, then those that are out. Of a
        list that was not taken on the day before, nothing is said of movement.
    """
    day = date.fromisoformat(partition_key)
    of_day = films[films["day"] == day]
    before = films[films["day"] == day - timedelta(days=1)]
    compared = [
        _compared(today, before[before["list"] == name]).assign(list=name)
        for name, today in of_day.groupby("list", sort=True)
    ]
    if not compared:
        return pd.DataFrame(columns=_COLUMNS)
    return pd.concat(compared, ignore_index=True).assign(day=day)[_COLUMNS]


def _compared(today: pd.DataFrame, yesterday: pd.DataFrame) -> pd.DataFrame:
    length = min(len(today), len(yesterday)) if len(yesterday) else len(today)
    now, before = (
        ranking.loc[ranking["rank"] <= length, ["id", "title", "rank"]].reset_index(drop=True)
        for ranking in (today, yesterday)
    )
    frame = now.merge(before, on="id", how="outer", suffixes=("", "_before")).rename(
        columns={"rank_before": "previous_rank"}
    )
    frame["title"] = frame["title"].fillna(frame["title_before"])
    frame["movement"] = [_movement(*ranks) for ranks in zip(frame["rank"], frame["previous_rank"], strict=True)]
    if not len(yesterday):
        frame["movement"] = None
    frame = frame.astype(_TYPES)
    return frame.assign(change=frame["previous_rank"] - frame["rank"]).sort_values(
        ["rank", "previous_rank"], na_position="last"
    )


def _movement(rank: int, previous_rank: int) -> str:
    if pd.isna(previous_rank):
        return "new"
    if pd.isna(rank):
        return "out"
    return "same" if rank == previous_rank else "up" if rank < previous_rank else "down"
