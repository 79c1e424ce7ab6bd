"""Which day it is in the simulator: UTC now, a day pinned by the settings, or the day that one request asks for.

What belongs here: choosing and parsing the day, the same for every feed. What does not: what a feed does with it.
"""

import re
from datetime import UTC, date, datetime
from typing import Final

DAY_HEADER: Final = "X-Simulator-Day"
"""Request header that sets the day of one request. Known to the simulator only; a real source ignores it."""

FIRST_DAY: Final = date(2020, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)
"""The simulated world lies between these days, both included."""

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class DayError(ValueError):
    """A day that is no day, or that the simulated world does not have."""


def parse_day(text: str) -> date:
    """Read a day.

    Args:
        text: ``YYYY-MM-DD`` (RFC 3339 full-date).

    Returns:
        The day.

    Raises:
        DayError: Another format, a day that does not exist, or one outside the simulated world.
    """
    if not _ISO_DAY.fullmatch(text):
        raise DayError(f"{text!r} is not a day: expected YYYY-MM-DD")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise DayError(f"{text!r} is not a day: {error}") from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DayError(f"{text!r} is outside the simulated world, which lasts from {FIRST_DAY} to {LAST_DAY}")
    return day


def day_of(header: str | None, pinned: date | None) -> date:
    """The day that a request is answered for.

    Args:
        header: The value of `DAY_HEADER`, None where the request has none. It wins over the pinned day.
        pinned: The day of the settings, None for today.

    Returns:
        The day, in UTC.

    Raises:
        DayError: The header is not a day of the simulated world.
    """
    if header is not None:
        return parse_day(header.strip())
    return pinned or datetime.now(UTC).date()
