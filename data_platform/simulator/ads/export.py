"""What the ad platform exports: people's numbers in a CSV that is not quite one.

What belongs here: the content of the files by day. What does not: HTTP (``api.py``).

An export starts with lines of comment and ends with a line of totals. Numbers have thousands separators, money its
sign, on one side or the other; no clicks are ``--``; now and then a row comes twice. The figures of a day are known
roughly on the day after and settle over the three days that follow, not each of which changes something.
"""

import csv
import io
from datetime import date, timedelta
from typing import Final

from data_platform.simulator.chance import uniforms
from data_platform.simulator.shop import campaigns
from data_platform.simulator.shop.campaigns import Spend
from data_platform.simulator.tmdb.answer import Answer

RESTATED_FOR: Final = 3
"""Days after the first export on which it may still change."""

COLUMNS: Final = ("Campaign ID", "Campaign", "Market", "Device", "Impressions", "Clicks", "Cost", "Currency")

_MISSING_AT_FIRST: Final = {1: 0.12, 2: 0.06, 3: 0.02}
_RESTATES: Final = 0.6
_DUPLICATES: Final = 0.15


def export(seed: int, day: date, seen: date) -> bytes | None:
    """The export of a day.

    Args:
        seed: The shop's seed.
        day: The day that it is about.
        seen: The day on which it is fetched.

    Returns:
        The file in UTF-8; None before the day after, on which it is made.
    """
    version = _version(seed, day, (seen - day).days)
    if version == 0:
        return None
    rows = [_row(seed, spend, day, version) for spend in campaigns.spend_on(seed, day)]
    total = [sum(column) for column in zip(*(figures for _, figures in rows), strict=True)] or [0, 0, 0.0]
    lines = [_line(labels, figures, index) for index, (labels, figures) in enumerate(rows)]
    draws = uniforms(seed, "ad export", day)
    if lines and draws[0] < _DUPLICATES:
        lines.insert(int(draws[1] * len(lines)), lines[int(draws[2] * len(lines))])
    text = io.StringIO()
    text.write(f"# Ad platform · daily performance\n# Account: Online Film Shop\n# Date: {day}\n")
    text.write(f"# Exported: {day + timedelta(days=version)}T01:00:00Z\n# Rows: {len(lines)}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    writer.writerow(_line(("Total", "", "", ""), tuple(total), 0))
    return text.getvalue().encode()


def campaign_list(seed: int, seen: date) -> bytes:
    """The campaigns that have begun by a day, as JSON; budgets are text, a running one has no end yet."""
    listed = [
        {
            "id": campaign.id,
            "name": campaign.name,
            "channel": campaign.channel,
            "start_date": campaign.first.isoformat(),
            "end_date": campaign.last.isoformat() if campaign.last < seen else None,
            "budget": f"€{campaign.budget:,.2f}",
            "status": "ENDED" if campaign.last < seen else "ACTIVE",
        }
        for campaign in campaigns.begun_by(seed, seen)
    ]
    return Answer.of_json({"count": len(listed), "campaigns": listed}).body


def _version(seed: int, day: date, age: int) -> int:
    """Which day after it last changed the export, as far as `age` days after know; 0 where there is none yet."""
    if age < 1:
        return 0
    later = range(2, min(age, RESTATED_FOR + 1) + 1)
    return max([1, *(after for after in later if uniforms(seed, "restated", day, after)[0] < _RESTATES)])


def _row(seed: int, spend: Spend, day: date, version: int) -> tuple[tuple[str, ...], tuple[int, int, float]]:
    missing = _MISSING_AT_FIRST.get(version, 0) * uniforms(seed, "missing", spend.campaign.id, day, spend.market)[0]
    labels = (spend.campaign.id, spend.campaign.name, spend.market, spend.device)
    figures = (spend.impressions, spend.clicks, spend.cost)
    impressions, clicks, cost = (figure * (1 - missing) for figure in figures)
    return labels, (int(impressions), int(clicks), round(cost, 2))


def _line(labels: tuple[str, ...], figures: tuple[float, ...], index: int) -> list[str]:
    impressions, clicks, cost = figures
    money = f"€{cost:,.2f}" if index % 5 else f"{cost:,.2f} €"
    return [*labels, f"{impressions:,.0f}", f"{clicks:,.0f}" if clicks else "--", money, "EUR"]
