"""The picture of the week's movers.

What belongs here: drawing. What does not: which films move (`movement`).
"""

import io
import textwrap
from typing import Final

import pandas as pd

_LABEL_HEIGHT: Final = 4.5
"""In ranks, of a hundred shown."""


def movers_png(ranks: pd.DataFrame) -> bytes:
    """Draw ranks over days, the first rank on top.

    Args:
        ranks: One row a day, one column a film, as `movement.week_of_ranks` gives it; at least one film.

    Returns:
        A PNG of 720 × 360 pixels.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - half a second that only a drawing run pays

    figure = Figure(figsize=(9, 4.5), dpi=80, layout="constrained")
    axes = figure.add_subplot()
    days = [day.strftime("%a %d") for day in ranks.index]
    lines = {title: axes.plot(days, ranks[title].astype(float), marker="o", linewidth=2)[0] for title in ranks.columns}
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
    axes.set_title("The week's biggest movers", loc="left")
    axes.margins(x=0.02)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


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
