"""A table partitioned by other columns, or by none: its rows written anew as one commit that changes no value.

What belongs here: the rewriting, its verification, and the commit. What does not: which columns a contract wants
(``products.layout``), and the files (``layout_files``).

The rows of one version are written into new files, which no reader sees; they are read back, and held against those of
the version by a digest of every column. Then one log entry, put only if there is none of that version, takes all
former files out and the new ones in. Whoever dies before leaves files that a vacuum deletes; whoever publishes before
makes it begin again; whoever publishes after, prepared before, is refused by Delta, since the entry changes the
table's metadata. The versions before stay readable.

**What is noted of partitions.** Delta knows no partition without rows, so those are noted as transactions; where a
column is renamed, they are made under its new name. Which batch of a partition is the newest is noted by label too
(``order``), and begins anew: a batch that began before the commit is refused by the table's property (``fence``), so
nothing is left that the former labels would have to tell.
"""

import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import pyarrow as pa
from deltalake import DeltaTable

from data_platform.storage.delta.commit import Commit, data_files, empty_mark, open_table
from data_platform.storage.delta.digest import digest_of
from data_platform.storage.delta.evolution import table_schema
from data_platform.storage.delta.fence import LAYOUT
from data_platform.storage.delta.layout_files import LaidOutFile, LayoutWriter, see_columns
from data_platform.storage.delta.log import asks_beyond, put_entry, removing
from data_platform.storage.delta.replay import TableState, replayed
from data_platform.storage.delta.scan import TableScan
from data_platform.storage.errors import Conflict, InvalidFrame, StorageError, Unsupported, Unverified
from data_platform.storage.objects.store import ObjectStore

MODE: Final = "repartition"
ATTEMPTS: Final = 5
"""How often it begins again because something was published meanwhile; each writes all rows."""

_EMPTY: Final = "data_platform.empty:"
_LONGEST_PAUSE: Final = 1.0


