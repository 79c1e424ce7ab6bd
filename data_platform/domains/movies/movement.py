"""How ranks move from day to day, as plain functions on frames.

What belongs here: the comparison of days. What does not: reading days and storing the result (`history`), and the
picture (`chart`).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import pandas as pd

COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "date": ("date32[day]", "The day, UTC"),
    "id": ("int64", "TMDb's number of the film"),
    "title": ("string", "Title in English; of a film that dropped out, the title that it had the day before"),
    "rank": ("int64", "Place on that day; null for a film that dropped out"),
    "previous_rank": ("int64", "Place on the day before; null for a film that was not in the list"),
    "change": ("int64", "Places won (positive) or lost (negative); null where there is nothing to compare"),
    "movement": ("string", "`new`, `up`, `down`, `same` or `out`; null when the day before is not stored"),
}
"""Columns of the history in their order: Arrow type and description."""


def movements(day: date, today: pd.DataFrame, yesterday: pd.DataFrame | None) -> pd.DataFrame:
    """Compare a day's list with the list of the day before.

    Where the two lists differ in length, the longer is cut to the shorter one's, for `out` would otherwise mean
    "not asked for".

    Args:
        day: The day of `today`.
        today: Its films: `rank` (1 = first), `id`, `title`; one row a film.
        yesterday: The same of the day before, or None when that day is not stored: nothing is then said of movement.

    Returns:
        One row a film of either day, with the columns of `COLUMNS`: today's in their order, then those that are out.
    """
    now = today[["id", "title", "rank"]].astype({"rank": "Int64"})
    if yesterday is None:
        missing = pd.Series(pd.NA, index=now.index)
        frame = now.assign(previous_rank=missing.astype("Int64"), change=missing.astype("Int64"), movement=None)
        return _finished(day, frame)
    length = min(len(today), len(yesterday))
    now = now[now["rank"] <= length]
    before = yesterday.loc[yesterday["rank"] <= length, ["id", "title", "rank"]].astype({"rank": "Int64"})
    frame = now.merge(before, on="id", how="outer", suffixes=("", "_before"))
    frame = frame.rename(columns={"rank_before": "previous_rank"})
    frame["title"] = frame["title"].fillna(frame["title_before"])
    frame["change"] = frame["previous_rank"] - frame["rank"]
    frame["movement"] = [_movement(*ranks) for ranks in zip(frame["rank"], frame["previous_rank"], strict=True)]
    return _finished(day, frame.sort_values(["rank", "previous_rank"], na_position="last"))


def _movement(rank: int, previous_rank: int) -> str:
    if pd.isna(previous_rank):
        return "new"
    if pd.isna(rank):
        return "out"
    return "same" if rank == previous_rank else "up" if rank < previous_rank else "down"


def _finished(day: date, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(date=day)[list(COLUMNS)].reset_index(drop=True)


def week_of_ranks(day: date, lists: Mapping[date, pd.DataFrame], most: int = 10) -> pd.DataFrame:
    """The ranks of the week's biggest movers.

    Args:
        day: The week's last day.
        lists: The stored lists by day; days outside the week are passed over.
        most: How many films to follow.

    Returns:
        One row a stored day of the seven (index: `datetime.date`, ascending), one column a film (its title, with its
        number where two films share one), holding its rank, null where it was not in the list. The columns are the
        films with the widest span of ranks, widest first; none when fewer than two days are stored.
    """
    days = [day - timedelta(days=back) for back in range(6, -1, -1)]
    stored = {one: lists[one] for one in days if one in lists}
    ranks = pd.DataFrame({one: frame.set_index("id")["rank"] for one, frame in stored.items()}).T
    span = (ranks.max() - ranks.min()).sort_values(ascending=False, kind="stable")
    movers = span[span > 0].index[:most]
    titles = {film: title for frame in stored.values() for film, title in zip(frame["id"], frame["title"], strict=True)}
    shown = [titles[film] for film in movers]
    names = [t if shown.count(t) == 1 else f"{t} ({film})" for t, film in zip(shown, movers, strict=True)]
    return ranks[movers].set_axis(names, axis="columns")
