"""Which parcels and scans a carrier reports on which day.

What belongs here: delays, days of silence, repetitions and disorder, before anything is a line. What does not: the
lines (``dialects.py``) and the files (``drops.py``).

A scan is reported on its day or up to two days later; a carrier that is silent on a day reports all of it on the
next: three days late at most.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, TypeVar

from data_platform.simulator.chance import generator, uniforms
from data_platform.simulator.shop.orders import LIFE, orders_on
from data_platform.simulator.shop.parcels import Parcel, Scan

LATEST: Final = 3
"""Days after which every scan has been reported."""

Report = tuple[Parcel, Scan]
_Any = TypeVar("_Any")

_LAGS: Final = ((0, 1, 2), (93, 5, 2))
_REPEATED: Final = 0.02
_SILENT: Final = 0.05


def is_silent(seed: int, carrier: str, day: date) -> bool:
    """Whether a carrier drops files without a line on a day; never two days in a row."""
    return _wants_silence(seed, carrier, day) and not _wants_silence(seed, carrier, day - timedelta(days=1))


def announced(seed: int, carrier: str, day: date, *, since: date) -> list[Parcel]:
    """The parcels that a carrier announces on a day, of orders since a day, in no particular order."""
    days = _order_days(day, since)
    return _shuffled(
        [p for order_day in days for p in _of_orders(seed, order_day)[0].get((carrier, day), ())], seed, carrier, day
    )


def reported(seed: int, carrier: str, day: date, *, since: date) -> list[Report]:
    """The scans that a carrier reports on a day, of orders since a day: some twice, in no particular order."""
    days = _order_days(day, since)
    reports = [report for order_day in days for report in _of_orders(seed, order_day)[1].get((carrier, day), ())]
    chance = generator(seed, "repeated", carrier, day)
    return _shuffled(reports + [report for report in reports if chance.random() < _REPEATED], seed, carrier, day)


def _order_days(day: date, since: date) -> list[date]:
    first = max(since, day - LIFE - timedelta(days=LATEST))
    return [first + timedelta(days=number) for number in range((day - first).days + 1)]


@lru_cache(maxsize=128)
def _of_orders(
    seed: int, day: date
) -> tuple[Mapping[tuple[str, date], Sequence[Parcel]], Mapping[tuple[str, date], Sequence[Report]]]:
    """What is announced and reported of one day's orders, by carrier and day."""
    parcels: dict[tuple[str, date], list[Parcel]] = defaultdict(list)
    scans: dict[tuple[str, date], list[Report]] = defaultdict(list)
    for parcel in (parcel for order in orders_on(seed, day) for parcel in order.parcels):
        chance = generator(seed, "lags", parcel.tracking)
        parcels[_spoken(seed, parcel.carrier, parcel.picked_up.date())].append(parcel)
        for scan in parcel.scans:
            lag = timedelta(days=chance.choices(*_LAGS)[0])
            scans[_spoken(seed, parcel.carrier, scan.moment.date() + lag)].append((parcel, scan))
    return parcels, scans


def _spoken(seed: int, carrier: str, day: date) -> tuple[str, date]:
    return carrier, day + timedelta(days=1) if is_silent(seed, carrier, day) else day


@lru_cache(maxsize=4_096)
def _wants_silence(seed: int, carrier: str, day: date) -> bool:
    return uniforms(seed, "silent", carrier, day)[0] < _SILENT


def _shuffled(items: list[_Any], *key: object) -> list[_Any]:
    generator("order of lines", *key).shuffle(items)
    return items
