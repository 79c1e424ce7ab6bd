"""Delta tables: replace one or some partitions of it, read it. Each write is one atomic commit.

What belongs here: plain functions on tables in an ``ObjectStore``. What does not: Dagster (``orchestration.io``),
frames other than Arrow (``storage.formats.frames``), what columns mean (contracts).

Writers of different partitions never disturb each other. Of writers of the same partition at the same time, each
one's batch replaces the other's as a whole: a commit that lost a race is refused by Delta, and the write is done again
on top of the winner's, a bounded number of times. A writer that dies leaves at most data files that no commit names.

Rows are read by ``DeltaTable.scan`` (``scan``), not by ``DeltaTable.to_pyarrow_table``: with deltalake 1.6.6 and
pyarrow 26 the process aborts now and then when it ends ("terminate called without an active exception", 3 of 4 with 32
commits).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable

from data_platform.storage.delta.commit import Commit, commit, open_table, properties, verified, written_empty
from data_platform.storage.delta.evolution import check_additive, evolved, fitted, table_schema
from data_platform.storage.delta.history import open_version, see_files, version_at
from data_platform.storage.delta.order import Batch, Superseded, label, settle
from data_platform.storage.delta.scan import TableScan
from data_platform.storage.delta.schema import (
    Partition,
    check_partition_rows,
    fit,
    partition_text,
    partition_values,
    predicate,
)
from data_platform.storage.errors import InvalidFrame, MissingPartition, MissingTable
from data_platform.storage.formats.spool import Spool
from data_platform.storage.objects.store import ObjectStore


def exists(store: ObjectStore, path: str) -> bool:
    """Whether there is a table.

    Raises:
        StorageError: It could not be found out, see ``errors``.
    """
    try:
        open_table(store, path)
    except MissingTable:
        return False
    return True


def partitions(table: DeltaTable) -> list[dict[str, str]]:
    """The partitions that have rows, each as the text of its columns."""
    return [
        {name: partition_text(value) or "" for name, value in partition.items()} for partition in table.partitions()
    ]


def missing_partitions(table: DeltaTable, wanted: Sequence[Partition]) -> list[Partition]:
    """Those of the wanted partitions that were never written, or lost all rows by a delete.

    One that was written without rows is not missing.
    """
    there = {tuple(sorted(partition.items())) for partition in partitions(table)}
    return [
        partition
        for partition in wanted
        if tuple(sorted(partition.items())) not in there and not written_empty(table, partition)
    ]


def replace_table(  # noqa: PLR0913 - what to write, and how
    store: ObjectStore,
    path: str,
    data: pa.Table,
    *,
    partition_by: Sequence[str] = (),
    metadata: Mapping[str, object] | None = None,
    declared: pa.Schema | None = None,
    additive: bool = False,
    batch: Batch | None = None,
) -> Commit:
    """Replace all rows of a table, and its columns, in one commit; make the table where there is none.

    Args:
        store: The store.
        path: The table's path below it.
        data: All rows. The table then has these columns: see ``delta.schema.fit`` for the types.
        partition_by: Partition columns.
        metadata: Named values, of JSON types, to go into the commit (run id and the like).
        declared: Types for columns of nothing but nulls.
        additive: Whether to refuse to take columns away or make types narrower, see ``evolution``.
        batch: How old the rows are, see ``order``; ``None``: they replace whatever is there.

    Returns:
        The commit; of a batch that was there before, or is older than what is there, that one, see ``Commit``.

    Raises:
        InvalidFrame: Delta cannot hold the data, or ``additive`` and it is not; the message has both schemas.
        Conflict: Other writers were faster ``ATTEMPTS`` times.
        Unverified: The commit or its files are not there afterwards.
        StorageError: Any other failure, see ``errors``.
    """
    uri = store.uri(path)

    def prepare(table: DeltaTable | None) -> tuple[pa.Table, dict[str, object]]:
        # The table's own type is the best guess for a column that is all null today.
        hints = declared if table is None else _merged(declared, table_schema(table))
        options: dict[str, object] = {
            "partition_by": list(partition_by),
            "schema_mode": "overwrite",
            "commit_properties": _settled(store, path, table, batch, [label(None)], metadata),
        }
        fitting = fit(data, uri, current=None, declared=hints)
        if additive and table is not None:
            check_additive(table_schema(table), fitting.schema, uri)
        return fitting, options

    try:
        return verified(store, path, commit(store, path, prepare), data.num_rows)
    except Superseded as error:
        return _existing_commit(error)


def replace_partitions(  # noqa: PLR0913 - what to write, and how
    store: ObjectStore,
    path: str,
    data: pa.Table | Spool,
    partitions: Sequence[Partition],
    *,
    metadata: Mapping[str, object] | None = None,
    declared: pa.Schema | None = None,
    evolve: bool = False,
    batch: Batch | None = None,
) -> Commit:
    """Replace the rows of some partitions in one commit; make the table, partitioned so, where there is none.

    Args:
        store: The store.
        path: The table's path below it.
        data: All rows of these partitions, and no others, in memory or on disk; none at all makes them empty (and no
            longer missing).
        partitions: For each partition the text of its columns, e.g. ``[{"day": "2024-01-31"}]``; in the table the
            columns are text or dates.
        metadata: Named values, of JSON types, to go into the commit (run id and the like).
        declared: Types for columns of nothing but nulls.
        evolve: Whether to add columns that the table lacks, to fill with nulls those that the data lack, and to make
            types wider (see ``evolution``).
        batch: How old the rows are, see ``order``; ``None``: they replace whatever is there.

    Returns:
        The commit; of a batch that was there before, or is older than what is there, that one, see ``Commit``.

    Raises:
        InvalidFrame: The data do not fit the table or the partitions; the message names columns or values.
        Conflict: Other writers were faster ``ATTEMPTS`` times.
        Unverified: The commit or its files are not there afterwards.
        StorageError: Any other failure, see ``errors``.
    """
    uri = store.uri(path)
    columns = list(partitions[0]) if partitions else []
    filled: set[tuple[str | None, ...]] = set()
    for piece in [data] if isinstance(data, pa.Table) else map(pa.table, data.batches()):
        check_partition_rows(piece, partitions, uri)
        filled |= partition_values(piece, columns)
    empty = [partition for partition in partitions if tuple(partition.values()) not in filled]
    declared = _merged(declared, pa.schema([(column, pa.string()) for column in columns]))

    def prepare(table: DeltaTable | None) -> tuple[pa.Table | pa.RecordBatchReader, dict[str, object]]:
        current = None if table is None else table_schema(table)
        if table is not None and (actual := table.metadata().partition_columns) != columns:
            msg = f"{uri}: the table is partitioned by {actual}, not by {columns}: data-platform repartition {path}"
            raise InvalidFrame(msg, uri=uri)
        commit_properties = _settled(store, path, table, batch, [*map(label, partitions)], metadata, empty)
        if evolve and table is not None:
            current = table_schema(evolved(table, _no_rows(data), uri))
        options: dict[str, object] = {
            "partition_by": columns,
            "predicate": predicate(partitions),
            "commit_properties": commit_properties,
        }

        def fitting(piece: pa.Table) -> pa.Table:
            return fitted(piece, uri, current=current, declared=declared, evolve=evolve)

        if isinstance(data, pa.Table):
            return fitting(data), options
        rows = data.changed(fitting)
        return pa.RecordBatchReader.from_batches(rows.schema, rows.batches()), options

    try:
        return verified(store, path, commit(store, path, prepare), data.num_rows)
    except Superseded as error:
        return _existing_commit(error)


def read_table(
    store: ObjectStore,
    path: str,
    *,
    columns: Sequence[str] | None = None,
    partitions: Sequence[Partition] | None = None,
    version: int | None = None,
    as_of: datetime | None = None,
) -> pa.Table:
    """Read a table, or some columns or partitions of it, into memory.

    Args:
        store: The store.
        path: The table's path below it.
        columns: Which columns, in which order; ``None``: all, in the table's order.
        partitions: Which partitions; ``None``: all rows. Files of others are not read.
        version: Which version; ``None``: the newest.
        as_of: The version that was the newest at this time, instead of its number.

    Returns:
        The rows, in no promised order (several threads read): sort where the order matters.

    Raises:
        MissingTable: There is none.
        MissingVersion: There is no such version, any more or yet.
        MissingPartition: One of the partitions is missing, see ``missing_partitions``; the message names them.
        InvalidFrame: A column is not there; the message names those that are.
        StorageError: Any other failure, see ``errors``.
    """
    return open_scan(store, path, columns=columns, partitions=partitions, version=version, as_of=as_of).whole()


def open_scan(
    store: ObjectStore,
    path: str,
    *,
    columns: Sequence[str] | None = None,
    partitions: Sequence[Partition] | None = None,
    version: int | None = None,
    as_of: datetime | None = None,
) -> TableScan:
    """Get a table, or some columns or partitions of it, ready to be read piece by piece, by DuckDB or Polars say.

    Arguments and errors are those of ``read_table``. The version is settled here: what is committed later is not seen.
    """
    uri = store.uri(path)
    if as_of is not None:
        version = version_at(store, path, as_of)
    table = open_table(store, path) if version is None else open_version(store, path, version)
    if version is not None:
        see_files(store, path, table)
    if partitions and (missing := missing_partitions(table, partitions)):
        shown = ", ".join(str(dict(partition)) for partition in missing[:5])
        msg = (
            f"{uri}: {len(missing)} partitions are not there, for they were never written or all their rows were "
            f"deleted: {shown}. Materialize them first."
        )
        raise MissingPartition(msg, uri=uri)
    return TableScan.of(table, uri, columns, partitions)


def rows_of(data: pa.Table, partition: Partition) -> pa.Table:
    """The rows of one partition, in memory."""
    mask: Any = pa.scalar(True)
    for name, value in partition.items():
        mask = pc.and_kleene(mask, pc.equal(data.column(name).cast(pa.string()), value))
    return data.filter(mask)


def _settled(
    store: ObjectStore,
    path: str,
    table: DeltaTable | None,
    batch: Batch | None,
    labels: Sequence[str],
    metadata: Mapping[str, object] | None,
    empty: Sequence[Partition] = (),
) -> CommitProperties:
    """What the commit of a batch says of itself, once it is seen that it is newer than what is there."""
    if batch is None:
        return properties(metadata, empty)
    about, marks = settle(store, path, table, batch, labels)
    return properties({**(metadata or {}), **about}, empty, marks)


def _existing_commit(error: Superseded) -> Commit:
    """The commit that is there, in the place of one that was not made."""
    entry = error.entry
    return Commit(entry.version, entry.added, repeated=error.same, superseded=not error.same, label=error.label)


def _no_rows(data: pa.Table | Spool) -> pa.Table:
    return data if isinstance(data, pa.Table) else data.schema.empty_table()


def _merged(first: pa.Schema | None, second: pa.Schema) -> pa.Schema:
    own = list(first) if first is not None else []
    return pa.schema([*own, *(field for field in second if first is None or field.name not in first.names)])
