"""Replacing partitions of a Delta table one after the other, at a cost that does not grow with the table.

What belongs here: a writer for runs that make many partitions of one table. What does not: single writes
(``delta.replace_partitions``, which says what replacing a partition means), the data file (``partition_file``)
and the log (``partition_log``).

**Atomic.** A data file is put into the store first, where no reader sees it, and then named by one log entry, which is
put only if there is none of that version: of several writers one succeeds, and the others read what was committed and
try the next version. A writer of the same partition that comes later so takes out all that the earlier one put in.
A writer that dies leaves at most a file that no commit names, which ``vacuum`` deletes.
"""

import random
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Self
from urllib.parse import unquote
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
from deltalake import CommitProperties

from data_platform.storage.delta.commit import Commit, properties
from data_platform.storage.delta.evolution import fitted
from data_platform.storage.delta.log import DataFile, LogEntry
from data_platform.storage.delta.order import RolledBack
from data_platform.storage.delta.partition_file import WrittenFile, read_file, write_file
from data_platform.storage.delta.partition_log import INDEXED_COLUMNS, TableLog, data_path, entry, replacing
from data_platform.storage.delta.partition_table import PartitionedTable
from data_platform.storage.delta.schema import check_partition_rows, fit
from data_platform.storage.delta.table import replace_partitions
from data_platform.storage.errors import Conflict, InvalidFrame, MissingObject, Unverified
from data_platform.storage.objects.store import ObjectStore

ATTEMPTS: Final = 200
"""How often a commit is tried that other writers keep overtaking. 8 processes that did nothing else needed up to 40."""

_FIRST_PAUSE: Final = 0.005
_LONGEST_PAUSE: Final = 0.25


@dataclass(frozen=True)
class Staged:
    """A partition's rows in the store, which no reader sees yet. Can be pickled, to be committed by another writer.

    Attributes:
        partition: The partition column's value, as text.
        path: The data file's path below the store.
        schema: The file's columns.
        file: What was written; ``None``, and no file, where there are no rows.
    """

    partition: str
    path: str
    schema: pa.Schema
    file: WrittenFile | None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.file.rows if self.file else 0


