"""The shop's films: who they are. A film's fields here never change; its rank and votes do (``ranking.py``).

What belongs here: a film's identity, text and dates, invented from the seed. What does not: anything that depends on
the day. Other feeds of the shop take their films from here, so that keys join across domains.

Films are numbered. The backlist has the numbers below `BACKLIST`; from then on `A_DAY` new films come out every day
since `STREAM_START`, so a film's number says when it was released.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from data_platform.simulator.chance import generator, uniforms
from data_platform.simulator.tmdb import titles
from data_platform.simulator.tmdb.genres import GENRES
from data_platform.simulator.tmdb.oddities import ODDITIES, ONE_VOTE

BACKLIST: Final = 10_500
"""More than the 500 pages of 20 that the API gives out, so that a list never runs dry."""

STREAM_START: Final = date(2014, 1, 1)
A_DAY: Final = 2

_OLDEST: Final = date(1921, 1, 1)
_OLD_IDS: Final = 1_299_709  # prime, and so is the step: a permutation
_ID_STEP: Final = 104_729
_STREAM_ID_STEP: Final = 17
_PATH_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Film:
    """What never changes about a film; the names are TMDb's.

    Attributes:
        release_date: ``YYYY-MM-DD``, ``""`` where it is not known, None where the answer lacks the field.
    """

    id: int
    title: str
    original_title: str
    original_language: str
    overview: str
    genre_ids: tuple[int, ...]
    release_date: str | None
    poster_path: str | None
    backdrop_path: str | None
    adult: bool = False
    softcore: bool = False
    video: bool = False


def released_on(number: int) -> date | None:
    """The day on which a film of the stream comes out; None for the backlist."""
    if number < BACKLIST:
        return None
    return STREAM_START + timedelta(days=(number - BACKLIST) // A_DAY)


def stream(first: date, last: date) -> range:
    """The numbers of the films that come out from the first to the last day, both included."""
    start, stop = (first - STREAM_START).days, (last - STREAM_START).days + 1
    return range(BACKLIST + max(start, 0) * A_DAY, BACKLIST + max(stop, 0) * A_DAY)


@lru_cache(maxsize=32_768)
def film(seed: int, number: int) -> Film:
    """Look a film up.

    Args:
        seed: The catalogue's seed.
        number: The film's number.

    Returns:
        The film: the same one for the same arguments, on every day and in every process.
    """
    chance = generator(seed, "film", number)
    language = titles.draw_language(chance)
    title = titles.draw_title(chance)
    invented = Film(
        id=_film_id(seed, number),
        title=title,
        original_title=titles.draw_original_title(chance, language, title),
        original_language=language,
        overview="" if chance.random() < 0.02 else titles.draw_overview(chance),  # noqa: PLR2004 - a share
        genre_ids=_draw_genres(chance),
        release_date=_draw_release_date(chance, number),
        poster_path=_draw_path(chance, missing=0.01),
        backdrop_path=_draw_path(chance, missing=0.04),
        video=chance.random() < 0.003,  # noqa: PLR2004 - a share
    )
    return _made_odd(invented, ODDITIES[number]) if number < len(ODDITIES) else invented


def _made_odd(invented: Film, oddity: dict[str, Any]) -> Film:
    changes = {"original_language": "en", **{name: value for name, value in oddity.items() if name != ONE_VOTE}}
    if "title" in changes:
        changes.setdefault("original_title", changes["title"])
    else:
        changes["original_title"] = invented.title
    return replace(invented, **changes)


def _film_id(seed: int, number: int) -> int:
    shift = uniforms(seed, "ids")[0]
    if number < BACKLIST:
        return 2 + (number * _ID_STEP + int(shift * _OLD_IDS)) % _OLD_IDS
    within = int(uniforms(seed, "id", number)[0] * _STREAM_ID_STEP)
    return 2 + _OLD_IDS + (number - BACKLIST) * _STREAM_ID_STEP + within


def _draw_genres(chance: random.Random) -> tuple[int, ...]:
    count = chance.choices(range(5), (2, 22, 36, 30, 10))[0]
    return tuple(chance.sample(list(GENRES), count))


def _draw_release_date(chance: random.Random, number: int) -> str | None:
    age, unknown = chance.random(), chance.random()
    released = released_on(number)
    if released is not None:
        return released.isoformat()
    if unknown < 0.012:  # noqa: PLR2004 - a share
        return None if unknown < 0.002 else ""  # noqa: PLR2004 - a share
    span = (STREAM_START - _OLDEST).days
    return (STREAM_START - timedelta(days=1 + int(span * age**2))).isoformat()


def _draw_path(chance: random.Random, *, missing: float) -> str | None:
    if chance.random() < missing:
        return None
    return f"/{''.join(chance.choices(_PATH_CHARACTERS, k=27))}.jpg"
