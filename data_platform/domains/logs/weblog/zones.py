"""Minutes in UTC to dates in a zone, many at once.

What belongs here: which date a minute has in a zone. What does not: reading minutes (`decode`).
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
UNSURE: Final = np.iinfo(np.int64).min
"""In the place of a date, where the minute does not say it: its first and last second have different dates."""
_DAY: Final = 1440


def days(minutes: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """The dates of UTC minutes since 1970 (in the years 2 to 9998) in a zone.

    Returns:
        Days since 1970-01-01, UNSURE where a date needs the second.
    """
    fixed = zone.utcoffset(None)
    if fixed is not None and not fixed % timedelta(minutes=1):
        return (minutes + fixed // timedelta(minutes=1)) // _DAY
    hours, which = np.unique(minutes // 60, return_inverse=True)
    offsets = [_offset_in_hour(hour, zone) for hour in hours.tolist()]
    known = np.array([offset is not None for offset in offsets], np.bool_)[which]
    result = (minutes + np.array([offset or 0 for offset in offsets], np.int64)[which]) // _DAY
    for place in np.flatnonzero(~known).tolist():
        result[place] = _day_of_minute(int(minutes[place]), zone)
    return result


@lru_cache(maxsize=1 << 16)
def _offset_in_hour(hour: int, zone: tzinfo) -> int | None:
    """The offset from UTC, in minutes, that holds for a whole UTC hour; None where it changes or has seconds."""
    start = EPOCH + timedelta(hours=hour)
    first, last = (moment.astimezone(zone).utcoffset() for moment in (start, start + timedelta(seconds=3599)))
    whole, rest = divmod(first or timedelta(), timedelta(minutes=1))
    return whole if first == last and not rest else None


@lru_cache(maxsize=1 << 16)
def _day_of_minute(minute: int, zone: tzinfo) -> int:
    start = EPOCH + timedelta(minutes=minute)
    first, last = (moment.astimezone(zone).date() for moment in (start, start + timedelta(seconds=59)))
    return first.toordinal() - EPOCH.toordinal() if first == last else UNSURE
