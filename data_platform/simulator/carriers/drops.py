"""The carriers' folders: which files lie there on a day.

What belongs here: names, retention, files that come late or are dropped a second time. What does not: the lines
(``dialects.py``) and HTTP (``api.py``).

A day's files, ``shipments_<day>.csv`` and ``events_<day>.csv``, are dropped after its end. Some come a day late. Some
were cut off, and the whole one replaces them a day later. On a day of silence the files are empty, without headings.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal, get_args

from data_platform.simulator.carriers.dialects import DIALECTS
from data_platform.simulator.carriers.reports import announced, is_silent, reported
from data_platform.simulator.chance import uniforms
from data_platform.simulator.clock import DayError, parse_day
from data_platform.simulator.file_feed import File

KEPT_DAYS: Final = 14
"""A carrier deletes what is older."""

Kind = Literal["shipments", "events"]

_LATE: Final = 0.04
_CUT_OFF: Final = 0.06


def files(seed: int, carrier: str, seen: date, *, since: date) -> Iterator[File]:
    """The files in a carrier's folder.

    Args:
        seed: The shop's seed.
        carrier: One of `DIALECTS`.
        seen: The day on which the folder is looked at.
        since: First day of the feed.

    Yields:
        Each file, the oldest day first.
    """
    for back in range(KEPT_DAYS, 0, -1):
        for kind in get_args(Kind):
            dropped = file(seed, carrier, f"{kind}_{seen - timedelta(days=back)}.csv", seen, since=since)
            if dropped is not None:
                yield dropped


def file(seed: int, carrier: str, name: str, seen: date, *, since: date) -> File | None:
    """A file of a carrier's folder by its name, None where it is not there on that day; arguments as of `files`."""
    kind, _, rest = name.removesuffix(".csv").partition("_")
    try:
        day = parse_day(rest)
    except DayError:
        return None
    age = (seen - day).days
    draws = uniforms(seed, "drop", carrier, kind, day)
    gone = day < since or not 1 + (draws[0] < _LATE) <= age <= KEPT_DAYS
    if kind not in get_args(Kind) or gone or not name.endswith(".csv"):
        return None
    cut_off = age == 1 and draws[1] < _CUT_OFF
    return File(name, _content(seed, carrier, kind, day, cut_off, since))


@lru_cache(maxsize=256)
def _content(seed: int, carrier: str, kind: str, day: date, cut_off: bool, since: date) -> bytes:
    if is_silent(seed, carrier, day):
        return b""
    dialect = DIALECTS[carrier]
    if kind == "shipments":
        parcels = announced(seed, carrier, day, since=since)
        return dialect.shipments(parcels[: _kept(len(parcels), cut_off=cut_off)])
    reports = reported(seed, carrier, day, since=since)
    return dialect.events(reports[: _kept(len(reports), cut_off=cut_off)])


def _kept(count: int, *, cut_off: bool) -> int:
    return count * 4 // 5 if cut_off else count
