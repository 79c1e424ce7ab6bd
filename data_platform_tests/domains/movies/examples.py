"""Films, pages and captures for the movies' tests, made by hand: no simulator needed."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd

from data_platform.domains.movies.captures import Capture
from data_platform.domains.movies.ranking import ranked
from data_platform.domains.movies.tmdb.answers import ListName
from data_platform.domains.movies.tmdb.crawl import Crawl

GENRES = {"genres": [{"id": 28, "name": "Action"}, {"id": 18, "name": "Drama"}]}


def film(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "adult": False,
        "backdrop_path": None,
        "genre_ids": [28, 18],
        "id": number,
        "original_language": "en",
        "original_title": f"Film {number}",
        "overview": "Somebody, somewhere.",
        "popularity": 1000.0 / number,
        "poster_path": f"/{number}.jpg",
        "release_date": "2025-03-01",
        "title": f"Film {number}",
        "video": False,
        "vote_average": 7.5,
        "vote_count": 12,
    } | changes


def pages(films: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The films as pages of 20."""
    parts = [films[start : start + 20] for start in range(0, len(films), 20)]
    return [
        {"page": number, "results": part, "total_pages": 54_321, "total_results": 1_086_420}
        for number, part in enumerate(parts, start=1)
    ]


def capture(films: list[dict[str, Any]], moment: datetime | None = None, **changes: Any) -> Capture:
    content: dict[str, Any] = {
        "name": ListName.popular,
        "taken_at": moment or datetime(2026, 11, 21, 2, 0, 3, tzinfo=UTC),
        "requested": len(films),
        "source": "http://127.0.0.1/3",
        "crawl": Crawl(pages(films), GENRES),
    }
    return Capture(**content | changes)


def day_list(numbers: list[int], **changes: Any) -> pd.DataFrame:
    """A day's table with these films in this order."""
    return ranked(capture([film(number, **changes) for number in numbers]), len(numbers))
