"""How many orders a day brings, and what they are about: season, weekday, growth, campaigns, the films in demand.

What belongs here: the day's numbers. What does not: single orders (``orders.py``).
"""

import math
from datetime import date
from functools import lru_cache
from typing import Final

from data_platform.simulator.chance import uniforms
from data_platform.simulator.shop import campaigns
from data_platform.simulator.shop.customers import OPENING
from data_platform.simulator.tmdb import catalogue, ranking

ON_SALE: Final = 100
"""The shop sells the films that lead TMDb's popular list of the day: those that the catalogue's domain has."""

_AT_OPENING: Final = 160
_BY_WEEKDAY: Final = (0.86, 0.84, 0.90, 0.96, 1.14, 1.22, 1.08)
_MIDWINTER: Final = 350
"""Day of the year on which most films are bought."""


def expected_orders(seed: int, day: date) -> float:
    """The orders that a day should bring; 0 before the shop opened."""
    if day < OPENING:
        return 0.0
    season = 1 + 0.2 * math.cos(2 * math.pi * (day.timetuple().tm_yday - _MIDWINTER) / 365)
    growth = 1 + (day - OPENING).days / 1_400
    return _AT_OPENING * _BY_WEEKDAY[day.weekday()] * season * growth * (1 + campaign_lift(seed, day))


def campaign_lift(seed: int, day: date) -> float:
    """By how much the day's campaigns together raise its demand, as a share."""
    return sum(campaigns.lift_on(campaign, day) for campaign in campaigns.running_on(seed, day))


def orders_on(seed: int, day: date) -> int:
    """How many orders the day brings."""
    draw = sum(uniforms(seed, "orders", day)[:4]) / 4  # near one half, rarely far off
    return round(expected_orders(seed, day) * (0.9 + 0.2 * draw))


@lru_cache(maxsize=128)
def on_sale(seed: int, day: date) -> tuple[int, ...]:
    """TMDb's numbers of the films on sale, the most wanted first."""
    return tuple(catalogue.film(seed, film.number).id for film in ranking.ranked(seed, day, "popular")[:ON_SALE])
