"""HTTP GET from somebody else's server, within limits: what every source that speaks HTTP shares.

What belongs here: addresses, tokens, connections, time and size. What does not: attempts and waiting (``attempts``),
and what an answer means (each client).

An answer is limited as a whole: time-outs of a connection alone never end a server that sends a byte a second. Python
can cancel only what is asynchronous, so requests are made on an event loop of the client's own.
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from data_platform.ingestion.errors import (
    OverLimitError,
    PermanentSourceError,
    TransientSourceError,
)
from data_platform.ingestion.limits import Allowance, Limits, size_text
from data_platform.ingestion.unpacking import ACCEPTED, Unpacker, UnpackingError
from data_platform.loopback import is_loopback, proxy_settings
from data_platform.redaction import RedactingFilter, redact, remember, shortened

_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]+")
_MOST_SHOWN: Final = 80

for _name in ("httpx", "httpcore"):  # they log whole URLs
    logging.getLogger(_name).addFilter(RedactingFilter())


@dataclass(frozen=True)
class Answer:
    """One answer, whole.

    Attributes:
        url: What was asked for, for people: without credentials.
        status: HTTP status.
        headers: By name, in any case.
        body: Unpacked.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 200 to 299."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, 15

    @property
    def start(self) -> str:
        """What came, for a message: the type, and how it begins, on one line, without secrets."""
        kind = self.headers.get("Content-Type", "no type").partition(";")[0]
        text = shortened(self.body[: 20 * _MOST_SHOWN].decode("utf-8", "replace"), _MOST_SHOWN)
        return f"{shortened(kind, _MOST_SHOWN)}, {text or 'no body'}"


class Fetcher:
    """A server. Use it as a context manager; it closes its connections."""

    def __init__(
        self,
        base_url: str,
        token: str = "",
        *,
        timeout: float = 10.0,
        limits: Limits | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            base_url: What every path is below. It may hold a user and password where there is no token.
            token: Bearer token; kept out of URLs, messages and logs. Empty for none.
            timeout: Seconds to wait for a connection, and for each part of an answer.
            limits: Of answers as a whole.
            headers: Further headers for every request.

        Raises:
            PermanentSourceError: The URL is none; the token cannot be one, or would be sent unencrypted to another
                machine; or there are both a token and a password, of which only one can be sent.
        """
        url, auth = _address(base_url, token)
        remember(token)
        own = {"Accept-Encoding": ACCEPTED, **(headers or {})}
        if token:
            own["Authorization"] = f"Bearer {token}"
        self.base_url = redact(str(url)).rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=url, timeout=timeout, headers=own, auth=auth, **proxy_settings(str(url))
        )
        self._loop = asyncio.Runner()
        self.allowance = Allowance(limits or Limits())

    def __enter__(self) -> Self:
        """Hand out the fetcher itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._loop.run(self._http.aclose())
        self._loop.close()

    @property
    def requests(self) -> int:
        """How many requests were made, failed ones included."""
        return self.allowance.requests

    def url(self, path: str) -> str:
        """A path's URL, for people."""
        return f"{self.base_url}/{redact(path.lstrip('/'))}"

    def get(
        self, path: str, query: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask once.

        Args:
            path: Below the base URL.
            query: Parameters.
            headers: Further headers.

        Returns:
            The answer, whatever its status.

        Raises:
            TransientSourceError: The connection broke, or what came is packed wrongly.
            OverLimitError: It took longer or was larger than is allowed.
            PermanentSourceError: The address cannot be asked.
        """
        what = self.url(path) + "".join(f"?{name}={value}" for name, value in (query or {}).items())
        seconds = self.allowance.begin(what)
        try:
            return self._loop.run(self._get(what, path, dict(query or {}), dict(headers or {}), seconds))
        except TimeoutError:
            raise OverLimitError(f"{what}: the answer is not whole after {seconds:g} s, the limit") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise PermanentSourceError(f"{what}: {error}") from None
        except httpx.HTTPError as error:
            raise TransientSourceError(f"{what}: {type(error).__name__}: {error}") from None
        except UnpackingError as error:
            raise TransientSourceError(f"{what}: the answer cannot be unpacked: {error}") from None

    async def _get(
        self, what: str, path: str, query: dict[str, Any], headers: dict[str, str], seconds: float
    ) -> Answer:
        async with asyncio.timeout(seconds):
            request = self._http.build_request("GET", path, params=query or None, headers=headers)
            response = await self._http.send(request, stream=True)
            try:
                body = await self._body(response, what)
            finally:
                await response.aclose()
        return Answer(what, response.status_code, response.headers, body)

    async def _body(self, response: httpx.Response, what: str) -> bytes:
        limits, received, body = self.allowance.limits, 0, bytearray()
        unpacker = Unpacker(response.headers.get("Content-Encoding", ""))
        async for data in response.aiter_raw():
            received += len(data)
            if received > limits.answer_bytes:
                raise OverLimitError(f"{what}: the answer is larger than {size_text(limits.answer_bytes)}, the limit")
            for piece in unpacker.feed(data):
                body += piece
                self.allowance.take(len(piece), what)
                if len(body) > limits.unpacked_bytes:
                    raise OverLimitError(
                        f"{what}: the answer is larger than {size_text(limits.unpacked_bytes)} when unpacked, the"
                        f" limit; {received} bytes came"
                    )
        unpacker.end()
        return bytes(body)


def _address(base_url: str, token: str) -> tuple[httpx.URL, httpx.BasicAuth | None]:
    """The URL to ask, without credentials, and these; see `Fetcher`."""
    if token and not _TOKEN.fullmatch(token):
        raise PermanentSourceError("the token holds characters that no token has: is it quoted or cut short?")
    try:
        url = httpx.URL(base_url.rstrip("/"))
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise PermanentSourceError(f"this address cannot be used: {type(error).__name__}") from None
    bare = url.copy_with(userinfo=b"")
    if not url.userinfo and not token:
        return bare, None
    if url.scheme != "https" and not is_loopback(url.host):
        raise PermanentSourceError(f"{bare}: refusing to send a token or password without https")
    if not url.userinfo:
        return bare, None
    remember(url.password)
    if token:
        raise PermanentSourceError(
            f"{bare}: there are both a token and a user or password in the address, and only one can be sent: take the"
            " user and password out of the address"
        )
    return bare, httpx.BasicAuth(url.username, url.password)
