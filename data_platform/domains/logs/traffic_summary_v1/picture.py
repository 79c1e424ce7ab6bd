"""Traffic over time: requests a date, and their mean of a week."""

import io

import pandas as pd


def traffic_over_time(published: pd.DataFrame) -> bytes:
    """Draw requests by date.

    Args:
        published: The summary: `date` (text), `hits`, `hits_of_a_week`; one row a date.

    Returns:
        A PNG of 720 × 320 pixels.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - half a second that only a drawing run pays

    dated = published[published["date"] != "undated"].sort_values("date")
    days = pd.to_datetime(dated["date"])
    figure = Figure(figsize=(9, 4), dpi=80, layout="constrained")
    axes = figure.add_subplot()
    axes.bar(days, dated["hits"], width=1.0, color="#9dc3e6", label="requests")
    axes.plot(days, dated["hits_of_a_week"].astype(float), color="#1f4e79", linewidth=2, label="mean of a week")
    axes.set_title("Requests by date", loc="left")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)
    axes.legend(frameon=False, loc="upper left")
    figure.autofmt_xdate()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
