"""Who comes on a day: those who order, those who follow a campaign's link, everybody else, and machines.

What belongs here: how much there is of each, when, and from where. What does not: a visit's requests (``journeys``,
``bots``).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from data_platform.simulator.chance import generator
from data_platform.simulator.shop import campaigns, demand
from data_platform.simulator.shop.campaigns import Campaign
from data_platform.simulator.shop.orders import Order, orders_on
from data_platform.simulator.traffic import bots, journeys
from data_platform.simulator.traffic.bots import DAY_SECONDS
from data_platform.simulator.traffic.journeys import SHOP, Request
from data_platform.simulator.traffic.visitors import customer, stranger

LINES_A_DAY: Final = 20_000
"""About how many requests a day with `USUAL_ORDERS` brings unless said otherwise."""

USUAL_ORDERS: Final = 500

_ARRIVES: Final = 0.85
"""Of the clicks that the ad platform counts: people close the page before it is there."""

_CRAWLED: Final = 0.06
_SPREAD: Final = 5_400
"""Seconds by which visits spread around the orders, so that both have the day's shape."""

_SOURCES: Final = {
    "search": ("lantern", "cpc", "https://lantern.example/"),
    "social": ("chatterbox", "social", "https://chatterbox.example/"),
    "video": ("clipstream", "video", "https://clipstream.example/watch"),
    "display": ("adwall", "display", "-"),
    "email": ("newsletter", "email", "-"),
}
"""By channel: ``utm_source``, ``utm_medium``, and the page that the link was on."""

_BY_THEMSELVES: Final = ("-", "https://lantern.example/", "https://filmforum.example/t/4711", f"{SHOP}/")
_THEIR_SHARES: Final = (50, 38, 7, 5)


@dataclass(frozen=True)
class _Day:
    """What visits of a day are drawn from."""

    chance: random.Random
    films: tuple[int, ...]
    orders: tuple[Order, ...]

    def second(self) -> float:
        """When somebody comes: around one of the day's orders."""
        around = _second(self.chance.choice(self.orders)) + self.chance.uniform(-_SPREAD, _SPREAD)
        return around % DAY_SECONDS

    def some_films(self, mean: float) -> list[int]:
        """What somebody looks at: popular films more often, and not many."""
        count = min(12, int(self.chance.expovariate(1 / mean)))
        return [self.films[int(len(self.films) * self.chance.random() ** 2.2)] for _ in range(count)]


def requests_of(seed: int, day: date, lines: int = LINES_A_DAY) -> list[Request]:
    """Every request of a day, in no order; some may lie past its end.

    Args:
        seed: The shop's seed.
        day: The day.
        lines: How many a day with `USUAL_ORDERS` has; fewer than the orders and clicks need are not possible.

    Returns:
        The requests: none of people before the shop opened.
    """
    films, orders = demand.on_sale(seed, day), orders_on(seed, day)
    chance = generator(seed, "traffic", day)
    wanted = int(lines * len(orders) / USUAL_ORDERS)
    requests = [*bots.monitoring(chance), *bots.scanning(chance)]
    if not orders:
        return requests
    requests += bots.crawling(chance, films, int(wanted * _CRAWLED))
    of_day = _Day(chance, films, orders)
    for order in orders:
        requests += _buying(seed, day, order, chance)
    for visit in _clicks(seed, day, of_day, min(1.0, lines / LINES_A_DAY)):
        requests += visit
    while len(requests) < wanted:
        came_from = chance.choices(_BY_THEMSELVES, _THEIR_SHARES)[0]
        visitor = stranger(chance)
        requests += journeys.look_around(chance, visitor, of_day.second(), of_day.some_films(2.5), came_from=came_from)
    return requests


def belated(seed: int, day: date) -> list[Request]:
    """A few requests of a day's last two hours that the servers write down after midnight, in the next day's files."""
    orders = orders_on(seed, day)
    if not orders:
        return []
    chance = generator(seed, "belated traffic", day)
    of_day = _Day(chance, demand.on_sale(seed, day), orders)
    requests: list[Request] = []
    for _ in range(chance.randint(1, 3)):
        second = DAY_SECONDS - chance.uniform(1_800, 7_200)
        requests += journeys.look_around(chance, stranger(chance), second, of_day.some_films(1), came_from="-")
    return [request for request in requests if request.second < DAY_SECONDS]


def _buying(seed: int, day: date, order: Order, chance: random.Random) -> list[Request]:
    address, lines = order.changes[0].address, order.changes[0].lines
    if address is None or lines is None:  # an order is placed with both
        raise ValueError(f"order {order.number} was placed without address or lines")
    channel = next(
        (campaign.channel for campaign in campaigns.running_on(seed, day) if _names(order, campaign)), "search"
    )
    came_from = _SOURCES[channel][2] if order.campaign else chance.choices(_BY_THEMSELVES, _THEIR_SHARES)[0]
    return journeys.buy(
        chance,
        customer(seed, order.customer, address.country),
        _second(order),
        [line.film for line in lines],
        order=order.number,
        query=_query(order.campaign, channel) if order.campaign else "",
        came_from=came_from,
    )


def _names(order: Order, campaign: Campaign) -> bool:
    """Whether an order says that it came by a campaign; what it says is not always spelled rightly."""
    return order.campaign is not None and order.campaign.upper()[-3:] == campaign.id[-3:]


def _clicks(seed: int, day: date, of_day: _Day, share: float) -> Iterator[list[Request]]:
    """The visits by a campaign's link that end in no order."""
    for spend in campaigns.spend_on(seed, day):
        channel = spend.campaign.channel
        query, came_from = _query(spend.campaign.id, channel), _SOURCES[channel][2]
        for _ in range(int(spend.clicks * _ARRIVES * share)):
            visitor = stranger(of_day.chance, spend.market, spend.device)
            films = of_day.some_films(0.8)
            yield journeys.look_around(of_day.chance, visitor, of_day.second(), films, query=query, came_from=came_from)


def _query(campaign: str, channel: str) -> str:
    source, medium, _ = _SOURCES[channel]
    return urlencode({"utm_campaign": campaign, "utm_source": source, "utm_medium": medium})


def _second(order: Order) -> float:
    placed = order.placed
    return placed.hour * 3_600.0 + placed.minute * 60 + placed.second