@dataclass(frozen=True)
class Repartitioning:
    """A table that is to be partitioned otherwise.

    Attributes:
        store: The store.
        path: The table's path below it.
        columns: The partition columns that it is to have, by their new names.
        renamed: Columns that get another name, their values as they are: the old name to the new one.
        metadata: Named values, of JSON types, to go into the commit.
    """

    store: ObjectStore
    path: str
    columns: Sequence[str]
    renamed: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """The table, for messages."""
        return self.store.uri(self.path)

    def see(self) -> DeltaTable:
        """See that it can be done, as far as that is known without reading rows.

        Returns:
            The table as it is.

        Raises:
            MissingTable: There is none.
            InvalidFrame: A column is not there, cannot be renamed so, or cannot be a partition column.
            Unsupported: The table asks more of its writers than is known here.
            StorageError: Any other failure, see ``errors``.
        """
        table = open_table(self.store, self.path)
        if beyond := asks_beyond(table):
            msg = f"{self.uri}: the table asks its writers for {beyond}, which is not known here."
            raise Unsupported(msg, uri=self.uri)
        names = table_schema(table).names
        for old, new in self.renamed.items():
            if old not in names or new in names:
                msg = f"{self.uri}: {old!r} cannot be renamed to {new!r}; the table has {names}."
                raise InvalidFrame(msg, uri=self.uri)
        see_columns(self.schema(table), self.columns, self.uri)
        return table

    def schema(self, table: DeltaTable) -> pa.Schema:
        """The columns of a table by their new names."""
        fields = ((self.renamed.get(own.name, own.name), own.type) for own in table_schema(table))
        return pa.schema(list(fields))

    def is_done(self, table: DeltaTable) -> bool:
        """Whether a table is so already."""
        return table.metadata().partition_columns == list(self.columns) and not self.renamed

    def run(self) -> Commit:
        """Do it.

        Returns:
            The commit, whose files are all of the table's; ``repeated`` where the table is partitioned so already.

        Raises:
            Conflict: Something was published meanwhile, ``ATTEMPTS`` times in a row. Nothing was changed.
            Unverified: What was written is not what was read; nothing was changed. Or the commit is not there.
            InvalidFrame: Rows have no value in a partition column, or there are too many of these.
            StorageError: As ``see`` does.
        """
        for attempt in range(ATTEMPTS):
            table = self.see()
            if self.is_done(table):
                return Commit(table.version(), (), repeated=True)
            done = self._attempt(table)
            if done is not None:
                return done
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.1 * 2**attempt)))  # noqa: S311 - spreads writers out
        msg = f"{self.uri}: something was published {ATTEMPTS} times while its rows were written anew."
        raise Conflict(f"{msg} Nothing was changed: stop its automation, and run again.", uri=self.uri)

    def _attempt(self, table: DeltaTable) -> Commit | None:
        """One attempt on a version; ``None``: another commit came first."""
        state = replayed(self.store, self.path, table.version())
        writer = LayoutWriter(self.store, self.path, self.schema(table), tuple(self.columns))
        kept = False
        try:
            writer.write(pa.Table.from_batches([batch]) for batch in self._rows(table))
            self._verify(table, writer)
            version = self._commit(table, state, writer.files)
            kept = version is not None
        finally:
            if not kept:
                self._forget(writer.files)
        return None if version is None else self._verified(version, writer.files)

    def _rows(self, table: DeltaTable) -> pa.RecordBatchReader:
        reader, schema = TableScan.of(table, self.uri, None, None).reader(), self.schema(table)

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)

        return pa.RecordBatchReader.from_batches(schema, batches())

    def _verify(self, table: DeltaTable, writer: LayoutWriter) -> None:
        """See that what was written holds every value of what was read."""
        if differences := digest_of(self._rows(table)).differences(digest_of(writer.read_back())):
            msg = f"{self.uri}: what was written differs in {differences} from what was read; nothing was changed."
            raise Unverified(msg, uri=self.uri)

    def _commit(self, table: DeltaTable, state: TableState, files: Iterable[LaidOutFile]) -> int | None:
        version, commit_id = state.version + 1, uuid4().hex
        actions = self._actions(table, state, files, commit_id)
        return version if put_entry(self.store, self.path, version, actions, commit_id) else None

    def _actions(
        self, table: DeltaTable, state: TableState, files: Iterable[LaidOutFile], commit_id: str
    ) -> list[dict[str, object]]:
        now, version = int(time.time() * 1000), state.version + 1
        before = table.metadata().partition_columns
        added: list[dict[str, object]] = [{"add": _add(file, now)} for file in files]
        removed: list[dict[str, object]] = [
            {"remove": removing(file, now, changes_data=False)} for file in state.files.values()
        ]
        info: dict[str, object] = {
            "timestamp": now,
            "operation": "WRITE",
            "operationParameters": {
                "mode": "Overwrite",
                "partitionBy": json.dumps(list(self.columns), ensure_ascii=False),
            },
            "operationMetrics": {"num_added_files": len(added), "num_removed_files": len(removed)},
            "engineInfo": "data_platform",
            "commit_id": commit_id,
            **self.metadata,
            "mode": MODE,
            "partitioned_by": list(self.columns),
            "partitioned_by_before": before,
            **({"renamed": dict(self.renamed)} if self.renamed else {}),
        }
        metadata = {
            **state.metadata,
            "schemaString": _renamed(state.metadata["schemaString"], self.renamed),
            "partitionColumns": list(self.columns),
            "configuration": {**state.metadata["configuration"], LAYOUT: str(version)},
        }
        marks: list[dict[str, object]] = [{"txn": {"appId": name, "version": 1}} for name in self._empty(state, before)]
        return [{"commitInfo": info}, {"metaData": metadata}, *marks, *removed, *added]

    def _empty(self, state: TableState, before: Sequence[str]) -> Iterator[str]:
        """The marks of partitions without rows under the new name of their column, where it has just that."""
        if len(before) != 1 or [self.renamed.get(before[0])] != list(self.columns):
            return
        for name in state.transactions:
            column, equals, value = name.removeprefix(_EMPTY).partition("=")
            if name.startswith(_EMPTY) and equals and column == before[0]:
                yield empty_mark({self.columns[0]: value})

    def _forget(self, files: Iterable[LaidOutFile]) -> None:
        for file in files:
            with suppress(StorageError):  # a vacuum does it else
                self.store.delete(f"{self.path}/{file.path}")

    def _verified(self, version: int, files: Sequence[LaidOutFile]) -> Commit:
        """See that the commit is there, with its files and rows."""
        there = data_files(open_table(self.store, self.path, version), self.path)
        wanted = {f"{self.path}/{file.path}": file.written for file in files}
        right = {file.path for file in there} == set(wanted) and all(
            file.rows == wanted[file.path].rows and self.store.head(file.path).size == file.size for file in there
        )
        if not right:
            msg = f"{self.uri}: version {version} was written, yet not all of it is there: the store lost it."
            raise Unverified(msg, uri=self.uri)
        return Commit(version, tuple(there))


def _renamed(schema: str, renamed: Mapping[str, str]) -> str:
    """A table's schema as the log has it, with other names."""
    parsed: dict[str, Any] = json.loads(schema)
    for own in parsed["fields"]:
        own["name"] = renamed.get(own["name"], own["name"])
    return json.dumps(parsed, separators=(",", ":"), ensure_ascii=False)


def _add(file: LaidOutFile, now: int) -> dict[str, object]:
    return {
        "path": quote(file.path, safe="/="),
        "partitionValues": dict(file.values),
        "size": file.written.size,
        "modificationTime": now,
        "dataChange": False,
        "stats": file.written.stats,
    }
