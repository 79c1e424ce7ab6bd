"""A Delta table as a writer of its partitions keeps it in mind: opened once, made or evolved where that is needed.

What belongs here: from a path and declared columns to a table that is ready for a commit, and what it costs to know
it still is. What does not: rows and files (``partition_writer``), and reading entries (``partition_log``).
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema

from data_platform.storage.delta.commit import open_table, retried
from data_platform.storage.delta.evolution import evolved, fitted, is_wider
from data_platform.storage.delta.fence import of_table
from data_platform.storage.delta.order import KEY
from data_platform.storage.delta.partition_log import TableLog
from data_platform.storage.delta.schema import check_partition_rows, fit
from data_platform.storage.error_texts import translated
from data_platform.storage.errors import InvalidFrame, MissingTable, StorageError
from data_platform.storage.objects.store import ObjectStore

_FRESH_SECONDS: Final = 60
_WHOLE: Final = ""
_logger = logging.getLogger(__name__)


class PartitionedTable:
    """A table with one partition column. ``ready`` and ``follow`` need a lock between threads, the rest does not.

    Attributes:
        store: The store.
        path: The table's path below it.
        uri: The table, for messages.
        column: The partition column.
        declared: The columns of the rows to come, with types of Delta.
        target: The columns that the table has, or is to have before the next commit.
        log: The table as it was when last seen; ``None`` where it was not, or there is none.
    """

    def __init__(self, store: ObjectStore, path: str, column: str, declared: pa.Schema, *, evolve: bool) -> None:
        """Nothing is read yet. Arguments and errors: see ``PartitionWriter``."""
        self.store, self.path, self.uri, self.column, self.evolve = store, path, store.uri(path), column, evolve
        store.table_uri(path)
        self.declared: pa.Schema = fit(declared.empty_table(), self.uri, current=None).schema
        check_partition_rows(self.declared.empty_table(), [{column: "any"}], self.uri)
        self.target = self.declared
        self.log: TableLog | None = None
        self._entered: int | None = None
        self._rolled_back: dict[str, int] = {}

    @property
    def file_schema(self) -> pa.Schema:
        """The columns of a data file: the table's but for the partition column."""
        return self.without_partition(self.target)

    def without_partition(self, schema: pa.Schema) -> pa.Schema:
        """Columns without the partition column."""
        return schema.remove(schema.get_field_index(self.column))

    def open(self) -> None:
        """Look at the table, if there is one.

        Raises:
            InvalidFrame: It is partitioned otherwise, or the declared columns do not fit it.
            StorageError: Any other failure, see ``errors``.
        """
        self._entered, self._rolled_back = None, {}
        with suppress(MissingTable):
            self._entered = self._adopt(open_table(self.store, self.path)).version

    def rolled_back(self, partition: str) -> int | None:
        """The version in which a partition, or the whole table, was rolled back since ``open``, if it was."""
        last = max(self._rolled_back.get(partition, -1), self._rolled_back.get(_WHOLE, -1))
        return last if self._entered is not None and last > self._entered else None

    def ready(self) -> TableLog:
        """The table, made where there is none, with the columns that are wanted (but for one with ``beyond``).

        Raises:
            InvalidFrame: It is partitioned otherwise, or the declared columns do not fit it.
            StorageError: Any other failure, see ``errors``.
        """
        log = self.log
        if log is not None and log.idle() > _FRESH_SECONDS and not self.store.exists(log.entry_path(log.version)):
            log = None  # cleaned up since, or the table was deleted: the next version's number is not ours to give
        if log is None:
            log = self._adopt(retried(self.store, self.path, self._created))
        if not log.beyond and not log.schema.equals(self.target):
            log = self._adopt(retried(self.store, self.path, self._evolved))
        return log

    def follow(self, commit_id: str) -> int | None:
        """Read what others committed meanwhile.

        Args:
            commit_id: A commit of ours that may be among it: a request is sent again when the first answer is lost.

        Returns:
            The version that this commit made, if it did.
        """
        log, self.log = self.log, None  # where reading fails half way, the table is opened anew
        if log is None:
            return None
        seen, whole = log.follow()
        for version, info in seen:
            self._note(version, info)
        self.log = log if whole else None
        mine = [version for version, info in seen if info.get("commit_id") == commit_id]
        return mine[0] if mine else None

    def checkpoint(self) -> None:
        """Make a checkpoint of the newest version, and let old log entries go where the table wants that.

        Readers need neither, they are only faster with it: a failure is logged, not raised.
        """
        try:
            table = open_table(self.store, self.path)
            with translated(self.uri):
                table.create_checkpoint()
                if table.metadata().configuration.get("delta.enableExpiredLogCleanup", "true").lower() != "false":
                    table.cleanup_metadata()
        except StorageError:
            _logger.warning("%s: no checkpoint was made; the next one will do", self.uri, exc_info=True)

    def forget(self) -> None:
        """Look at the table anew, the next time."""
        self.log = None

    def _adopt(self, table: DeltaTable) -> TableLog:
        log = TableLog.of(table, self.store, self.path)
        if (actual := list(log.partition_columns)) != [self.column]:
            fix = f"data-platform repartition {self.path}"
            msg = f"{self.uri}: the table is partitioned by {actual}, not by {[self.column]}: {fix}"
            raise InvalidFrame(msg, uri=self.uri)
        self.target = self._target(log.schema)
        self.log = log
        if (fence := of_table(table)) is not None:
            self._rolled_back[_WHOLE] = fence.version
        return log

    def _note(self, version: int, info: Mapping[str, object]) -> None:
        """Keep what a commit of another writer rolled back."""
        if info.get("operation") == "RESTORE":
            batch = info.get(KEY)  # of partitions; else the property of the whole table says it
            named = info.get("partitions")
            if isinstance(batch, dict) and isinstance(named, list):
                self._rolled_back |= dict.fromkeys(map(str, named), version)

    def _target(self, current: pa.Schema) -> pa.Schema:
        """The columns that the table is to have, given those that it has."""
        if self.evolve:
            own = {field.name: field.type for field in self.declared}
            kinds = {field.name: own.get(field.name) for field in current}
            current = pa.schema(
                [
                    (field.name, kinds[field.name] if is_wider(kinds[field.name], field.type) else field.type)
                    for field in current
                ]
            )
        return fitted(self.declared.empty_table(), self.uri, current=current, evolve=self.evolve).schema

    def _created(self, table: DeltaTable | None) -> DeltaTable:
        if table is not None:
            return table
        return DeltaTable.create(
            self.store.table_uri(self.path),
            Schema.from_arrow(self.declared),
            mode="error",
            partition_by=[self.column],
            storage_options=self.store.delta_options,
            commit_properties=CommitProperties(max_commit_retries=0),
        )

    def _evolved(self, table: DeltaTable | None) -> DeltaTable:
        return evolved(self._created(table), self.declared.empty_table(), self.uri)
