"""How each carrier writes its files, and the day that a scan is of.

What belongs here: encodings, separators, headings, spellings of dates. What does not: where files are (`defs.yaml` of
`raw_shipments` and `raw_scan_events`), and making sense of any other cell (products). A new carrier is a new entry of
`DIALECTS`, and its folder in the path of the sources.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Final

from data_platform import FileRows
from data_platform.ingestion.text_rows import Row, read_rows

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHORT_DATE: Final = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{2}|\d{4})(?:\s.*)?")
_ISO_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T\s].*)?")
_CENTURY: Final = 2000


@dataclass(frozen=True)
class Dialect:
    """A carrier's way of writing.

    Attributes:
        encoding: What cannot be read by it becomes U+FFFD; the landed file has the bytes.
        delimiter: Between cells.
        shipments: Our columns by heading, for the file of parcels.
        events: The same for the file of scans; day and time in two cells become one text.
    """

    encoding: str
    delimiter: str
    shipments: Mapping[str, str]
    events: Mapping[str, str]


def read_shipments(data: bytes, name: str) -> FileRows:
    """A carrier's parcels of a day, every cell as it came; an empty file has none.

    Args:
        data: The file.
        name: ``<carrier>/shipments_<day>.csv``.
    """
    rows = _rows(data, name, _dialect(name).shipments)
    return FileRows(rows, _unnumbered(rows))


def read_events(data: bytes, name: str) -> FileRows:
    """A carrier's scans, every cell as it came, and the day that each is of, as far as it says one.

    Args:
        data: The file.
        name: ``<carrier>/events_<day>.csv``.
    """
    rows = _rows(data, name, _dialect(name).events)
    return FileRows([row | {"scanned_on": day_of_text(row["event_time"])} for row in rows], _unnumbered(rows))


def _dialect(name: str) -> Dialect:
    return DIALECTS[PurePath(name).parent.name]


def _rows(data: bytes, name: str, columns: Mapping[str, str]) -> list[Row]:
    dialect, path = _dialect(name), PurePath(name)
    whence = {"_carrier": path.parent.name, "_file": path.name}
    return [row | whence for row in read_rows(data.decode(dialect.encoding, "replace"), dialect.delimiter, columns)]


def _unnumbered(rows: list[Row]) -> list[str]:
    """Rows without what each has: their headings are not those that we know."""
    return [f"line {row['_line']} has no tracking number" for row in rows if not row["tracking_number"]]


def day_of_text(text: str | None) -> date | None:
    """The day that a text starts with: ``2026-11-02``, ``2-Nov-26`` or ``2-Nov-2026``, with or without a time.

    Returns:
        The day; None for anything else, words and impossible days included.
    """
    stripped = (text or "").strip()
    try:
        if iso := _ISO_DATE.fullmatch(stripped):
            return datetime.strptime(iso[1], "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        if short := _SHORT_DATE.fullmatch(stripped):
            year = int(short[3]) + (_CENTURY if len(short[3]) == 2 else 0)  # noqa: PLR2004 - digits
            return date(year, _MONTHS.index(short[2].lower()) + 1, int(short[1]))
    except ValueError:
        return None
    return None


_ADDRESS: Final = {"postcode": "postcode", "city": "city", "country": "country"}

DIALECTS: Final[Mapping[str, Dialect]] = {
    "parcelo": Dialect(
        *("utf-8-sig", ","),
        shipments={
            "tracking_number": "tracking_number",
            "order_reference": "order_reference",
            "shipped_on": "shipped_on",
            "promised_on": "promised_on",
            **_ADDRESS,
            "weight (kilograms)": "weight_kg",
            "freight cost (eur)": "freight_eur",
        },
        events={
            "tracking_number": "tracking_number",
            "order_reference": "order_reference",
            "event": "event",
            "event_time": "event_time",
            "location": "location",
        },
    ),
    "nordpost": Dialect(
        *("latin-1", ";"),
        shipments={
            "Sendung": "tracking_number",
            "Auftrag": "order_reference",
            "Versanddatum": "shipped_on",
            "Zusage": "promised_on",
            "PLZ": "postcode",
            "Ort": "city",
            "Land": "country",
            "Gewicht (kg)": "weight_kg",
            "Fracht (EUR)": "freight_eur",
        },
        events={
            "Sendung": "tracking_number",
            "Auftrag": "order_reference",
            "Ereignis": "event",
            "Datum": "event_time",
            "Uhrzeit": "event_time",
            "Ort": "location",
        },
    ),
    "swiftline": Dialect(
        *("utf-8-sig", ";"),
        shipments={
            "Tracking": "tracking_number",
            "Order": "order_reference",
            "Ship Date": "shipped_on",
            "Promised Date": "promised_on",
            "ZIP": "postcode",
            "City": "city",
            "Country": "country",
            "Weight": "weight_kg",
            "Freight": "freight_eur",
        },
        events={
            "Tracking": "tracking_number",
            "Order": "order_reference",
            "Status": "event",
            "Timestamp": "event_time",
            "Facility": "location",
        },
    ),
}
"""By carrier, which is also its folder's name."""
