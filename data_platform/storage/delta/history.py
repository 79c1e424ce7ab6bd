"""The versions of a Delta table: which there are, and what each commit says of itself.

What belongs here: what spans several commits. What does not: reading a version (``delta.read_table``), going back to
one (``rollback``), and deleting what is too old (``vacuum``).
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from deltalake import DeltaTable

from data_platform.storage.delta.commit import data_files, open_table
from data_platform.storage.delta.log import LogEntry, read_entry
from data_platform.storage.errors import (
    MissingObject,
    MissingVersion,
    StorageError,
    Unreachable,
    WrongCredentials,
)
from data_platform.storage.objects.store import ObjectStore

_DELTAS_OWN: Final = {
    "timestamp", "operation", "operationParameters", "operationMetrics", "engineInfo", "clientVersion", "readVersion",
    "isBlindAppend", "isolationLevel", "txnId", "inCommitTimestamp", "userId", "userName", "commit_id",
}  # fmt: skip


_READ_AT_ONCE: Final = 8
_OWN_MODES: Final = ("widen", "repartition")
"""Commits that write all rows anew and change no value."""
_MODES: Final[Mapping[str, str]] = {
    "MERGE": "upsert",
    "RESTORE": "roll_back",
    "CREATE TABLE": "create",
    "ADD COLUMN": "add_columns",
    "OPTIMIZE": "compact",
}


@dataclass(frozen=True)
class VersionInfo:
    """A version of a table.

    Attributes:
        version: Its number.
        at: When it was made, by the writer's clock, UTC.
        mode: How: ``replace``, ``replace_partitions``, ``append``, ``upsert``, ``roll_back``, ``widen``,
            ``repartition``, ``compact``, ``add_columns``, ``create``, else Delta's own name of the operation,
            in lower case.
        metadata: What its writer said of it: run id, contract version, results of checks.
        rows: How many rows the commit wrote; of an upsert, those rewritten along with others in their file included.
        files: How many data files it added.
        size_bytes: Their bytes.
        partitions: Where the table is partitioned by one column, its values that the commit wrote, or says that it did.
    """

    version: int
    at: datetime
    mode: str
    metadata: Mapping[str, object]
    rows: int
    files: int
    size_bytes: int
    partitions: tuple[str, ...] = ()


def versions(store: ObjectStore, path: str, *, limit: int = 50, before: int | None = None) -> list[VersionInfo]:
    """The versions of a table, the newest first.

    Args:
        store: The store.
        path: The table's path below it.
        limit: How many at most; each costs one read.
        before: Only those with a lower number: to page on.

    Returns:
        The versions; those whose log was cleaned up are not among them.

    Raises:
        MissingTable: There is none.
        StorageError: Any other failure, see ``errors``.
    """
    newest = open_table(store, path).version()
    start = newest if before is None else min(newest, before - 1)
    return [info_of(entry) for entry in entries(store, path, start, limit)]


def version_at(store: ObjectStore, path: str, when: datetime) -> int:
    """The version that a table had at some time.

    Args:
        store: The store.
        path: The table's path below it.
        when: The time, with a zone.

    Raises:
        MissingTable: There is none.
        MissingVersion: The table is younger, or the log of that time was cleaned up.
    """
    newest = open_table(store, path).version()
    low, high = -1, newest  # low is too early or unknown, what is after high too late
    while low < high:
        middle = (low + high + 1) // 2
        try:
            early = read_entry(store, path, middle).at <= when
        except MissingObject:
            early = True
        low, high = (middle, high) if early else (low, middle - 1)
    try:
        read_entry(store, path, high)
    except MissingObject as error:
        uri = store.uri(path)
        msg = f"{uri}: nothing is known of it as of {when.isoformat()}; the oldest versions() are what is left."
        raise MissingVersion(msg, uri=uri) from error
    return high


def open_version(store: ObjectStore, path: str, version: int) -> DeltaTable:
    """The native handle of a table at a version.

    Raises:
        MissingTable: There is none.
        MissingVersion: It never had this version, or its log was cleaned up.
    """
    newest = open_table(store, path)
    uri = store.uri(path)
    if not 0 <= version <= newest.version():
        msg = f"{uri}: there is no version {version}; the newest is {newest.version()}."
        raise MissingVersion(msg, uri=uri)
    try:
        return newest if version == newest.version() else open_table(store, path, version)
    except StorageError as error:
        if isinstance(error, Unreachable | WrongCredentials):
            raise
        msg = f"{uri}: the log of version {version} was cleaned up; see versions() for what is left."
        raise MissingVersion(msg, uri=uri) from error


def see_files(store: ObjectStore, path: str, table: DeltaTable) -> None:
    """See that the data files of an old version are there.

    Raises:
        MissingVersion: Some were deleted by a vacuum.
    """
    try:
        for file in data_files(table, path):
            store.head(file.path)
    except MissingObject as error:
        uri = store.uri(path)
        msg = f"{uri}: files of version {table.version()} were vacuumed away; see versions() for later ones."
        raise MissingVersion(msg, uri=uri) from error


def entries(store: ObjectStore, path: str, start: int, limit: int) -> Iterator[LogEntry]:
    """What commits did, from a version downwards, some read at once, to the oldest whose entry is there.

    Args:
        store: The store.
        path: The table's path below it.
        start: The version.
        limit: How many at most; each costs one read.

    Raises:
        StorageError: The store failed.
    """

    def there(version: int) -> LogEntry | None:
        try:
            return read_entry(store, path, version)
        except MissingObject:
            return None

    numbers = range(start, max(start - limit, -1), -1)
    with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
        # Not all in one go: a log that was cleaned up ends long before the limit does.
        for first in range(0, len(numbers), _READ_AT_ONCE):
            for entry in pool.map(there, numbers[first : first + _READ_AT_ONCE]):
                if entry is None:
                    return
                yield entry


def info_of(entry: LogEntry) -> VersionInfo:
    """What a log entry says of its version."""
    metadata = {name: value for name, value in entry.info.items() if name not in _DELTAS_OWN}
    size = sum(file.size for file in entry.added)
    said = metadata.get("partitions")
    written = [value or "" for file in entry.added if len(file.partition) == 1 for value in file.partition.values()]
    named = tuple(dict.fromkeys([*(map(str, said) if isinstance(said, list) else ()), *written]))
    return VersionInfo(entry.version, entry.at, _mode(entry.info), metadata, entry.rows, len(entry.added), size, named)


def _mode(info: Mapping[str, Any]) -> str:
    operation = str(info.get("operation", "unknown"))
    parameters = info.get("operationParameters") or {}
    if operation != "WRITE":
        return _MODES.get(operation, operation.lower())
    if info.get("mode") in _OWN_MODES:
        return str(info["mode"])
    if parameters.get("mode") == "Append":
        return "append"
    return "replace_partitions" if parameters.get("predicate") else "replace"
