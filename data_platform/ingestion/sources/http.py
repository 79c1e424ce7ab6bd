"""A file of a web server, and the records of an API, page by page.

What belongs here: what is asked, in which order, and where it ends. What does not: requests and their limits
(``ingestion.fetching``), attempts (``ingestion.attempts``), and what is in an answer (``rows``).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from data_platform.ingestion.archive import mark_of
from data_platform.ingestion.attempts import retry_after, retrying
from data_platform.ingestion.errors import MalformedError, MissingFileError, TransientSourceError, is_transient, refusal
from data_platform.ingestion.fetching import Answer, Fetcher
from data_platform.ingestion.json_answers import read_json_answer
from data_platform.ingestion.limits import Limits
from data_platform.ingestion.sources.files.pattern import Pattern
from data_platform.ingestion.sources.json_rows import records_in
from data_platform.ingestion.sources.reading import ALL, Delivery, Remarks, Shown
from data_platform.ingestion.sources.rows import PAGES, extension_of, own_extension, pages_of
from data_platform.ingestion.sources.where import PagesSpec, RestWhere

LIMITS: Final = Limits(answer_seconds=300.0, total_seconds=1800.0)
_ATTEMPTS: Final = 6
_MISSING: Final = frozenset({404, 410})
_NEXT: Final = re.compile(r"<([^>]*)>[^,]*;\s*rel=\"?next\"?", re.IGNORECASE)
_MOST_PAGES: Final = 10_000
_PART: Final = 206
_PORTS: Final = {"http": 80, "https": 443}


class _Server:
    """One server, asked with attempts."""

    def __init__(self, address: str, token: str, on_retry: Callable[[str], None]) -> None:
        parts = urlsplit(address)
        self.base = f"{parts.scheme}://{parts.netloc}"
        self.origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._fetcher = Fetcher(self.base, token, limits=LIMITS)
        self._on_retry = on_retry

    def close(self) -> None:
        self._fetcher.__exit__()

    def get(self, path: str) -> Answer:
        """An answer with a status of 200 to 299.

        Raises:
            MissingFileError: There is no such thing.
            SourceError: It was refused, or every attempt failed.
        """
        answer: Answer = retrying(TransientSourceError, _ATTEMPTS, self._on_retry, self._fetcher.allowance.left)(
            lambda: self._once(path)
        )
        return answer

    def json(self, path: str) -> tuple[Answer, Any]:
        """An answer and the value in it; half of one is asked for again."""

        def once() -> tuple[Answer, Any]:
            answer = self._once(path)
            return answer, read_json_answer(answer)

        found: tuple[Answer, Any] = retrying(
            TransientSourceError, _ATTEMPTS, self._on_retry, self._fetcher.allowance.left
        )(once)
        return found

    def _once(self, path: str) -> Answer:
        answer = self._fetcher.get(path)
        if answer.status == _PART:
            raise TransientSourceError(f"{answer.url}: HTTP {answer.status}: a part came, and the whole was asked for")
        if answer.is_success:
            return answer
        message = f"{answer.url}: HTTP {answer.status}: {answer.start}"
        if elsewhere := answer.headers.get("Location"):
            message += (
                f"; it is at {elsewhere}: write that address, if it is the source's; nothing is sent there unasked"
            )
        if answer.status in _MISSING:
            raise MissingFileError(message)
        if is_transient(answer.status):
            raise TransientSourceError(message, retry_after(answer.headers.get("Retry-After")))
        raise refusal(answer.status)(message)


class WebReader:
    """A source that is one request, or one way through pages, for each slot; see ``reading.Reader``."""

    def __init__(self, address: str, where: Any, token: str, on_retry: Callable[[str], None] = lambda _: None) -> None:
        """Prepare; nothing is sent yet.

        Args:
            address: With ``{day}`` where the date is.
            where: What ``defs.yaml`` says: a file or an API.
            token: Bearer token; empty for none.
            on_retry: Is told about each failed attempt that is followed by another.
        """
        self._where, self._address = where, Pattern(address)
        self._server = _Server(address, token, on_retry)
        self._came: dict[str, Delivery] = {}

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def shown(self, days: tuple[date, date] | None) -> Mapping[str, Mapping[str, Shown]]:
        """The mark of what is there of each day, which is asked for; what is not there is left out."""
        found: dict[str, dict[str, Shown]] = {}
        for slot in _slots(days):
            try:
                came = self._ask(slot)
            except MissingFileError:
                continue
            found[slot] = {self._name(slot): Shown(came.mark)}
            self._came = {slot: came}  # the newest alone, so that memory stays bounded
        return found

    def read(self, slot: str, piece: str) -> Delivery:
        """What was asked for, as it came."""
        del piece
        return self._came[slot] if slot in self._came else self._ask(slot)

    def remarks(self) -> Remarks:
        """Nothing."""
        return Remarks()

    def _name(self, slot: str) -> str:
        return urlsplit(self._of(slot)).path.rpartition("/")[2] or "answer"

    def _of(self, slot: str) -> str:
        return self._address.text if slot == ALL else self._address.of(date.fromisoformat(slot)).text

    def _ask(self, slot: str) -> Delivery:
        address = self._of(slot)
        path = address.removeprefix(self._server.base) or "/"
        if isinstance(self._where, RestWhere):
            marks: list[str] = []
            data = pages_of(_pages(self._server, path, self._where, marks))
            return Delivery(data, PAGES, mark_of(*marks))
        answer = self._server.get(path)
        name = urlsplit(address).path
        extension = own_extension(name) if self._where.reader else extension_of(name, self._where.format)
        return Delivery(answer.body, extension, mark_of(answer.headers.get("ETag") or answer.body))


def _slots(days: tuple[date, date] | None) -> list[str]:
    if days is None:
        return [ALL]
    return [(days[0] + timedelta(days=number)).isoformat() for number in range((days[1] - days[0]).days + 1)]


def _pages(server: _Server, path: str, where: RestWhere, marks: list[str]) -> Iterator[bytes]:
    """The answers, one a page, until there is no next one.

    Args:
        server: Who is asked.
        path: Of the first page, without what pages add.
        where: What ``defs.yaml`` says.
        marks: Gets the mark of each page's records: what is beside them, such as the time, says nothing of them.

    Raises:
        MalformedError: A page has no list of records, is one that was had before, or is somebody else's.
        MissingFileError: There is no first page.
    """
    pages, asked, had = where.pages, set[str](), 0
    at: str | None = _first(path, pages)
    while at is not None:
        if at in asked or len(asked) >= _MOST_PAGES:
            raise MalformedError(f"{server.origin}{at} is a page that was had before, or one of too many")
        asked.add(at)
        answer, value = _page(server, at, is_first=len(asked) == 1)
        records = records_in(value, where.records, answer.url)
        mark = mark_of(json.dumps(records))
        if records and marks and mark == marks[-1] and pages.by in {"number", "offset"}:
            raise MalformedError(
                f"{answer.url}: the same records came as before: the API does not go on by {pages.parameter}, or has "
                "no more: set by and parameter under pages"
            )
        had += len(records)
        if records or len(asked) == 1:
            marks.append(mark)
            yield answer.body
        at = _after(server, path, at, (answer, value), pages, len(records), had, len(asked))


def _page(server: _Server, at: str, *, is_first: bool) -> tuple[Answer, Any]:
    try:
        return server.json(at)
    except MissingFileError as error:
        if is_first:
            raise
        raise MalformedError(f"{error}; the pages before it were there, so this one has to be, too") from None


def _first(path: str, pages: PagesSpec) -> str:
    if pages.by == "number":
        return _with(path, pages.parameter, pages.first)
    return _with(path, pages.parameter, 0) if pages.by == "offset" else path


def _after(  # noqa: PLR0913, PLR0917 - where one is, in all ways of going on
    server: _Server,
    path: str,
    at: str,
    answered: tuple[Answer, Any],
    pages: PagesSpec,
    records: int,
    had: int,
    number: int,
) -> str | None:
    """The path of the next page; None: that was the last."""
    answer, value = answered
    if pages.by == "number":
        return _with(path, pages.parameter, pages.first + number) if records else None
    if pages.by == "offset":
        return _with(path, pages.parameter, had) if records else None
    step = _at(value, pages.next)
    if pages.by == "cursor":
        return _with(path, pages.parameter, step) if step else None
    header = _NEXT.search(answer.headers.get("Link", ""))
    link = header[1] if header else step
    if pages.by == "one":
        if header or (isinstance(link, str) and link.startswith(("/", "?", "http"))):
            raise MalformedError(f"{answer.url}: there is a next page: write pages: {{by: link}} under source")
        return None
    return _path_of(server, urljoin(f"{server.origin}{at}", str(link)), answer.url) if link else None


def _path_of(server: _Server, link: str, page: str) -> str:
    """The path of a next page.

    Raises:
        MalformedError: It is on another server.
    """
    parts, own = urlsplit(link), urlsplit(server.origin)
    try:
        is_own = (parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)) == (
            own.scheme,
            own.hostname,
            own.port or _PORTS.get(own.scheme),
        )
    except ValueError:
        is_own = False
    if not is_own:
        raise MalformedError(f"{page}: the next page is on another server, to which no token is sent")
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _at(value: Any, where: str) -> Any:
    for step in where.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _with(path: str, name: str, value: object) -> str:
    bare, _, query = path.partition("?")
    kept = [(key, old) for key, old in parse_qsl(query, keep_blank_values=True) if key != name]
    return f"{bare}?{urlencode([*kept, (name, value)])}"
