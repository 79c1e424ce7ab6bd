"""A log of numbered, immutable JSON objects in a folder of the store.

What belongs here: reading entries, as far as they can be read, and adding one more if nobody else has. What does not:
what entries mean.

**One order.** An entry is added under the number after the last one that its writer saw, and only where there is no
such object (``if_absent``), so whatever a writer concluded from what it read still holds when its own entry is there.

**A lost answer.** The S3 client tries again when an answer is lost, and then meets its own object. Each entry carries a
mark of its writer, so that this is recognised.

**What cannot be read** (written by a later data-platform, cut off, changed by hand, or none of ours) is told beside
what can. Whoever only shows things shows the rest; whoever must be sure takes the first problem for an error.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import uuid4

from data_platform.contracts.registry.errors import DeletedEntry, Overtaken, UnreadableEntry
from data_platform.storage.errors import Conflict, InvalidFrame, MissingObject
from data_platform.storage.objects.store import ObjectInfo, ObjectStore

FORMAT: Final = 1
LARGEST: Final = 16 * 2**20
"""Bytes of an entry at most: a contract of 10,000 columns has 2 MB. Anything larger is not read into memory."""

_NAME: Final = re.compile(r"([0-9]{6})\.json")
_AT_ONCE: Final = 16
_RESTORE: Final = "restore it from a backup of the store, or move it out of the registry"

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """An entry of a log.

    Attributes:
        number: Its number, from 1.
        uri: Where it is, for messages.
        content: What was written.
        digest: The SHA-256 of the object, in hexadecimal.
    """

    number: int
    uri: str
    content: Mapping[str, Any]
    digest: str


@dataclass(frozen=True)
class Contents:
    """What is in a log, as far as it can be read.

    Attributes:
        entries: Those that can be read, the oldest first.
        problems: What cannot be read, is missing, or is none of ours; each names the object and what to do.
        last: The greatest number that is there, readable or not; 0: none is.
    """

    entries: tuple[Entry, ...]
    problems: tuple[UnreadableEntry, ...]
    last: int


@dataclass(frozen=True)
class Survey(Generic[T]):
    """What the registry says of many products, as far as it can be read.

    Attributes:
        by_product: What it says, by product.
        problems: By product, or by folder where that is none of a product's: what cannot be read, and what to do.
    """

    by_product: Mapping[str, T]
    problems: Mapping[str, tuple[UnreadableEntry, ...]]

    @property
    def messages(self) -> tuple[str, ...]:
        """What cannot be read, each in a sentence."""
        return tuple(str(problem) for product in sorted(self.problems) for problem in self.problems[product])


@dataclass(frozen=True)
class Log:
    """A folder of entries.

    Attributes:
        store: The store.
        folder: The folder's path below it.
    """

    store: ObjectStore
    folder: str

    def size(self) -> int:
        """How many entries there are.

        Raises:
            UnreadableEntry: Something else is in the folder, or an entry is missing.
            StorageError: The store failed.
        """
        numbers, problems = self.names(self.store.list(self.folder))
        if problems:
            raise problems[0]
        return len(numbers)

    def names(self, objects: Iterable[ObjectInfo]) -> tuple[tuple[int, ...], tuple[UnreadableEntry, ...]]:
        """The numbers of the entries, by what is in the folder; and what there is, or is not, that should be otherwise.

        Returns:
            The numbers of the objects that may be entries, ascending, and the problems.
        """
        numbers: list[int] = []
        problems: list[UnreadableEntry] = []
        for info in objects:
            match = _NAME.fullmatch(info.path.removeprefix(f"{self.folder}/"))
            uri = self.store.uri(info.path)
            if match is not None and int(match[1]):
                numbers.append(int(match[1]))
            else:
                reason = "it is no entry of the registry (entries are called 000001.json, 000002.json and so on)"
                problems.append(UnreadableEntry(f"{uri}: {reason}: move it away.", uri=uri))
        numbers.sort()
        gap = first_gap(numbers)
        return tuple(numbers), (*problems, *([] if gap is None else [self._deleted(gap)]))

    def read(self, number: int) -> Entry:
        """One entry.

        Raises:
            UnreadableEntry: It is none of ours, or not there.
            StorageError: The store failed.
        """
        path = self._path(number)
        uri = self.store.uri(path)
        try:
            data = self.store.get(path, at_most=LARGEST)
            content = json.loads(data)
        except MissingObject as error:
            raise UnreadableEntry(f"{uri}: it was deleted: {_RESTORE}.", uri=uri) from error
        except InvalidFrame as error:
            raise UnreadableEntry(f"{error} It is no entry: {_RESTORE}.", uri=uri) from error
        except (ValueError, RecursionError) as error:
            raise UnreadableEntry(f"{uri}: it is no JSON, or cut off: {_RESTORE}.", uri=uri) from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            reason = f"it is no entry of format {FORMAT} of the registry: {_RESTORE}, or use a newer data-platform"
            raise UnreadableEntry(f"{uri}: {reason}.", uri=uri)
        return Entry(number, uri, content, hashlib.sha256(data).hexdigest())

    def contents(self) -> Contents:
        """All entries that can be read, and what cannot.

        Raises:
            StorageError: The store failed.
        """
        objects = list(self.store.list(self.folder))
        numbers, problems = self.names(objects)
        answers = list(read_all([(self, number) for number in numbers]))
        entries = tuple(answer for answer in answers if isinstance(answer, Entry))
        unread = tuple(answer for answer in answers if isinstance(answer, UnreadableEntry))
        return Contents(entries, (*problems, *unread), max(numbers, default=0))

    def add(self, content: Mapping[str, object], *, after: int) -> Entry:
        """Add an entry.

        Args:
            content: Plain JSON values.
            after: How many entries there were when it was decided to add this one.

        Raises:
            Overtaken: There are more by now.
            StorageError: The store failed.
        """
        path, mark = self._path(after + 1), uuid4().hex
        full = {"format": FORMAT, "mark": mark, **content}
        data = json.dumps(full, indent=1, ensure_ascii=False).encode()
        try:
            self.store.put(path, data, if_absent=True)
        except Conflict as error:
            if self.store.get(path) != data:
                uri = self.store.uri(path)
                raise Overtaken(f"{uri}: another writer was first: try again.", uri=uri) from error
        return Entry(after + 1, self.store.uri(path), full, hashlib.sha256(data).hexdigest())

    def _deleted(self, number: int) -> DeletedEntry:
        uri = self.store.uri(self._path(number))
        return DeletedEntry(f"{uri}: it was deleted, while later entries are there: {_RESTORE}.", uri=uri)

    def _path(self, number: int) -> str:
        return f"{self.folder}/{number:06}.json"


def first_gap(numbers: Iterable[int]) -> int | None:
    """The first number that is missing before the last one; ``None``: none is. The numbers ascend."""
    return next((expected for expected, number in enumerate(numbers, 1) if number != expected), None)


def read_all(wanted: list[tuple[Log, int]]) -> Iterator[Entry | UnreadableEntry]:
    """Entries of any logs, in the order asked for, fetched several at once; in the place of one, why it is none.

    Raises:
        StorageError: The store failed.
    """
    if len(wanted) < 2:  # noqa: PLR2004 - one needs no threads
        yield from map(_read, wanted)
        return
    with ThreadPoolExecutor(min(_AT_ONCE, len(wanted))) as pool:
        yield from pool.map(_read, wanted)


def _read(wanted: tuple[Log, int]) -> Entry | UnreadableEntry:
    try:
        return wanted[0].read(wanted[1])
    except UnreadableEntry as error:
        return error
