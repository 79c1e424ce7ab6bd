"""The landing folder: which log files there are, and which of them can be read.

What belongs here: listing, and when a file is settled. What does not: what was scanned of a file (``catalogue``).

An object appears in a store when all of it was uploaded, and grows by being replaced. A file is *settled* when nobody
has written it for some seconds, or when an object ``<file>.complete`` says that nobody will.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from data_platform.domains.logs.settings import LogSettings
from data_platform.storage.objects.store import ObjectInfo, ObjectStore

COMPLETE: Final = ".complete"
"""What a marker's name has behind the name of its file."""


@dataclass(frozen=True, slots=True)
class Landing:
    """What is in the landing folder at one moment.

    Attributes:
        settled: The files that can be read, by path.
        growing: The files that somebody wrote a moment ago, by path.
        ignored: Keys that are no log file: folders (``a/``), and names that start with ``.`` or ``_``.
    """

    settled: dict[str, ObjectInfo]
    growing: dict[str, ObjectInfo]
    ignored: tuple[str, ...]

    @property
    def keys(self) -> set[str]:
        """All files."""
        return self.settled.keys() | self.growing.keys()


def list_landing(store: ObjectStore, settings: LogSettings, now: datetime) -> Landing:
    """List the landing folder.

    Args:
        store: The store.
        settings: Where the folder is, and when a file is settled.
        now: The present, with a zone.

    Raises:
        StorageError: The store failed.
    """
    return sorted_out(store.list(settings.landing), settings, now)


def sorted_out(objects: Iterable[ObjectInfo], settings: LogSettings, now: datetime) -> Landing:
    """What objects there are, sorted out."""
    files: dict[str, ObjectInfo] = {}
    complete: set[str] = set()
    ignored: list[str] = []
    for info in objects:
        if info.path.endswith(COMPLETE):
            complete.add(info.path.removesuffix(COMPLETE))
        elif not (name := info.path.rpartition("/")[2]) or name[0] in "._":
            ignored.append(info.path)
        else:
            files[info.path] = info
    settled = {
        path: info for path, info in files.items() if path in complete or now - info.last_modified >= settings.settle
    }
    growing = {path: info for path, info in files.items() if path not in settled}
    return Landing(settled, growing, tuple(sorted(ignored)))
