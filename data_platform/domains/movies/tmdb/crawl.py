"""As many pages of a list as it takes for the wanted number of different films.

What belongs here: when a list is complete. What does not: HTTP (`client`) and storing (`captures`).
"""

from dataclasses import dataclass, field
from typing import Any

from data_platform.domains.movies.tmdb.answers import LAST_PAGE, Film, ListName, Page, read_genres, read_page
from data_platform.domains.movies.tmdb.client import TmdbClient
from data_platform.domains.movies.tmdb.errors import TransientTmdbError


@dataclass
class Films:
    """The films of a list in the order of their first appearance, each once."""

    by_id: dict[int, Film] = field(default_factory=dict)
    duplicates: int = 0
    drift: set[str] = field(default_factory=set)

    def add(self, page: Page) -> None:
        """Take a page's films in; one already there counts as a duplicate and keeps its first place."""
        self.drift |= page.drift()
        for film in page.results:
            if film.id in self.by_id:
                self.duplicates += 1
            else:
                self.by_id[film.id] = film


@dataclass(frozen=True)
class Crawl:
    """What one crawl brought: pages and genre list exactly as they came."""

    pages: list[Any]
    genres: Any


def take(client: TmdbClient, name: ListName, count: int) -> Crawl:
    """Fetch pages from the first on until they hold `count` different films.

    TMDb's CDN caches each page by itself, so neighbouring pages may overlap; further pages make up for it.

    Args:
        client: Where to ask.
        name: Which list.
        count: How many different films are wanted, at least 1.

    Returns:
        The pages, which together hold at least `count` different films, and the genre list.

    Raises:
        TransientTmdbError: The list ended before it held `count` films, or a request failed on every attempt.
        PermanentTmdbError: TMDb refused, or an answer is not as documented.
    """
    bodies: list[Any] = []
    films = Films()
    genres = client.genres()
    read_genres(genres)
    for number in range(1, LAST_PAGE + 1):
        body = client.page(name, number)
        page = read_page(body, f"page {number} of {name}")
        bodies.append(body)
        films.add(page)
        if len(films.by_id) >= count:
            return Crawl(bodies, genres)
        if not page.results or number >= page.total_pages:
            break
    raise TransientTmdbError(
        f"{client.base_url}{name.path} ended after page {len(bodies)} with {len(films.by_id)} different films;"
        f" {count} were asked for. Nothing was stored: ask for fewer, or run again when the list is whole"
    )
