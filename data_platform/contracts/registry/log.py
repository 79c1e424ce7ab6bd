"""A log of numbered, immutable JSON objects in a folder of the store.

What belongs here: reading entries, and adding one more if nobody else has. What does not: what entries mean.

**One order.** An entry is added under the number after the last one that its writer saw, and only where there is no
such object (``if_absent``), so whatever a writer concluded from what it read still holds when its own entry is there.

**A lost answer.** The S3 client tries again when an answer is lost, and then meets its own object. Each entry carries a
mark of its writer, so that this is recognised.
"""

import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from data_platform.contracts.registry.errors import Overtaken, UnreadableEntry
from data_platform.storage.errors import Conflict, MissingObject
from data_platform.storage.object_store import ObjectStore

FORMAT: Final = 1
_NAME: Final = re.compile(r"([0-9]{6})\.json")
_AT_ONCE: Final = 16
_RESTORE: Final = "restore it from a backup of the store, or move it out of the registry"


@dataclass(frozen=True)
class Entry:
    """An entry of a log.

    Attributes:
        number: Its number, from 1.
        uri: Where it is, for messages.
        content: What was written.
    """

    number: int
    uri: str
    content: Mapping[str, Any]


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
        return count(self.store, self.folder, [each.path for each in self.store.list(self.folder)])

    def read(self, number: int) -> Entry:
        """One entry.

        Raises:
            UnreadableEntry: It is none of ours, or not there.
            StorageError: The store failed.
        """
        path = self._path(number)
        uri = self.store.uri(path)
        try:
            content = json.loads(self.store.get(path))
        except MissingObject as error:
            raise UnreadableEntry(f"{uri}: it was deleted: {_RESTORE}.", uri=uri) from error
        except (ValueError, RecursionError) as error:
            raise UnreadableEntry(f"{uri}: it is no JSON: {_RESTORE}.", uri=uri) from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            said = f"it is no entry of format {FORMAT} of the registry: {_RESTORE}, or use a newer data-platform"
            raise UnreadableEntry(f"{uri}: {said}.", uri=uri)
        return Entry(number, uri, content)

    def entries(self) -> tuple[Entry, ...]:
        """All entries, the oldest first.

        Raises:
            UnreadableEntry: Something in the folder is none of ours, or an entry is missing.
            StorageError: The store failed.
        """
        return tuple(read_all([(self, number) for number in range(1, self.size() + 1)]))

    def add(self, content: Mapping[str, Any], *, after: int) -> Entry:
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
        return Entry(after + 1, self.store.uri(path), full)

    def _path(self, number: int) -> str:
        return f"{self.folder}/{number:06}.json"


def read_all(wanted: list[tuple[Log, int]]) -> Iterator[Entry]:
    """Entries of any logs, in the order asked for, fetched several at once.

    Raises:
        UnreadableEntry: One of them is none of ours.
        StorageError: The store failed.
    """
    if len(wanted) < 2:  # noqa: PLR2004 - one needs no threads
        yield from (log.read(number) for log, number in wanted)
        return
    with ThreadPoolExecutor(min(_AT_ONCE, len(wanted))) as pool:
        yield from pool.map(lambda each: each[0].read(each[1]), wanted)


def count(store: ObjectStore, folder: str, paths: list[str]) -> int:
    """How many entries a folder holds, by the paths of all objects in it.

    Raises:
        UnreadableEntry: One of them is no entry, or an entry is missing.
    """
    names = {path: _NAME.fullmatch(path.removeprefix(f"{folder}/")) for path in paths}
    for path, match in names.items():
        if match is None:
            uri = store.uri(path)
            said = "it is no entry of the registry (entries are called 000001.json, 000002.json and so on)"
            raise UnreadableEntry(f"{uri}: {said}: move it away.", uri=uri)
    numbers = {int(match[1]) for match in names.values() if match}
    missing = set(range(1, len(numbers) + 1)) - numbers
    if missing:
        uri = store.uri(f"{folder}/{min(missing):06}.json")
        raise UnreadableEntry(f"{uri}: it was deleted, while later entries are there: {_RESTORE}.", uri=uri)
    return len(numbers)
