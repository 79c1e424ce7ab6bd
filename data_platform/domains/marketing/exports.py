"""The ad platform's exports as rows of text.

What belongs here: their format. What does not: where they are (`raw_ad_exports/defs.yaml`), and making sense of a cell
(products).

An export is a CSV with lines of comment before its headings and a line of totals at its end. The totals are a row like
the others.
"""

import re
from typing import Final

from data_platform import FileRows
from data_platform.ingestion.text_rows import read_rows

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
_DAY: Final = re.compile(r"Date:\s*(\d{4}-\d{2}-\d{2})")
_COUNT: Final = re.compile(r"Rows:\s*(\d+)")


def read_export(data: bytes, day: str) -> FileRows:
    """An export, in UTF-8 with or without byte order mark; what is no UTF-8 becomes U+FFFD.

    Args:
        data: The file.
        day: The day that it is to be of, and says that it is of where it says anything.
    """
    lines = data.decode("utf-8-sig", "replace").splitlines(keepends=True)
    before = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    comments = [line.lstrip("#").strip() for line in lines[:before]]
    rows = list(read_rows("".join(lines[before:]), ",", _HEADINGS, first_line=before + 1))
    counted = sum(row["campaign_id"] != TOTAL for row in rows)
    problems = [f"it says that it is of {said}" for said in _said(_DAY, comments) if said != day]
    if counted == len(rows):
        problems.append("there is no line of totals")
    announced = [said for said in _said(_COUNT, comments) if int(said) != counted]
    problems += [f"{counted} rows instead of the {said} that it announces" for said in announced]
    return FileRows(rows, problems, comments)


def _said(what: re.Pattern[str], comments: list[str]) -> list[str]:
    """What the first comment of a kind says; empty where there is none."""
    return [match[1] for comment in comments if (match := what.fullmatch(comment))][:1]
