"""One domain in this process, on a store and an instance of the test's own, with the simulator as its outside world."""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest
from dagster._core.definitions import policy

from data_platform.ingestion import attempts, clock
from data_platform.locations import load_domain
from data_platform.settings import SIMULATOR_VARIABLE, START_DATE_VARIABLE, STORE_VARIABLE, start_date
from data_platform.simulator.serving import Simulator, running
from data_platform.simulator.settings import SimulatorSettings
from data_platform.storage import delta
from data_platform.storage.objects.store import ObjectStore

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
SINCE = TODAY - timedelta(days=12)
"""First day of the simulated feeds in tests: enough for what is late, and cheap."""


loaded = functools.cache(load_domain)
"""A domain's definitions, which read the environment only when something runs: one for all tests of a process."""


def back(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@dataclass(frozen=True)
class Domain:
    """A domain's daily job, its sensors, and what they leave behind."""

    name: str
    definitions: dg.Definitions
    instance: dg.DagsterInstance
    store: ObjectStore
    job: str

    def run(
        self,
        first: str,
        last: str | None = None,
        *,
        only: list[dg.AssetKey] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> dg.ExecuteInProcessResult:
        """The daily job for a day, or for some days in one run."""
        days: dict[str, Any] = {"partition_key": first, "tags": dict(tags or {})}
        if last is not None:
            several = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
            days = {"tags": several | dict(tags or {})}
        job = self.definitions.resolve_job_def(self.job)
        return job.execute_in_process(instance=self.instance, asset_selection=only, raise_on_error=False, **days)

    def look(self, sensor: str, cursor: str | None = None) -> dg.SensorResult | Any:
        """One tick of a sensor, with the domain's resources."""
        repository = self.definitions.get_repository_def()
        definition = repository.get_sensor_def(sensor)
        resources = {name: (self.definitions.resources or {})[name] for name in definition.required_resource_keys}
        with dg.build_sensor_context(
            instance=self.instance, repository_def=repository, cursor=cursor, resources=resources
        ) as context:
            return definition.evaluate_tick(context)

    def scheduled(self, moment: datetime) -> dg.RunRequest:
        """What the domain's one schedule asks for at a moment."""
        repository = self.definitions.get_repository_def()
        (schedule,) = repository.schedule_defs
        context = dg.build_schedule_context(scheduled_execution_time=moment, repository_def=repository)
        (request,) = schedule.evaluate_tick(context).run_requests or []
        return request

    def do(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        """Run what a sensor asked for."""
        first = request.partition_key or request.tags["dagster/asset_partition_range_start"]
        last = None if request.partition_key else request.tags["dagster/asset_partition_range_end"]
        return self.run(first, last, only=list(request.asset_selection or []), tags=request.tags)

    def rows(self, asset: str, *days: str) -> list[dict[str, Any]]:
        table = self.table(asset, *days)
        return sorted(table.to_pylist(), key=lambda row: (row.get("day", ""), row["_source"], str(row)))

    def table(self, asset: str, *days: str) -> pa.Table:
        parts = [{"day": day} for day in days] or None
        return delta.read_table(self.store, f"{self.name}/{asset}", partitions=parts)

    def landed(self) -> dict[str, bytes]:
        return {entry.path: self.store.get(entry.path) for entry in self.store.list(f"{self.name}/landing")}

    def metadata(self, asset: str, day: str | None = None) -> dict[str, Any]:
        wanted = dg.AssetRecordsFilter(dg.AssetKey([self.name, asset]), asset_partitions=[day] if day else None)
        (record,) = self.instance.fetch_materializations(wanted, limit=1).records
        assert record.asset_materialization
        return {name: value.value for name, value in record.asset_materialization.metadata.items()}

    def key(self, asset: str) -> dg.AssetKey:
        return dg.AssetKey([self.name, asset])


def asked_days(tick: Any) -> list[tuple[str, str]]:
    """First and last day of each run that a sensor asked for."""
    return [
        (
            request.partition_key or request.tags["dagster/asset_partition_range_start"],
            request.partition_key or request.tags["dagster/asset_partition_range_end"],
        )
        for request in tick.run_requests
    ]


@contextmanager
def domain(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, job: str = "") -> Iterator[Domain]:
    url = f"file://{folder}/store"
    monkeypatch.setenv(STORE_VARIABLE, url)
    # Full jitter at its luckiest: neither the step's retries nor the client's wait.
    monkeypatch.setattr(policy, "random", lambda: 0.0)
    monkeypatch.setattr(attempts, "backoff", lambda state: 0.0)
    # Looks are due from some time of day on; it is noon whenever the tests run.
    monkeypatch.setattr(clock, "now", lambda: datetime.combine(TODAY, time(12), UTC))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Domain(name, loaded(name), instance, ObjectStore.open(url), job or f"{name}_daily")


@contextmanager
def world_on(day: date, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Iterator[Simulator]:
    """The simulator as it is on a day, known to the environment."""
    with running(SimulatorSettings(day=day, **({"since": SINCE} | settings))) as simulator:
        monkeypatch.setenv(SIMULATOR_VARIABLE, simulator.url)
        yield simulator


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    """The first failed step's message."""
    (event, *_) = (e for e in result.all_events if e.event_type_value == "STEP_FAILURE")
    data = event.step_failure_data
    return f"{data.user_failure_data.description if data.user_failure_data else ''} {data.error}"


def retries_of(result: dg.ExecuteInProcessResult) -> int:
    return sum(event.event_type_value == "STEP_UP_FOR_RETRY" for event in result.all_events)


assert start_date() <= SINCE, f"{START_DATE_VARIABLE} is too late for these tests"
