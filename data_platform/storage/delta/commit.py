"""One commit to a Delta table: made, made again when another writer was faster, then seen to be there.

What belongs here: what every write to a table has in common. What does not: what is written (``delta``).
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from data_platform.storage.delta.log import DataFile, read_entry
from data_platform.storage.delta.schema import Partition, partition_text
from data_platform.storage.error_texts import translated
from data_platform.storage.errors import Conflict, MissingObject, MissingTable, Unverified
from data_platform.storage.objects.store import ObjectStore

ATTEMPTS: Final = 25
"""How often a write is tried that other writers keep overtaking. 8 threads on one partition needed up to 9."""

_LONGEST_PAUSE: Final = 1.0
_AT_ONCE: Final = 8
_LOST: Final = "version {} was written, yet not all of it is there: the store lost it. Run again."

T = TypeVar("T")


@dataclass(frozen=True)
class Commit:
    """A commit that was made, and seen to be there.

    Attributes:
        version: The table's version that it made.
        files: The data files of what was replaced (the table, or the partitions) as of that version, or of what was
            added to the rest.
        repeated: Whether nothing was done, as the same batch had been committed before, in that version or before it.
        superseded: Whether nothing was done, as that version was made of newer inputs, see ``order``.
        label: Of what the other rows are, where nothing was done; of several partitions the first.
    """

    version: int
    files: tuple[DataFile, ...]
    repeated: bool = False
    superseded: bool = False
    label: str | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes of the data files."""
        return sum(file.size for file in self.files)


def open_table(store: ObjectStore, path: str, version: int | None = None) -> DeltaTable:
    """The native handle of a table, at its newest version or the given one.

    Raises:
        MissingTable: There is none.
        StorageError: Any other failure, see ``errors``.
    """
    with translated(store.uri(path)):
        return DeltaTable(store.table_uri(path), version=version, storage_options=store.delta_options)


def properties(
    metadata: Mapping[str, object] | None, empty: Sequence[Partition] = (), marks: Sequence[Transaction] = ()
) -> CommitProperties:
    """What a commit says about itself.

    Args:
        metadata: Named values, of JSON types.
        empty: Partitions that are written without rows. Delta does not know such partitions, so each is noted as an
            application transaction, which stays in the table's state for good.
        marks: Further transactions.
    """
    # Without deltalake's own retries: with 1.6.6 a table that is replaced as a whole keeps the rows of files that were
    # put together meanwhile. ``retried`` begins again on top of them.
    return CommitProperties(
        max_commit_retries=0,
        custom_metadata=dict(metadata or {}),
        app_transactions=[*(Transaction(empty_mark(partition), 1) for partition in empty), *marks] or None,
    )


def written_empty(table: DeltaTable, partition: Partition) -> bool:
    """Whether the partition was once written without rows (it may have been filled since)."""
    return table.transaction_version(empty_mark(partition)) is not None


def commit(
    store: ObjectStore,
    path: str,
    prepare: Callable[[DeltaTable | None], tuple[pa.Table | pa.RecordBatchReader, dict[str, Any]]],
) -> int:
    """Replace rows in a commit, made again and again while other writers are faster.

    Args:
        store: The store.
        path: The table's path below it.
        prepare: Given the table as it is now (``None``: there is none), the rows and the options to write them with.

    Returns:
        The version made.

    Raises:
        Conflict: ``ATTEMPTS`` times another writer was faster.
        StorageError: Any other failure, see ``errors``.
    """

    def act(table: DeltaTable | None) -> int:
        data, options = prepare(table)
        if table is None:
            return create(store, path, data, options)
        write_deltalake(table, data, mode="overwrite", **options)
        return table.version()

    return retried(store, path, act)


