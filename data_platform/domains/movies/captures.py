"""Captures: a list as TMDb gave it at one moment, stored once and never changed.

What belongs here: the capture file and where it lies: `movies/tmdb_pages/<list>/<day>/<time>.json`. What does not:
fetching (`tmdb`) and what is derived from a capture (`ranking`). TMDb has no history, so a capture is the only source
of its day: it is written with a put that refuses to overwrite, and only when it is whole.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from data_platform.domains.movies.tmdb.answers import Genres, ListName, read_genres, read_page
from data_platform.domains.movies.tmdb.crawl import Crawl, Films
from data_platform.storage.json_format import read_json, write_json
from data_platform.storage.object_store import ObjectStore

FOLDER = "movies/tmdb_pages"
_FORMAT = 1


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
    films: Films = field(init=False, repr=False)
    genres: Genres = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Read the pages; raises `MalformedError` where one is not as documented."""
        films = Films()
        for number, body in enumerate(self.crawl.pages, start=1):
            films.add(read_page(body, f"page {number} of {self.name}"))
        object.__setattr__(self, "films", films)
        object.__setattr__(self, "genres", read_genres(self.crawl.genres))

    @property
    def day(self) -> date:
        """The UTC date on which the list was taken."""
        return self.taken_at.date()

    @property
    def path(self) -> str:
        """Where the capture lies in the store; later captures of a day sort after earlier ones."""
        return f"{_folder(self.name, self.day)}/{self.taken_at:%H%M%S_%f}Z.json"

    def to_json(self) -> bytes:
        """The capture file: UTF-8 JSON, the same bytes for the same capture."""
        content = {
            "format": _FORMAT,
            "list": self.name.value,
            "taken_at": self.taken_at.isoformat(),
            "requested": self.requested,
            "source": self.source,
            "genres": self.crawl.genres,
            "pages": self.crawl.pages,
        }
        return write_json(content)


def read_capture(data: bytes, uri: str) -> Capture:
    """A capture from its file.

    Args:
        data: What `Capture.to_json` gave.
        uri: Where it was read; for the error.

    Raises:
        DamagedCaptureError: The file is not a capture or its pages are not as documented.
    """
    try:
        content: dict[str, Any] = read_json(data)
        return Capture(
            name=ListName(content["list"]),
            taken_at=datetime.fromisoformat(content["taken_at"]).astimezone(UTC),
            requested=int(content["requested"]),
            source=str(content["source"]),
            crawl=Crawl(pages=content["pages"], genres=content["genres"]),
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
        """The day's newest capture of a list that holds at least `count` films, or None.

        Raises:
            DamagedCaptureError: A capture that had to be looked at cannot be read.
        """
        paths = sorted((entry.path for entry in self.store.list(_folder(name, day))), reverse=True)
        captures = (read_capture(self.store.get(path), self.store.uri(path)) for path in paths)
        return next((capture for capture in captures if len(capture.films.by_id) >= count), None)


def _folder(name: ListName, day: date) -> str:
    return f"{FOLDER}/{name}/{day.isoformat()}"
