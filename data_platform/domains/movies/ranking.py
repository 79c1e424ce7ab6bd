"""A capture becomes a ranked table: the rows of the day's CSV.

What belongs here: the columns and how each is made. What does not: the rules that a day must keep (`checks`) and the
CSV's bytes (the platform's CSV IO manager).
"""

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
    "genres": ("string", "Genre names, joined by `|`"),
    "popularity": ("double", "TMDb's popularity at that moment; without unit or upper bound"),
    "vote_average": ("double", "Mean of the votes, 0 to 10"),
    "vote_count": ("int64", "Number of votes"),
    "adult": ("bool", "Whether TMDb marks the film as adult"),
    "poster_path": ("string", "Poster's path below TMDb's image server; empty where there is none"),
    "overview": ("string", "Short description; may be empty"),
}
"""Columns of the CSV in their order: Arrow type and description."""

_PANDAS_TYPES: Final = {"int64": "int64", "double": "float64", "bool": "bool", "string": "object"}


def ranked(capture: Capture, count: int) -> pd.DataFrame:
    """The first `count` different films of a capture.

    Args:
        capture: The list as it was taken.
        count: How many films; fewer rows come out when the capture holds fewer.

    Returns:
        One row a film in the list's order, with the columns of `COLUMNS`.
    """
    names = capture.genres.names()
    films = list(capture.films.by_id.values())[:count]
    rows = [_row(rank, film, names) for rank, film in enumerate(films, start=1)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({name: _PANDAS_TYPES[kind] for name, (kind, _) in COLUMNS.items()})


def unknown_genres(capture: Capture) -> list[int]:
    """Genre ids that films of the capture carry and its genre list lacks, ascending."""
    used = {genre for film in capture.films.by_id.values() for genre in film.genre_ids}
    return sorted(used - capture.genres.names().keys())


def _row(rank: int, film: Film, genre_names: dict[int, str]) -> tuple[object, ...]:
    return (
        rank,
        film.id,
        film.title,
        film.original_title,
        film.original_language,
        film.release_date,
        "|".join(genre_names.get(genre, str(genre)) for genre in film.genre_ids),
        film.popularity,
        film.vote_average,
        film.vote_count,
        film.adult,
        film.poster_path or "",
        film.overview,
    )
