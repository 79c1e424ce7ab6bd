"""The stamp of a log line, read slowly and obviously: what every faster reading has to agree with.

What belongs here: what a stamp is, which date it has, and what a blank line is, for one line of bytes. What does not:
many lines at once (`lines`), and the other fields of a line.

A stamp is the 28 bytes `[dd/Mon/yyyy:HH:MM:SS +HHMM]`: English month names as `Jan`, a date of the calendar in the
years 0002 to 9998 (so that it has a date in every zone), hours to 23, minutes to 59, seconds to 60 (a leap second, read
as 59), and an offset from UTC of at most 14 hours. A line's stamp is the first that lies wholly in its first 64 KiB.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final

MONTHS: Final = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
SIZE: Final = 28
"""Bytes of a stamp, with its brackets."""
HEAD: Final = 1 << 16
"""Bytes at a line's start in which its stamp is looked for."""
LONGEST: Final = 1 << 20
"""Bytes that a line may have without its `\\n`; a longer one is never held whole, and never an event."""
FIRST_YEAR: Final = 2
LAST_YEAR: Final = 9998
LARGEST_OFFSET: Final = 14 * 60
"""Minutes."""

_STAMP: Final = re.compile(
    rb"\[(\d\d)/(" + b"|".join(MONTHS) + rb")/(\d{4}):([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60) ([+-])(\d\d)([0-5]\d)\]"
)
_MONTH_NUMBERS: Final = {name: number for number, name in enumerate(MONTHS, start=1)}


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a line was written.

    Attributes:
        position: Of its `[`, in bytes from the line's start.
        time: In UTC, to the second.
    """

    position: int
    time: datetime


def find_stamp(line: bytes) -> Stamp | None:
    """The first stamp of a line (with or without its line end), None where there is none.

    A `[` that starts no stamp, as in `[31/Feb/2025:...]`, is passed over.
    """
    for match in _STAMP.finditer(line, 0, HEAD):
        time = _time_of(match)
        if time is not None:
            return Stamp(match.start(), time)
    return None


def is_blank(line: bytes) -> bool:
    """Whether a line (with or without its line end) is empty or ASCII whitespace. One of more than 64 KiB never is."""
    return len(line.removesuffix(b"\n").removesuffix(b"\r")) <= HEAD and not line.strip()


def date_of(time: datetime, zone: tzinfo) -> date:
    """The date that an aware time has in a zone."""
    return time.astimezone(zone).date()


def _time_of(match: re.Match[bytes]) -> datetime | None:
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    offset = int(hours) * 60 + int(minutes)
    if offset > LARGEST_OFFSET or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return None
    zone = timezone(timedelta(minutes=-offset if sign == b"-" else offset))
    moment = int(hour), int(minute), min(int(second), 59)
    try:
        return datetime(int(year), _MONTH_NUMBERS[month], int(day), *moment, tzinfo=zone).astimezone(UTC)
    except ValueError:  # 31 February
        return None
