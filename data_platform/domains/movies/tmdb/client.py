"""HTTP to TMDb: one connection pool, the token in a header, and another attempt where one may help.

What belongs here: requests. What does not: attempts and waiting (`storage.landing.attempts`), the shape of answers
(`answers`), how many pages to take (`crawl`), and where the token comes from (`resources`).
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

import httpx

from data_platform.domains.movies.tmdb.answers import ListName
from data_platform.domains.movies.tmdb.errors import PermanentTmdbError, TransientTmdbError, is_transient, refusal
from data_platform.storage.landing.attempts import retry_after, retrying

_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]+")


class TmdbClient:
    """TMDb over HTTP, or anything that speaks like it. Use it as a context manager; it closes its connections."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        attempts: int = 8,
        timeout: float = 10.0,
        headers: Mapping[str, str] | None = None,
        on_retry: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare a client; nothing is sent yet.

        Args:
            base_url: Where the API lives, up to and with `/3`.
            token: API read access token; sent as a bearer token, kept out of URLs, messages and logs.
            attempts: How often a request is tried in all before its last transient error is raised.
            timeout: Seconds to wait for a connection, and for each part of an answer.
            headers: Further headers for every request.
            on_retry: Is told in one line about each failed attempt that is followed by another.

        Raises:
            PermanentTmdbError: The token cannot be a TMDb token, or would be sent unencrypted to another machine.
        """
        if not _TOKEN.fullmatch(token):
            raise PermanentTmdbError("the TMDb token holds characters that no token has: is it quoted or cut short?")
        url = httpx.URL(base_url.rstrip("/"))
        if url.scheme != "https" and url.host not in {"127.0.0.1", "localhost", "::1"}:
            raise PermanentTmdbError(f"{url.copy_with(userinfo=b'')}: refusing to send a token without https")
        self._http = httpx.Client(
            base_url=url,
            timeout=timeout,
            headers={**(headers or {}), "Authorization": f"Bearer {token}", "Accept": "application/json"},
        )
        self._attempts = attempts
        self._on_retry = on_retry
        self.requests = 0
        """How many requests were sent, failed ones included."""

    def __enter__(self) -> Self:
        """Hand out the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def base_url(self) -> str:
        """Where the requests go, without credentials."""
        return str(self._http.base_url).rstrip("/")

    def page(self, name: ListName, number: int) -> Any:
        """The decoded JSON of one page of a list.

        Args:
            name: Which list.
            number: Page, from 1 to 500.

        Raises:
            TransientTmdbError: Every attempt met a rate limit, a server error or a broken connection.
            RefusedError: TMDb refused the request for good.
        """
        return self._get(name.path, {"page": number})

    def genres(self) -> Any:
        """The decoded JSON of the genre list; raises as `page` does."""
        return self._get("/genre/movie/list", {})

    def _get(self, path: str, query: Mapping[str, int]) -> Any:
        return retrying(TransientTmdbError, self._attempts, self._on_retry)(self._get_once, path, query)

    def _get_once(self, path: str, query: Mapping[str, int]) -> Any:
        what = path + "".join(f"?{key}={value}" for key, value in query.items())
        self.requests += 1
        try:
            response = self._http.get(path, params=query)
        except httpx.UnsupportedProtocol as error:
            raise PermanentTmdbError(f"{self.base_url}: {error}") from None
        except httpx.TransportError as error:
            raise TransientTmdbError(f"{self.base_url}{what}: {type(error).__name__}: {error}") from None
        if response.is_success:
            return _decoded(response, what)
        message = f"{self.base_url}{what}: HTTP {response.status_code}: {_reason(response)}"
        if is_transient(response.status_code):
            raise TransientTmdbError(message, retry_after(response.headers.get("Retry-After")))
        raise refusal(response.status_code)(message)


def _decoded(response: httpx.Response, what: str) -> Any:
    try:
        return response.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:  # a proxy's page, or a body cut short
        raise TransientTmdbError(f"{what}: HTTP {response.status_code} whose body is not JSON: {error}") from None


def _reason(response: httpx.Response) -> str:
    """TMDb's own words, `code 7: Invalid API key …`, or the start of whatever a proxy sent instead."""
    try:
        body = response.json()
        return f"code {body['status_code']}: {body['status_message']}"
    except (ValueError, KeyError, TypeError):
        return response.text[:80].replace("\n", " ") or "no body"