class PartitionWriter:
    """Replaces partitions of one table. Several threads may use one writer; other processes have their own.

    ``with PartitionWriter(...) as writer: writer.commit(writer.stage("2024-01-31", tables), {"run_id": run_id})``
    """

    def __init__(
        self, store: ObjectStore, path: str, column: str, declared: pa.Schema, *, evolve: bool = False
    ) -> None:
        """Nothing is read yet.

        Args:
            store: The store.
            path: The table's path below it. The table is made before the first commit where there is none.
            column: Its only partition column, text or date.
            declared: All columns of the rows to come, the partition column among them.
            evolve: Whether to add columns that the table lacks, to fill with nulls those that are not declared, and to
                make types wider (see ``evolution``), before the first commit.

        Raises:
            InvalidFrame: The partition column is not declared, or neither text nor date; a type is not Delta's.
            InvalidLocation: The path is not accepted.
        """
        self._store, self._path, self._column = store, path, column
        self._table = PartitionedTable(store, path, column, declared, evolve=evolve)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Look at the table, if there is one.

        Raises:
            InvalidFrame: The table is partitioned otherwise, or the declared columns do not fit it.
            StorageError: Any other failure, see ``errors``.
        """
        with self._lock:
            self._table.open()
        return self

    def __exit__(self, *_: object) -> None:
        """Forget the table. What was staged and not committed stays in the store until a vacuum."""
        self._table.forget()

    def stage(self, partition: str, tables: Iterable[pa.Table | pa.RecordBatch]) -> Staged:
        """Put the rows of a partition into the store, as one file, in bounded memory.

        Args:
            partition: The partition column's value, as text: ``2024-01-31``.
            tables: All its rows, piece by piece; none at all makes it empty. The declared columns, in any order; the
                partition column may be left out.

        Raises:
            InvalidFrame: The rows do not fit the table or the partition; the message names columns or values.
            StorageError: Any other failure, see ``errors``.
        """
        value = self._value(partition)
        wanted = self._table.file_schema
        return self._put(partition, (self._fitting(table, partition, value, wanted) for table in tables), wanted)

    def commit(self, staged: Staged, metadata: Mapping[str, object] | None = None) -> Commit:
        """Replace a partition by what was staged, in one commit.

        Args:
            staged: What ``stage`` returned, of this writer or of one like it.
            metadata: Named values, of JSON types, to go into the commit (run id and the like).

        Returns:
            The commit; ``repeated`` where this very file is in the table already.

        Raises:
            ValueError: It was staged for another table, or ``metadata`` has a name that Delta has a meaning for.
            InvalidFrame: The table has come to have other columns, which the rows do not fit.
            RolledBack: The partition, or the table, was rolled back since this writer was entered.
            Conflict: Other writers were faster ``ATTEMPTS`` times.
            Unverified: The file or the commit is not there, or not whole.
            StorageError: Any other failure, see ``errors``. Where the store gave no answer it is not known whether the
                partition was replaced; to commit the same again is safe.
        """
        if not staged.path.startswith(f"{self._path}/"):
            raise ValueError(
                f"{staged.path} was staged for another table than {self._table.uri}: stage it for this one."
            )
        commit_properties = properties(metadata, [] if staged.file else [{self._column: staged.partition}])
        with self._lock:
            done = self._replaced(staged, commit_properties)
            log = self._table.log
            due = log is not None and not done.repeated and log.version == done.version and log.checkpoint_due
        if due:
            self._table.checkpoint()
        return done

    def _replaced(self, staged: Staged, commit_properties: CommitProperties) -> Commit:
        commit_id, seen = uuid4().hex, ""
        for attempt in range(ATTEMPTS):
            log = self._table.ready()
            if log.beyond:
                return self._by_deltalake(staged, commit_properties)
            self._see_not_rolled_back(staged)
            if before := self._earlier_commit(log, staged):
                return before
            if staged.file and not staged.schema.equals(self._table.file_schema):
                staged = self._restaged(staged)
            if staged.path != seen:
                self._verify_file(staged)
                seen = staged.path
            actions = replacing(log, staged.partition, self._added(staged), commit_properties, commit_id)
            try:
                self._store.put(log.entry_path(log.version + 1), entry(actions), if_absent=True)
            except Conflict:
                mine = self._table.follow(commit_id)
                if mine is not None:
                    return self._commit(staged, mine)
            else:
                log.apply(actions)
                return self._commit(staged, log.version)
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)))  # noqa: S311 - spreads out
        uri = self._table.uri
        msg = (
            f"{uri}: other writers committed first {ATTEMPTS} times in a row: run again, with fewer writers at a time."
        )
        raise Conflict(msg, uri=uri)

    def _see_not_rolled_back(self, staged: Staged) -> None:
        version = self._table.rolled_back(staged.partition)
        if version is not None:
            uri = self._table.uri
            msg = f"{uri}: {staged.partition} was rolled back in version {version}, while its rows were being made."
            raise RolledBack(msg, uri=uri, entry=LogEntry(version, {}, (), 0), same=False)

    def _value(self, partition: str) -> pa.Scalar:
        """The partition column's value as its rows have it."""
        kind = self._table.declared.field(self._column).type
        try:
            if partition and pat.is_date(kind) and date.fromisoformat(partition).isoformat() == partition:
                return pa.scalar(date.fromisoformat(partition), kind)
        except ValueError:
            pass
        if not partition or pat.is_date(kind):
            msg = f"{self._table.uri}: {partition!r} is no partition: {self._column} is a {kind}, which has a value."
            raise InvalidFrame(msg, uri=self._table.uri)
        return pa.scalar(partition, kind)

    def _fitting(
        self, rows: pa.Table | pa.RecordBatch, partition: str, value: pa.Scalar, wanted: pa.Schema
    ) -> pa.Table:
        table = pa.table(rows)
        uri = self._table.uri
        if self._column in table.column_names:
            column = table.column(self._column)
            if column.type != value.type or not pc.all(pc.equal(column, value), skip_nulls=False).as_py():
                check_partition_rows(table, [{self._column: partition}], uri)
            table = table.drop_columns([self._column])
        own = self._table.without_partition(self._table.declared)
        if not table.schema.equals(own):
            table = fit(table, uri, current=own)
        return table if own.equals(wanted) else fitted(table, uri, current=wanted, evolve=True)

    def _put(self, partition: str, rows: Iterable[pa.Table], schema: pa.Schema) -> Staged:
        path = f"{self._path}/{data_path(self._column, partition, f'part-{uuid4()}.parquet')}"
        log = self._table.log
        columns = log.indexed_columns if log else INDEXED_COLUMNS
        return Staged(partition, path, schema, write_file(self._store, path, rows, schema, columns=columns))

    def _restaged(self, staged: Staged) -> Staged:
        """The same rows with the columns that the table has come to have."""
        wanted, uri = self._table.file_schema, self._table.uri
        rows = (fitted(table, uri, current=wanted, evolve=True) for table in read_file(self._store, staged.path))
        return self._put(staged.partition, rows, wanted)

    def _verify_file(self, staged: Staged) -> None:
        if staged.file is None:
            return
        uri = self._store.uri(staged.path)
        msg = f"{uri}: {staged.file.size} bytes were written, they are not there: the store lost them. Stage it again."
        try:
            if self._store.head(staged.path).size == staged.file.size:
                return
        except MissingObject as error:
            raise Unverified(msg, uri=uri) from error
        raise Unverified(msg, uri=uri)

    def _added(self, staged: Staged) -> dict[str, object] | None:
        if staged.file is None:
            return None
        file = staged.file
        return {"path": self._below(staged), "size": file.size, "rows": file.rows, "stats": file.stats}

    def _earlier_commit(self, log: TableLog, staged: Staged) -> Commit | None:
        """The commit that this very file was in, if it is in the table."""
        there = [file for file in log.files(staged.partition) if unquote(file.path) == self._below(staged)]
        if not there:
            return None
        version = there[0].version
        done = self._commit(staged, log.version if version is None else version)
        return Commit(done.version, done.files, repeated=True)

    def _below(self, staged: Staged) -> str:
        return staged.path.removeprefix(f"{self._path}/")

    def _commit(self, staged: Staged, version: int) -> Commit:
        if staged.file is None:
            return Commit(version, ())
        values = {self._column: staged.partition}
        return Commit(version, (DataFile(staged.path, values, staged.file.rows, staged.file.size),))

    def _by_deltalake(self, staged: Staged, commit_properties: CommitProperties) -> Commit:
        """For a table that asks more of its writers than is known here: all rows at once, in memory."""
        rows = self._table.without_partition(self._table.declared).empty_table()
        if staged.file:
            rows = pa.concat_tables(read_file(self._store, staged.path))
        rows = rows.append_column(self._column, pa.repeat(self._value(staged.partition), rows.num_rows))
        return replace_partitions(
            self._store, self._path, rows, [{self._column: staged.partition}],
            metadata=commit_properties.custom_metadata, declared=self._table.declared, evolve=self._table.evolve,
        )  # fmt: skip
