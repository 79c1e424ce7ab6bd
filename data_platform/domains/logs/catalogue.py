"""What was scanned: for each log file its state, and where the lines of each date are.

What belongs here: the record, its fingerprints, and keeping it in the store. What does not: scanning (``scanning``) and
reading lines (``chunks``).

A file is scanned in *steps*: the first from its start, each later one what was added since. A *generation* is a file's
content as long as it only grows; a file that was replaced or cut starts a new one, and what was found of the old one no
longer counts. A step's name follows from the content that it read, so that a scan made again finds the same names.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Final

from data_platform.domains.logs.weblog.lines import UNDATED
from data_platform.domains.logs.weblog.scan import Place
from data_platform.storage.errors import MissingObject
from data_platform.storage.objects.store import ObjectStore

FOLDER: Final = "logs/_scan"
UNDATED_KEY: Final = "undated"
"""The partition of lines whose date cannot be read."""

_FILE: Final = f"{FOLDER}/catalogue.json"
_FORMAT: Final = 1
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Step:
    """One pass over a part of a file.

    Attributes:
        id: Its name; the index and the copied lines are stored under it.
        start: Where it started.
        end: Where the next one starts.
        found: Of each date (``YYYY-MM-DD`` or ``undated``) lines, blank ones among them, bytes.
    """

    id: str
    start: Place
    end: Place
    found: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of the landing folder as it was seen last.

    Attributes:
        key: Its path below the store.
        etag: The store's mark of the content seen last.
        size: Bytes, as stored.
        generation: A name of its content, the same as long as it only grows.
        steps: What was scanned, in the file's order; none where nothing could be.
        marks: Hashes of the file's first bytes and of those before the end of what was scanned, to tell growth.
        problem: Why nothing of it counts; empty where all is well.
        same_as: The file that has the same content and counts for both; empty for none.
        gone: Whether it is no longer there. What was published of it stays.
    """

    key: str
    etag: str
    size: int
    generation: str = ""
    steps: tuple[Step, ...] = ()
    marks: tuple[str, str] = ("", "")
    problem: str = ""
    same_as: str = ""
    gone: bool = False

    @property
    def end(self) -> Place:
        """Where what was scanned ends."""
        return self.steps[-1].end if self.steps else Place()

    def steps_of(self, date: str) -> list[Step]:
        """The steps that found lines of a date."""
        return [step for step in self.steps if date in step.found]

    def totals(self) -> dict[str, list[int]]:
        """Lines, blank ones and bytes of each date."""
        totals: dict[str, list[int]] = {}
        for step in self.steps:
            for key, numbers in step.found.items():
                before = totals.get(key, [0, 0, 0])
                totals[key] = [total + added for total, added in zip(before, numbers, strict=True)]
        return totals


@dataclass
class Catalogue:
    """All files, by key.

    Attributes:
        zone: The time zone in which the lines have their dates.
    """

    zone: str
    files: dict[str, LogFile] = field(default_factory=dict)

    def dates(self) -> dict[str, "DateTotals"]:
        """What was found of each date, in the order of the dates, ``undated`` last."""
        sums: dict[str, _Sum] = {}
        for _, file in sorted(self.files.items()):
            torn = file.steps[-1].found if file.end.unfinished else ()
            for key, numbers in file.totals().items():
                sums.setdefault(key, _Sum()).add(file, numbers, file.end.offset if key in torn else None)
        return {key: sums[key].totals() for key in sorted(sums)}

    def of_date(self, date: str) -> list[LogFile]:
        """The files that have lines of a date, by key."""
        return [file for _, file in sorted(self.files.items()) if file.steps_of(date)]


@dataclass(frozen=True, slots=True)
class DateTotals:
    """What the scans found of a date: a fingerprint of the content, lines, blank ones among them, bytes, files."""

    fingerprint: str
    lines: int
    blank: int
    bytes: int
    files: int


class _Sum:
    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=8)
        self._lines = self._blank = self._bytes = self._files = 0

    def add(self, file: LogFile, numbers: Sequence[int], torn: int | None) -> None:
        # As a file of one generation only grows, so do its lines of a date; where these have not, they are the same.
        # Only a last line without its end may become one of another date, and leave its place to the next such line.
        tail = "" if torn is None else f"\0{torn}"
        self._hash.update(f"{file.key}\0{file.generation}\0{numbers}{tail}".encode())
        self._lines += numbers[0]
        self._blank += numbers[1]
        self._bytes += numbers[2]
        self._files += 1

    def totals(self) -> DateTotals:
        return DateTotals(self._hash.hexdigest(), self._lines, self._blank, self._bytes, self._files)


def days_of(key: str) -> int:
    """A partition as days since 1970-01-01, or ``UNDATED``."""
    return UNDATED if key == UNDATED_KEY else (date.fromisoformat(key) - _EPOCH).days


def load(store: ObjectStore, zone: str) -> Catalogue:
    """The catalogue; an empty one where nothing was scanned yet, or in another time zone.

    Raises:
        StorageError: The store failed.
        ValueError: What is stored there is no catalogue of ours.
    """
    try:
        data = json.loads(store.get(_FILE))
    except MissingObject:
        return Catalogue(zone)
    if data.get("format") != _FORMAT:
        raise ValueError(f"{store.uri(_FILE)} was written by another version; delete it to have all files scanned anew")
    if data["zone"] != zone:
        return Catalogue(zone)
    return Catalogue(zone, {file["key"]: _file(file) for file in data["files"]})


def save(store: ObjectStore, catalogue: Catalogue) -> None:
    """Keep the catalogue; one writer at a time (the scan's pool sees to it).

    Raises:
        StorageError: The store failed.
    """
    files = [file for _, file in sorted(catalogue.files.items())]
    data = {"format": _FORMAT, "zone": catalogue.zone, "files": files}
    store.put(_FILE, json.dumps(data, default=_fields, separators=(",", ":")).encode())


def with_gone(catalogue: Catalogue, there: Iterable[str]) -> Catalogue:
    """The catalogue with the files that are no longer there marked so, and those that came back not."""
    present = set(there)
    return Catalogue(
        catalogue.zone, {key: replace(file, gone=key not in present) for key, file in catalogue.files.items()}
    )


def without_moved(catalogue: Catalogue) -> Catalogue:
    """The catalogue without files that are gone and whose content counts under another name now."""
    there = {(file.etag, file.size) for file in catalogue.files.values() if file.etag and file.steps and not file.gone}
    stay = {key: file for key, file in catalogue.files.items() if not (file.gone and (file.etag, file.size) in there)}
    return Catalogue(catalogue.zone, stay)


def _fields(record: LogFile | Step | Place) -> dict[str, object]:
    return {attribute.name: getattr(record, attribute.name) for attribute in fields(record)}


def _file(data: dict[str, Any]) -> LogFile:
    steps = tuple(
        Step(step["id"], Place(**step["start"]), Place(**step["end"]), step["found"]) for step in data["steps"]
    )
    return LogFile(**{**data, "steps": steps, "marks": tuple(data["marks"])})
