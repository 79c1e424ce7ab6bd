"""Some data files of a Delta table put together into one, with the very same rows in the same order.

What belongs here: the file, its verification, and what the log says of it. What does not: which files (``compaction``).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote
from uuid import uuid4

import pyarrow as pa

from data_platform.storage.delta.data_file import GROUP_ROWS, read_file, write_file
from data_platform.storage.delta.digest import digest_of
from data_platform.storage.errors import Unverified
from data_platform.storage.objects.store import ObjectStore

_GROUP_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class CompactedFile:
    """A data file that no reader sees yet.

    Attributes:
        path: Below the table, as the log has it.
        rows: Number of rows.
        size: Bytes.
        sources: The ``add`` actions of the files whose rows it has, all of one partition.
        moments: The columns that are timestamps.
    """

    path: str
    rows: int
    size: int
    sources: Sequence[Mapping[str, Any]]
    moments: frozenset[str]

    def stored(self, path: str) -> str:
        """Where it is below the store, the table being at ``path``."""
        return f"{path}/{unquote(self.path)}"

    def action(self, millis: int) -> dict[str, object]:
        """The action that adds it, made at a time in milliseconds since 1970."""
        return {
            "path": self.path,
            "partitionValues": self.sources[0]["partitionValues"],
            "size": self.size,
            "modificationTime": millis,
            "dataChange": False,
            "stats": json.dumps(
                _stats([json.loads(source.get("stats") or "{}") for source in self.sources], self.rows, self.moments),
                ensure_ascii=False,
            ),
        }


def compacted(store: ObjectStore, path: str, sources: Sequence[Mapping[str, Any]], schema: pa.Schema) -> CompactedFile:
    """Write a file with the rows of others.

    Args:
        store: The store.
        path: The table's path below it.
        sources: The ``add`` actions of the others, all of one partition.
        schema: The columns of a data file; those that a source lacks are null in its rows.

    Raises:
        Unverified: What was written is not what was read; no reader sees it.
        StorageError: The store failed.
    """
    folder, slash, _ = str(sources[0]["path"]).rpartition("/")
    made = f"{folder}{slash}part-{uuid4()}.parquet"
    paths = [f"{path}/{unquote(source['path'])}" for source in sources]
    target = f"{path}/{unquote(made)}"
    written = write_file(store, target, _joined(_rows(store, paths, schema)), schema)
    rows, size = (written.rows, written.size) if written is not None else (0, 0)
    wanted = digest_of(_reader(schema, _rows(store, paths, schema)))
    there = digest_of(_reader(schema, _rows(store, [target] if written else [], schema)))
    said = [json.loads(source.get("stats") or "{}").get("numRecords") for source in sources]
    if differences := wanted.differences(there):
        uri = store.uri(path)
        raise Unverified(f"{uri}: files put together differ in {differences}; nothing was changed.", uri=uri)
    if written is None or (None not in said and sum(said) != rows):
        uri = store.uri(path)
        raise Unverified(f"{uri}: files have {rows} rows, the log says {sum(said)}; nothing was changed.", uri=uri)
    moments = frozenset(field.name for field in schema if pa.types.is_timestamp(field.type))
    return CompactedFile(made, rows, size, sources, moments)


def _rows(store: ObjectStore, paths: Iterable[str], schema: pa.Schema) -> Iterator[pa.Table]:
    for path in paths:
        for table in read_file(store, path):
            columns = [
                table[field.name].cast(field.type) if field.name in table.column_names
                else pa.nulls(table.num_rows, field.type)
                for field in schema
            ]  # fmt: skip
            yield pa.table(columns, schema=schema)


def _joined(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Larger pieces, for each becomes a row group."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(one.num_rows for one in waiting) >= GROUP_ROWS or sum(one.nbytes for one in waiting) >= _GROUP_BYTES:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def _reader(schema: pa.Schema, tables: Iterable[pa.Table]) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(schema, (batch for table in tables for batch in table.to_batches()))


def _stats(stats: Sequence[Mapping[str, Any]], rows: int, moments: frozenset[str]) -> dict[str, object]:
    """What is known of the values of all files: bounds of those columns that each file has bounds of."""

    def bounds(name: str, choose: Callable[[str, list[Any]], object]) -> dict[str, object]:
        own = [file.get(name) or {} for file in stats]
        shared = set(own[0]).intersection(*own[1:])
        values = {column: [file[column] for file in own] for column in own[0] if column in shared}
        return {column: choose(column, of) for column, of in values.items() if _comparable(of)}

    def order(column: str) -> Callable[[Any], Any]:
        # A fraction of a second is written as far as it goes, and "." is less than "Z".
        return (lambda moment: str(moment).rstrip("Z")) if column in moments else (lambda value: value)

    return {
        "numRecords": rows,
        "minValues": bounds("minValues", lambda column, of: min(of, key=order(column))),
        "maxValues": bounds("maxValues", lambda column, of: max(of, key=order(column))),
        "nullCount": bounds("nullCount", lambda _, of: sum(of)),
    }


def _comparable(values: Sequence[object]) -> bool:
    return all(isinstance(value, str) for value in values) or all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )
