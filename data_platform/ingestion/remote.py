"""Files on other people's servers: an index with ETags, files by path, another attempt where one may help.

What belongs here: indexes and files. What does not: requests and their limits (``fetching``), attempts and waiting
(``attempts``), which server (``sources.opening``), what is in a file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import BaseModel, ValidationError

from data_platform.ingestion.archive import mark_of
from data_platform.ingestion.attempts import retry_after, retrying
from data_platform.ingestion.errors import (
    MalformedError,
    MissingFileError,
    TransientSourceError,
    WrongAnswerError,
    is_transient,
    refusal,
)
from data_platform.ingestion.fetching import Answer, Fetcher
from data_platform.ingestion.json_answers import read_json_answer
from data_platform.ingestion.limits import Limits

_MISSING: Final = frozenset({404, 410})
_ASKED_FOR_A_WRONG_FILE: Final = 4
_FRESH: Final = {"Cache-Control": "no-cache"}
"""Asks caches on the way for the server's own answer, RFC 9111, 5.2.1.4."""


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
        limits: Limits | None = None,
        on_retry: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            base_url: What every path is below.
            token: Bearer token; kept out of URLs, messages and logs. Empty for none.
            attempts: How often a request is tried in all before its last transient error is raised.
            timeout: Seconds to wait for a connection, and for each part of an answer.
            limits: Of answers as a whole.
            on_retry: Is told in one line about each failed attempt that is followed by another.

        Raises:
            PermanentSourceError: The URL is none, or the token would be sent unencrypted to another machine.
        """
        self._fetcher = Fetcher(base_url, token, timeout=timeout, limits=limits)
        self._attempts, self._on_retry = attempts, on_retry
        self._answered = False

    @property
    def base_url(self) -> str:
        """Where the requests go, without credentials."""
        return self._fetcher.base_url

    def __enter__(self) -> Self:
        """Hand out the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._fetcher.__exit__()

    def index(self, folder: str) -> Mapping[str, str]:
        """The marks of a folder's files by name, as the server's index says.

        Raises:
            TransientSourceError: Every attempt met a rate limit, a server error, a broken connection, or no JSON.
            PermanentSourceError: The server refused, its index is not as agreed, or a limit is reached.
        """
        content = self._retrying(lambda: read_json_answer(self._ask(folder)))
        try:
            return {entry.name: mark_of(entry.etag) for entry in _Index.model_validate(content).files}
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, problem["loc"]))
            url = self._fetcher.url(folder)
            raise MalformedError(f"{url}: no index of files: {where}: {problem['msg']}") from None

    def get(self, path: str, mark: str | None = None) -> RemoteFile:
        """A file.

        Args:
            path: Below the base URL.
            mark: Its mark in the server's index, where it was looked at.

        Raises:
            MissingFileError: There is none.
            WrongAnswerError: A file with another ETag came than the index has, again and again: a cache on the way that
                looks at less than the whole URL, or is older than the index.
            TransientSourceError: As of `index`.
            PermanentSourceError: As of `index`.
        """
        asked = 0

        def once() -> RemoteFile:
            nonlocal asked
            asked += 1
            answer: Answer = self._retrying(lambda: self._ask(path, _FRESH if asked > 1 else {}))
            etag = answer.headers.get("ETag")
            if mark is not None and etag and mark_of(etag) != mark:
                raise WrongAnswerError(
                    f"{answer.url}: the index names another file than the one that came, with ETag {etag[:60]}; asked"
                    f" {asked} times. A cache on the way may be old, or look at less than the whole URL"
                )
            return RemoteFile(answer.body, mark_of(etag or answer.body))

        file: RemoteFile = retrying(WrongAnswerError, _ASKED_FOR_A_WRONG_FILE, self._on_retry)(once)
        return file

    def _retrying(self, ask: Callable[[], Any]) -> Any:
        return retrying(TransientSourceError, self._attempts, self._on_retry, self._fetcher.allowance.left)(ask)

    def _ask(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        answer = self._fetcher.get(path, headers=headers)
        if answer.is_success:
            self._answered = True
            return answer
        message = f"{answer.url}: HTTP {answer.status}: {answer.start}"
        if answer.status in _MISSING:
            raise MissingFileError(message)
        if is_transient(answer.status) or self._answered:  # a server that answered does not refuse us altogether
            raise TransientSourceError(message, retry_after(answer.headers.get("Retry-After")))
        raise refusal(answer.status)(message)
