"""What going back to an earlier version of a table would change, and whether it can be done.

What belongs here: two versions compared by their files, and what speaks against naming the earlier ones again. What
does not: the commit that does so (``rollback``).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from deltalake import DeltaTable

from data_platform.storage.delta.commit import open_table, written_empty
from data_platform.storage.delta.evolution import table_schema
from data_platform.storage.delta.history import open_version
from data_platform.storage.delta.log import asks_beyond
from data_platform.storage.delta.replay import TableState, replayed
from data_platform.storage.errors import (
    InvalidFrame,
    MissingObject,
    MissingPartition,
    MissingVersion,
    Unsupported,
    Unverified,
)
from data_platform.storage.objects.store import ObjectStore

_AT_ONCE: Final = 8
_SHOWN: Final = 5


@dataclass(frozen=True)
class Difference:
    """What a roll-back changes.

    Attributes:
        version: The table's version before it.
        to_version: The version that it goes back to.
        added: The ``add`` actions of files that are named again.
        removed: The ``add`` actions of files that go.
        partitions: The partitions whose rows change; empty where the table has none.
        gone: Those of them that are not there any more afterwards: they came later.
    """

    version: int
    to_version: int
    added: tuple[Mapping[str, Any], ...]
    removed: tuple[Mapping[str, Any], ...]
    partitions: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.added or self.removed)

    @property
    def rows_added(self) -> int:
        """How many rows the files have that are named again."""
        return _rows(self.added)

    @property
    def rows_removed(self) -> int:
        """How many rows the files have that go."""
        return _rows(self.removed)


def difference(store: ObjectStore, path: str, to_version: int, partitions: Sequence[str] | None = None) -> Difference:
    """What going back to a version would change.

    Args:
        store: The store.
        path: The table's path below it.
        to_version: The version.
        partitions: Only these partitions of a table with one partition column; ``None``: the whole table.

    Raises:
        MissingTable: There is none.
        MissingVersion: There is no such version, or files of it were vacuumed away.
        MissingPartition: A partition was not there in that version.
        InvalidFrame: The columns or the partitioning of that version do not fit today's; the message names them.
        Unsupported: The table asks more of its writers than is known here.
        StorageError: Any other failure, see ``errors``.
    """
    return compared(store, path, to_version, partitions)[2]


def compared(
    store: ObjectStore, path: str, to_version: int, partitions: Sequence[str] | None
) -> tuple[DeltaTable, TableState, Difference]:
    """The table as it is, its state, and what is to change in it; arguments and errors as of ``difference``."""
    uri = store.uri(path)
    then, table = open_version(store, path, to_version), open_table(store, path)
    if beyond := asks_beyond(table):
        raise Unsupported(f"{uri}: the table asks its writers for {beyond}, which is not known here.", uri=uri)
    columns = table.metadata().partition_columns
    _see_columns(table, then, uri)
    before, now = replayed(store, path, to_version), replayed(store, path, table.version())
    if partitions is not None and len(columns) != 1:
        raise InvalidFrame(
            f"{uri}: the table is partitioned by {columns}, so it has no partition of one name.", uri=uri
        )

    def chosen(state: TableState) -> dict[str, dict[str, Any]]:
        if partitions is None:
            return state.files
        return {name: file for name, file in state.files.items() if file["partitionValues"][columns[0]] in partitions}

    old, new = chosen(before), chosen(now)
    if partitions is not None:
        _see_partitions(then, uri, columns[0], partitions, old)
    added = tuple(file for name, file in old.items() if name not in new)
    removed = tuple(file for name, file in new.items() if name not in old)
    see_files(store, path, to_version, added)
    touched: list[str] = []
    if len(columns) == 1:
        touched = sorted({str(file["partitionValues"][columns[0]] or "") for file in (*added, *removed)})
    there = {str(file["partitionValues"][columns[0]] or "") for file in old.values()} if touched else set()
    gone = [part for part in touched if part not in there and not (part and written_empty(then, {columns[0]: part}))]
    return table, now, Difference(now.version, to_version, added, removed, tuple(touched), tuple(gone))


def _see_columns(table: DeltaTable, then: DeltaTable, uri: str) -> None:
    """See that files of an earlier version can be read by today's columns."""
    by, was = table.metadata().partition_columns, then.metadata().partition_columns
    if by != was:
        msg = f"{uri}: version {then.version()} is partitioned by {was}, the table by {by}: go back to a later version."
        raise InvalidFrame(msg, uri=uri)
    today, old = table_schema(table), table_schema(then)
    for field in today:
        if field.name in old.names and old.field(field.name).type != field.type:
            msg = (
                f"{uri}: column {field.name!r} is {field.type}, and was {old.field(field.name).type} in version "
                f"{then.version()}: go back to a later version, or make the rows again."
            )
            raise InvalidFrame(msg, uri=uri)


def _see_partitions(
    then: DeltaTable, uri: str, column: str, partitions: Sequence[str], files: Mapping[str, Mapping[str, Any]]
) -> None:
    there = {file["partitionValues"][column] for file in files.values()}
    missing = [part for part in partitions if part not in there and not written_empty(then, {column: part})]
    if missing:
        shown = ", ".join(missing[:_SHOWN])
        msg = f"{uri}: {shown} was not there in version {then.version()}: there are no rows to go back to."
        raise MissingPartition(msg, uri=uri)


def see_files(store: ObjectStore, path: str, version: int, files: Iterable[Mapping[str, Any]]) -> None:
    """See that the files that are to be named again were not vacuumed."""
    uri = store.uri(path)
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for info in pool.map(lambda file: (store.head(stored(path, file)).size, file["size"]), files):
                if info[0] != info[1]:
                    raise Unverified(f"{uri}: a file of version {version} has another size than its log says.", uri=uri)
    except MissingObject as error:
        msg = f"{uri}: files of version {version} were vacuumed away; see versions() for later ones."
        raise MissingVersion(msg, uri=uri) from error


def _rows(files: Iterable[Mapping[str, Any]]) -> int:
    return sum(int(json.loads(file.get("stats") or "{}").get("numRecords") or 0) for file in files)


def stored(path: str, file: Mapping[str, Any]) -> str:
    """Where the file of an ``add`` action is, below the store."""
    return f"{path}/{unquote(file['path'])}"
