"""The ad platform's exports and list of campaigns as rows of text.

What belongs here: the two formats. What does not: fetching them (`ingestion`) and making sense of a cell (products).

An export is a CSV with lines of comment before its headings and a line of totals at its end. The comments are kept in
the materialization's metadata and in the landed file; the totals are a row like the others.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

from data_platform.ingestion.errors import PermanentSourceError
from data_platform.ingestion.text_rows import INGESTED, Row, read_rows

COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "campaign_id": ("string", "The platform's id; `Total` in the line of totals"),
    "campaign": ("string", "Name of the campaign"),
    "market": ("string", "ISO 3166 code of the country"),
    "device": ("string", "mobile or desktop"),
    "impressions": ("string", "Times shown, with thousands separators"),
    "clicks": ("string", "Clicks, with thousands separators; `--` for none"),
    "cost": ("string", "Money with its sign before or after it, and thousands separators"),
    "currency": ("string", "ISO 4217"),
    **INGESTED,
}
"""An export's columns below its day, all as they came."""

CAMPAIGN_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "id": ("string", "The platform's id"),
    "name": ("string", "Name of the campaign"),
    "channel": ("string", "search, social, video, display or email"),
    "start_date": ("string", "First day, YYYY-MM-DD"),
    "end_date": ("string", "Last day, YYYY-MM-DD; null while the campaign runs"),
    "budget": ("string", "Money with its sign, and thousands separators"),
    "status": ("string", "ACTIVE or ENDED"),
    **INGESTED,
}
"""The list's columns, all as they came; `_line` is the place in the list."""

TOTAL: Final = "Total"

_HEADINGS: Final = {
    "Campaign ID": "campaign_id",
    "Campaign": "campaign",
    "Market": "market",
    "Device": "device",
    "Impressions": "impressions",
    "Clicks": "clicks",
    "Cost": "cost",
    "Currency": "currency",
}
_DAY: Final = re.compile(r"#\s*Date:\s*(\d{4}-\d{2}-\d{2})\s*")
_COUNT: Final = re.compile(r"#\s*Rows:\s*(\d+)\s*")


@dataclass(frozen=True)
class Export:
    """One export.

    Attributes:
        rows: The rows, totals included.
        comments: The lines before the headings, without their sign.
        announced: How many rows its comments say that it has, totals not counted; None where they say nothing.
        day: The day that its comments say that it is of; None where they say nothing.
    """

    rows: tuple[Row, ...]
    comments: tuple[str, ...]
    announced: int | None
    day: str | None = None

    def problems(self, day: str) -> list[str]:
        """What shows that it is not the whole export of a day."""
        problems = [] if self.day in (None, day) else [f"it says that it is of {self.day}"]
        if all(row["campaign_id"] != TOTAL for row in self.rows):
            problems.append("there is no line of totals")
        rows = sum(row["campaign_id"] != TOTAL for row in self.rows)
        if self.announced is not None and rows != self.announced:
            problems.append(f"{rows} rows instead of the {self.announced} that it announces")
        return problems


def read_export(content: bytes) -> Export:
    """An export from its file, in UTF-8 with or without byte order mark; what is no UTF-8 becomes U+FFFD."""
    lines = content.decode("utf-8-sig", "replace").splitlines(keepends=True)
    before = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    counts = [int(match[1]) for line in lines[:before] if (match := _COUNT.fullmatch(line.strip()))]
    rows = read_rows("".join(lines[before:]), ",", _HEADINGS, first_line=before + 1)
    comments = tuple(line.lstrip("#").strip() for line in lines[:before])
    days = [match[1] for line in lines[:before] if (match := _DAY.fullmatch(line.strip()))]
    return Export(tuple(rows), comments, counts[0] if counts else None, days[0] if days else None)


def read_campaigns(content: bytes) -> list[Row]:
    """The campaigns from the platform's list, every value as text, nulls as they are.

    Raises:
        PermanentSourceError: It is no such list.
    """
    try:
        listed: list[dict[str, object]] = json.loads(content)["campaigns"]
        return [_campaign(place, campaign) for place, campaign in enumerate(listed, start=1)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PermanentSourceError(f"the list of campaigns is not as agreed: {error!r}") from None


def _campaign(place: int, campaign: dict[str, object]) -> Row:
    known = {name: _text(campaign.get(name)) for name in CAMPAIGN_COLUMNS if not name.startswith("_")}
    extra = {name: value for name, value in campaign.items() if name not in known}
    return known | {"_line": place, "_extra": json.dumps(extra, ensure_ascii=False) if extra else None}


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
