"""The archive of landed input: immutable objects, newest last, each with the mark of the content that it holds.

What belongs here: ``<folder>/<slot>/<time>_<mark><extension>``, written by a put that refuses to overwrite. What does
not: fetching (``remote``, a domain's own reader) and what is made of it.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from data_platform.redaction import redact_known_bytes
from data_platform.storage.objects.store import ObjectStore

_NAME: Final = re.compile(r"(\d{8}T\d{6}_\d{6})Z_([0-9a-f]{16})((?:\.\w+){1,2})")
_TEXTS: Final = frozenset({".csv", ".json", ".jsonl", ".pages", ".tsv", ".txt", ".xml"})
_TIME: Final = "%Y%m%dT%H%M%S_%f"


def mark_of(*parts: object) -> str:
    """The mark of a content: 16 hexadecimal digits, the same for the same parts in every process.

    Args:
        *parts: What tells this content from another: its bytes or its ETag, a row count and a newest change.
    """
    joined = b"\x1f".join(part if isinstance(part, bytes) else str(part).encode() for part in parts)
    return hashlib.blake2b(joined, digest_size=8).hexdigest()


def kept_of(data: bytes, extension: str) -> bytes:
    """What is landed of some bytes: all of them, but of text what this process knows to be a secret.

    A server may send back the token that it was sent.
    """
    return redact_known_bytes(data) if extension in _TEXTS else data


@dataclass(frozen=True)
class Landed:
    """One landed object.

    Attributes:
        path: Below the store.
        uri: For people and metadata.
        taken_at: When it was taken from the source, UTC.
        mark: Of the source's content, see `mark_of`.
    """

    path: str
    uri: str
    taken_at: datetime
    mark: str


@dataclass(frozen=True)
class Archive:
    """What was landed of one kind of input.

    Attributes:
        store: Where it lies.
        folder: The path below it, such as ``sales/landing/orders``.
    """

    store: ObjectStore
    folder: str

    def newest(self, slot: str) -> Landed | None:
        """What was landed last in a slot, such as a day; None where nothing was.

        Raises:
            StorageError: The store cannot be listed.
        """
        versions = [
            landed for entry in self.store.list(f"{self.folder}/{slot}") if (landed := self._landed(entry.path))
        ]
        return max(versions, key=lambda landed: landed.path, default=None)

    def newest_below(self, slot: str) -> dict[str, Landed]:
        """What was landed last in each slot below one, such as a file of a day, by the rest of its name.

        Raises:
            StorageError: The store cannot be listed.
        """
        newest: dict[str, Landed] = {}
        for entry in self.store.list(f"{self.folder}/{slot}"):
            below = entry.path.removeprefix(f"{self.folder}/{slot}/").rpartition("/")[0]
            landed = self._landed(entry.path)
            if landed and (below not in newest or newest[below].path < landed.path):
                newest[below] = landed
        return newest

    def add(self, slot: str, data: bytes, mark: str, extension: str, taken_at: datetime | None = None) -> Landed:
        """Land an object for good.

        Args:
            slot: Where it belongs: a day, or a file's name.
            data: As it came; see `kept_of`.
            mark: See `mark_of`.
            extension: With its dot.
            taken_at: When it was taken; now, where it is not given.

        Raises:
            Conflict: There is one of that very moment and mark.
            StorageError: The store did not take it.
        """
        moment = (taken_at or datetime.now(UTC)).astimezone(UTC)
        path = f"{self.folder}/{slot}/{moment.strftime(_TIME)}Z_{mark}{extension}"
        self.store.put(path, kept_of(data, extension), if_absent=True)
        return Landed(path, self.store.uri(path), moment, mark)

    def read(self, landed: Landed) -> bytes:
        """The bytes of a landed object.

        Raises:
            StorageError: It cannot be read.
        """
        return self.store.get(landed.path)

    def _landed(self, path: str) -> Landed | None:
        match = _NAME.fullmatch(path.rpartition("/")[2])
        if match is None:
            return None
        return Landed(path, self.store.uri(path), datetime.strptime(match[1], _TIME).replace(tzinfo=UTC), match[2])
