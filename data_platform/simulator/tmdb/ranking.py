"""Which film stands where on which day.

What belongs here: popularity, votes and order, all of them functions of seed and day. What does not: what a film is
(``catalogue.py``), how a list is cut into pages (``pages.py``).

Popularity is log-exponential over the catalogue, so that ranks lie far apart at the top and close together below. It
moves along slow and fast sine waves of its own, which move a film by a few ranks a day; a new film rises to its
release and sinks after it, which is how films enter and leave. Votes only grow.
"""

import math
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_platform.simulator.chance import uniform_rows
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
_BLOCK: Final = 1_024

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]


class Standing(NamedTuple):
    """A film on one day."""

    number: int
    popularity: float
    vote_average: float
    vote_count: int


class _Traits(NamedTuple):
    """What drives the numbers of films, a column each.

    A wave is its size, how far it goes in a day, and where it began; `released` counts days from `FIRST_DAY`, NaN for
    the backlist.
    """

    number: Integers
    base: Floats
    slow_size: Floats
    slow_rate: Floats
    slow_phase: Floats
    fast_rate: Floats
    fast_phase: Floats
    quality: Floats
    votes: Floats
    released: Floats
    one_vote: Truths


@lru_cache(maxsize=128)
def _traits(seed: int, numbers: range) -> _Traits:
    number = np.array(numbers)
    draws = uniform_rows(seed, "traits", numbers=numbers)
    excess = -np.log1p(-draws[0])
    odd = number < len(ODDITIES)  # in reach of the first hundred of every list, every day
    votes = np.where(odd, 3_000 + 9_000 * draws[7], 20 * np.exp(1.05 * excess + 2 * draws[7]))
    released = [catalogue.released_on(film) for film in numbers]
    return _Traits(
        number=number,
        base=np.where(odd, 4.9 + 1.6 * (number + draws[0]) / len(ODDITIES), math.log(2) + _SPREAD * excess),
        slow_size=np.where(odd, 0.04, 0.12),
        slow_rate=_TAU / (40 + 120 * draws[3]),
        slow_phase=_TAU * draws[4],
        fast_rate=_TAU / (2.3 + 4 * draws[5]),
        fast_phase=_TAU * draws[6],
        quality=np.where(odd, 8.75 + 0.3 * draws[1], 4 + 2.4 * (draws[1] + draws[2])),
        votes=votes / (1 + votes / _MOST_VOTES),  # bent smoothly, so that the largest ones stay apart
        released=np.array([math.nan if day is None else float((day - FIRST_DAY).days) for day in released]),
        one_vote=np.array([film < len(ODDITIES) and ONE_VOTE in ODDITIES[film] for film in numbers]),
    )


@lru_cache(maxsize=4)
def _traits_on(seed: int, day: date) -> _Traits:
    """Those of every film that is listed on a day: the backlist, and the stream's part."""
    parts = [_traits(seed, range(catalogue.BACKLIST))]
    listed = catalogue.stream(day - LISTED_FOR, day + ANNOUNCED_AHEAD)
    # In blocks, so that the next day, which has nearly the same films, finds them drawn.
    for start in range(listed.start // _BLOCK * _BLOCK, listed.stop, _BLOCK):
        within = slice(max(listed.start - start, 0), min(listed.stop - start, _BLOCK))
        parts.append(_Traits._make(column[within] for column in _traits(seed, range(start, start + _BLOCK))))
    return _Traits._make(map(np.concatenate, zip(*parts, strict=True)))


def _log_popularity(traits: _Traits, day: int) -> Floats:
    slow = traits.slow_size * np.sin(traits.slow_rate * day + traits.slow_phase)
    fast = traits.slow_size / 9 * np.sin(traits.fast_rate * day + traits.fast_phase)
    age = day - traits.released
    hype = _HYPE * np.exp(np.where(age < 0, age / 12, -age / 25))
    return traits.base + slow + fast + np.where(np.isnan(age), 0.0, hype)


def _vote_counts(traits: _Traits, day: int) -> Integers:
    age = day - traits.released
    share = np.where(np.isnan(age), 1 + day / 9_000, -np.expm1(-np.maximum(age, 0) / 60))
    return np.where(traits.one_vote, 1, (traits.votes * share).astype(np.int64))


def _vote_averages(traits: _Traits, day: int, votes: Integers) -> Floats:
    drift = 0.015 * np.sin(_TAU * day / 300 + traits.slow_phase)
    return np.where(votes <= 1, 10.0 * votes, np.clip(traits.quality + drift, 0.5, 9.9).round(3))


def _popularities(traits: _Traits, day: int) -> Floats:
    return np.exp(_log_popularity(traits, day)).round(4)


@lru_cache(maxsize=64)
def standings(seed: int, day: date) -> tuple[Standing, ...]:
    """Every listed film with its numbers of a day, by its number.

    Args:
        seed: The catalogue's seed.
        day: The day.

    Returns:
        The backlist, the films of the last `LISTED_FOR` and those announced for the next `ANNOUNCED_AHEAD`.
    """
    traits, since = _traits_on(seed, day), (day - FIRST_DAY).days
    votes = _vote_counts(traits, since)
    columns = (traits.number, _popularities(traits, since), _vote_averages(traits, since, votes), votes)
    return tuple(map(Standing, *(column.tolist() for column in columns)))


@lru_cache(maxsize=128)
def ranked(seed: int, day: date, name: ListName) -> tuple[Standing, ...]:
    """A list of the API in its order of a day: the truth that a client should arrive at.

    Args:
        seed: The catalogue's seed.
        day: The day.
        name: Popular by popularity, top rated by weighted vote, trending by popularity and how fast it grows.

    Returns:
        The films, first rank first, and of equal ones the lower number; more than the 10,000 that the API gives out.
    """
    films, traits = standings(seed, day), _traits_on(seed, day)
    order = np.lexsort((traits.number, -_scores(traits, (day - FIRST_DAY).days, name)))
    return tuple(films[place] for place in order.tolist())


def _scores(traits: _Traits, day: int, name: ListName) -> Floats:
    if name == "popular":
        return _popularities(traits, day)
    if name == "top_rated":
        votes = _vote_counts(traits, day)
        weights = votes / (votes + _PRIOR_VOTES)
        return weights * _vote_averages(traits, day, votes) + (1 - weights) * _PRIOR_AVERAGE
    now, before = _log_popularity(traits, day), _log_popularity(traits, day - _TREND_DAYS)
    return now + 3 * (now - before)
