"""Which film stands where on which day.

What belongs here: popularity, votes and order, all of them functions of seed and day. What does not: what a film is
(``catalogue.py``), how a list is cut into pages (``pages.py``).

Popularity is log-exponential over the catalogue, so that ranks lie far apart at the top and close together below. It
moves along slow and fast sine waves of its own, which move a film by a few ranks a day; a new film rises to its
release and sinks after it, which is how films enter and leave. Votes only grow.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from data_platform.simulator.chance import uniforms
from data_platform.simulator.clock import FIRST_DAY
from data_platform.simulator.tmdb import catalogue
from data_platform.simulator.tmdb.oddities import ODDITIES, ONE_VOTE

ListName = Literal["popular", "top_rated", "trending"]

ANNOUNCED_AHEAD: Final = timedelta(days=30)
LISTED_FOR: Final = timedelta(days=2_000)

_TAU: Final = 2 * math.pi
_SPREAD: Final = 0.75
_HYPE: Final = 2.8
_TREND_DAYS: Final = 3
_PRIOR_VOTES: Final = 500
_PRIOR_AVERAGE: Final = 6.4
_MOST_VOTES: Final = 39_000


class Standing(NamedTuple):
    """A film on one day."""

    number: int
    popularity: float
    vote_average: float
    vote_count: int


@dataclass(frozen=True, slots=True)
class _Traits:
    """What drives a film's numbers; `released` counts days from `FIRST_DAY`, None for the backlist."""

    base: float
    slow: tuple[float, float, float]
    fast: tuple[float, float, float]
    quality: float
    votes: float
    released: int | None
    one_vote: bool


@lru_cache(maxsize=65_536)
def _traits(seed: int, number: int) -> _Traits:
    draws = uniforms(seed, "traits", number)
    excess = -math.log1p(-draws[0])
    base, size, quality = math.log(2) + _SPREAD * excess, 0.12, 4 + 2.4 * (draws[1] + draws[2])
    odd = number < len(ODDITIES)
    if odd:  # in reach of the first hundred of every list, every day
        base, size, quality = 4.9 + 1.6 * (number + draws[0]) / len(ODDITIES), 0.04, 8.75 + 0.3 * draws[1]
    released = catalogue.released_on(number)
    return _Traits(
        base=base,
        slow=(size, _TAU / (40 + 120 * draws[3]), _TAU * draws[4]),
        fast=(size / 9, _TAU / (2.3 + 4 * draws[5]), _TAU * draws[6]),
        quality=quality,
        votes=_at_most(_MOST_VOTES, 3_000 + 9_000 * draws[7] if odd else 20 * math.exp(1.05 * excess + 2 * draws[7])),
        released=None if released is None else (released - FIRST_DAY).days,
        one_vote=odd and ONE_VOTE in ODDITIES[number],
    )


def _at_most(limit: float, value: float) -> float:
    """Bend a value smoothly below a limit, so that the largest ones stay apart."""
    return value / (1 + value / limit)


def _log_popularity(traits: _Traits, day: int) -> float:
    (slow_size, slow_rate, slow_phase), (fast_size, fast_rate, fast_phase) = traits.slow, traits.fast
    value = traits.base
    value += slow_size * math.sin(slow_rate * day + slow_phase) + fast_size * math.sin(fast_rate * day + fast_phase)
    if traits.released is not None:
        age = day - traits.released
        value += _HYPE * math.exp(age / 12 if age < 0 else -age / 25)
    return value


def _vote_count(traits: _Traits, day: int) -> int:
    if traits.one_vote:
        return 1
    if traits.released is None:
        return int(traits.votes * (1 + day / 9_000))
    age = day - traits.released
    return int(traits.votes * -math.expm1(-age / 60)) if age > 0 else 0


def _vote_average(traits: _Traits, day: int, votes: int) -> float:
    if votes <= 1:
        return 10.0 * votes
    drift = 0.015 * math.sin(_TAU * day / 300 + traits.slow[2])
    return round(min(max(traits.quality + drift, 0.5), 9.9), 3)


@lru_cache(maxsize=64)
def standings(seed: int, day: date) -> tuple[Standing, ...]:
    """Every listed film with its numbers of a day, in no order.

    Args:
        seed: The catalogue's seed.
        day: The day.

    Returns:
        The backlist, the films of the last `LISTED_FOR` and those announced for the next `ANNOUNCED_AHEAD`.
    """
    since = (day - FIRST_DAY).days
    found = []
    for number in (*range(catalogue.BACKLIST), *catalogue.stream(day - LISTED_FOR, day + ANNOUNCED_AHEAD)):
        traits = _traits(seed, number)
        votes = _vote_count(traits, since)
        popularity = round(math.exp(_log_popularity(traits, since)), 4)
        found.append(Standing(number, popularity, _vote_average(traits, since, votes), votes))
    return tuple(found)


@lru_cache(maxsize=128)
def ranked(seed: int, day: date, name: ListName) -> tuple[Standing, ...]:
    """A list of the API in its order of a day: the truth that a client should arrive at.

    Args:
        seed: The catalogue's seed.
        day: The day.
        name: Popular by popularity, top rated by weighted vote, trending by popularity and how fast it grows.

    Returns:
        The films, first rank first; more than the 10,000 that the API gives out.
    """
    films = standings(seed, day)
    if name == "popular":
        return tuple(sorted(films, key=lambda film: (-film.popularity, film.number)))
    if name == "top_rated":
        return tuple(sorted(films, key=lambda film: (-_weighted_vote(film), film.number)))
    scores = {film.number: _trend(seed, day, film) for film in films}
    return tuple(sorted(films, key=lambda film: (-scores[film.number], film.number)))


def _weighted_vote(film: Standing) -> float:
    weight = film.vote_count / (film.vote_count + _PRIOR_VOTES)
    return weight * film.vote_average + (1 - weight) * _PRIOR_AVERAGE


def _trend(seed: int, day: date, film: Standing) -> float:
    traits, since = _traits(seed, film.number), (day - FIRST_DAY).days
    now, before = _log_popularity(traits, since), _log_popularity(traits, since - _TREND_DAYS)
    return now + 3 * (now - before)
