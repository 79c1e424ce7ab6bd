"""TMDb's answers as types: which fields we need, and which unknown ones came along.

What belongs here: the shape of an answer and the error that names a field and a page. What does not: requests, and
what we do with a film. Unknown fields are kept (the raw page is stored as it came) and reported as drift.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_platform.domains.movies.tmdb.errors import MalformedError

LAST_PAGE: Final = 500
"""TMDb serves pages 1 to 500 only, whatever `total_pages` says."""

PAGE_SIZE: Final = 20
KNOWN_BUT_UNUSED: Final = frozenset({"backdrop_path", "video", "media_type"})
"""Documented fields that we have no use for: not drift."""

_MOST_SHOWN: Final = 5
_T = TypeVar("_T", bound=BaseModel)
Number = Annotated[float, Field(allow_inf_nan=False)]


class ListName(StrEnum):
    """Which of TMDb's lists to take; the values are the names that people choose by."""

    popular = "popular"
    top_rated = "top_rated"
    trending = "trending"

    @property
    def path(self) -> str:
        """The list's path below the API's base URL."""
        return "/trending/movie/day" if self is ListName.trending else f"/movie/{self.value}"


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


class Film(_Answer):
    """One film of a list. `release_date` is `YYYY-MM-DD`, empty or absent; `vote_average` runs from 0 to 10."""

    id: int
    title: str
    original_title: str
    original_language: str
    release_date: str = ""
    genre_ids: list[int]
    popularity: Number
    vote_average: Number
    vote_count: int
    adult: bool
    poster_path: str | None
    overview: str


class Page(_Answer):
    """One page of a list: 20 films, fewer on the last."""

    page: int
    results: list[Film]
    total_pages: int

    def drift(self) -> set[str]:
        """Names of the fields of this page's films that neither we nor TMDb's recordings know."""
        return {name for film in self.results for name in film.model_extra or {}} - KNOWN_BUT_UNUSED


class _Genre(_Answer):
    id: int
    name: str


class Genres(_Answer):
    """TMDb's genres by number."""

    genres: list[_Genre]

    def names(self) -> dict[int, str]:
        """Genre names by TMDb's genre id."""
        return {genre.id: genre.name for genre in self.genres}


def read_page(body: Any, what: str) -> Page:
    """A page from its JSON.

    Args:
        body: The decoded JSON of one page.
        what: How an error names this page, such as `page 3 of popular`.

    Returns:
        The page, its films in TMDb's order.

    Raises:
        MalformedError: A needed field is missing or of the wrong type.
    """
    return _read(Page, body, what)


def read_genres(body: Any) -> Genres:
    """The genre list from its JSON; raises `MalformedError` as `read_page` does."""
    return _read(Genres, body, "the genre list")


def _read(model: type[_T], body: Any, what: str) -> _T:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        listed = "; ".join(_problem(p["loc"], p["msg"], p["type"], p["input"]) for p in problems[:_MOST_SHOWN])
        more = f" (and {len(problems) - _MOST_SHOWN} more)" if len(problems) > _MOST_SHOWN else ""
        raise MalformedError(f"TMDb's answer for {what} is not as documented: {listed}{more}") from None


def _problem(location: Iterable[int | str], message: str, kind: str, value: Any) -> str:
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    if kind == "missing":
        return f"field `{field}` is missing"
    return f"field `{field}`: {message} (got {type(value).__name__} {str(value)[:60]!r})"
