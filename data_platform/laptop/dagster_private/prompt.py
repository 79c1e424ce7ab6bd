"""The daemons that make consumers follow, awake when something was published and not by the clock.

Dagster looks at each automation condition every so many seconds, whether anything happened or not, at its queue every
second and at backfills every thirty. So a short interval costs CPU for nothing and a long one is every consumer's wait.
Here a look follows a materialization or the end of a run within half a second, at the sensors of the code locations
that know the asset, and the clock alone brings one a minute: for what begins with time, such as a new day's partition.

What is seen is the storage's files changing, which costs nothing; only then the new events are read. With a storage
that is not SQLite in the instance's folder the daemons go by the clock, as Dagster's own.

What belongs here: when those daemons look. What does not: what they do then (Dagster), and lost runs (`daemon`).
"""

import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import sqlalchemy as db
from dagster import DagsterEventType, DagsterInstance
from dagster._core.remote_representation.external import RemoteRepository, RemoteSensor
from dagster._core.scheduler.instigation import InstigatorState
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable as Events
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.workspace.context import BaseWorkspaceRequestContext, IWorkspaceProcessContext
from dagster._daemon import asset_daemon
from dagster._daemon.daemon import BackfillDaemon
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon
from dagster._daemon.sensor import get_elapsed

from data_platform.laptop.alarm import POLL_SECONDS, Alarm, Watched

IDLE_SECONDS: Final = 60.0
"""So often conditions are looked at when nothing happened."""

_BUSY_SECONDS: Final = 0.5
_SHORTEST_GAP: Final = 1.0
_GAP_PER_TICK: Final = 4.0
"""A sensor rests so many times as long as its last tick took: at most a fifth of a core for each, whatever happens."""

_BACKFILL_GAP: Final = 2.0
_QUEUE_IDLE: Final = 5.0
_MOST_READ: Final = 5_000
_ENDS: Final = (
    DagsterEventType.PIPELINE_SUCCESS.value,
    DagsterEventType.PIPELINE_FAILURE.value,
    DagsterEventType.PIPELINE_CANCELED.value,
)
_NEWS: Final = (
    DagsterEventType.ASSET_MATERIALIZATION.value,
    DagsterEventType.ASSET_OBSERVATION.value,
    DagsterEventType.ASSET_FAILED_TO_MATERIALIZE.value,
    *_ENDS,
)


class News:
    """What happened since the last look, and which sensors it concerns."""

    def __init__(self, instance: DagsterInstance) -> None:
        """From now on.

        Args:
            instance: With the event log.
        """
        self._instance = instance
        self._database = Watched(Path(instance.root_directory) / "history" / "runs" / "index.db")
        self._last = self._newest()
        self._unread: list[str | None] = []
        self._concerned: dict[str, int] = {}
        self._lengths: dict[str, float] = {}
        self._lock = threading.Lock()

    def come(self) -> bool:
        """Whether something is worth a look; what it is, is kept for `tell`."""
        if self._database.changed():
            self._unread += self._read()
        return bool(self._unread)

    def tell(self, workspace: BaseWorkspaceRequestContext) -> None:
        """Note which sensors what came concerns: those whose code location knows the asset."""
        keys, self._unread = set(self._unread), []
        if not keys:
            return
        for sensor, repository in _sensors(workspace):
            known = {key.to_string() for key in repository.asset_graph.get_all_asset_keys()}
            if None in keys or keys & known:
                with self._lock:
                    self._concerned[sensor.selector_id] = self._concerned.get(sensor.selector_id, 0) + 1

    @property
    def waiting(self) -> bool:
        """Whether a sensor is concerned that has not looked yet."""
        return bool(self._concerned)

    def is_early(self, elapsed: float | None, sensor: RemoteSensor) -> bool:
        """Whether a sensor need not look now.

        Args:
            elapsed: Seconds since its last look began; None: there was none.
            sensor: The sensor.
        """
        if elapsed is None:
            return False
        by_clock = sensor.min_interval_seconds or 0
        if by_clock > IDLE_SECONDS or not self._database.is_there:  # somebody wants it seldom; nothing is seen
            return elapsed < by_clock
        if sensor.selector_id not in self._concerned:
            return elapsed < IDLE_SECONDS
        return elapsed < max(_SHORTEST_GAP, _GAP_PER_TICK * self._lengths.get(sensor.selector_id, 0.0))

    def looking(self, sensor: RemoteSensor, look: Callable[[], None]) -> None:
        """Let a sensor look; what came meanwhile concerns it still."""
        with self._lock:
            before = self._concerned.get(sensor.selector_id)
        begun = time.monotonic()
        try:
            look()
        finally:
            self._lengths[sensor.selector_id] = time.monotonic() - begun
            with self._lock:
                if self._concerned.get(sensor.selector_id) == before:
                    self._concerned.pop(sensor.selector_id, None)

    def _newest(self) -> int:
        return self._instance.event_log_storage.get_maximum_record_id() or 0

    def _read(self) -> list[str | None]:
        """The assets that something happened to, as the storage writes their keys; None for what concerns all."""
        storage = self._instance.event_log_storage
        if not isinstance(storage, SqlEventLogStorage):
            return [None]
        columns = (Events.c.id, Events.c.dagster_event_type, Events.c.asset_key, Events.c.run_id)
        newer = db.select(*columns).where(Events.c.id > self._last, Events.c.dagster_event_type.in_(_NEWS))
        with storage.index_connection() as connection:
            rows = connection.execute(newer.order_by(Events.c.id).limit(_MOST_READ)).fetchall()
        if len(rows) == _MOST_READ:
            self._last = self._newest()
            return [None]
        self._last = max([self._last, *(row[0] for row in rows)])
        ended = {row[3] for row in rows if row[1] in _ENDS}
        return [row[2] for row in rows if row[1] not in _ENDS] + [key for run in ended for key in self._made_by(run)]

    def _made_by(self, run_id: str) -> list[str | None]:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.asset_selection is None:
            return [None]
        return [key.to_string() for key in run.asset_selection]


