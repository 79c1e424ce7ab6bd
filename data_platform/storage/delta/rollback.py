"""Back to an earlier version of a table, or of some of its partitions, in one commit that writes no row.

What belongs here: the commit, and what it leaves for the writers after it. What does not: which files go and which are
named again (``version_difference``), whether the earlier rows may be seen again (``products.earlier``), and reading
versions (``history``).

The files of the earlier version are named again by one log entry, put only if there is none of that version: readers
have all of it at once, or none. The columns stay those of today, so that nothing which readers read by name is gone;
earlier files lack those that came later, which are null there. The versions in between stay readable.

**What began before does not come back** (``fence``). A roll-back of the whole changes a property of the table, and
Delta refuses every commit that was prepared before. One of partitions makes the transactions of their labels, on which
every batch of them that was prepared before fails; batches of other partitions are not disturbed.
"""

import json
import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from deltalake import DeltaTable

from data_platform.storage.delta import fence as fences
from data_platform.storage.delta.commit import ATTEMPTS, Commit, data_files, open_table
from data_platform.storage.delta.fence import Fence
from data_platform.storage.delta.history import open_version, versions
from data_platform.storage.delta.log import put_entry, removing
from data_platform.storage.delta.order import KEY, label, transaction_of
from data_platform.storage.delta.replay import TableState
from data_platform.storage.delta.version_difference import Difference, compared, see_files, stored
from data_platform.storage.errors import Conflict, Unverified
from data_platform.storage.objects.store import ObjectStore

ROLLED_BACK_TO: Final = "rolled_back_to"
_LONGEST_PAUSE: Final = 0.5
_MOST_READ: Final = 200
"""How many commits before it are asked which run made them."""


def roll_back(
    store: ObjectStore,
    path: str,
    to_version: int,
    *,
    partitions: Sequence[str] | None = None,
    metadata: Mapping[str, object] | None = None,
) -> Commit:
    """Make readers see the rows of an earlier version again, in one commit; the versions in between stay.

    What other writers commit while this runs is undone as well, and what they began before it is refused.

    Args:
        store: The store.
        path: The table's path below it.
        to_version: The version.
        partitions: Only these partitions; ``None``: the whole table.
        metadata: Named values, of JSON types, to go into the commit (who, why).

    Returns:
        The commit, with the files that are named again; ``repeated`` where readers see that version already.

    Raises:
        Conflict: Other writers were faster ``delta.commit.ATTEMPTS`` times.
        Unverified: A file of it is not there afterwards.
        StorageError: As ``version_difference.difference`` does.
    """
    commit_id = uuid4().hex
    uri = store.uri(path)
    for attempt in range(ATTEMPTS):
        table, state, changes = compared(store, path, to_version, partitions)
        if not changes:
            return Commit(state.version, (), repeated=True)
        version = state.version + 1
        actions = _actions(store, path, table, state, changes, partitions, dict(metadata or {}), commit_id)
        if put_entry(store, path, version, actions, commit_id):
            return _verified(store, path, version, changes)
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.01 * 2**attempt)))  # noqa: S311 - spreads writers
    msg = f"{uri}: other writers committed first {ATTEMPTS} times in a row: run again, with fewer writers at a time."
    raise Conflict(msg, uri=uri)


def _actions(  # noqa: PLR0913, PLR0917 - all that the entry says
    store: ObjectStore,
    path: str,
    table: DeltaTable,
    state: TableState,
    changes: Difference,
    partitions: Sequence[str] | None,
    metadata: dict[str, object],
    commit_id: str,
) -> list[dict[str, object]]:
    now = datetime.now(UTC)
    millis, version = int(now.timestamp() * 1000), state.version + 1
    back = Fence(version, now, _runs(store, path, changes, partitions), _undone(store, path, changes))
    info: dict[str, object] = {
        "timestamp": millis,
        "operation": "RESTORE",
        "operationParameters": {"version": str(changes.to_version)},
        "operationMetrics": {"numRestoredFile": len(changes.added), "numRemovedFile": len(changes.removed)},
        "engineInfo": "data_platform",
        "commit_id": commit_id,
        **metadata,
        "rolled_back_from": changes.version,
        ROLLED_BACK_TO: changes.to_version,
    }
    if changes.partitions:
        info["partitions"] = list(changes.partitions)
    marks: list[dict[str, object]] = []
    if partitions is None:
        configuration = {
            **state.metadata["configuration"],
            fences.PROPERTY: json.dumps(back.as_details(), ensure_ascii=False),
        }
        marks.append({"metaData": {**state.metadata, "configuration": configuration}})
    else:
        labels = [label({table.metadata().partition_columns[0]: part}) for part in changes.partitions]
        info[KEY] = {
            "id": f"roll_back/{commit_id}",
            "begun": now.isoformat(timespec="microseconds"),
            "inputs": {},
            "of": labels,
            "earlier": [],
            fences.KEY: dict.fromkeys(labels, back.as_details()),
        }
        marks += [
            {"txn": {"appId": transaction_of(name), "version": version, "lastUpdated": millis}} for name in labels
        ]
    removed: list[dict[str, object]] = [
        {"remove": removing(file, millis, changes_data=True)} for file in changes.removed
    ]
    added: list[dict[str, object]] = [{"add": {**file, "dataChange": True}} for file in changes.added]
    return [{"commitInfo": info}, *marks, *removed, *added]


def _runs(store: ObjectStore, path: str, changes: Difference, partitions: Sequence[str] | None) -> tuple[str, ...]:
    """The runs that published what is undone, the newest first."""
    runs: dict[str, None] = {}
    limit = min(changes.version - changes.to_version, _MOST_READ)
    for info in versions(store, path, limit=limit, before=changes.version + 1) if limit > 0 else ():
        if partitions is None or not info.partitions or not set(info.partitions).isdisjoint(partitions):
            runs |= dict.fromkeys([str(info.metadata["run_id"])] if "run_id" in info.metadata else [])
    return tuple(runs)


def _undone(store: ObjectStore, path: str, changes: Difference) -> tuple[tuple[int, int], ...]:
    """The versions whose rows are not seen any more, once the table is as it was in one of them."""
    then = fences.of_table(open_version(store, path, changes.to_version))
    return (*(then.undone if then else ()), (changes.to_version + 1, changes.version))


def _verified(store: ObjectStore, path: str, version: int, changes: Difference) -> Commit:
    """See that the files of a commit are in the table, and there."""
    uri = store.uri(path)
    wanted = {stored(path, file) for file in changes.added}
    files = [file for file in data_files(open_table(store, path, version), path) if file.path in wanted]
    if len(files) != len(wanted):
        raise Unverified(f"{uri}: version {version} does not have all that it should: roll back again.", uri=uri)
    see_files(store, path, changes.to_version, changes.added)
    return Commit(version, tuple(files))
