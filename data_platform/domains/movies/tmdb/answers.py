"""TMDb's answers as values: which fields we use, and how an answer differs from what was known when this was written.

What belongs here: the shape of an answer, and what of it we cannot do without: a film's id. What does not: requests,
and what we do with a film.

Nothing else that TMDb changes may lose a day: a field that is missing, null, or of another type than documented is
empty, and is told as drift, as a field is that nobody knows. Whether a day with such holes is good enough is judged
when the CSV is made (`checks`), after the answers are stored.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from data_platform.ingestion.errors import MalformedError
from data_platform.redaction import shortened

LAST_PAGE: Final = 500
"""TMDb serves pages 1 to 500 only, whatever `total_pages` says."""

PAGE_SIZE: Final = 20
KNOWN_BUT_UNUSED: Final = frozenset({"backdrop_path", "video", "media_type"})
"""Documented fields that we have no use for: not drift."""

_LARGEST: Final = 2**63 - 1
_MOST_SHOWN: Final = 60
_TEXTS: Final = ("title", "original_title", "original_language", "overview", "release_date", "poster_path")
_MAY_LACK: Final = frozenset({"release_date"})
_MAY_BE_NULL: Final = frozenset({"poster_path"})


class ListName(StrEnum):
    """Which of TMDb's lists to take; the values are the names that people choose by."""

    popular = "popular"
    top_rated = "top_rated"
    trending = "trending"

    @property
    def path(self) -> str:
        """The list's path below the API's base URL."""
        return "/trending/movie/day" if self is ListName.trending else f"/movie/{self.value}"


@dataclass(frozen=True)
class Film:
    """One film of a list.

    Texts are empty, numbers and `adult` None, where TMDb gave none. `release_date` is `YYYY-MM-DD` or empty as far as
    TMDb keeps its word; `vote_average` runs from 0 to 10. `id` fits 64 bits.
    """

    id: int
    title: str
    original_title: str
    original_language: str
    overview: str
    release_date: str
    poster_path: str
    genre_ids: tuple[int, ...]
    popularity: float | None
    vote_average: float | None
    vote_count: int | None
    adult: bool | None


_USED: Final = frozenset(Film.__dataclass_fields__)


@dataclass
class Drift:
    """How answers differ from what is documented.

    Attributes:
        unknown: Names of fields that neither we nor TMDb's recordings know.
        holes: How often each thing was missing, null or of another type, such as "`overview` is null".
    """

    unknown: set[str] = field(default_factory=set)
    holes: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Drift") -> None:
        """Take in what another part showed."""
        self.unknown |= other.unknown
        self.holes += other.holes

    def lines(self) -> list[str]:
        """For people: one line a kind, in the order of the alphabet."""
        return [f"{what}: {times} times" for what, times in sorted(self.holes.items())]


@dataclass(frozen=True)
class Page:
    """One page of a list: 20 films, fewer on the last.

    Attributes:
        films: In TMDb's order.
        drift: How the page differs from what is documented.
    """

    films: tuple[Film, ...]
    drift: Drift


def problem_of_page(body: object, number: int) -> str | None:
    """Why an answer is not the page that was asked for, None where it is.

    Args:
        body: The decoded JSON.
        number: Which page was asked for.

    Returns:
        What came instead, for a message.
    """
    if not isinstance(body, dict):
        return f"{_kind(body)} came"
    if "page" not in body:
        return f"an answer without `page` came, with {sorted(map(str, body))[:5]}"
    if str(body["page"]) != str(number):
        return f"page {shortened(str(body['page']), _MOST_SHOWN)} came"
    if not isinstance(body.get("results"), list):
        return f"an answer came whose `results` is {_kind(body.get('results'))} instead of a list"
    return None


def ids_of(body: Any) -> Iterator[int | None]:
    """The ids of a page's films as far as they can be read, None for each that cannot."""
    for item in body["results"]:
        yield _id(item.get("id")) if isinstance(item, dict) else None