class PromptAssetDaemon(asset_daemon.AssetDaemon):
    """Dagster's daemon of automation conditions, awake when something was published."""

    _news: News | None = None

    def core_loop(
        self, workspace_process_context: IWorkspaceProcessContext[Any], shutdown_event: threading.Event
    ) -> Generator[Any]:
        """Dagster's own; it waits at most five seconds by itself, and not at all where there is news."""
        news = self._news = News(workspace_process_context.instance)

        def is_early(state: InstigatorState, sensor: RemoteSensor, **_: object) -> bool:
            return news.is_early(get_elapsed(state), sensor)

        setattr(asset_daemon, "is_under_min_interval", is_early)  # noqa: B010 - mypy knows no such name there
        last = time.monotonic()

        def rings() -> bool:
            nonlocal last
            if not news.come() and not (news.waiting and time.monotonic() - last > _BUSY_SECONDS):
                return False
            last = time.monotonic()
            return True

        yield from super().core_loop(workspace_process_context, Alarm(shutdown_event, rings))

    def _run_iteration_impl_with_request_context(
        self, context: Any, workspace: BaseWorkspaceRequestContext, *arguments: Any
    ) -> None:
        if self._news is not None:
            self._news.tell(workspace)
        super()._run_iteration_impl_with_request_context(context, workspace, *arguments)

    def _process_auto_materialize_tick(
        self, context: Any, workspace: Any, repository: Any, sensor: RemoteSensor | None, *arguments: Any
    ) -> None:
        def look() -> None:
            super(PromptAssetDaemon, self)._process_auto_materialize_tick(
                context, workspace, repository, sensor, *arguments
            )

        if self._news is None or sensor is None:
            look()
        else:
            self._news.looking(sensor, look)


class PromptBackfillDaemon(BackfillDaemon):
    """Dagster's daemon of backfills, awake when one was asked for or a run of one ended."""

    def core_loop(
        self, workspace_process_context: IWorkspaceProcessContext[Any], shutdown_event: threading.Event
    ) -> Generator[Any]:
        """Dagster's own, which by itself looks every thirty seconds."""
        runs = _runs_of(workspace_process_context)
        last = time.monotonic()

        def rings() -> bool:
            nonlocal last
            if time.monotonic() - last < _BACKFILL_GAP or not runs.changed():
                return False
            last = time.monotonic()
            return True

        yield from super().core_loop(workspace_process_context, Alarm(shutdown_event, rings))


class PromptQueueDaemon(QueuedRunCoordinatorDaemon):
    """Dagster's daemon of the queue, which launches a run when one was queued or another one ended."""

    def __init__(self, interval_seconds: float, *arguments: Any, **options: Any) -> None:
        """As in Dagster.

        Args:
            interval_seconds: How often the queue is looked at by the clock, where runs are not in SQLite.
            arguments: Dagster's own.
            options: Dagster's own.
        """
        super().__init__(POLL_SECONDS, *arguments, **options)
        self._by_clock = interval_seconds
        self._runs: Watched | None = None
        self._last = 0.0

    def run_iteration(
        self, workspace_process_context: IWorkspaceProcessContext[Any], fixed_iteration_time: float | None = None
    ) -> Generator[Any]:
        """Dagster's own, if there is a reason for it."""
        if self._runs is None:
            self._runs = _runs_of(workspace_process_context)
        idle = _QUEUE_IDLE if self._runs.is_there else self._by_clock
        if self._runs.changed() or time.monotonic() - self._last >= idle:
            self._last = time.monotonic()
            yield from super().run_iteration(workspace_process_context, fixed_iteration_time)


def _runs_of(context: IWorkspaceProcessContext[Any]) -> Watched:
    return Watched(Path(context.instance.root_directory) / "history" / "runs.db")


def _sensors(workspace: BaseWorkspaceRequestContext) -> Generator[tuple[RemoteSensor, RemoteRepository]]:
    for entry in workspace.get_code_location_entries().values():
        if entry.code_location is not None:
            for repository in entry.code_location.get_repositories().values():
                for sensor in repository.get_sensors():
                    if sensor.sensor_type.is_handled_by_asset_daemon:
                        yield sensor, repository
