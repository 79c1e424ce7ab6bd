"""The shop's orders: what was bought, by whom, and everything that happens to an order afterwards.

What belongs here: an order's facts and its changes in time. What does not: the parcel's way (``parcels.py``) and how
the database holds an order (``simulator/orders``).
"""

import bisect
import itertools
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from data_platform.simulator.chance import generator
from data_platform.simulator.shop import campaigns, demand, parcels
from data_platform.simulator.shop.customers import OPENING, Address, count_until, customer, states
from data_platform.simulator.shop.parcels import Parcel

LIFE: Final = timedelta(days=30)
"""Nothing happens to an order that is older."""

Status = Literal["placed", "paid", "shipped", "delivered", "cancelled", "refunded"]

_NUMBERS_A_DAY: Final = 10_000
_FORMATS: Final = {
    "dvd": Decimal("9.99"),
    "blu-ray": Decimal("14.99"),
    "4k": Decimal("24.99"),
    "stream": Decimal("4.99"),
}
_RATES: Final = {"EUR": Decimal(1), "GBP": Decimal("0.86"), "USD": Decimal("1.09"), "SEK": Decimal("11.2")}
_CENT: Final = Decimal("0.01")
_HOURS: Final = list(itertools.accumulate((2, 1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 6, 7, 6, 5, 5, 6, 8, 10, 13, 14, 12, 8, 4)))


@dataclass(frozen=True, slots=True)
class Line:
    """One position of an order; `price` is for one, in the order's currency."""

    number: int
    film: int
    format: str
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to an order at a moment: a new status, another address, or other lines."""

    moment: datetime
    status: Status | None = None
    address: Address | None = None
    lines: tuple[Line, ...] | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order with all that ever happens to it.

    Attributes:
        number: Grows with the moment at which it was placed.
        campaign: What the link that brought the customer said; None for those who came by themselves.
        changes: In order of time; the first is its placing, with lines and address.
        parcels: What it was sent in; none where it never was.
    """

    number: int
    customer: int
    name: str
    currency: str
    payment: str
    shipping_fee: Decimal
    campaign: str | None
    changes: tuple[Change, ...]
    parcels: tuple[Parcel, ...]

    @property
    def placed(self) -> datetime:
        """When it was placed, UTC."""
        return self.changes[0].moment


def number_of(day: date, index: int) -> int:
    """The number of a day's order, by its place in the day from 0."""
    return ((day - OPENING).days + 1) * _NUMBERS_A_DAY + index


@lru_cache(maxsize=128)
def orders_on(seed: int, day: date) -> tuple[Order, ...]:
    """Every order that is placed on a day, the earliest first."""
    chance = generator(seed, "orders of", day)
    midnight = datetime.combine(day, time(), UTC)
    moments = sorted(midnight + timedelta(seconds=_second(chance)) for _ in range(demand.orders_on(seed, day)))
    return tuple(_order(seed, number_of(day, index), moment, chance) for index, moment in enumerate(moments))


def _second(chance: random.Random) -> int:
    hour = bisect.bisect_right(_HOURS, chance.random() * _HOURS[-1])
    return hour * 3_600 + chance.randrange(3_600)


def _order(seed: int, number: int, moment: datetime, chance: random.Random) -> Order:
    buyer = customer(seed, _buyer(seed, moment, chance), moment)
    lines = _lines(seed, moment.date(), buyer.currency, chance)
    payment = chance.choices(("card", "wallet", "invoice"), (60, 30, 10))[0]
    sent = not all(line.format == "stream" for line in lines)
    placed = Change(moment, "placed", buyer.address, lines)
    later, packed = _afterwards(seed, number, placed, payment, sent, chance)
    return Order(
        number=number,
        customer=buyer.number,
        name=buyer.name,
        currency=buyer.currency,
        payment=payment,
        shipping_fee=_in(buyer.currency, Decimal("3.90")) if sent else Decimal("0.00"),
        campaign=_campaign(seed, moment.date(), chance),
        changes=(placed, *sorted(later, key=lambda change: change.moment)),
        parcels=packed,
    )


