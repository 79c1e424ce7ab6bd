"""Whether a batch that is added to a table was added before, and its rows are still there.

What belongs here: looking that up. What does not: adding it (``modes``).
"""

from deltalake import DeltaTable

from data_platform.storage.delta.commit import Commit
from data_platform.storage.delta.fence import of_table
from data_platform.storage.delta.log import LogEntry, read_entry
from data_platform.storage.errors import MissingObject
from data_platform.storage.objects.store import ObjectStore


def written_before(store: ObjectStore, path: str, table: DeltaTable, batch_id: str) -> Commit | None:
    """The commit in which a batch was written before; its files may be gone by now.

    Args:
        store: The store.
        path: The table's path below it.
        table: The table as it is.
        batch_id: The batch.

    Returns:
        The commit, ``repeated``; ``None``: it was not written, or a roll-back undid it.
    """
    number = table.transaction_version(transaction_of(batch_id))
    if number is None:
        return None
    entry = entry_that_says(store, path, "batch_id", batch_id, number)
    version = entry.version if entry else number
    fence = of_table(table)
    if fence is not None and fence.undid(version):
        return None
    return Commit(version, entry.added if entry else (), repeated=True)


def transaction_of(batch_id: str | None) -> str:
    """The id of the application transaction that says that a batch was written."""
    return f"data_platform.batch:{batch_id}"


def entry_that_says(store: ObjectStore, path: str, key: str, value: str | None, version: int) -> LogEntry | None:
    """The entry of a commit of ours, at a version or after it: others may have come in between."""
    while True:
        try:
            entry = read_entry(store, path, version)
        except MissingObject:
            return None
        if entry.info.get(key) == value:
            return entry
        version += 1
