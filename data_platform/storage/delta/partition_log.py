"""A Delta table's log, followed by one writer: what is in the table, kept up to date, and the next entry.

What belongs here: which files are in a partition, and the actions that replace them. What does not: the loop around a
lost race (``partition_writer``). The format: https://github.com/delta-io/delta/blob/master/PROTOCOL.md.

deltalake's own way, ``DeltaTable.create_write_transaction``, is not used: with 1.6.6 the handle does not see its own
commit, and both the commit and the update after it read the log again from the last checkpoint: 25 ms of CPU each time
with a checkpoint every 100 commits, and 150 ms after 600 without. It also looks for no writer of the same partition.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable

from data_platform.storage.delta.evolution import table_schema
from data_platform.storage.delta.schema import partition_text, predicate
from data_platform.storage.errors import MissingObject
from data_platform.storage.objects.store import ObjectStore

_READER, _WRITER, _FEATURES = 1, 2, 7
"""What a table asks of readers and writers that has no features, and of writers where it names them."""
_KNOWN_FEATURES: Final = {"timestampNtz"}
_CHECKPOINT_EVERY: Final = 100
INDEXED_COLUMNS: Final = 32
_OWN: Final = ("timestamp", "operation", "operationParameters", "operationMetrics", "engineInfo", "commit_id")


@dataclass(frozen=True)
class ActiveFile:
    """A data file that is in the table.

    Attributes:
        path: As the log has it.
        partition: The partition column's value.
        size: Bytes.
        version: The version that added it; ``None`` where that is not known.
    """

    path: str
    partition: str | None
    size: int
    version: int | None = None


@dataclass
class TableLog:
    """A table with one partition column, as of a version. Not safe to share between threads without a lock.

    Attributes:
        version: The version.
        schema: Its columns, in the plain spelling of their types.
        partition_columns: As the table has them.
        beyond: What it asks of writers that is not known here; empty: it can be written to.
        configuration: Delta's settings of the table.
    """

    store: ObjectStore
    path: str
    version: int
    schema: pa.Schema
    partition_columns: Sequence[str]
    beyond: Sequence[str]
    configuration: Mapping[str, str]
    _files: dict[str, ActiveFile] = field(default_factory=dict, repr=False)
    _by_partition: dict[str | None, set[str]] = field(default_factory=dict, repr=False)
    _seen_at: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, table: DeltaTable, store: ObjectStore, path: str) -> "TableLog":
        """What a handle of deltalake knows."""
        metadata = table.metadata()
        log = cls(
            store, path, table.version(), table_schema(table), metadata.partition_columns, asks_beyond(table),
            metadata.configuration,
        )  # fmt: skip
        if len(log.partition_columns) == 1:
            columns = ["path", "size_bytes", f"partition.{log.partition_columns[0]}"]
            for row in pa.table(table.get_add_actions(flatten=True)).select(columns).to_pylist():
                log._add(ActiveFile(row[columns[0]], partition_text(row[columns[2]]), row[columns[1]]))
        return log

    @property
    def indexed_columns(self) -> int:
        """Of how many columns there are to be statistics."""
        return int(self.configuration.get("delta.dataSkippingNumIndexedCols", INDEXED_COLUMNS))

    @property
    def checkpoint_due(self) -> bool:
        """Whether the version is one to make a checkpoint of, as deltalake would."""
        every = int(self.configuration.get("delta.checkpointInterval", _CHECKPOINT_EVERY))
        return (self.version + 1) % every == 0

    def idle(self) -> float:
        """For how many seconds the log was not looked at."""
        return time.monotonic() - self._seen_at

    def entry_path(self, version: int) -> str:
        """Where a version's log entry is, below the store."""
        return f"{self.path}/_delta_log/{version:020}.json"

    def files(self, partition: str) -> list[ActiveFile]:
        """The data files of a partition."""
        return [self._files[path] for path in sorted(self._by_partition.get(partition, ()))]

    def follow(self) -> tuple[list[tuple[int, Mapping[str, object]]], bool]:
        """Read what was committed since.

        Returns:
            The version and what each commit says of itself, in their order; and whether that is all there is to know.
            If not (a commit changed columns or settings, or a log entry is gone), the table has to be opened anew.
        """
        seen: list[tuple[int, Mapping[str, object]]] = []
        whole = True
        while True:
            try:
                lines = self.store.get(self.entry_path(self.version + 1)).splitlines()
            except MissingObject:
                return seen, whole and bool(seen)
            actions = [json.loads(line) for line in lines if line.strip()]
            whole = whole and not any("metaData" in action or "protocol" in action for action in actions)
            self.apply(actions)
            info: Mapping[str, object] = next(
                (action["commitInfo"] for action in actions if "commitInfo" in action), {}
            )
            seen.append((self.version, info))

    def apply(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """Take in the next version's log entry."""
        self.version += 1
        self._seen_at = time.monotonic()
        for action in actions:
            if remove := action.get("remove"):
                gone = self._files.pop(remove["path"], None)
                if gone is not None:
                    self._by_partition[gone.partition].discard(gone.path)
        for action in actions:
            if add := action.get("add"):
                value = (add.get("partitionValues") or {}).get(self.partition_columns[0])
                self._add(ActiveFile(add["path"], value, add["size"], self.version))

    def _add(self, file: ActiveFile) -> None:
        self._files[file.path] = file
        self._by_partition.setdefault(file.partition, set()).add(file.path)


def data_path(column: str, partition: str, name: str) -> str:
    """Where a data file of a partition is, below the table. The log has it with every percent sign encoded again."""
    return f"{quote(column, safe='')}={quote(partition, safe='')}/{name}"


def replacing(
    log: TableLog, partition: str, add: Mapping[str, object] | None, properties: CommitProperties, commit_id: str
) -> list[dict[str, object]]:
    """The actions that put a file in place of all that are in a partition.

    Args:
        log: The table as it is.
        partition: The partition column's value.
        add: The file's ``path`` below the table, ``size``, ``rows`` and ``stats``; ``None``: there are no rows.
        properties: What the commit says of itself, see ``delta.commit.properties``.
        commit_id: A mark to know it by.

    Raises:
        ValueError: ``properties`` has a name that Delta has a meaning for.
    """
    metadata = properties.custom_metadata or {}
    if taken := [name for name in _OWN if name in metadata]:
        raise ValueError(f"{taken} are Delta's own names, not for a commit's metadata: choose other ones.")
    now = int(time.time() * 1000)
    values = {log.partition_columns[0]: partition}
    old = log.files(partition)
    removed: list[dict[str, Any]] = [{"remove": _remove(file, values, now)} for file in old]
    added = [] if add is None else [{"add": _add(add, values, now)}]
    marks = [
        {"txn": {"appId": transaction.app_id, "version": transaction.version}}
        for transaction in properties.app_transactions or ()
    ]
    info = {
        "timestamp": now,
        "operation": "WRITE",
        "operationParameters": {
            "mode": "Overwrite",
            "partitionBy": json.dumps(list(log.partition_columns)),
            "predicate": predicate([values]),
        },
        "engineInfo": "data_platform",
        "operationMetrics": {
            "num_added_files": len(added),
            "num_removed_files": len(old),
            "num_added_rows": add["rows"] if add else 0,
        },
        "commit_id": commit_id,
        **metadata,
    }
    return [{"commitInfo": info}, *marks, *removed, *added]


def entry(actions: Sequence[Mapping[str, object]]) -> bytes:
    """Actions as the log has them.

    Raises:
        ValueError: A value is not of JSON's types, NaN say.
    """
    return "".join(json.dumps(action, allow_nan=False, separators=(",", ":")) + "\n" for action in actions).encode()


def _add(file: Mapping[str, Any], values: Mapping[str, str], now: int) -> dict[str, object]:
    return {
        "path": quote(file["path"], safe="/="),
        "partitionValues": values,
        "size": file["size"],
        "modificationTime": now,
        "dataChange": True,
        "stats": file["stats"],
    }


def _remove(file: ActiveFile, values: Mapping[str, str], now: int) -> dict[str, object]:
    return {
        "path": file.path,
        "deletionTimestamp": now,
        "dataChange": True,
        "extendedFileMetadata": True,
        "partitionValues": values,
        "size": file.size,
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
    if "delta.dataSkippingStatsColumns" in metadata.configuration:
        asked.append("delta.dataSkippingStatsColumns")
    asked += [f"not null: {field.name}" for field in table.schema().fields if not field.nullable]
    asked += [f"invariant: {field.name}" for field in table.schema().fields if "delta.invariants" in field.metadata]
    return asked
