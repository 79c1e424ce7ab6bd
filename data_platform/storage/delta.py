"""Delta tables: replace one or some partitions of it, read it. Each write is one atomic commit.

What belongs here: plain functions on tables in an ``ObjectStore``. What does not: Dagster (``table_io_manager``),
frames other than Arrow (``frames``), what columns mean (contracts).

Writers of different partitions never disturb each other. Of writers of the same partition at the same time, each
one's batch replaces the other's as a whole: a commit that lost a race is refused by Delta, and the write is done again
on top of the winner's, a bounded number of times. A writer that dies leaves at most data files that no commit names.

Rows are read by ``DeltaTable.scan``. ``DeltaTable.to_pyarrow_table`` is not used: with deltalake 1.6.6 and pyarrow 26
the process aborts now and then when it ends ("terminate called without an active exception", 3 of 4 with 32 commits).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from data_platform.storage.column_types import plain, plain_type
from data_platform.storage.delta_commit import Commit, commit, open_table, properties, verified, written_empty
from data_platform.storage.delta_schema import (
    Partition,
    check_partition_rows,
    fit,
    partition_text,
    partition_values,
    predicate,
)
from data_platform.storage.errors import InvalidFrame, MissingPartition, MissingTable, translated
from data_platform.storage.object_store import ObjectStore

__all__ = [
    "Commit",
    "Partition",
    "exists",
    "missing_partitions",
    "open_table",
    "partitions",
    "read_table",
    "replace_partitions",
    "replace_table",
    "rows_of",
]


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
    return [{name: partition_text(value) or "" for name, value in each.items()} for each in table.partitions()]


def missing_partitions(table: DeltaTable, wanted: Sequence[Partition]) -> list[Partition]:
    """Those of the wanted partitions that were never written. One that was written without rows is not missing."""
    there = {tuple(sorted(each.items())) for each in partitions(table)}
    return [each for each in wanted if tuple(sorted(each.items())) not in there and not written_empty(table, each)]


def replace_table(
    store: ObjectStore,
    path: str,
    data: pa.Table,
    *,
    partition_by: Sequence[str] = (),
    metadata: Mapping[str, Any] | None = None,
    declared: pa.Schema | None = None,
) -> Commit:
    """Replace all rows of a table, and its columns, in one commit; make the table where there is none.

    Args:
        store: The store.
        path: The table's path below it.
        data: All rows. The table then has these columns: see ``delta_schema.fit`` for the types.
        partition_by: Partition columns.
        metadata: Named values, of JSON types, to go into the commit (run id and the like).
        declared: Types for columns of nothing but nulls.

    Raises:
        InvalidFrame: Delta cannot hold the data.
        Conflict: Other writers were faster ``ATTEMPTS`` times.
        Unverified: The commit or its files are not there afterwards.
        StorageError: Any other failure, see ``errors``.
    """
    uri = store.uri(path)

    def prepare(table: DeltaTable | None) -> tuple[pa.Table, dict[str, Any]]:
        # The table's own type is the best guess for a column that is all null today.
        hints = declared if table is None else _merged(declared, _schema(table))
        options: dict[str, Any] = {
            "partition_by": list(partition_by),
            "schema_mode": "overwrite",
            "commit_properties": properties(metadata),
        }
        return fit(data, uri, current=None, declared=hints), options

    return verified(store, path, commit(store, path, prepare), data.num_rows)


def replace_partitions(
    store: ObjectStore,
    path: str,
    data: pa.Table,
    partitions: Sequence[Partition],
    *,
    metadata: Mapping[str, Any] | None = None,
    declared: pa.Schema | None = None,
    evolve: bool = False,
) -> Commit:
    """Replace the rows of some partitions in one commit; make the table, partitioned so, where there is none.

    Args:
        store: The store.
        path: The table's path below it.
        data: All rows of these partitions, and no others; none at all makes them empty (and no longer missing).
        partitions: For each partition the text of its columns, e.g. ``[{"day": "2024-01-31"}]``; in the table the
            columns are text or dates.
        metadata: Named values, of JSON types, to go into the commit (run id and the like).
        declared: Types for columns of nothing but nulls.
        evolve: Whether to add columns that the table lacks, and to fill with nulls those that the data lack.

    Raises:
        InvalidFrame: The data do not fit the table or the partitions; the message names columns or values.
        Conflict: Other writers were faster ``ATTEMPTS`` times.
        Unverified: The commit or its files are not there afterwards.
        StorageError: Any other failure, see ``errors``.
    """
    uri = store.uri(path)
    check_partition_rows(data, partitions, uri)
    columns = list(partitions[0])
    filled = partition_values(data, columns)
    empty = [each for each in partitions if tuple(each.values()) not in filled]
    declared = _merged(declared, pa.schema([(column, pa.string()) for column in columns]))

    def prepare(table: DeltaTable | None) -> tuple[pa.Table, dict[str, Any]]:
        current = None if table is None else _schema(table)
        if table is not None and (actual := table.metadata().partition_columns) != columns:
            msg = f"{uri}: the table is partitioned by {actual}, not by {columns}; move it away, or replace it all."
            raise InvalidFrame(msg, uri=uri)
        options: dict[str, Any] = {
            "partition_by": columns,
            "predicate": predicate(partitions),
            "schema_mode": "merge" if evolve else None,
            "commit_properties": properties(metadata, empty),
        }
        return fit(data, uri, current=current, declared=declared, evolve=evolve), options

    return verified(store, path, commit(store, path, prepare), data.num_rows, partitions)


def read_table(
    store: ObjectStore,
    path: str,
    *,
    columns: Sequence[str] | None = None,
    partitions: Sequence[Partition] | None = None,
) -> pa.Table:
    """Read a table, or some columns or partitions of it.

    Args:
        store: The store.
        path: The table's path below it.
        columns: Which columns, in which order; ``None``: all, in the table's order.
        partitions: Which partitions; ``None``: all rows. Files of others are not read.

    Returns:
        The rows, in no promised order (several threads read): sort where the order matters.

    Raises:
        MissingTable: There is none.
        MissingPartition: One of the partitions was never written; the message names them.
        InvalidFrame: A column is not there; the message names those that are.
        StorageError: Any other failure, see ``errors``.
    """
    uri = store.uri(path)
    table = open_table(store, path)
    schema = _schema(table)
    names = list(columns) if columns is not None else list(schema.names)
    if unknown := [name for name in names if name not in schema.names]:
        raise InvalidFrame(f"{uri}: there is no column {unknown}; the table has {schema.names}.", uri=uri)
    if partitions and (missing := missing_partitions(table, partitions)):
        shown = ", ".join(str(dict(each)) for each in missing[:5])
        msg = f"{uri}: {len(missing)} partitions were never written: {shown}. Materialize them first."
        raise MissingPartition(msg, uri=uri)
    if partitions is not None and not partitions:
        return schema.empty_table().select(names)
    with translated(uri):
        rows = pa.table(table.scan(columns=names, predicate=predicate(partitions) if partitions else None))
    wanted = pa.schema([schema.field(name) for name in names])
    return plain(rows.select(names)).cast(wanted)


def rows_of(data: pa.Table, partition: Partition) -> pa.Table:
    """The rows of one partition, in memory."""
    mask: Any = pa.scalar(True)
    for name, value in partition.items():
        mask = pc.and_kleene(mask, pc.equal(data.column(name).cast(pa.string()), value))
    return data.filter(mask)


def _schema(table: DeltaTable) -> pa.Schema:
    schema = pa.schema(table.schema().to_arrow())
    return pa.schema([(field.name, plain_type(field.type)) for field in schema])


def _merged(first: pa.Schema | None, second: pa.Schema) -> pa.Schema:
    own = list(first) if first is not None else []
    return pa.schema([*own, *(field for field in second if first is None or field.name not in first.names)])
