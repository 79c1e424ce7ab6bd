"""Captures: a list as TMDb gave it at one moment, stored once and never changed.

What belongs here: the capture file and where it lies: `movies/tmdb_pages/<list>/<day>/<time>.json`. What does not:
fetching (`tmdb`) and what is derived from a capture (`ranking`). TMDb has no history, so a capture is the only source
of its day: it is written with a put that refuses to overwrite, when its pages are all there, and before anybody judges
what is in them. One that cannot be used today is there when the code that reads it is mended.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Final

from data_platform.domains.movies.tmdb.answers import ListName, read_genres, read_page
from data_platform.domains.movies.tmdb.crawl import Crawl, Films
from data_platform.ingestion.errors import MalformedError
from data_platform.redaction import redact, redact_known_values
from data_platform.storage.formats.json import read_json, write_json
from data_platform.storage.objects.store import ObjectStore

FOLDER: Final = "movies/tmdb_pages"
_FORMAT: Final = 2
"""Format 1, of captures before 2026-11-30, is the same, but that its genre list was never null."""

_MOST_LOOKED_AT: Final = 40


class DamagedCaptureError(Exception):
    """A stored capture cannot be read; the message names its URI."""


@dataclass(frozen=True)
class Capture:
    """A list at one moment.

    Attributes:
        name: Which list.
        taken_at: When its first page was asked for, UTC; its date is the partition's key.
        requested: How many different films were asked for.
        source: Which API answered, for people: its base URL, and whether it is the simulator.
        crawl: Pages and genres as they came.
    """

    name: ListName
    taken_at: datetime
    requested: int
    source: str
    crawl: Crawl

    @cached_property
    def films(self) -> Films:
        """The films of all pages.

        Raises:
            MalformedError: A film has no usable id, so that the capture cannot be used.
        """
        films = Films()
        for number, body in enumerate(self.crawl.pages, start=1):
            films.add(read_page(body, f"page {number} of {self.name} from {self.source}"))
        return films

    @cached_property
    def genres(self) -> dict[int, str]:
        """Names of the genres in its own genre list; empty where that is unusable."""
        return read_genres(self.crawl.genres)

    @property
    def unnamed(self) -> list[int]:
        """Genre ids that films carry and its own genre list lacks, ascending."""
        return sorted({genre for film in self.films.by_id.values() for genre in film.genre_ids} - self.genres.keys())

    @property
    def day(self) -> date:
        """The UTC date on which the list was taken."""
        return self.taken_at.date()

    @property
    def path(self) -> str:
        """Where the capture lies in the store; later captures of a day sort after earlier ones."""
        return f"{_folder(self.name, self.day)}/{self.taken_at:%H%M%S_%f}Z.json"

    def to_json(self) -> bytes:
        """The capture file: UTF-8 JSON, the same bytes for the same capture.

        As it came, but for what this process knows to be a secret: a server may send back the token that it was sent.
        """
        content = {
            "format": _FORMAT,
            "list": self.name.value,
            "taken_at": self.taken_at.isoformat(),
            "requested": self.requested,
            "source": redact(self.source),
            "genres": redact_known_values(self.crawl.genres),
            "pages": redact_known_values(self.crawl.pages),
        }
        return write_json(content)


def read_capture(data: bytes, uri: str) -> Capture:
    """A capture from its file.

    Args:
        data: What `Capture.to_json` gave.
        uri: Where it was read; for the error.

    Raises:
        DamagedCaptureError: The file is not a capture. Whether its pages can be used shows when they are looked at.
    """
    try:
        content: dict[str, Any] = read_json(data)
        pages = content["pages"]
        if not isinstance(pages, list):
            raise TypeError("its pages are no list")  # noqa: TRY301 - told as any other damage
        return Capture(
            name=ListName(content["list"]),
            taken_at=datetime.fromisoformat(content["taken_at"]).astimezone(UTC),
            requested=int(content["requested"]),
            source=str(content["source"]),
            crawl=Crawl(pages=pages, genres=content["genres"]),
        )
    except Exception as error:
        raise DamagedCaptureError(
            f"{uri}: not a readable capture ({error}). Restore it from a backup, or remove it to use an earlier one"
        ) from error


@dataclass(frozen=True)
class Archive:
    """All captures in a store."""

    store: ObjectStore

    def add(self, capture: Capture) -> str:
        """Store a capture for good.

        Returns:
            Its URI.

        Raises:
            StorageError: The store did not take it, or holds one of the same moment already.
        """
        self.store.put(capture.path, capture.to_json(), if_absent=True)
        return self.uri(capture)

    def uri(self, capture: Capture) -> str:
        """Where a capture lies."""
        return self.store.uri(capture.path)

    def newest(self, name: ListName, day: date, count: int) -> Capture | None:
        """The day's newest capture of a list that can be used and holds at least `count` films, or None.

        Raises:
            DamagedCaptureError: A capture that had to be looked at is no capture any more.
            MalformedError: The day has captures with so many films, and none that can be used; names the newest.
        """
        unusable: MalformedError | None = None
        for capture in self._captures(self._paths(_folder(name, day))):
            try:
                if len(capture.films.by_id) >= count:
                    return capture
            except MalformedError as error:
                unusable = unusable or MalformedError(f"{self.uri(capture)}: {error}")
        if unusable:
            raise unusable
        return None

    def genre_names(self, capture: Capture) -> dict[int, str]:
        """Names for the genres of a capture: its own, and for those that it lacks, those last known before it.

        Args:
            capture: The capture; captures of the same list are looked at, newest first, where its own names do not
                suffice; those after it only where none before it helps.
        """
        names, wanted = dict(capture.genres), set(capture.unnamed)
        if not wanted:
            return names
        paths = [path for path in self._paths(f"{FOLDER}/{capture.name}") if path != capture.path]
        before = [path for path in paths if path < capture.path]
        after = [path for path in paths if path > capture.path]
        for path in [*before[:_MOST_LOOKED_AT], *reversed(after[-_MOST_LOOKED_AT:])]:
            if wanted <= names.keys():
                break
            try:
                other = read_capture(self.store.get(path), self.store.uri(path))
            except DamagedCaptureError:
                continue  # told when its own day is made
            names = {number: name for number, name in other.genres.items() if number in wanted} | names
        return names

    def _paths(self, folder: str) -> list[str]:
        """The captures below a folder, newest first."""
        return sorted((entry.path for entry in self.store.list(folder)), reverse=True)

    def _captures(self, paths: list[str]) -> Iterator[Capture]:
        return (read_capture(self.store.get(path), self.store.uri(path)) for path in paths)


def _folder(name: ListName, day: date) -> str:
    return f"{FOLDER}/{name}/{day.isoformat()}"
