"""As many pages of a list as it takes for the wanted number of different films.

What belongs here: when a list is complete, and when answers are not those that were asked for. What does not: HTTP
(`client`), storing (`captures`), and whether the films are good enough (`checks`): a crawl ends with what is to be
stored, not with what was judged.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from data_platform.domains.movies.tmdb.answers import LAST_PAGE, Drift, Film, ListName, Page, ids_of, problem_of_page
from data_platform.domains.movies.tmdb.client import TmdbClient
from data_platform.ingestion.attempts import retrying
from data_platform.ingestion.errors import SourceError, TransientSourceError, WrongAnswerError

ASKED_FOR_A_WRONG_PAGE: Final = 4
"""How often a page is asked for while others come in its place; a cache that ignores the query does not change its
mind."""

OLD_PAGES: Final = 3
"""So many pages in a row without a film that was not there before are no overlap: every answer is the same."""


@dataclass
class Films:
    """The films of a list in the order of their first appearance, each once."""

    by_id: dict[int, Film] = field(default_factory=dict)
    duplicates: int = 0
    drift: Drift = field(default_factory=Drift)

    def add(self, page: Page) -> None:
        """Take a page's films in; one already there counts as a duplicate and keeps its first place."""
        self.drift.add(page.drift)
        for film in page.films:
            if film.id in self.by_id:
                self.duplicates += 1
            else:
                self.by_id[film.id] = film


@dataclass(frozen=True)
class Crawl:
    """What one crawl brought: pages and genre list exactly as they came; None for a genre list that did not come."""

    pages: list[object]
    genres: Any


def take(client: TmdbClient, name: ListName, count: int, on_problem: Callable[[str], None] = lambda _: None) -> Crawl:
    """Fetch pages from the first on until they hold `count` different films.

    TMDb's CDN caches each page by itself, so neighbouring pages may overlap; further pages make up for it. A film whose
    id cannot be read counts as one more: whether the pages can be used is judged when they are stored. Without a genre
    list, pages are pages all the same.

    Args:
        client: Where to ask.
        name: Which list.
        count: How many different films are wanted, at least 1.
        on_problem: Is told where the genre list did not come.

    Returns:
        The pages, which together hold at least `count` different films, and the genre list.

    Raises:
        TransientSourceError: The list ended before it held `count` films, or a request failed on every attempt.
        WrongAnswerError: Another page came than was asked for, or the same films again and again.
        PermanentSourceError: TMDb refused, or a limit is reached.
    """
    bodies = _pages(client, name, count, on_problem)
    try:
        return Crawl(bodies, client.genres())
    except SourceError as error:
        on_problem(f"the genre list did not come, the films' pages are stored without it: {error}")
        return Crawl(bodies, None)


def _pages(client: TmdbClient, name: ListName, count: int, on_problem: Callable[[str], None]) -> list[object]:
    bodies: list[object] = []
    seen: set[int] = set()
    unreadable = old_pages = 0
    for number in range(1, LAST_PAGE + 1):
        body = _page(client, name, number, on_problem)
        bodies.append(body)
        before, ids = len(seen), list(ids_of(body))
        seen |= {film_id for film_id in ids if film_id is not None}
        unreadable += ids.count(None)
        if len(seen) + unreadable >= count:
            return bodies
        old_pages = old_pages + 1 if ids and len(seen) == before and None not in ids else 0
        if old_pages == OLD_PAGES:
            raise WrongAnswerError(
                f"{client.base_url}{name.path}: pages {number - OLD_PAGES + 1} to {number} hold no film that was not on"
                " a page before them: something on the way answers every page alike"
            )
        total = body.get("total_pages")
        if not ids or (isinstance(total, int) and number >= total):
            break
    raise TransientSourceError(
        f"{client.base_url}{name.path} ended after page {len(bodies)} with {len(seen)} different films;"
        f" {count} were asked for. Nothing was stored: ask for fewer, or run again when the list is whole"
    )


def _page(client: TmdbClient, name: ListName, number: int, on_problem: Callable[[str], None]) -> Any:
    asked = 0

    def once() -> Any:
        nonlocal asked
        asked += 1
        body = client.page(name, number, fresh=asked > 1)
        problem = problem_of_page(body, number)
        if problem:
            raise WrongAnswerError(
                f"{client.base_url}{name.path}: page {number} was asked, {problem}; asked {asked} times. A cache on the"
                " way may look at less than the whole URL"
            )
        return body

    return retrying(WrongAnswerError, ASKED_FOR_A_WRONG_PAGE, on_problem)(once)
