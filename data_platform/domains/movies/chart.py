"""The picture of the week's movers.

What belongs here: drawing. What does not: which films move (`movement`).
"""

import io
import textwrap

import pandas as pd


def movers_png(ranks: pd.DataFrame) -> bytes:
    """Draw ranks over days, the first rank on top.

    Args:
        ranks: One row a day, one column a film, as `movement.week_of_ranks` gives it; at least one film.

    Returns:
        A PNG of 900 × 450 pixels.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - half a second that only a drawing run pays

    figure = Figure(figsize=(9, 4.5), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    days = [day.strftime("%a %d %b") for day in ranks.index]
    for title in ranks.columns:
        (line,) = axes.plot(days, ranks[title].astype(float), marker="o", linewidth=2)
        last = ranks[title].dropna()
        label = textwrap.shorten(str(title), width=32, placeholder="…")
        axes.annotate(
            f"{int(last.iloc[-1])}  {label}",
            (ranks.index.get_loc(last.index[-1]), float(last.iloc[-1])),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=line.get_color(),
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
