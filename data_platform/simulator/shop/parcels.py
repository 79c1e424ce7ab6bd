"""Parcels and their way: which carrier, which scans, when it is said to arrive and when it does.

What belongs here: a parcel's facts by its order. What does not: how a carrier's files tell them, and when they do
(``carriers``).
"""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal

from data_platform.simulator.chance import generator
from data_platform.simulator.shop.customers import Address

CARRIERS: Final = ("parcelo", "nordpost", "swiftline")

Event = Literal["picked_up", "in_transit", "out_for_delivery", "delivery_attempted", "delivered"]

_PREFIX: Final = {"parcelo": "PA", "nordpost": "NP", "swiftline": "SW"}
_SHARES: Final = {"DE": (25, 65, 10), "FR": (60, 10, 30), "SE": (10, 80, 10)}
_HUBS: Final = ("Leipzig", "Lüttich", "East Midlands", "Køge", "Louisville")


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of a parcel; the moment is UTC."""

    moment: datetime
    event: Event
    place: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of an order.

    Attributes:
        promised: The day on which the carrier said that it would arrive.
        weight: In kilograms; None where nobody weighed it by itself.
        freight: In euro; None where it is in the price.
        scans: In order of time; the first is its picking up.
    """

    tracking: str
    order: int
    carrier: str
    address: Address
    promised: date
    weight: Decimal | None
    freight: Decimal | None
    scans: tuple[Scan, ...]

    @property
    def picked_up(self) -> datetime:
        """When the carrier took it, UTC."""
        return self.scans[0].moment

    @property
    def delivered(self) -> datetime | None:
        """When it arrived, UTC; None where it was lost."""
        return self.scans[-1].moment if self.scans[-1].event == "delivered" else None


def parcels_of(seed: int, order: int, address: Address | None, ready: datetime) -> tuple[Parcel, ...]:
    """What an order is sent in: one parcel, now and then two.

    Args:
        seed: The shop's seed.
        order: The order's number.
        address: Where it goes.
        ready: When it is packed; it is picked up in the working hours after that.
    """
    if address is None:
        return ()
    chance = generator(seed, "parcels", order)
    shares = _SHARES.get(address.country.upper()[:2], (40, 20, 40))
    carrier = chance.choices(CARRIERS, shares)[0]
    count = 2 if chance.random() < 0.03 else 1  # noqa: PLR2004 - a share
    return tuple(_parcel(order, part, carrier, address, ready, chance) for part in range(count))


def _parcel(order: int, part: int, carrier: str, address: Address, ready: datetime, chance: random.Random) -> Parcel:
    scans = _way(address, _working_hour(ready, chance), chance)
    weighed, itemised = chance.random() > 0.06, chance.random() > 0.1  # noqa: PLR2004 - shares
    return Parcel(
        tracking=f"{_PREFIX[carrier]}{order:09d}{part + 1}",
        order=order,
        carrier=carrier,
        address=address,
        promised=(scans[0].moment + timedelta(days=3)).date(),
        weight=Decimal(chance.randint(12, 240)) / 100 if weighed else None,
        freight=Decimal(chance.randint(290, 1_890)) / 100 if itemised else None,
        scans=tuple(scans),
    )


def _working_hour(ready: datetime, chance: random.Random) -> datetime:
    day = ready.date() + timedelta(days=0 if ready.hour < 17 else 1)  # noqa: PLR2004 - the last collection
    if day.weekday() == 6:  # noqa: PLR2004 - Sunday
        day += timedelta(days=1)
    return datetime.combine(day, time(17), UTC) + timedelta(seconds=chance.randrange(3 * 3_600))


def _way(address: Address, picked_up: datetime, chance: random.Random) -> list[Scan]:
    scans = [Scan(picked_up, "picked_up", "Halle (Saale)")]
    moment = picked_up
    for _ in range(chance.choices((1, 2, 3), (50, 35, 15))[0]):
        moment += timedelta(seconds=chance.randint(4 * 3_600, 22 * 3_600))
        scans.append(Scan(moment, "in_transit", chance.choice(_HUBS)))
    if chance.random() < 0.012:  # noqa: PLR2004 - a share: lost on the way
        return scans
    arrival = datetime.combine(moment.date() + timedelta(days=1), time(6), UTC)
    while chance.random() < 0.1:  # noqa: PLR2004 - a share: nobody at home, or too much to do
        tried = arrival + timedelta(seconds=chance.randrange(3 * 3_600, 9 * 3_600))
        scans += [Scan(arrival, "out_for_delivery", address.city), Scan(tried, "delivery_attempted", address.city)]
        arrival += timedelta(days=1)
    arrived = arrival + timedelta(seconds=chance.randrange(2 * 3_600, 12 * 3_600))
    return [*scans, Scan(arrival, "out_for_delivery", address.city), Scan(arrived, "delivered", address.city)]
