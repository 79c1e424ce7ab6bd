"""HTTP to TMDb: the token in a header, and another attempt where one may help.

What belongs here: requests, and what a status means. What does not: connections and limits
(`ingestion.fetching`), attempts and waiting (`ingestion.attempts`), the shape of answers (`answers`), how
many pages to take (`crawl`), and where the token comes from (`resources`).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from data_platform.domains.movies.tmdb.answers import ListName
from data_platform.ingestion.attempts import retry_after, retrying
from data_platform.ingestion.errors import PermanentSourceError, TransientSourceError, is_transient, refusal
from data_platform.ingestion.fetching import Answer, Fetcher
from data_platform.ingestion.json_answers import read_json_answer
from data_platform.ingestion.limits import MIB, Limits
from data_platform.redaction import shortened

LIMITS: Final = Limits(
    answer_seconds=60.0,
    answer_bytes=2 * MIB,
    unpacked_bytes=8 * MIB,
    total_seconds=600.0,
    total_bytes=256 * MIB,
    requests=1_500,
)
"""A page of 20 films has 15 KiB, and the longest list 500 pages."""

_MOST_SHOWN: Final = 200
_FRESH: Final = {"Cache-Control": "no-cache"}
"""Asks caches on the way for the server's own answer, RFC 9111, 5.2.1.4."""


class TmdbClient:
    """TMDb over HTTP, or anything that speaks like it. Use it as a context manager; it closes its connections."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        attempts: int = 8,
        timeout: float = 10.0,
        limits: Limits = LIMITS,
        headers: Mapping[str, str] | None = None,
        on_retry: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare a client; nothing is sent yet.

        Args:
            base_url: Where the API lives, up to and with `/3`.
            token: API read access token; sent as a bearer token, kept out of URLs, messages and logs.
            attempts: How often a request is tried in all before its last transient error is raised.
            timeout: Seconds to wait for a connection, and for each part of an answer.
            limits: Of answers as a whole.
            headers: Further headers for every request.
            on_retry: Is told in one line about each failed attempt that is followed by another.

        Raises:
            PermanentSourceError: The token cannot be a TMDb token, or would be sent unencrypted to another machine.
        """
        if not token:
            raise PermanentSourceError("the TMDb token is empty")
        self._fetcher = Fetcher(
            base_url, token, timeout=timeout, limits=limits, headers={"Accept": "application/json", **(headers or {})}
        )
        self._attempts = attempts
        self._on_retry = on_retry
        self._answered = False

    def __enter__(self) -> Self:
        """Hand out the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._fetcher.__exit__()

    @property
    def base_url(self) -> str:
        """Where the requests go, without credentials."""
        return self._fetcher.base_url

    @property
    def requests(self) -> int:
        """How many requests were sent, failed ones included."""
        return self._fetcher.requests

    def page(self, name: ListName, number: int, *, fresh: bool = False) -> Any:
        """The decoded JSON of one page of a list.

        Args:
            name: Which list.
            number: Page, from 1 to 500.
            fresh: Whether to ask caches on the way not to answer.

        Raises:
            TransientSourceError: Every attempt met a rate limit, a server error, a broken connection, no JSON, or a
                refusal after answers that were none.
            PermanentSourceError: TMDb refused from the first request on, or a limit is reached.
        """
        return self._get(name.path, {"page": number}, _FRESH if fresh else {})

    def genres(self) -> Any:
        """The decoded JSON of the genre list; raises as `page` does."""
        return self._get("/genre/movie/list", {}, {})

    def _get(self, path: str, query: Mapping[str, int], headers: Mapping[str, str]) -> Any:
        again = retrying(TransientSourceError, self._attempts, self._on_retry, self._fetcher.allowance.left)
        return again(lambda: read_json_answer(self._ask(path, query, headers)))

    def _ask(self, path: str, query: Mapping[str, int], headers: Mapping[str, str]) -> Answer:
        answer = self._fetcher.get(path, query, headers)
        if answer.is_success:
            self._answered = True
            return answer
        message = f"{answer.url}: HTTP {answer.status}: {_reason(answer)}"
        # Whoever answered before does not refuse the token or the list: it is one bad page, or a network's edge.
        if is_transient(answer.status) or self._answered:
            raise TransientSourceError(message, retry_after(answer.headers.get("Retry-After")))
        raise refusal(answer.status)(message)


def _reason(answer: Answer) -> str:
    """TMDb's own words, `code 7: Invalid API key …`, or the start of whatever a proxy sent instead."""
    try:
        body = read_json_answer(answer)
        return shortened(f"code {body['status_code']}: {body['status_message']}", _MOST_SHOWN)
    except (TransientSourceError, KeyError, TypeError):
        return answer.start
