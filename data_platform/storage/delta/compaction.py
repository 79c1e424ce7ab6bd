"""Small files of a Delta table put together into larger ones, as they come to be too many: no row changes by it.

What belongs here: when there are too many, and the commit. What does not: the writers that make them (``modes``), and
the larger files (``compacted_files``).

Each batch that is added to a table leaves a file, and a reader pays for each file, whatever is in it. So whoever adds
one sees how many there are: that costs no request, for the log was just read. Where a partition has ``CROWD`` files
that are smaller than half of a size in ``SIZES``, its files below that size are put together up to it. The sizes grow
eightfold, so that a row is written anew a few times in the life of a table, and not with every ``CROWD`` batches. A
checkpoint follows: the next writer reads that, and not the log of the small files.

**Nobody notices.** The commit says that it changes no data (``dataChange``), which followers, the order of batches and
fences go by, and names no run, which a roll-back would take for one to undo. The versions before keep their files until
a vacuum. Killed half-way, it leaves files that no commit names.

**Not deltalake's own** ``optimize.compact``: with 1.6.6 two of them at once both go through, and all rows are there
twice, whatever is said of retries and transactions. The entry of this one is put only where there is none of its
version, and put again behind others only if these took nothing out and changed no column: else the compaction is left
out, and the next batch sees to it. Whoever takes files out that a compaction took out loses the race, and begins again.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from data_platform.storage.delta.commit import ATTEMPTS, Commit, open_table, seen
from data_platform.storage.delta.compacted_files import CompactedFile, compacted
from data_platform.storage.delta.evolution import table_schema
from data_platform.storage.delta.log import asks_beyond, put_entry, read_entry, removing
from data_platform.storage.delta.replay import replayed
from data_platform.storage.delta.schema import partition_text
from data_platform.storage.errors import StorageError, Unverified
from data_platform.storage.objects.store import ObjectStore

MODE: Final = "compact"

CROWD: Final = 16
"""So many small files in one partition are put together."""

SIZES: Final = (4 * 1024 * 1024, 32 * 1024 * 1024, 256 * 1024 * 1024)
"""Up to which sizes, in bytes, one after the other."""

_Partition = frozenset[tuple[str, str | None]]

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Crowd:
    """Where files are too many.

    Attributes:
        size: The size, in bytes, up to which they are put together.
        partitions: In which partitions.
    """

    size: int
    partitions: frozenset[_Partition]

    def groups(self, files: Mapping[str, Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
        """The ``add`` actions of the files that are put together, in the order in which they came."""
        waiting: dict[_Partition, list[Mapping[str, Any]]] = {}
        for file in files.values():
            partition = frozenset((name, value or None) for name, value in file["partitionValues"].items())
            if partition not in self.partitions or file["size"] >= self.size:
                continue
            group = waiting.setdefault(partition, [])
            if sum(other["size"] for other in group) + file["size"] > self.size:
                yield group
                group = waiting[partition] = []
            group.append(file)
        yield from waiting.values()


def compact_if_crowded(store: ObjectStore, path: str, table: DeltaTable) -> Commit | None:
    """Put small files together, if they are too many.

    What goes wrong is logged, and the next batch tries again: the batch that was just written stands.

    Args:
        store: The store.
        path: The table's path below it.
        table: The table's handle, at the version that was just made.

    Returns:
        The commit, with the larger files; ``None``: none was made.

    Raises:
        Unverified: The commit was made, and not all of its files are there.
    """
    crowd, made = _crowd(table), None
    if crowd is None or asks_beyond(table):
        return None
    try:
        made = _compact(store, path, table, crowd)
        if made is not None:
            open_table(store, path).create_checkpoint()
    except (StorageError, pa.ArrowException, OSError) as error:
        if made is None and isinstance(error, Unverified):
            raise
        _log.warning("%s: small files were not put together: %s", store.uri(path), error)
    return made


def _crowd(table: DeltaTable) -> _Crowd | None:
    """The partitions that have too many files of the smallest size at which any has."""
    files = pa.table(table.get_add_actions(flatten=True))
    if files.num_rows < CROWD:
        return None
    columns = table.metadata().partition_columns
    for size in SIZES:
        small = files.filter(pc.less(files["size_bytes"], size // 2))
        counted = small.group_by([f"partition.{name}" for name in columns]).aggregate([([], "count_all")])
        rows = counted.filter(pc.greater_equal(counted["count_all"], CROWD)).to_pylist()
        crowded = ({name: partition_text(row[f"partition.{name}"]) or None for name in columns} for row in rows)
        if rows:
            return _Crowd(size, frozenset(frozenset(partition.items()) for partition in crowded))
    return None


def _compact(store: ObjectStore, path: str, table: DeltaTable, crowd: _Crowd) -> Commit | None:
    state, schema = replayed(store, path, table.version()), table_schema(table)
    columns = table.metadata().partition_columns
    in_files = pa.schema([field for field in schema if field.name not in columns])
    files: list[CompactedFile] = []
    try:
        files += [compacted(store, path, group, in_files) for group in crowd.groups(state.files) if len(group) > 1]
    except BaseException:
        _forget(store, path, files)
        raise
    if not files:
        return None
    # Where this raises, nobody knows whether the entry arrived: the files stay, for readers may need them.
    version = _put(store, path, state.version + 1, files)
    if version is None:
        _forget(store, path, files)
        return None
    added = read_entry(store, path, version).added
    return seen(store, path, Commit(version, added), sum(file.rows for file in files))


def _forget(store: ObjectStore, path: str, files: Sequence[CompactedFile]) -> None:
    """Delete files that no commit names; a vacuum does it else."""
    for file in files:
        with suppress(StorageError):
            store.delete(file.stored(path))


def _put(store: ObjectStore, path: str, version: int, files: Sequence[CompactedFile]) -> int | None:
    """Commit as a version, or as a later one where others came first; ``None``: it cannot be."""
    commit_id = uuid4().hex
    for attempt in range(ATTEMPTS):
        if put_entry(store, path, version + attempt, _actions(files, commit_id), commit_id):
            return version + attempt
        other = read_entry(store, path, version + attempt)
        if other.removed or other.redefines:
            break
    _log.info("%s: small files were not put together, for other writers came first", store.uri(path))
    return None


def _actions(files: Sequence[CompactedFile], commit_id: str) -> list[dict[str, object]]:
    now = int(time.time() * 1000)
    sources = [source for file in files for source in file.sources]
    info: dict[str, object] = {
        "timestamp": now,
        "operation": "OPTIMIZE",
        "operationParameters": {},
        "operationMetrics": {"numFilesAdded": len(files), "numFilesRemoved": len(sources)},
        "engineInfo": "data_platform",
        "commit_id": commit_id,
        "mode": MODE,
    }
    removed: list[dict[str, object]] = [{"remove": removing(file, now, changes_data=False)} for file in sources]
    added: list[dict[str, object]] = [{"add": file.action(now)} for file in files]
    return [{"commitInfo": info}, *removed, *added]
