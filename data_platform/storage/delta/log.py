"""The log of a Delta table, read as it is: one JSON object a version, of actions.

What belongs here: what one commit did, by the log alone. What does not: the table's state (``delta.commit.open_table``)
and what commits mean (``history``). deltalake's own ``DeltaTable.history()`` is not used: its numbers are off by
some while others commit. The format: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#delta-log-entries.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from deltalake import DeltaTable

from data_platform.storage.errors import Conflict, MissingObject
from data_platform.storage.objects.store import ObjectStore

_READER, _WRITER, _FEATURES = 1, 2, 7
"""What a table asks of readers and writers that has no features, and of writers where it names them."""
_KNOWN_FEATURES: Final = {"timestampNtz"}


@dataclass(frozen=True)
class DataFile:
    """A data file of a table.

    Attributes:
        path: Its path below the store.
        partition: The value of each partition column, as text; empty in a table without partitions.
        rows: Number of rows.
        size: Bytes.
    """

    path: str
    partition: Mapping[str, str | None]
    rows: int
    size: int


@dataclass(frozen=True)
class LogEntry:
    """What one commit did.

    Attributes:
        version: The version that it made.
        info: What it says of itself, Delta's own values and ours.
        added: The data files that it added.
        changed: The partitions whose rows it changed, as the log names them: those of each data file that came or
            went, but for files that were only written anew, by a compaction say. ``None`` among them: of a file that
            went, the log does not say its partition.
        removed: The paths, below the store, of the data files that it took out.
        redefines: Whether it changed the table's columns or settings, or what it asks of its readers and writers.
    """

    version: int
    info: Mapping[str, Any]
    added: tuple[DataFile, ...]
    changed: tuple[Mapping[str, str | None] | None, ...]
    removed: tuple[str, ...] = ()
    redefines: bool = False

    @property
    def at(self) -> datetime:
        """When it was made, by the writer's clock, UTC."""
        return datetime.fromtimestamp(self.info.get("timestamp", 0) / 1000, UTC)

    @property
    def rows(self) -> int:
        """How many rows the added files have."""
        return sum(file.rows for file in self.added)


def has_entry(store: ObjectStore, path: str, version: int) -> bool:
    """Whether a commit is in a table's log, which is one question to the store.

    Args:
        store: The store.
        path: The table's path below it.
        version: The version that the commit made.

    Raises:
        StorageError: See ``errors``.
    """
    return store.exists(f"{path}/_delta_log/{version:020}.json")


def has_checkpoint(store: ObjectStore, path: str) -> bool:
    """Whether a table's log says that it has a checkpoint, which is one question to the store.

    Args:
        store: The store.
        path: The table's path below it.

    Raises:
        StorageError: See ``errors``.
    """
    return store.exists(f"{path}/_delta_log/_last_checkpoint")


def read_entry(store: ObjectStore, path: str, version: int) -> LogEntry:
    """What a commit did.

    Args:
        store: The store.
        path: The table's path below it.
        version: The version that the commit made.

    Raises:
        MissingObject: There is no such version, or its entry was cleaned up.
        StorageError: Any other failure, see ``errors``.
    """
    lines = store.get(f"{path}/_delta_log/{version:020}.json").splitlines()
    actions = [json.loads(line) for line in lines if line.strip()]
    info: Mapping[str, object] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
    added = tuple(_data_file(action["add"], path) for action in actions if "add" in action)
    redefines = any("metaData" in action or "protocol" in action for action in actions)
    removed = tuple(f"{path}/{unquote(action['remove']['path'])}" for action in actions if "remove" in action)
    return LogEntry(version, info, added, _changed(actions), removed, redefines)


def encoded(actions: Sequence[Mapping[str, object]]) -> bytes:
    """Actions as the log has them.

    Raises:
        ValueError: A value is not of JSON's types, NaN say.
    """
    # Text as it is, not escaped: delta-rs reads an escaped pair of surrogates as another character from U+20000 on.
    # Half of a pair, which is no text and no table's, is escaped all the same.
    lines = (json.dumps(action, allow_nan=False, separators=(",", ":"), ensure_ascii=False) for action in actions)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def put_entry(
    store: ObjectStore, path: str, version: int, actions: Sequence[Mapping[str, object]], commit_id: str
) -> bool:
    """Commit actions of ours as a version, if there is none of that number yet.

    Args:
        store: The store.
        path: The table's path below it.
        version: The version to make.
        actions: The actions, with ``commit_id`` in their ``commitInfo``.
        commit_id: A mark to know them by.

    Returns:
        Whether it was made; else another writer's is there.

    Raises:
        StorageError: Any other failure, see ``errors``.
    """
    try:
        store.put(f"{path}/_delta_log/{version:020}.json", encoded(actions), if_absent=True)
    except Conflict:
        # A request is sent again when its answer is lost: then the entry that is there is ours.
        with suppress(MissingObject):
            return read_entry(store, path, version).info.get("commit_id") == commit_id
        return False
    return True


def removing(file: Mapping[str, Any], millis: int, *, changes_data: bool) -> dict[str, object]:
    """The action that takes a file out of a table.

    Args:
        file: The action that added it.
        millis: When, in milliseconds since 1970.
        changes_data: Whether readers see other rows for it, those of the commit as a whole.
    """
    return {
        "path": file["path"],
        "deletionTimestamp": millis,
        "dataChange": changes_data,
        "extendedFileMetadata": True,
        "partitionValues": file["partitionValues"],
        "size": file["size"],
    }


def asks_beyond(table: DeltaTable) -> list[str]:
    """What a table asks of its writers that is not known here; empty: log entries of ours may be added to it."""
    protocol, metadata = table.protocol(), table.metadata()
    asked = []
    if protocol.min_writer_version == _FEATURES:
        features = {*(protocol.writer_features or ()), *(protocol.reader_features or ())}
        asked += sorted(features - _KNOWN_FEATURES)
    elif protocol.min_writer_version > _WRITER or protocol.min_reader_version > _READER:
        asked.append(f"writer version {protocol.min_writer_version}")
    if metadata.configuration.get("delta.appendOnly", "false").lower() == "true":
        asked.append("delta.appendOnly")
    asked += [f"not null: {field.name}" for field in table.schema().fields if not field.nullable]
    asked += [f"invariant: {field.name}" for field in table.schema().fields if "delta.invariants" in field.metadata]
    return asked


def _data_file(add: Mapping[str, Any], path: str) -> DataFile:
    rows = json.loads(add.get("stats") or "{}").get("numRecords", 0)
    return DataFile(f"{path}/{unquote(add['path'])}", add.get("partitionValues") or {}, rows, add["size"])


def _changed(actions: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, str | None] | None, ...]:
    files = [action.get("add") or action.get("remove") for action in actions]
    values = [file.get("partitionValues") for file in files if file is not None and file.get("dataChange", True)]
    # Thousands of files may be of one partition.
    distinct = {None if each is None else tuple(sorted(each.items())) for each in values}
    return tuple(None if each is None else dict(each) for each in distinct)
