"""What was registered of a product as something else knew it: to see that what it relies on is still there.

What belongs here: heads as they are written down by whoever relies on them (a later entry, an event, a consumer's
entry, a table's commit), and holding them against what is registered. What does not: gathering them
(``mesh.life.evidence``).

A log by itself does not show that its last entries were deleted. So whoever relies on a registered version names the
newest one by number and digest, and an entry that is named, but absent or another, is seen as gone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Protocol

from data_platform.contracts.semver import SemanticVersion
from data_platform.storage.delta.commit import open_table
from data_platform.storage.delta.log import read_entry
from data_platform.storage.errors import MissingObject, MissingTable
from data_platform.storage.objects.store import ObjectStore

KEY: Final = "registry"
"""Under which name a table's commit names the head."""

MOST_COMMITS: Final = 200
"""How far back a table's log is read for a publication. Each names what the one before it named, or a later one."""


class NumberedEntry(Protocol):
    """What a head is held against: an event, or a version."""

    @property
    def number(self) -> int:
        """Its number among the product's, from 1."""

    @property
    def digest(self) -> str:
        """Of what it says."""


class VersionEntry(NumberedEntry, Protocol):
    """A registered version."""

    @property
    def version(self) -> str:
        """The contract's version."""

    @property
    def uri(self) -> str:
        """The object, for messages."""


@dataclass(frozen=True)
class Head:
    """The newest registered version of a product, as somebody knew it.

    Attributes:
        number: Its number among the product's versions, from 1.
        version: The contract's version.
        digest: The digest of what the contract says.
        commit: The git commit that it was registered from; ``None``: not known.
        events: How many events of the product there were.
        last_event: The digest of the last of them, if any.
    """

    number: int
    version: str
    digest: str
    commit: str | None = None
    events: int = 0
    last_event: str | None = None

    def as_details(self) -> dict[str, object]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, raw: object) -> "Head | None":
        """A head that was written down; ``None`` of anything else, such as what an earlier data-platform wrote."""
        if not isinstance(raw, Mapping):
            return None
        number, version, digest = raw.get("number"), raw.get("version"), raw.get("digest")
        commit, events, event = raw.get("commit"), raw.get("events", 0), raw.get("last_event")
        if not isinstance(number, int) or number < 1 or not isinstance(version, str) or not isinstance(digest, str):
            return None
        try:
            SemanticVersion.parse(version)
        except ValueError:
            return None
        return cls(
            number, version, digest, commit if isinstance(commit, str) else None,
            events if isinstance(events, int) else 0, event if isinstance(event, str) else None,
        )  # fmt: skip

    def __str__(self) -> str:
        commit = f", git commit {self.commit[:12]}" if self.commit else ""
        return f"version {self.version} (number {self.number}, digest {self.digest[:12]}{commit})"


@dataclass(frozen=True)
class NamedHead:
    """A head, and who names it.

    Attributes:
        head: The head.
        by: Who, for messages: ``the last publication of its table (run 1234)``.
    """

    head: Head
    by: str


@dataclass(frozen=True)
class MissingVersion:
    """A version that is named, and is not what is registered under its number.

    Attributes:
        named: Who names what.
        instead: What is registered under its number; ``None``: nothing that can be read.
    """

    named: NamedHead
    instead: VersionEntry | None

    def __str__(self) -> str:
        what, by = self.named.head, self.named.by
        there = f"{self.instead.version} is in its place" if self.instead else "it is not in the registry any more"
        commit = (
            f"`git checkout {what.commit[:12]}`" if what.commit else f"the commit whose contract was {what.version}"
        )
        fix = (
            f"restore the object from a backup of the store, or register the very same content again: from {commit}"
            if self.instead is None
            else "restore what was there from a backup of the store"
        )
        return f"{what} is named by {by}, and {there}: {fix}"


def missing_versions(known: Sequence[VersionEntry], named: Iterable[NamedHead]) -> tuple[MissingVersion, ...]:
    """The versions that are named but not registered, by number; of several that name one the first.

    Args:
        known: The registered versions that can be read.
        named: Who names what.
    """
    by_number = {entry.number: entry for entry in known}
    missing: dict[tuple[int, str], MissingVersion] = {}
    for named_head in named:
        head = named_head.head
        there = by_number.get(head.number)
        if there is None or there.digest != head.digest:
            missing.setdefault((head.number, head.digest), MissingVersion(named_head, there))
    return tuple(missing[key] for key in sorted(missing))


def missing_events(known: Sequence[NumberedEntry], named: Iterable[NamedHead]) -> tuple[str, ...]:
    """What is wrong with a product's events by what others name: those deleted since, or replaced by others.

    Args:
        known: The events that can be read, the oldest first.
        named: Who names what.
    """
    by_number = {entry.number: entry for entry in known}
    reasons: dict[int, str] = {}
    for named_head in named:
        number, digest = named_head.head.events, named_head.head.last_event
        there = by_number.get(number)
        if number and (there is None or (digest is not None and there.digest != digest)):
            what = "is not in the registry any more" if there is None else "is another one now"
            problem = f"event {number} of the product is named by {named_head.by}, and {what}"
            reasons.setdefault(number, f"{problem}: restore it from a backup of the store")
    return tuple(reasons[number] for number in sorted(reasons))


def named_by_table(store: ObjectStore, path: str) -> NamedHead | None:
    """The head that the last publication of a table names, if it names one and is one of the last ``MOST_COMMITS``.

    Args:
        store: The store.
        path: The table's path below it.

    Raises:
        StorageError: The store failed, or the table cannot be read.
    """
    try:
        version = open_table(store, path).version()
    except MissingTable:
        return None
    return named_before(store, path, version)


def named_before(store: ObjectStore, path: str, version: int) -> NamedHead | None:
    """The same of the commits up to a version."""
    for number in range(version, max(version - MOST_COMMITS, -1), -1):
        try:
            info = read_entry(store, path, number).info
        except MissingObject:  # cleaned up
            return None
        head = Head.of(info.get(KEY))
        if head is None and "run_id" in info:
            return None
        if head is not None:
            return NamedHead(head, f"the publication of its table by run {info.get('run_id', 'unknown')}")
    return None
