"""A Delta table's state at a version, as its log has it: each file's own action, the settings, the transactions.

What belongs here: reading checkpoint and log entries as they are, for commits that name files of an earlier version
again. What does not: opening a table to read or write rows (``delta.commit.open_table``): deltalake tells neither a
file's statistics as they are written nor which transactions there are.

The format: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#action-reconciliation.
"""

import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow.parquet as pq

from data_platform.storage.errors import MissingObject, MissingVersion, Unsupported
from data_platform.storage.objects.store import ObjectStore

_CHECKPOINT: Final = re.compile(r"(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet")
_ENTRY: Final = "{path}/_delta_log/{version:020}.json"
_OF_A_FILE: Final = ("path", "partitionValues", "size", "modificationTime", "stats")


@dataclass
class TableState:
    """What a table is at a version.

    Attributes:
        version: The version.
        files: The ``add`` action of each file that is in the table, by its path as the log has it.
        metadata: The ``metaData`` action in force.
        transactions: The number of each application transaction, by its id.
    """

    version: int
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    transactions: dict[str, int] = field(default_factory=dict)

    def apply(self, actions: Iterable[Mapping[str, Any]]) -> None:
        """Take in the actions of the next log entry, or of a checkpoint."""
        for action in actions:
            if remove := action.get("remove"):
                self.files.pop(remove["path"], None)
            if add := action.get("add"):
                self.files[add["path"]] = _file(add)
            if metadata := action.get("metaData"):
                self.metadata = _metadata(metadata)
            if transaction := action.get("txn"):
                self.transactions[transaction["appId"]] = int(transaction["version"])


def replayed(store: ObjectStore, path: str, version: int) -> TableState:
    """The state of a table at a version.

    Args:
        store: The store.
        path: The table's path below it.
        version: The version.

    Raises:
        MissingVersion: Its log was cleaned up.
        Unsupported: The log has deletion vectors, or checkpoints of a kind that is not known here.
        StorageError: Any other failure, see ``errors``.
    """
    state = TableState(-1)
    start = _checkpoint_before(store, path, version)
    if start is not None:
        state.version, names = start
        for name in names:
            columns = ["add", "metaData", "txn"]
            state.apply(pq.read_table(io.BytesIO(store.get(name)), columns=columns).to_pylist())
    for number in range(state.version + 1, version + 1):
        try:
            lines = store.get(_ENTRY.format(path=path, version=number)).splitlines()
        except MissingObject as error:
            uri = store.uri(path)
            msg = f"{uri}: the log of version {version} was cleaned up; see versions() for what is left."
            raise MissingVersion(msg, uri=uri) from error
        state.apply(json.loads(line) for line in lines if line.strip())
        state.version = number
    if state.files and any(file.get("deletionVector") for file in state.files.values()):
        uri = store.uri(path)
        raise Unsupported(f"{uri}: files have deletion vectors, which are not known here: write them anew.", uri=uri)
    return state


def _checkpoint_before(store: ObjectStore, path: str, version: int) -> tuple[int, list[str]] | None:
    """The newest whole checkpoint up to a version: of which version, and its objects."""
    parts: dict[tuple[int, str], list[str]] = {}
    for info in store.list(f"{path}/_delta_log"):
        found = _CHECKPOINT.fullmatch(info.path.rpartition("/")[2])
        if found and int(found[1]) <= version:
            parts.setdefault((int(found[1]), found[3] or ""), []).append(info.path)
    whole = {of: names for (of, count), names in parts.items() if len(names) == int(count or 1)}
    return max(whole.items(), default=None)


def _file(add: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: add.get(name) for name in (*_OF_A_FILE, "deletionVector")}
    known["partitionValues"] = dict(known["partitionValues"] or {})  # a checkpoint has pairs
    return {name: value for name, value in known.items() if value is not None}


def _metadata(action: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in action.items() if value is not None}
    known["configuration"] = dict(known.get("configuration") or {})
    form = dict(known.get("format") or {"provider": "parquet"})
    known["format"] = {**form, "options": dict(form.get("options") or {})}
    return known
