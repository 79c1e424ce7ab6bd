"""Of several batches that replace the same rows, the newer one stays: whoever began with older inputs does not win.

What belongs here: which of two batches is newer, what a commit says so that this can be seen, and looking that up. What
does not: writing (``delta``, ``modes``), and when a batch begins (``products.attempts``).

**Why.** A process that was paused, or declared dead and was not, or that lost a race and tries again, holds a batch
made of inputs as they were. Meanwhile another may have published what was made of newer ones.

**The order.** A batch is named by an id, by the moment at which its inputs began to be read, by the versions of the
tables that it read, and by what was published at that moment. Then, of what is there now:

1. It is the same batch, or one that this one followed: nothing is done.
2. It was there already when this batch began: this one is newer. Nobody's clock is asked.
3. It came in between, so the two were made at the same time: whoever read a newer version of one input, and of none an
   older one, is newer; where that does not tell, whoever began later, by the writers' clocks.

Before all that: what began before a roll-back is refused, see ``fence``.

**Atomic.** Each batch leaves an application transaction
(https://github.com/delta-io/delta/blob/master/PROTOCOL.md#transaction-identifiers) named after the rows that it
replaces. Delta refuses a commit where another one made the same transaction meanwhile; the next attempt then looks
again. Its number is where to find the commit, whose metadata says the rest.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, Final

from deltalake import DeltaTable, Transaction

from data_platform.storage.delta import fence as fences
from data_platform.storage.delta.fence import Fence, Origin
from data_platform.storage.delta.log import LogEntry, read_entry
from data_platform.storage.delta.schema import Partition
from data_platform.storage.errors import Conflict, MissingObject
from data_platform.storage.objects.store import ObjectStore

KEY: Final = "batch"
"""Under which name a commit says what batch it is."""

_KEPT: Final = 20
"""How many of the batches before it a commit names: a retry that comes later than so many others is seen by its order
only. Each costs some 50 bytes in a log entry, while a transaction each would stay in the table's state for ever."""

_APP: Final = "data_platform.newest:"


class Superseded(Conflict):
    """The batch was not written: it was before, or a newer one is there.

    Attributes:
        entry: The commit that is there instead.
        label: Of what it is, see ``label``.
        same: Whether that one, or one before it, is this very batch.
    """

    def __init__(self, message: str, *, uri: str, entry: LogEntry, label: str, same: bool) -> None:
        super().__init__(message, uri=uri)
        self.entry = entry
        self.label = label
        self.same = same


class RolledBack(Superseded):
    """The batch was not written: it, or its run, began before the table was rolled back."""

    permanent = True  # a retry by the same run began before as well


@dataclass(frozen=True)
class Batch:
    """Rows that replace others, as to their age.

    Attributes:
        id: Its name: the same when the very same rows are tried again.
        begun: When its inputs began to be read, UTC.
        inputs: The tables that were read: by name each one's own id, and the version.
        seen: What was published of each label (``label``) when it began: the number of its transaction.
        version: The table's version when it began; ``None``: there was no table.
        origin: The run that makes it.
    """

    id: str
    begun: datetime
    inputs: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    seen: Mapping[str, int | None] = field(default_factory=dict)
    version: int | None = None
    origin: Origin = field(default_factory=Origin)


def label(partition: Partition | None) -> str:
    """What the rows are called that a batch replaces: a partition, or, ``None``, the whole table."""
    return "/".join(f"{name}={value}" for name, value in sorted((partition or {}).items()))


def published(table: DeltaTable | None, labels: Sequence[str]) -> dict[str, int | None]:
    """What is published of some labels: the number of each one's transaction; ``None``: nothing that is known."""
    return {name: table.transaction_version(_APP + name) if table is not None else None for name in labels}


def newest_entries(store: ObjectStore, path: str, table: DeltaTable, labels: Sequence[str]) -> dict[str, LogEntry]:
    """The commit of the newest batch of each of some labels; under ``KEY`` it has what it says of the batch.

    A label of which nothing is known, as its log was cleaned up or it was written by other means, is left out. A log is
    cleaned up from its beginning, so below the newest entry that is gone none is asked for.

    Raises:
        StorageError: The store failed.
    """
    read, gone = lru_cache(maxsize=None)(partial(read_entry, store, path)), -1
    entries = {}
    for name, number in sorted(published(table, labels).items(), key=lambda item: item[1] or 0, reverse=True):
        if number is None or number <= gone:
            continue
        entry = _find(read, name, number, table.version())
        if entry is not None:
            entries[name] = entry
        elif _is_gone(read, number):
            gone = number
    return entries