def retried(store: ObjectStore, path: str, act: Callable[[DeltaTable | None], T]) -> T:
    """Do something to a table that may lose a race, until it does not.

    Args:
        store: The store.
        path: The table's path below it.
        act: Given the table as it is now (``None``: there is none). It makes at most one commit, as its last deed.

    Returns:
        What ``act`` returned.

    Raises:
        Conflict: ``ATTEMPTS`` times another writer was faster.
        StorageError: Any other failure, see ``errors``.
    """
    uri = store.uri(path)
    for attempt in range(ATTEMPTS):
        try:
            table: DeltaTable | None = open_table(store, path)
        except MissingTable:
            table = None
        with translated(uri):
            try:
                return act(table)
            except DeltaError as error:
                if not _is_lost_race(error):
                    raise
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.05 * 2**attempt)))  # noqa: S311 - spreads writers out
    msg = f"{uri}: other writers committed first {ATTEMPTS} times in a row: run again, with fewer writers at a time."
    raise Conflict(msg, uri=uri)


def create(store: ObjectStore, path: str, data: pa.Table | pa.RecordBatchReader, options: dict[str, Any]) -> int:
    """Make a table that is not there, with its first rows.

    Args:
        store: The store.
        path: The table's path below it.
        data: The rows.
        options: How to write them; with ``commit_properties``, which are changed.

    Returns:
        The version made: 0.
    """
    # Someone else may create the table in this very moment. With mode="error" and without retries this commit is then
    # refused, whether deltalake sees their table in time or not (60 times 6 writers at once: each time one went
    # through). With retries, deltalake 1.6.6 puts the rows of a creation that lost the race on top of the winner's,
    # checking nothing; with mode="overwrite" it does so where it sees their table in time.
    options["commit_properties"].max_commit_retries = 0
    options = {name: value for name, value in options.items() if name not in {"schema_mode", "mode"}}
    write_deltalake(store.table_uri(path), data, storage_options=store.delta_options, mode="error", **options)
    return 0


def verified(store: ObjectStore, path: str, version: int, rows: int) -> Commit:
    """Read a commit that replaced rows back from the store, and see that its files are there.

    By the log's entry alone: reading the table's state again would cost the more, the more files a table has.

    Args:
        store: The store.
        path: The table's path below it.
        version: The version that was made.
        rows: How many rows were written.

    Returns:
        The commit.

    Raises:
        Unverified: The version, one of its data files or some of its rows are not there.
    """
    uri = store.uri(path)
    try:
        files = read_entry(store, path, version).added
    except MissingObject as error:
        raise Unverified(f"{uri}: {_LOST.format(version)}", uri=uri) from error
    return seen(store, path, Commit(version, files), rows)


def seen(store: ObjectStore, path: str, made: Commit, rows: int) -> Commit:
    """See that the files of a commit are there, with all of its rows.

    Args:
        store: The store.
        path: The table's path below it.
        made: The commit, with the files that hold its rows.
        rows: How many those are.

    Raises:
        Unverified: One of the files or some of the rows are not there.
    """
    uri = store.uri(path)

    def size(file: DataFile) -> int:
        return store.head(file.path).size

    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            sizes = list(pool.map(size, made.files)) if len(made.files) > 1 else [*map(size, made.files)]
    except MissingObject as error:
        raise Unverified(f"{uri}: {_LOST.format(made.version)}", uri=uri) from error
    stored_rows = sum(file.rows for file in made.files)
    if stored_rows != rows or sizes != [file.size for file in made.files]:
        msg = f"{uri}: version {made.version} should hold {rows} rows, it has {stored_rows}, or files of another size."
        raise Unverified(f"{msg} Run again.", uri=uri)
    return made


def _is_lost_race(error: DeltaError) -> bool:
    return isinstance(error, CommitFailedError) or "already exists" in str(error)


def empty_mark(partition: Partition) -> str:
    """The application transaction that says: this partition was written, without rows."""
    return "data_platform.empty:" + "/".join(f"{name}={value}" for name, value in sorted(partition.items()))


def data_files(table: DeltaTable, path: str) -> list[DataFile]:
    """The data files of a version of a table, which is at ``path`` below the store."""
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    columns = table.metadata().partition_columns
    return [
        DataFile(
            path=f"{path}/{unquote(action['path'])}",
            partition={name: partition_text(action[f"partition.{name}"]) for name in columns},
            rows=action["num_records"] or 0,
            size=action["size_bytes"],
        )
        for action in actions
    ]
