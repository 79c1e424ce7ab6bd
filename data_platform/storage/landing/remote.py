"""Files on other people's servers: an index with ETags, files by path, another attempt where one may help.

What belongs here: requests. What does not: attempts and waiting (``attempts``), which server
(``remote_source``), what is in a file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

import httpx
from pydantic import BaseModel, ValidationError

from data_platform.storage.landing.archive import mark_of
from data_platform.storage.landing.attempts import retry_after, retrying
from data_platform.storage.landing.errors import MissingFileError, PermanentSourceError, TransientSourceError

_TRANSIENT: Final = frozenset({408, 425, 429})
_MISSING: Final = frozenset({404, 410})


class _Entry(BaseModel):
    name: str
    etag: str


class _Index(BaseModel):
    files: list[_Entry]


@dataclass(frozen=True)
class RemoteFile:
    """A file as it was fetched.

    Attributes:
        content: Byte by byte.
        mark: Of its ETag, or of its content where the server names none.
    """

    content: bytes
    mark: str


class RemoteFiles:
    """A server of files. Use it as a context manager; it closes its connections."""

    def __init__(
        self,
        base_url: str,
        token: str = "",
        *,
        attempts: int = 8,
        timeout: float = 10.0,
        on_retry: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            base_url: What every path is below.
            token: Bearer token; kept out of URLs, messages and logs. Empty for none.
            attempts: How often a request is tried in all before its last transient error is raised.
            timeout: Seconds to wait for a connection, and for each part of an answer.
            on_retry: Is told in one line about each failed attempt that is followed by another.

        Raises:
            PermanentSourceError: The URL is none, or the token would be sent unencrypted to another machine.
        """
        try:
            url = httpx.URL(base_url.rstrip("/"))
            self._http = httpx.Client(
                base_url=url, timeout=timeout, headers={"Authorization": f"Bearer {token}"} if token else {}
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise PermanentSourceError(f"this address or token cannot be used: {type(error).__name__}") from None
        if token and url.scheme != "https" and url.host not in {"127.0.0.1", "localhost", "::1"}:
            raise PermanentSourceError(f"{url.copy_with(userinfo=b'')}: refusing to send a token without https")
        self.base_url = str(url.copy_with(userinfo=b""))
        self._attempts, self._on_retry = attempts, on_retry

    def __enter__(self) -> Self:
        """Hand out the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._http.close()

    def index(self, folder: str) -> Mapping[str, str]:
        """The marks of a folder's files by name, as the server's index says.

        Raises:
            TransientSourceError: Every attempt met a rate limit, a server error or a broken connection.
            PermanentSourceError: The server refused for good, or its index is not as agreed.
        """
        content = self.get(folder).content
        try:
            return {entry.name: mark_of(entry.etag) for entry in _Index.model_validate_json(content).files}
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, problem["loc"]))
            raise PermanentSourceError(f"{self._url(folder)}: no index of files: {where}: {problem['msg']}") from None

    def get(self, path: str) -> RemoteFile:
        """A file.

        Raises:
            MissingFileError: There is none.
            TransientSourceError: As of `index`.
            PermanentSourceError: As of `index`.
        """
        return retrying(TransientSourceError, self._attempts, self._on_retry)(self._get_once, path)

    def _get_once(self, path: str) -> RemoteFile:
        try:
            response = self._http.get(path)
        except httpx.UnsupportedProtocol as error:
            raise PermanentSourceError(f"{self.base_url}: {error}") from None
        except httpx.TransportError as error:
            raise TransientSourceError(f"{self._url(path)}: {type(error).__name__}: {error}") from None
        status = response.status_code
        if response.is_success:
            etag = response.headers.get("ETag")
            return RemoteFile(response.content, mark_of(etag or response.content))
        message = f"{self._url(path)}: HTTP {status}: {' '.join(response.text[:80].split()) or 'no body'}"
        if status in _TRANSIENT or response.is_server_error:
            raise TransientSourceError(message, retry_after(response.headers.get("Retry-After")))
        raise (MissingFileError if status in _MISSING else PermanentSourceError)(message)

    def _url(self, path: str) -> str:
        return f"{self.base_url}/{path.lstrip('/')}"