def settle(
    store: ObjectStore, path: str, table: DeltaTable | None, batch: Batch, labels: Sequence[str]
) -> tuple[dict[str, object], list[Transaction]]:
    """See that a batch is newer than what is there.

    Args:
        store: The store.
        path: The table's path below it.
        table: The table as it is, on which the batch is to be committed; ``None``: there is none.
        batch: The batch.
        labels: What it replaces.

    Returns:
        What the commit has to say of itself, and the transactions that it has to make.

    Raises:
        Superseded: It is not; ``RolledBack``: it began before a roll-back.
        Conflict: It began before the table was partitioned otherwise.
        StorageError: The store failed.
    """
    see_layout(store, path, table, batch)
    whole = fences.of_table(table) if table is not None else None
    earlier: list[str] = []
    read = lru_cache(maxsize=None)(partial(read_entry, store, path))  # partitions of one commit share its entry
    handed_on: dict[str, object] = {}
    for name, number in published(table, labels).items():
        entry = None if number is None or table is None else _find(read, name, number, table.version())
        recorded: Mapping[str, Any] = entry.info[KEY] if entry is not None else {}
        own = fences.of_label(recorded, name)
        _see_fence(store, path, batch, fences.later([whole, own]), entry, name)
        if own is not None:
            handed_on[name] = own.as_details()
        if entry is None:
            continue  # never published so, or the log was cleaned up: nothing can be said against the batch
        before = [str(recorded.get("id")), *map(str, recorded.get("earlier", []))]
        if batch.id in before:
            msg = f"{store.uri(path)}: the batch is there already."
            raise Superseded(msg, uri=store.uri(path), entry=entry, label=name, same=True)
        if name in batch.seen and batch.seen[name] != number and _older(batch, recorded):
            msg = (
                f"{store.uri(path)}: {name or 'the table'} was published by run {entry.info.get('run_id', 'unknown')} "
                f"at {entry.at:%Y-%m-%d %H:%M:%S} UTC, from newer inputs, while this batch was being made."
            )
            raise Superseded(msg, uri=store.uri(path), entry=entry, label=name, same=False)
        earlier += before
    version = table.version() + 1 if table is not None else 0
    now = int(time.time() * 1000)
    about = {
        "id": batch.id,
        "begun": batch.begun.astimezone(UTC).isoformat(timespec="microseconds"),
        "inputs": {key: list(table_version) for key, table_version in batch.inputs.items()},
        "of": list(labels),
        "earlier": list(dict.fromkeys(earlier))[:_KEPT],
        **({fences.KEY: handed_on} if handed_on else {}),
    }
    return {KEY: about}, [Transaction(transaction_of(name), version, now) for name in labels]


def transaction_of(name: str) -> str:
    """The id of a label's transaction."""
    return _APP + name


def see_fence(store: ObjectStore, path: str, table: DeltaTable, batch: Batch) -> None:
    """See that a batch that is added to the rest, not put in place of anything, began after the last roll-back.

    Raises:
        RolledBack: It did not.
    """
    _see_fence(store, path, batch, fences.of_table(table), None, label(None))


def see_layout(store: ObjectStore, path: str, table: DeltaTable | None, batch: Batch) -> None:
    """See that a table was not partitioned otherwise since a batch began: it may be one of the former layout.

    Raises:
        Conflict: It was.
    """
    laid_out = fences.laid_out_in(table) if table is not None else None
    if laid_out is not None and batch.version is not None and batch.version < laid_out:
        uri = store.uri(path)
        msg = f"{uri}: the table was partitioned otherwise, in version {laid_out}, while this batch was being made."
        raise Conflict(f"{msg} Nothing was written: make it again, by the contract that fits.", uri=uri)


def _see_fence(
    store: ObjectStore, path: str, batch: Batch, fence: Fence | None, entry: LogEntry | None, name: str
) -> None:
    if fence is None or not fence.bars(batch.version, batch.origin):
        return
    uri = store.uri(path)
    msg = (
        f"{uri}: it was rolled back in version {fence.version}, at {fence.at:%Y-%m-%d %H:%M:%S} UTC, after the run "
        "that made this batch had begun. Nothing was written: only a run that begins after a roll-back publishes."
    )
    there = entry if entry is not None else LogEntry(fence.version, {}, (), ())
    raise RolledBack(msg, uri=uri, entry=there, label=name, same=False)


def _older(batch: Batch, recorded: Mapping[str, Any]) -> bool:
    """Whether a batch is older than one that was published while it was made."""
    behind, ahead = False, False
    for key, (table, version) in batch.inputs.items():
        other = (recorded.get("inputs") or {}).get(key)
        if isinstance(other, list) and other[:1] == [table]:  # else it was made anew in between: no order
            behind, ahead = behind or version < other[1], ahead or version > other[1]
    if behind != ahead:
        return behind
    return batch.begun < datetime.fromisoformat(recorded["begun"])


def _is_gone(read: Callable[[int], LogEntry], number: int) -> bool:
    try:
        read(number)
    except MissingObject:
        return True
    return False


def _find(read: Callable[[int], LogEntry], name: str, number: int, newest: int) -> LogEntry | None:
    """The commit that made a label's transaction: at the number, or after it, where others came in between."""
    for version in range(number, newest + 1):
        try:
            entry = read(version)
        except MissingObject:
            return None
        recorded = entry.info.get(KEY)
        if isinstance(recorded, dict) and name in recorded.get("of", ()) and "begun" in recorded:
            return entry
    return None
