"""A capture becomes a ranked table: the rows of the day's CSV.

What belongs here: the columns and how each is made. What does not: the rules that a day must keep (`checks`) and the
CSV's bytes (the platform's CSV IO manager).
"""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from data_platform.domains.movies.captures import Capture
from data_platform.domains.movies.tmdb.answers import Film

COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "rank": ("int64", "Place in the list, from 1"),
    "id": ("int64", "TMDb's number of the film"),
    "title": ("string", "Title in English"),
    "original_title": ("string", "Title in the original language"),
    "language": ("string", "Original language, ISO 639-1"),
    "release_date": ("string", "First release, YYYY-MM-DD; empty where TMDb knows none; may lie in the future"),
    "genres": ("string", "Genre names, joined by `|`; a genre that has no name anywhere is left out"),
    "popularity": ("double", "TMDb's popularity at that moment; without unit or upper bound; empty where it gave none"),
    "vote_average": ("double", "Mean of the votes, 0 to 10; empty where TMDb gave none"),
    "vote_count": ("int64", "Number of votes; empty where TMDb gave none"),
    "adult": ("bool", "Whether TMDb marks the film as adult; empty where it does not say"),
    "poster_path": ("string", "Poster's path below TMDb's image server; empty where there is none"),
    "overview": ("string", "Short description; may be empty"),
    "day": ("string", "Day on which the list was taken, UTC, YYYY-MM-DD"),
    "list": ("string", "Which of TMDb's lists"),
}
"""Columns of the CSV in their order: Arrow type and description. Files made before 2026-11-30 lack the last two."""

_PANDAS_TYPES: Final = {"int64": "Int64", "double": "Float64", "bool": "boolean", "string": "object"}
_NEVER_EMPTY: Final = {"rank": "int64", "id": "int64"}


def ranked(capture: Capture, count: int, genre_names: Mapping[int, str] | None = None) -> pd.DataFrame:
    """The first `count` different films of a capture.

    Args:
        capture: The list as it was taken.
        count: How many films; fewer rows come out when the capture holds fewer.
        genre_names: Names by TMDb's genre id; the capture's own where none are given.

    Returns:
        One row a film in the list's order, with the columns of `COLUMNS`.

    Raises:
        MalformedError: The capture cannot be used.
    """
    names = capture.genres if genre_names is None else genre_names
    place = capture.day.isoformat(), capture.name.value
    films = list(capture.films.by_id.values())[:count]
    rows = [(*_row(rank, film, names), *place) for rank, film in enumerate(films, start=1)]
    # As objects first: pandas would make floats of whole numbers of which some are missing.
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return frame.astype({name: _PANDAS_TYPES[kind] for name, (kind, _) in COLUMNS.items()} | _NEVER_EMPTY)


def _row(rank: int, film: Film, genre_names: Mapping[int, str]) -> tuple[object, ...]:
    return (
        rank,
        film.id,
        film.title,
        film.original_title,
        film.original_language,
        film.release_date,
        "|".join(genre_names[genre] for genre in film.genre_ids if genre in genre_names),
        film.popularity,
        film.vote_average,
        film.vote_count,
        film.adult,
        film.poster_path,
        film.overview,
    )
