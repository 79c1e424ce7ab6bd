"""What people ask for in the course of a visit: pages, what the pages are made of, and the way to an order.

What belongs here: the requests of one visit of a person. What does not: who comes and when (``visits``), machines
(``bots``), and what the servers make of a request (``servers``).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus

from data_platform.simulator.tmdb.vocabulary import LANGUAGES, NOUNS
from data_platform.simulator.traffic.visitors import Visitor

SHOP: Final = "https://shop.example"
"""Where the shop's own pages are, as its referrers say."""

_STATIC: Final = (
    ("/static/app.5d1c02.css", 48_211),
    ("/static/app.5d1c02.js", 182_940),
    ("/static/logo.svg", 3_318),
    ("/static/fonts/projector.woff2", 28_404),
    ("/favicon.ico", 1_150),
)
_NEW_BROWSER: Final = (3, 5)
"""How many of the static files a browser asks for that has none: at least, at most."""

_PAGE: Final = 12_000
_POSTER: Final = 40_000
_LOADING: Final = 0.3
"""Seconds between what a page is made of."""

_SEARCHES: Final = 0.15
_TRAILERS: Final = 0.04
_DEAD_LINKS: Final = 0.02


@dataclass(slots=True)
class Request:
    """One request.

    Attributes:
        second: When it came, in seconds since the day's midnight UTC.
        target: What it asks for, percent-encoded as sent.
        status: What it is answered with unless the server is in trouble.
        size: Bytes of the answer's body.
        lasts: Seconds until it is answered in full; the server writes its line then.
    """

    visitor: Visitor
    second: float
    target: str
    status: int = 200
    size: int = 0
    method: str = "GET"
    referrer: str = "-"
    lasts: float = 0.05


def look_around(
    chance: random.Random, visitor: Visitor, second: float, films: Sequence[int], *, query: str = "", came_from: str
) -> list[Request]:
    """A visit that ends in no order; most are short.

    Args:
        chance: Draws.
        visitor: Who comes.
        second: When, since midnight UTC.
        films: Which films are looked at, TMDb's numbers.
        query: What the link says about where it was: text after ``?``, percent-encoded.
        came_from: The page that the link was on, ``-`` for none.
    """
    deep = bool(films) and chance.random() < 0.5  # noqa: PLR2004 - a share
    first, rest = (f"/films/{films[0]}", films[1:]) if deep else ("/", films)
    return _Visit(chance, visitor, second).arrive(first, query, came_from).look_at(rest).requests


def buy(
    chance: random.Random,
    visitor: Visitor,
    placed: float,
    films: Sequence[int],
    *,
    order: int,
    query: str,
    came_from: str,
) -> list[Request]:
    """The visit that ends in an order.

    Args:
        chance: Draws.
        visitor: The customer.
        placed: When the order was placed, in seconds since midnight UTC: the second of ``POST /checkout``.
        films: What was ordered.
        order: The order's number.
        query: As in `look_around`.
        came_from: As in `look_around`.
    """
    visit = _Visit(chance, visitor, 0.0).arrive("/", query, came_from).look_at(films)
    for film in films:
        visit.ask("/basket", method="POST", status=303, size=0, pause=9).ask("/basket", size=_PAGE // 2)
        visit.referrer = f"{SHOP}/films/{film}"
    visit.ask("/checkout", size=_PAGE // 2, pause=20)
    until_checkout = visit.second + 40
    for request in visit.requests:  # a visit lies within its day
        request.second = max(request.second + placed - until_checkout, placed * request.second / until_checkout)
    visit.second = placed
    visit.ask("/checkout", method="POST", status=303, size=0, lasts=0.4)
    visit.ask(f"/checkout/thanks?order={order}", size=_PAGE // 2, pause=1)
    return visit.requests


class _Visit:
    """One visit in the making."""

    def __init__(self, chance: random.Random, visitor: Visitor, second: float) -> None:
        self.chance, self.visitor, self.second = chance, visitor, second
        self.referrer = "-"
        self.requests: list[Request] = []

    def ask(
        self, target: str, *, size: int, method: str = "GET", status: int = 200, pause: float = 0.0, lasts: float = 0.05
    ) -> "_Visit":
        """A request, some time after the one before; `pause` is the mean in seconds."""
        self.second += self.chance.expovariate(1 / pause) if pause else 0.0
        request = Request(self.visitor, self.second, target, status, size, method, self.referrer, lasts)
        self.requests.append(request)
        return self

    def page(self, target: str, *, pause: float = 0.0, status: int = 200) -> "_Visit":
        """A page of the shop, which is the referrer of what follows."""
        self.ask(target, size=_PAGE + self.chance.randrange(_PAGE), pause=pause, status=status, lasts=0.12)
        self.referrer = SHOP + target
        return self

    def arrive(self, path: str, query: str, came_from: str) -> "_Visit":
        self.referrer = came_from
        self.page(f"{path}?{query}" if query else path)
        wanted = 1 if self.visitor.returning else self.chance.randint(*_NEW_BROWSER)
        for target, size in _STATIC[:wanted]:
            known = self.visitor.returning
            self.ask(target, size=0 if known else size, status=304 if known else 200, pause=_LOADING)
        return self

    def look_at(self, films: Sequence[int]) -> "_Visit":
        for film in films:
            if self.chance.random() < _SEARCHES:
                self.page(f"/search?q={_words(self.chance)}", pause=15)
            if self.chance.random() < _DEAD_LINKS:
                self.page(f"/films/{film}/reviews", pause=10, status=404)
            self.page(f"/films/{film}", pause=30)
            self.ask(f"/posters/{film}.jpg", size=_POSTER + film * 7_919 % _POSTER, pause=_LOADING)
            if self.chance.random() < _TRAILERS:
                seconds = self.chance.uniform(20, 280)
                self.ask(f"/trailers/{film}.mp4", size=int(seconds * 310_000), status=206, pause=5, lasts=seconds)
        return self


def _words(chance: random.Random) -> str:
    """What somebody types into the search, percent-encoded; now and then in another script."""
    if chance.random() < 0.7:  # noqa: PLR2004 - a share
        return quote_plus(chance.choice(NOUNS).lower())
    language = LANGUAGES[chance.choice(list(LANGUAGES))]
    return quote_plus(chance.choice(language.b or NOUNS))
