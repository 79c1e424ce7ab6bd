"""Following a table from outside: which partitions were published since a version that was seen before.

What belongs here: that answer, by the table's log. What does not: who is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from data_platform.storage.delta.commit import open_table
from data_platform.storage.delta.history import VersionInfo, versions
from data_platform.storage.delta.table import partitions
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

PUBLISHING: Final = frozenset({"replace", "replace_partitions", "append", "upsert"})
"""The modes of commits that publish a batch."""

WHOLE: Final = ""
"""The partition of a table without partitions."""

_CHANGING: Final = PUBLISHING | {"roll_back"}
_MOST: Final = 1_000


@dataclass(frozen=True)
class Published:
    """What was published, or put back.

    Attributes:
        version: The newest version of the table.
        partitions: The last version that published each partition, by its value; of a table without, ``WHOLE``.
        infos: What the commits of these versions say, by version, as far as they were read.
    """

    version: int
    partitions: Mapping[str, int]
    infos: Mapping[int, VersionInfo]


def published_since(store: ObjectStore, path: str, since: int | None) -> Published | None:
    """What was published after a version.

    Args:
        store: The store.
        path: The table's path below it.
        since: The version that was seen last; ``None``: none, so everything that there is.

    Returns:
        The partitions; all that there are, as of the newest version, where it cannot be told which of them changed
        when: the log of that time was cleaned up, much happened since, another tool rolled the table back, or it was
        partitioned otherwise. A partition that a roll-back took away is among them. ``None``: there is no table.

    Raises:
        StorageError: The store failed.
    """
    try:
        table = open_table(store, path)
    except MissingTable:
        return None
    newest = table.version()
    if since == newest:
        return Published(newest, {}, {})
    known = since if since is not None and since < newest else -1
    infos = versions(store, path, limit=newest - known if newest - known <= _MOST else 1, before=newest + 1)
    by_version = {info.version: info for info in infos}
    columns = table.metadata().partition_columns
    is_parted = len(columns) == 1
    if set(by_version) == set(range(known + 1, newest + 1)):
        changes = [info for info in infos if info.mode in _CHANGING]
        if not any(info.mode == "repartition" for info in infos) and all(
            info.partitions or not is_parted for info in changes
        ):
            parts = {info.version: info.partitions if is_parted else (WHOLE,) for info in reversed(changes)}
            last = {part: version for version, names in parts.items() for part in names}
            return Published(newest, last, by_version)
    there = [part[columns[0]] for part in partitions(table)] if is_parted else [WHOLE]
    return Published(newest, dict.fromkeys(there, newest), by_version)
