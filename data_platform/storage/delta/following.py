"""Following a table from outside: which partitions changed since a version that was seen before, whoever wrote them.

What belongs here: that answer, by the table's log. What does not: who is told.

Other tools write tables too (Spark, delta-rs, a person in a notebook), and say nothing that only we understand. So
what counts is what the Delta protocol makes every writer say: which data files came and went, of which partition, and
whether rows changed by it (``dataChange``), which they do not in a compaction.
https://github.com/delta-io/delta/blob/master/PROTOCOL.md#add-file-and-remove-file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from deltalake import DeltaTable

from data_platform.storage.delta.commit import open_table
from data_platform.storage.delta.history import VersionInfo, entries, info_of
from data_platform.storage.delta.log import LogEntry
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

PUBLISHING: Final = frozenset({"replace", "replace_partitions", "append", "upsert"})
"""The modes of commits that publish a batch."""

PRODUCT: Final = "product"
"""What the metadata of this platform's own publications name. Such a commit counts even where it has no rows."""

Values = tuple[str | None, ...]
"""A partition: each partition column's value as the log has it, null as ``None``; of a table without any, ``()``."""

_MOST: Final = 1_000


@dataclass(frozen=True)
class Seen:
    """How far a table was followed.

    Attributes:
        table: The table's own id: another one once it is deleted and made anew, when its versions begin anew as well.
            ``None``: not known, and taken to be that of the table that is there.
        version: The version.
    """

    table: str | None
    version: int


@dataclass(frozen=True)
class Published:
    """What changed.

    Attributes:
        table: The table's own id.
        version: Its newest version.
        columns: Its partition columns.
        partitions: The last version that changed each partition.
        infos: What the commits of these versions say, by version, as far as they were read.
    """

    table: str
    version: int
    columns: tuple[str, ...]
    partitions: Mapping[Values, int]
    infos: Mapping[int, VersionInfo]


def published_since(store: ObjectStore, path: str, since: Seen | None) -> Published | None:
    """What changed in a table after a version.

    Args:
        store: The store.
        path: The table's path below it.
        since: What was seen last; ``None``: nothing, so everything that there is counts as changed.

    Returns:
        The partitions whose rows changed, those without rows now included; all that have rows, as of the newest
        version, where it cannot be told which of them changed when: this is another table, the log of that time was
        cleaned up, more than a thousand commits were made since, or the table's partition columns are others now.
        ``None``: there is no table.

    Raises:
        StorageError: The store failed.
    """
    try:
        table = open_table(store, path)
    except MissingTable:
        return None
    metadata, newest = table.metadata(), table.version()
    identity, columns = str(metadata.id), tuple(metadata.partition_columns)
    is_same = since is not None and since.table in (None, identity)
    if since is not None and is_same and since.version == newest:
        return Published(identity, newest, columns, {}, {})
    # A version below the one that was seen: the table was put back to an earlier state by other means than Delta's.
    known = since.version if since is not None and is_same and since.version < newest else -1
    is_bounded = newest - known <= _MOST
    log = list(entries(store, path, newest, newest - known if is_bounded else 1))
    infos = {entry.version: info_of(entry) for entry in log}
    last: dict[Values, int] | None = {}
    if not is_bounded or len(log) < newest - known:
        last = None
    for entry in reversed(log):
        changed = _changed(entry, infos[entry.version], columns)
        if last is None or changed is None:
            last = None
            break
        last |= dict.fromkeys(changed, entry.version)
    there = _partitions(table, columns) if known < 0 or last is None else set()
    if last is None:
        last = dict.fromkeys(there, newest)
    elif known < 0:  # what came and went before anybody looked is no news
        last = {
            part: version
            for part, version in last.items()
            if part in there or part in _said(infos[version], len(columns))
        }
    return Published(identity, newest, columns, last, infos)


def _partitions(table: DeltaTable, columns: tuple[str, ...]) -> set[Values]:
    """The partitions that have rows; the whole of a table without partition columns always counts."""
    if not columns:
        return {()}
    return {tuple(_value(part[name]) for name in columns) for part in table.partitions()}


def _changed(entry: LogEntry, info: VersionInfo, columns: tuple[str, ...]) -> set[Values] | None:
    """The partitions that a commit changed; ``None``: it does not say."""
    if info.mode == "widen":  # ours: every row is written anew with a wider type, and none has another value
        return set()
    changed = _said(info, len(columns))
    for values in entry.changed:
        if not columns:
            changed.add(())
        elif values is None or set(values) != set(columns):
            return None
        else:
            changed.add(tuple(_value(values[name]) for name in columns))
    return changed


def _said(info: VersionInfo, columns: int) -> set[Values]:
    """The partitions that a publication of this platform says it published, which may have had no rows to write."""
    if info.mode not in PUBLISHING or PRODUCT not in info.metadata:
        return set()
    if columns == 0:
        return {()}
    said = info.metadata.get("partitions")
    return {(str(value),) for value in said} if columns == 1 and isinstance(said, list) else set()


def _value(text: str | None) -> str | None:
    """A partition column's value; the protocol writes a null as an empty text too."""
    return text or None