def _buyer(seed: int, moment: datetime, chance: random.Random) -> int:
    """Some customers buy often; nobody buys before signing up."""
    last = count_until(moment.date() - timedelta(days=1)) or 1
    number = 1 + int(last * chance.random() ** 1.5)
    return number if states(seed, number)[0].since <= moment else 1


def _lines(seed: int, day: date, currency: str, chance: random.Random) -> tuple[Line, ...]:
    films = demand.on_sale(seed, day)
    count = chance.choices((1, 2, 3, 4), (62, 24, 10, 4))[0]
    chosen = sorted({int(len(films) * chance.random() ** 2.2) for _ in range(count)})
    lines = []
    for place, index in enumerate(chosen, start=1):
        kind = chance.choices(list(_FORMATS), (30, 35, 15, 20))[0]
        quantity = chance.choices((1, 2, 3), (92, 6, 2))[0]
        lines.append(Line(place, films[index], kind, quantity, _in(currency, _FORMATS[kind])))
    return tuple(lines)


def _in(currency: str, euros: Decimal) -> Decimal:
    return (euros * _RATES[currency]).quantize(_CENT)


def _campaign(seed: int, day: date, chance: random.Random) -> str | None:
    """The campaign that brought the order, in proportion to its lift, as the link says it: not always rightly."""
    draw, how = chance.random() * (1 + demand.campaign_lift(seed, day)), chance.random()
    for campaign in campaigns.running_on(seed, day):
        draw -= campaigns.lift_on(campaign, day)
        if draw < 0:
            spellings = {0: campaign.id.lower(), 1: "(not set)", 2: f"CMP-9{campaign.id[-3:]}"}
            return spellings.get(int(how * 33), campaign.id)
    return None


def _afterwards(
    seed: int, number: int, placed: Change, payment: str, sent: bool, chance: random.Random
) -> tuple[list[Change], tuple[Parcel, ...]]:
    """What happens to an order after its placing, in no order, and what it is sent in."""
    if chance.random() < 0.04:  # noqa: PLR2004 - a share
        return [Change(_after(placed.moment, 0.1, 20, chance), "cancelled")], ()
    least, most = (20, 72) if payment == "invoice" else (0.01, 0.3)
    paid = _after(placed.moment, least, most, chance)
    changes = [Change(paid, "paid"), *_corrections(placed, chance)]
    if not sent:
        return [*changes, Change(paid + timedelta(seconds=40), "delivered")], ()
    packed = parcels.parcels_of(seed, number, placed.address, _after(paid, 6, 50, chance))
    changes.append(Change(packed[0].picked_up, "shipped"))
    arrivals = [parcel.delivered for parcel in packed if parcel.delivered is not None]
    if len(arrivals) < len(packed):
        changes.append(Change(packed[0].picked_up + timedelta(days=12), "refunded"))
        return changes, packed
    changes.append(Change(max(arrivals), "delivered"))
    if chance.random() < 0.03:  # noqa: PLR2004 - a share
        changes.append(Change(_after(max(arrivals), 24, 200, chance), "refunded"))
    return changes, packed


def _corrections(placed: Change, chance: random.Random) -> list[Change]:
    """What is put right later: the house number while it is on its way, an amount days afterwards."""
    corrections, address, lines = [], placed.address, placed.lines
    if chance.random() < 0.02 and address is not None:  # noqa: PLR2004 - a share
        corrected = Address(f"{address.street} (Rückgebäude)", address.postcode, address.city, address.country)
        corrections.append(Change(_after(placed.moment, 1, 30, chance), address=corrected))
    if chance.random() < 0.02 and lines:  # noqa: PLR2004 - a share
        first, *rest = lines
        cheaper = Line(
            first.number, first.film, first.format, first.quantity, (first.price * Decimal("0.8")).quantize(_CENT)
        )
        corrections.append(Change(_after(placed.moment, 24, 140, chance), lines=(cheaper, *rest)))
    return corrections


def _after(moment: datetime, least: float, most: float, chance: random.Random) -> datetime:
    """A whole second so many hours after a moment."""
    return moment + timedelta(seconds=int(3_600 * chance.uniform(least, most)))
