"""Cutting a day's list into pages as the API shows them, with the faults that change what a page holds.

What belongs here: the envelope, the fields of an item, and the faults of content (overlap, malformed, drift, short
list). What does not: HTTP, and faults that strike at random (``plan.py``).
Source: https://developer.themoviedb.org/reference/movie-popular-list and recorded responses.
"""

import math
from datetime import date
from typing import Final

from data_platform.simulator.chance import uniforms
from data_platform.simulator.tmdb import catalogue, ranking
from data_platform.simulator.tmdb.faults import Faults, Malformed
from data_platform.simulator.tmdb.genres import GENRES

PAGE_SIZE: Final = 20
LAST_PAGE: Final = 500
"""The API gives out no page beyond, however many it says there are."""

DRIFT_FIELD: Final = "restoration_grade"
"""The field that the fault `drift` adds."""

_TOTAL_PAGES: Final[dict[ranking.ListName, tuple[int, int]]] = {
    "popular": (54_305, 58_329),
    "top_rated": (528, 554),
    "trending": (500, 500),
}
_PERIOD_IN_DAYS: Final = 61
_SNAPSHOT_DRIFT: Final = 1.03
_OTHER_TYPE: Final = {bool: "no", str: 7, int: "seven", float: "high", list: "none", type(None): 7}


def total_results(seed: int, day: date, name: ranking.ListName, faults: Faults) -> int:
    """How many films a list says that it has, which is more than it gives out.

    Returns:
        A number that moves smoothly from day to day, or less where the list was told to end early.
    """
    low, high = _TOTAL_PAGES[name]
    draws = uniforms(seed, "total", name)
    wave = math.sin(2 * math.pi * (day.toordinal() / _PERIOD_IN_DAYS + draws[0]))
    pages = low + round((high - low) * (0.5 + 0.5 * wave))
    results = pages * PAGE_SIZE - (0 if name == "trending" else int(uniforms(seed, "total", name, day)[0] * PAGE_SIZE))
    return results if faults.list_ends_after is None else min(results, faults.list_ends_after)


def overlaps(seed: int, day: date, name: ranking.ListName, page: int, faults: Faults) -> bool:
    """Whether a page begins with the last film of the page before it; depends on nothing but the arguments."""
    return page > 1 and uniforms(seed, "overlap", name, day, page)[0] < faults.overlap_rate


def list_page(seed: int, day: date, name: ranking.ListName, page: int, faults: Faults) -> dict[str, object]:
    """One page of a list.

    Args:
        seed: The catalogue's seed.
        day: The day.
        name: Which list.
        page: From 1 to `LAST_PAGE`.
        faults: Only those that change what a page holds are looked at.

    Returns:
        The body: ``page``, ``results``, ``total_pages``, ``total_results``. Beyond the list's end without results.
    """
    page = faults.answered_with_page or page
    total = total_results(seed, day, name, faults)
    shown = _slice(seed, day, name, page, total)
    repeated = bool(shown) and overlaps(seed, day, name, page, faults)
    if repeated:
        before = _slice(seed, day, name, page - 1, total)
        last = before[-2] if overlaps(seed, day, name, page - 1, faults) else before[-1]
        shown = (last, *shown[:-1])
    body = {
        "page": page,
        "results": [_item(seed, standing, name, faults, stale=repeated) for standing in shown],
        "total_pages": max(1, math.ceil(total / PAGE_SIZE)),
        "total_results": total,
    }
    return malformed(body, page, faults)


def genre_list(faults: Faults) -> dict[str, object]:
    """The body of the genres, which count as page 1 for malformed fields."""
    listed = {} if faults.genres_gone else GENRES
    return malformed({"genres": [{"id": number, "name": name} for number, name in listed.items()]}, 1, faults)


def malformed(body: dict[str, object], page: int, faults: Faults) -> dict[str, object]:
    """Spoil the fields that the faults name on this page, in place.

    Returns:
        The same body. A field or row that the body does not have stays alone.
    """
    for fault in faults.malformed:
        if fault.page != page:
            continue
        rows = body.get("results")
        if fault.field in body:
            _spoil(body, fault)
        elif isinstance(rows, list) and fault.row < len(rows):
            _spoil(rows[fault.row], fault)
    return body


def _spoil(holder: dict[str, object], fault: Malformed) -> None:
    if fault.kind == "missing":
        holder.pop(fault.field, None)
    elif fault.kind == "null":
        holder[fault.field] = None
    else:
        holder[fault.field] = _OTHER_TYPE[type(holder.get(fault.field))]


def _slice(seed: int, day: date, name: ranking.ListName, page: int, total: int) -> tuple[ranking.Standing, ...]:
    first = (page - 1) * PAGE_SIZE
    return ranking.ranked(seed, day, name)[first : min(first + PAGE_SIZE, total)]


def _item(
    seed: int, standing: ranking.Standing, name: ranking.ListName, faults: Faults, *, stale: bool
) -> dict[str, object]:
    film = catalogue.film(seed, standing.number)
    item: dict[str, object] = {
        "adult": film.adult,
        "backdrop_path": film.backdrop_path,
        "genre_ids": list(film.genre_ids),
        "id": film.id,
        "original_language": film.original_language,
        "original_title": film.original_title,
        "overview": film.overview,
        # A page that the content network kept from another moment has other numbers: not monotone across pages.
        "popularity": round(standing.popularity * (_SNAPSHOT_DRIFT if stale else 1), 4),
        "poster_path": film.poster_path,
        "release_date": film.release_date,
        "softcore": film.softcore,
        "title": film.title,
        "video": film.video,
        "vote_average": standing.vote_average,
        "vote_count": standing.vote_count,
    }
    if film.release_date is None:
        del item["release_date"]
    if name == "trending":
        item["media_type"] = "movie"
    for gone in faults.lacks:
        item.pop(gone, None)
    if faults.drift:
        item[DRIFT_FIELD] = standing.number % 5
    return item
