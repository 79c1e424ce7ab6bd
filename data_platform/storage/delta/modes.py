"""Adding to a Delta table: rows appended, or put in place of those with the same key. Each batch is one atomic commit.

What belongs here: the ways of publishing that keep what is there. What does not: replacing it (``delta``).

**Exactly once.** A batch with a ``batch_id`` is committed once, however often and by however many processes it is
tried: the id goes into the commit as one of Delta's application transactions
(https://github.com/delta-io/delta/blob/master/PROTOCOL.md#transaction-identifiers), which is looked up before each
attempt, and Delta refuses a commit where another one made the same transaction meanwhile. It stays known after a
roll-back, and so does what the roll-back undid: a batch whose rows are still there is not added again; one whose rows
were undone is not taken for there, is refused where its run began before (``fence``), and else is added anew.

A table that is not there is made empty first, in a commit of its own: a creation that loses a race can then do no harm.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, write_deltalake

from data_platform.storage.delta.commit import Commit, retried
from data_platform.storage.delta.compaction import compact_if_crowded
from data_platform.storage.delta.evolution import both, evolved, fitted, table_schema
from data_platform.storage.delta.log import LogEntry
from data_platform.storage.delta.once import entry_that_says, transaction_of, written_before
from data_platform.storage.delta.order import Batch, label, see_fence, settle
from data_platform.storage.errors import InvalidFrame, MissingObject, Unverified
from data_platform.storage.formats.column_types import plain
from data_platform.storage.objects.store import ObjectStore

_SHOWN = 5


def append(  # noqa: PLR0913 - what to write, and how often
    store: ObjectStore,
    path: str,
    data: pa.Table,
    *,
    metadata: Mapping[str, object] | None = None,
    batch_id: str | None = None,
    partition_by: Sequence[str] = (),
    evolve: bool = False,
    batch: Batch | None = None,
) -> Commit:
    """Add rows to a table; make the table where there is none.

    Args:
        store: The store.
        path: The table's path below it.
        data: The rows.
        metadata: Named values, of JSON types, to go into the commit (run id and the like).
        batch_id: What these rows are, to append them once only (run and step, say, or a file's name and ETag).
        partition_by: Partition columns of a table that is made.
        evolve: Whether to add columns that the table lacks, to fill with nulls those that the data lack, and to make
            types wider (see ``evolution``).
        batch: When the rows began to be made, see ``fence``; ``None``: they are added after whatever happened.

    Returns:
        The commit; of a batch that had been committed before, that one, ``repeated``.

    Raises:
        InvalidFrame: The data do not fit the table; the message has both schemas.
        RolledBack: The batch, or its run, began before the table was rolled back.
        Conflict: Other writers were faster ``delta.commit.ATTEMPTS`` times.
        Unverified: The commit or its files are not there afterwards.
        StorageError: Any other failure, see ``errors``.
    """

    def write(table: DeltaTable, commit_properties: CommitProperties) -> None:
        rows = fitted(data, store.uri(path), current=table_schema(table), evolve=evolve)
        write_deltalake(table, rows, mode="append", commit_properties=commit_properties)

    rows = _Batch(
        store, path, data, dict(metadata or {}), batch_id, tuple(partition_by), evolve, whole=False, begun=batch
    )
    return rows.commit(write, lambda entry: entry.rows)


def upsert(  # noqa: PLR0913 - what to write, and how often
    store: ObjectStore,
    path: str,
    data: pa.Table,
    keys: Sequence[str],
    *,
    metadata: Mapping[str, object] | None = None,
    batch_id: str | None = None,
    partition_by: Sequence[str] = (),
    evolve: bool = False,
    batch: Batch | None = None,
) -> Commit:
    """Put rows in place of those with the same key, and add those whose key is new; make the table where there is none.

    Args:
        store: The store.
        path: The table's path below it.
        data: The rows, whole: all the table's columns.
        keys: The columns of the key. A null is a value like any other: it equals a null.
        metadata: Named values, of JSON types, to go into the commit (run id and the like).
        batch_id: What these rows are, to write them once only: so that a late retry does not put old values back.
        partition_by: Partition columns of a table that is made.
        evolve: Whether to add columns that the table lacks, and to make types wider.
        batch: How old the rows are, see ``order``; ``None``: they are put in place of whatever is there.

    Returns:
        The commit, its files those that were added; of a batch that had been committed before, that one, ``repeated``.

    Raises:
        InvalidFrame: Two rows have the same key, or the data do not fit the table; the message names keys or has both
            schemas.
        RolledBack: The batch, or its run, began before the table was rolled back.
        Superseded: While the batch was made another one was put there that was made of newer inputs. Keys that only
            this batch has would be lost if it were left out, so it has to be made again, of what there is now.
        Conflict: Other writers were faster ``delta.commit.ATTEMPTS`` times.
        Unverified: The commit or its files are not there afterwards.
        StorageError: Any other failure, see ``errors``.
    """
    uri = store.uri(path)
    _check_keys(plain(data), keys, uri)

    def write(table: DeltaTable, commit_properties: CommitProperties) -> None:
        current = table_schema(table)
        rows = fitted(data, uri, current=current, evolve=evolve)
        if not rows.num_rows:  # a merge of nothing makes no commit
            write_deltalake(table, rows, mode="append", commit_properties=commit_properties)
            return
        # What was merged with has to be the newest: done again on top of a winner's.
        commit_properties.max_commit_retries = 0
        condition = " AND ".join(f"(t.{_quoted(key)} IS NOT DISTINCT FROM s.{_quoted(key)})" for key in keys)
        merge = table.merge(rows, condition, "s", "t", streamed_exec=False, commit_properties=commit_properties)
        merge.when_matched_update_all().when_not_matched_insert_all().execute()

    rows = _Batch(
        store,
        path,
        data,
        dict(metadata or {}),
        batch_id,
        tuple(partition_by),
        evolve,
        whole=True,
        begun=batch,
        is_ordered=True,
    )
    return rows.commit(write, _merged_rows)


_Write = Callable[[DeltaTable, CommitProperties], None]


@dataclass(frozen=True)
class _Batch:
    """Rows on their way into a table, once."""

    store: ObjectStore
    path: str
    data: pa.Table
    metadata: dict[str, object]
    batch_id: str | None
    partition_by: tuple[str, ...]
    evolve: bool
    whole: bool  # whether rows have to have all columns
    begun: Batch | None = None
    is_ordered: bool = False  # whether it matters which of two batches that were made at the same time is the newer

    def commit(self, write: _Write, written: Callable[[LogEntry], int]) -> Commit:
        """Commit them by ``write``, unless they were; ``written`` tells from the log how many rows arrived."""
        commit_id = uuid4().hex
        app = transaction_of(self.batch_id)
        looked: list[int] = []
        handles: list[DeltaTable] = []

        def act(table: DeltaTable | None) -> LogEntry | Commit:
            table = self._ready(table)
            if self.batch_id is not None and (before := written_before(self.store, self.path, table, self.batch_id)):
                return before
            if self.begun is not None:
                see_fence(self.store, self.path, table, self.begun)
            # A commit may have arrived although its answer did not: then the next attempt lost its race to itself.
            if looked and (mine := self._find("commit_id", commit_id, looked[0] + 1)):
                return mine
            self._check_columns(table)
            if self.evolve:
                table = evolved(table, self.data, self.store.uri(self.path))
            looked.append(table.version())
            about, marks = self._settled(table, self.begun) if self.begun and self.is_ordered else ({}, [])
            write(table, self._properties({**about, "commit_id": commit_id}, app, table.version() + 1, marks))
            handles.append(table)
            return self._find("commit_id", commit_id, looked[-1] + 1) or self._raise_lost(table.version())

        done = retried(self.store, self.path, act)
        if isinstance(done, Commit):
            return done
        made = self._verified(done, written(done))
        if handles:
            compact_if_crowded(self.store, self.path, handles[-1])
        return made

    def _ready(self, table: DeltaTable | None) -> DeltaTable:
        if table is None:
            schema = fitted(self.data, self.store.uri(self.path), current=None).schema
            return DeltaTable.create(
                self.store.table_uri(self.path),
                Schema.from_arrow(schema),
                mode="error",
                partition_by=list(self.partition_by),
                storage_options=self.store.delta_options,
                commit_properties=CommitProperties(max_commit_retries=0),
            )
        if self.partition_by and (actual := table.metadata().partition_columns) != list(self.partition_by):
            uri = self.store.uri(self.path)
            wanted = list(self.partition_by)
            raise InvalidFrame(
                f"{uri}: the table is partitioned by {actual}, not by {wanted}: data-platform repartition {self.path}",
                uri=uri,
            )
        return table

    def _check_columns(self, table: DeltaTable) -> None:
        current, uri = table_schema(table), self.store.uri(self.path)
        missing = [name for name in current.names if name not in self.data.column_names]
        if self.whole and missing:
            msg = f"{uri}: rows are put as a whole, and lack {missing}. {both(current, self.data.schema)}"
            raise InvalidFrame(msg, uri=uri)

    def _settled(self, table: DeltaTable, order: Batch) -> tuple[dict[str, object], list[Transaction]]:
        return settle(self.store, self.path, table, order, list(order.seen) or [label(None)])

    def _properties(
        self, about: Mapping[str, object], app: str, version: int, marks: Sequence[Transaction]
    ) -> CommitProperties:
        given = {**self.metadata, **about}
        if self.batch_id is None:
            # deltalake's own retries would put a batch on top of itself, were the answer to its first commit lost.
            return CommitProperties(custom_metadata=given, max_commit_retries=0)
        mark = Transaction(app, version, int(time.time() * 1000))
        return CommitProperties(custom_metadata={**given, "batch_id": self.batch_id}, app_transactions=[mark, *marks])

    def _find(self, key: str, value: str | None, version: int) -> LogEntry | None:
        return entry_that_says(self.store, self.path, key, value, version)

    def _raise_lost(self, version: int) -> LogEntry:
        uri = self.store.uri(self.path)
        msg = f"{uri}: a commit was made (of version {version}), yet it is not there: the store lost it. Run again."
        raise Unverified(msg, uri=uri)

    def _verified(self, entry: LogEntry, rows: int) -> Commit:
        """See that the files of a commit are there, and that as many rows arrived as were sent."""
        uri = self.store.uri(self.path)
        msg = f"{uri}: version {entry.version} was written, yet not all of it is there: the store lost it. Run again."
        try:
            whole = all(self.store.head(file.path).size == file.size for file in entry.added)
        except MissingObject as error:
            raise Unverified(msg, uri=uri) from error
        if not whole or rows < self.data.num_rows:
            raise Unverified(msg, uri=uri)
        return Commit(entry.version, entry.added)


def _merged_rows(entry: LogEntry) -> int:
    """How many rows of a batch a merge wrote: a batch has a row for each, or more, of the table's."""
    metrics = entry.info.get("operationMetrics", {})
    return int(metrics.get("num_target_rows_inserted", 0)) + int(metrics.get("num_target_rows_updated", 0))


def _check_keys(data: pa.Table, keys: Sequence[str], uri: str) -> None:
    if not keys or (missing := [key for key in keys if key not in data.column_names]):
        raise InvalidFrame(f"{uri}: the key needs columns of the data, not {missing if keys else keys}.", uri=uri)
    counted = data.select(list(keys)).group_by(list(keys)).aggregate([([], "count_all")])
    double = counted.filter(pc.greater(counted["count_all"], 1))
    if double.num_rows:
        shown = [tuple(row[key] for key in keys) for row in double.slice(0, _SHOWN).to_pylist()]
        raise InvalidFrame(
            f"{uri}: {double.num_rows} keys ({', '.join(keys)}) are in the batch more than once: {shown}. Keep one row "
            "of each, the latest say.",
            uri=uri,
        )


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