def read_page(body: object, what: str) -> Page:
    """A page from its JSON.

    Args:
        body: The decoded JSON of one page.
        what: How an error names this page, such as `page 3 of popular`.

    Raises:
        MalformedError: A film cannot be told from others, for it has no usable `id`; or this is no page of films.
    """
    if not isinstance(body, dict) or not isinstance(body.get("results"), list):
        raise MalformedError(f"TMDb's answer for {what} is not as documented: {_kind(body)} without a list `results`")
    drift = Drift()
    films = tuple(_film(item, place, what, drift) for place, item in enumerate(body["results"]))
    if not _is_int(body.get("total_pages")):
        drift.holes[_hole("total_pages", body)] += 1
    return Page(films, drift)


def read_genres(body: object) -> dict[int, str]:
    """Genre names by TMDb's genre id, as far as an answer has any; empty where it is no genre list."""
    listed = body.get("genres") if isinstance(body, dict) else None
    genres: dict[int, str] = {}
    for genre in listed if isinstance(listed, list) else []:
        if isinstance(genre, dict) and _is_int(genre.get("id")) and isinstance(genre.get("name"), str):
            name = _clean(genre["name"]).strip()
            if name:
                genres[genre["id"]] = name
    return genres


def _film(item: Any, place: int, what: str, drift: Drift) -> Film:
    number = _id(item.get("id")) if isinstance(item, dict) else None
    if number is None:
        came = f"field `results[{place}].id` is missing" if isinstance(item, dict) and "id" not in item else None
        value = item.get("id") if isinstance(item, dict) else item
        shown = f"{type(value).__name__} {shortened(str(value), _MOST_SHOWN)!r}"
        came = came or f"field `results[{place}].id`: a whole number of 64 bits is needed (got {shown})"
        raise MalformedError(f"TMDb's answer for {what} is not as documented: {came}")
    drift.unknown |= {shortened(str(name), _MOST_SHOWN) for name in item.keys() - _USED - KNOWN_BUT_UNUSED}
    adult = item.get("adult")
    if not isinstance(adult, bool):
        drift.holes[_hole("adult", item)] += 1
    return Film(
        id=number,
        **{name: _text(item, name, drift) for name in _TEXTS},
        genre_ids=_genre_ids(item, drift),
        popularity=_number(item, "popularity", drift),
        vote_average=_number(item, "vote_average", drift),
        vote_count=_count(item, drift),
        adult=adult if isinstance(adult, bool) else None,
    )


def _text(item: Mapping[str, object], name: str, drift: Drift) -> str:
    value = item.get(name)
    if isinstance(value, str):
        return _clean(value)
    if not (name in _MAY_LACK and name not in item) and not (name in _MAY_BE_NULL and name in item and value is None):
        drift.holes[_hole(name, item)] += 1
    return ""


def _number(item: Mapping[str, object], name: str, drift: Drift) -> float | None:
    value = item.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST:  # and so not NaN
        return float(value)
    drift.holes[_hole(name, item)] += 1
    return None


def _count(item: Mapping[str, object], drift: Drift) -> int | None:
    value: Any = item.get("vote_count")
    if _is_int(value) and abs(value) <= _LARGEST:
        return int(value)
    drift.holes[_hole("vote_count", item)] += 1
    return None


def _genre_ids(item: Mapping[str, object], drift: Drift) -> tuple[int, ...]:
    value = item.get("genre_ids")
    if not isinstance(value, list):
        drift.holes[_hole("genre_ids", item)] += 1
        return ()
    usable = tuple(genre_id for genre_id in value if _is_int(genre_id))
    if len(usable) < len(value):
        drift.holes["`genre_ids` holds what is no whole number"] += 1
    return usable


def _id(value: Any) -> int | None:
    return value if _is_int(value) and 0 < value <= _LARGEST else None


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _hole(name: str, item: Mapping[str, object]) -> str:
    if name not in item:
        return f"`{name}` is missing"
    value = item[name]
    return f"`{name}` is null" if value is None else f"`{name}` is {_kind(value)} that cannot be used"


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "a truth value", type(None): "null"}
    return kinds.get(type(value), "a number")


def _clean(text: str) -> str:
    """Without lone surrogates, which JSON can spell and UTF-8 cannot: each becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
