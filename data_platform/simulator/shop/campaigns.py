"""The shop's campaigns: when they run, where, what they cost, and how much they lift demand.

What belongs here: a campaign's facts, and its spend and effect of a day. What does not: the platform's export of them
(``ads``).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from data_platform.simulator.chance import generator, uniforms
from data_platform.simulator.shop.customers import OPENING

CHANNELS: Final = ("search", "social", "video", "display", "email")
MARKETS: Final = ("DE", "FR", "GB", "US", "SE")
DEVICES: Final = ("mobile", "desktop")

_EVERY_DAYS: Final = 5
_LONGEST: Final = 28
_THEMES: Final = (
    "Autumn Classics",
    "Director's Cut",
    "Family Weekend",
    "Film Noir – Best of",
    "Sci-Fi Week",
    "2-for-1",
)


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign.

    Attributes:
        id: ``CMP-0042``: what orders and exports name it by.
        last: Its last day, included.
        budget: For all its days together, in euro.
        lift: By how much it raises the demand of its first day, as a share.
    """

    id: str
    name: str
    channel: str
    first: date
    last: date
    budget: float
    lift: float


@dataclass(frozen=True, slots=True)
class Spend:
    """What one campaign cost and brought in one market on one device and day; money in euro."""

    campaign: Campaign
    market: str
    device: str
    impressions: int
    clicks: int
    cost: float


@lru_cache(maxsize=4_096)
def campaign(seed: int, number: int) -> Campaign:
    """A campaign by its number, from 0; a new one begins every few days since the shop opened."""
    chance = generator(seed, "campaign", number)
    first = OPENING + timedelta(days=number * _EVERY_DAYS + chance.randint(0, _EVERY_DAYS - 1))
    days, channel = chance.randint(7, _LONGEST), chance.choice(CHANNELS)
    lift = chance.uniform(0.06, 0.35)
    return Campaign(
        id=f"CMP-{number:04d}",
        name=f"{chance.choice(_THEMES)} {first:%Y-%m} ({channel})",
        channel=channel,
        first=first,
        last=first + timedelta(days=days - 1),
        budget=round(days * (60 + 900 * lift * chance.uniform(0.6, 1.6)), 2),
        lift=lift,
    )


def begun_by(seed: int, day: date) -> tuple[Campaign, ...]:
    """Every campaign that has begun by a day, the oldest first."""
    numbers = range((day - OPENING).days // _EVERY_DAYS + 1)
    return tuple(candidate for number in numbers if (candidate := campaign(seed, number)).first <= day)


def running_on(seed: int, day: date) -> tuple[Campaign, ...]:
    """The campaigns that run on a day."""
    newest = (day - OPENING).days // _EVERY_DAYS
    numbers = range(max(0, newest - _LONGEST // _EVERY_DAYS - 1), newest + 1)
    return tuple(
        candidate for number in numbers if (candidate := campaign(seed, number)).first <= day <= candidate.last
    )


def lift_on(of: Campaign, day: date) -> float:
    """By how much a campaign raises the demand of a day, as a share: less the longer it runs."""
    return of.lift * (1 - 0.5 * (day - of.first).days / _LONGEST)


def spend_on(seed: int, day: date) -> tuple[Spend, ...]:
    """What the campaigns of a day cost in the end, by market and device."""
    spending = []
    for running in running_on(seed, day):
        a_day = running.budget / ((running.last - running.first).days + 1)
        for market in MARKETS:
            for device in DEVICES:
                draws = uniforms(seed, "spend", running.id, day, market, device)
                cost = round(a_day / (len(MARKETS) * len(DEVICES)) * (0.6 + 0.8 * draws[0]), 2)
                clicks = int(cost / (0.25 + 0.5 * draws[1]))
                spending.append(Spend(running, market, device, int(clicks * (40 + 60 * draws[2])), clicks, cost))
    return tuple(spending)
