"""Dagster's event log in SQLite, with batches of events written in one transaction a database.

What belongs here: the storage. What does not: choosing it (`dagster_services.prepare_home`), and when events come in
batches (`DAGSTER_EVENT_BATCH_SIZE`, set in `environment`).

Dagster's own SQLite storage takes a batch apart: for each event it opens and commits two databases, the run's and the
index of all runs, at 12 ms of CPU. Here a batch's connections stay open until Dagster's own code has stored all of its
events, at half a millisecond each. So the rows are Dagster's, and files and schema stay as they are.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dagster import EventLogEntry, StringSource
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection

from data_platform.laptop.dagster_private.engines import share_engines

_HISTORY: Final = Path("history", "runs")


@dataclass
class _Batch:
    """What is open while a batch is stored.

    Attributes:
        stack: Ends the transactions.
        connections: By database.
        newest: The last event with its id, by asset and type of event: what Dagster would keep of them in its table of
            assets, which it writes anew for each.
    """

    stack: ExitStack
    connections: dict[str, Connection] = field(default_factory=dict)
    newest: dict[str, dict[str, tuple[EventLogEntry, int]]] = field(default_factory=dict)

    def note(self, event: EventLogEntry, event_id: int) -> None:
        """Keep an event, as the last of its asset and type."""
        dagster_event = event.get_dagster_event()
        if dagster_event.asset_key is not None:
            types = self.newest.setdefault(dagster_event.asset_key.to_string(), {})
            types.pop(dagster_event.event_type_value, None)
            types[dagster_event.event_type_value] = event, event_id


class _Current(threading.local):
    """The batch of this thread."""

    batch: _Batch | None = None


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """`SqliteEventLogStorage` with batches in one transaction a database: all of a batch is stored, or nothing."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """As in Dagster.

        Args:
            base_dir: Folder of the databases.
            inst_data: What Dagster made it from.
        """
        share_engines()
        self._current = _Current()
        self._found: set[str] = set()
        super().__init__(base_dir, inst_data)
        # A batch opens the index while it holds the run's database.
        self._db_lock: Any = threading.RLock()

    @classmethod
    def config_type(cls) -> Any:
        """`home`: the `DAGSTER_HOME`; the databases are where Dagster puts them by default."""
        return {"home": StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "BatchedSqliteEventLogStorage":
        """Made by Dagster from `dagster.yaml`."""
        return cls(str(Path(config_value["home"]) / _HISTORY), inst_data)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events, each as `store_event` does.

        Args:
            events: In the order in which they happened.

        Raises:
            Exception: Whatever the database raised; none of the events is stored, so that Dagster, which then stores
                them one by one, doubles none.
        """
        with ExitStack() as stack:
            batch = self._current.batch = _Batch(stack)
            stack.callback(setattr, self._current, "batch", None)
            for event in events:
                self.store_event(event)
            for types in batch.newest.values():
                for event, event_id in types.values():
                    with self.index_connection() as connection:
                        super()._store_asset_event(connection, event, event_id)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """Dagster's own, or the one that the batch holds."""
        batch = self._current.batch
        if batch is None:
            with super()._connect(shard) as connection:
                yield connection
            return
        if shard not in batch.connections:
            batch.connections[shard] = batch.stack.enter_context(super()._connect(shard))
        yield batch.connections[shard]

    def _store_asset_event(self, conn: Connection, event: EventLogEntry, event_id: int) -> None:
        """Dagster's own; in a batch, once an asset and type of event, at its end."""
        batch = self._current.batch
        if batch is None:
            super()._store_asset_event(conn, event, event_id)
        else:
            batch.note(event, event_id)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Dagster's own, but asked until it is there: it asks for each event, and a migration only adds columns."""
        own = super()._has_asset_key_col_on_connection
        return self._once(column_name, lambda: own(conn, column_name))

    def has_table(self, table_name: str) -> bool:
        """Dagster's own, but asked until it is there: it asks for each event with tags."""
        own = super().has_table
        return self._once(table_name, lambda: own(table_name))

    def _once(self, name: str, is_there: Callable[[], bool]) -> bool:
        if name not in self._found and is_there():
            self._found.add(name)
        return name in self._found
