"""The week's biggest movers, as lines of their ranks."""

import io
import textwrap
from datetime import date
from typing import Any, Final

import pandas as pd

_FIRST_CHOICE: Final = "popular"
_MOST: Final = 10
_LABEL_HEIGHT: Final = 4.5
"""In ranks, of a hundred shown."""


def week_of_ranks(published: pd.DataFrame) -> bytes:
    """Draw the ranks of the films that moved most, the first rank on top.

    Args:
        published: The history of a week, as far as there is one, one row a film, list and day.

    Returns:
        A PNG of 720 × 360 pixels, of the popular list, or where that is not there of the one with most rows.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - half a second that only a drawing run pays

    figure = Figure(figsize=(9, 4.5), dpi=80, layout="constrained")
    axes = figure.add_subplot()
    shown = _list_of(published)
    axes.set_title(f"The week's biggest movers ({shown})", loc="left")
    ranks = _movers(published[published["list"] == shown])
    if ranks.empty:
        axes.text(0.5, 0.5, "Nothing to draw yet: two days are the least.", ha="center", va="center")
        axes.set_axis_off()
    else:
        _draw(axes, ranks)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _list_of(published: pd.DataFrame) -> str:
    sizes = published["list"].value_counts()
    return _FIRST_CHOICE if _FIRST_CHOICE in sizes.index or sizes.empty else str(sizes.index[0])


def _movers(history: pd.DataFrame) -> pd.DataFrame:
    """Ranks of the films with the widest span, widest first: one row a day, one column a film, by its title."""
    there = history.dropna(subset=["rank"])
    ranks = there.pivot_table(index="day", columns="id", values="rank").astype(float).sort_index()
    span = (ranks.max() - ranks.min()).sort_values(ascending=False, kind="stable")
    movers = list(span[span > 0].index[:_MOST])
    titles = dict(zip(there["id"], there["title"], strict=True))
    names = [titles[film] for film in movers]
    told_apart = [
        name if names.count(name) == 1 else f"{name} ({film})" for name, film in zip(names, movers, strict=True)
    ]
    return ranks[movers].set_axis(told_apart, axis="columns")


def _draw(axes: Any, ranks: pd.DataFrame) -> None:
    days = [_weekday(day) for day in ranks.index]
    lines = {title: axes.plot(days, ranks[title], marker="o", linewidth=2)[0] for title in ranks.columns}
    for title, (column, rank, height) in _labels(ranks).items():
        axes.annotate(
            f"{rank}  {textwrap.shorten(title, width=32, placeholder='…')}",
            (column, rank),
            xytext=(column + 0.12, height),
            va="center",
            fontsize=9,
            color=lines[title].get_color(),
            parse_math=False,  # a title may hold a dollar sign
        )
    axes.invert_yaxis()
    axes.set_ylabel("rank")
    axes.margins(x=0.02)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)


def _weekday(day: date) -> str:
    return day.strftime("%a %d")


def _labels(ranks: pd.DataFrame) -> dict[str, tuple[int, int, float]]:
    """For each film the place of its last rank (column, rank) and the height of its label, none on top of another."""
    days = list(ranks.index)
    ends = {title: ranks[title].dropna() for title in ranks.columns}
    places = {title: (days.index(last.index[-1]), int(last.iloc[-1])) for title, last in ends.items()}
    lowest: dict[int, float] = {}
    labels = {}
    for title, (column, rank) in sorted(places.items(), key=lambda item: item[1]):
        height = max(rank, lowest.get(column, -_LABEL_HEIGHT) + _LABEL_HEIGHT)
        lowest[column] = height
        labels[title] = (column, rank, height)
    return labels
