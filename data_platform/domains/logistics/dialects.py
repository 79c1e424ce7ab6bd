"""How each carrier writes its files, and the day that a scan is of.

What belongs here: encodings, separators, headings, spellings of dates. What does not: fetching files (`drops`), and
making sense of any other cell (products). A new carrier is a new entry of `DIALECTS`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from data_platform.ingestion.text_rows import INGESTED, Row, read_rows

_WHENCE: Final = {
    "_carrier": ("string", "Whose file it is"),
    "_file": ("string", "The file's name at the carrier"),
    **INGESTED,
}

SHIPMENT_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "tracking_number": ("string", "The carrier's number of the parcel"),
    "order_reference": ("string", "The order's number at the shop"),
    "shipped_on": ("string", "Day on which it was picked up, in the carrier's spelling"),
    "promised_on": ("string", "Day on which it should arrive, in the carrier's spelling"),
    "postcode": ("string", "Where it goes"),
    "city": ("string", "Where it goes"),
    "country": ("string", "Where it goes, as the shop had it"),
    "weight_kg": ("string", "Kilograms in the carrier's spelling, or words: `Weight Captured Separately`"),
    "freight_eur": ("string", "Euro in the carrier's spelling, or words: `Freight Included in Commodity Cost`"),
    **_WHENCE,
}
"""Columns of announced parcels below their day, all as they came."""

EVENT_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "tracking_number": ("string", "The carrier's number of the parcel"),
    "order_reference": ("string", "The order's number at the shop"),
    "event": ("string", "PICKED_UP, IN_TRANSIT, OUT_FOR_DELIVERY, DELIVERY_ATTEMPTED or DELIVERED"),
    "event_time": ("string", "UTC, in the carrier's spelling, or words: `Date Not Captured`"),
    "location": ("string", "Where it was scanned; `N/A` where that is not known"),
    **_WHENCE,
}
"""Columns of scans below their day, all as they came."""

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

    def read(self, kind: str, content: bytes) -> list[Row]:
        """The rows of a file, every cell as it came.

        Args:
            kind: ``shipments`` or ``events``.
            content: The file; an empty one has no rows.
        """
        columns = self.shipments if kind == "shipments" else self.events
        return list(read_rows(content.decode(self.encoding, "replace"), self.delimiter, columns))


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
