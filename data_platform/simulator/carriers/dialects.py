"""How each carrier writes: encoding, separator, headings, dates, numbers, and words where a value should be.

What belongs here: from parcels and scans to the bytes of a file. What does not: which of them a file has
(``reports.py``).

The words in place of values are those of real shipment feeds: ``N/A``, ``Date Not Captured``, ``Weight Captured
Separately``, ``Freight Included in Commodity Cost``.
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from data_platform.simulator.carriers.reports import Report
from data_platform.simulator.chance import uniforms
from data_platform.simulator.shop.parcels import Parcel

NO_WEIGHT: Final = "Weight Captured Separately"
NO_FREIGHT: Final = "Freight Included in Commodity Cost"
NO_DATE: Final = "Date Not Captured"
NOTHING: Final = "N/A"

_UNDATED: Final = 0.004
_UNPLACED: Final = 0.02


@dataclass(frozen=True, slots=True)
class Dialect:
    """A carrier's way of writing.

    Attributes:
        shipment_columns: Headings of the file of parcels.
        event_columns: Headings of the file of scans.
        moment: A scan's time, in one cell or two; None where it was not captured.
        number: An amount or weight.
    """

    encoding: str
    delimiter: str
    newline: str
    quoting: int
    shipment_columns: tuple[str, ...]
    event_columns: tuple[str, ...]
    day: Callable[[date], str]
    moment: Callable[[datetime | None], tuple[str, ...]]
    number: Callable[[Decimal], str]

    def shipments(self, parcels: Iterable[Parcel]) -> bytes:
        """The file of parcels."""
        return self._file(self.shipment_columns, map(self._shipment, parcels))

    def events(self, reports: Iterable[Report]) -> bytes:
        """The file of scans."""
        return self._file(self.event_columns, map(self._event, reports))

    def _shipment(self, parcel: Parcel) -> tuple[str, ...]:
        where = parcel.address
        weight = NO_WEIGHT if parcel.weight is None else self.number(parcel.weight)
        freight = NO_FREIGHT if parcel.freight is None else self.number(parcel.freight)
        days = self.day(parcel.picked_up.date()), self.day(parcel.promised)
        return (parcel.tracking, str(parcel.order), *days, where.postcode, where.city, where.country, weight, freight)

    def _event(self, report: Report) -> tuple[str, ...]:
        parcel, scan = report
        draws = uniforms("scan", parcel.tracking, scan.moment)
        moment = None if draws[0] < _UNDATED else scan.moment
        place = NOTHING if draws[1] < _UNPLACED else scan.place
        return (parcel.tracking, str(parcel.order), scan.event.upper(), *self.moment(moment), place)

    def _file(self, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.newline, quoting=self.quoting)  # type: ignore[arg-type]
        writer.writerow(columns)
        writer.writerows(rows)
        return text.getvalue().encode(self.encoding, "replace")


def _short_day(day: date) -> str:
    """``2-Jun-06``."""
    return f"{day.day}-{day:%b-%y}"


def _day_and_time(moment: datetime | None) -> tuple[str, ...]:
    return (NO_DATE, "") if moment is None else (_short_day(moment.date()), f"{moment:%H:%M}")


def _comma(number: Decimal) -> str:
    return str(number).replace(".", ",")


DIALECTS: Final[dict[str, Dialect]] = {
    "parcelo": Dialect(
        *("utf-8-sig", ",", "\n", csv.QUOTE_MINIMAL),
        shipment_columns=(
            *("tracking_number", "order_reference", "shipped_on", "promised_on", "postcode", "city", "country"),
            *("weight (kilograms)", "freight cost (eur)"),
        ),
        event_columns=("tracking_number", "order_reference", "event", "event_time", "location"),
        day=date.isoformat,
        moment=lambda moment: (NO_DATE if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}",),
        number=str,
    ),
    "nordpost": Dialect(
        *("latin-1", ";", "\n", csv.QUOTE_MINIMAL),
        shipment_columns=(
            *("Sendung", "Auftrag", "Versanddatum", "Zusage", "PLZ", "Ort", "Land", "Gewicht (kg)", "Fracht (EUR)"),
        ),
        event_columns=("Sendung", "Auftrag", "Ereignis", "Datum", "Uhrzeit", "Ort"),
        day=_short_day,
        moment=_day_and_time,
        number=_comma,
    ),
    "swiftline": Dialect(
        *("utf-8", ";", "\r\n", csv.QUOTE_ALL),
        shipment_columns=(
            *("Tracking", "Order", "Ship Date", "Promised Date", "ZIP", "City", "Country", "Weight", "Freight"),
        ),
        event_columns=("Tracking", "Order", "Status", "Timestamp", "Facility"),
        day=_short_day,
        moment=lambda moment: (NO_DATE if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}+00:00",),
        number=str,
    ),
}
"""By carrier."""
