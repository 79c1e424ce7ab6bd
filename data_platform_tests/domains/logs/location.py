"""What tests do with the logs' code location: files arrive, the sensor looks, what it asks for is run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from data_platform.storage.delta import open_table, read_table
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

EVENTS = "logs/access_events_v1"
REJECTED = "_quarantine/logs/rejected_lines"
LANDING = "logs/landing"
FIRST, LAST = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def line(day: int = 1, path: str = "/", client: str = "192.0.2.1", hour: int = 10) -> bytes:
    """One good line of November 2026."""
    return (
        f'{client} - - [{day:02}/Nov/2026:{hour:02}:00:00 +0000] "GET {path} HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11)"\n'
    ).encode()


def day(number: int) -> str:
    return f"2026-11-{number:02}"


@dataclass
class Location:
    """The code location, with the memory of its sensor."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    store: ObjectStore
    cursor: str | None = None
    runs: list[tuple[str, Any]] = field(default_factory=list)

    def land(self, name: str, *parts: bytes) -> str:
        """A file arrives, or is replaced."""
        self.store.put(f"{LANDING}/{name}", b"".join(parts))
        return f"{LANDING}/{name}"

    def look(self) -> Any:
        """One tick of the sensor; new partitions are added as the daemon adds them."""
        repository = self.definitions.get_repository_def()
        resources = {"store": (self.definitions.resources or {})["store"]}
        with dg.build_sensor_context(
            instance=self.instance, repository_def=repository, cursor=self.cursor, resources=resources
        ) as context:
            tick = repository.get_sensor_def("logs_arrivals").evaluate_tick(context)
        for request in tick.dynamic_partitions_requests or []:
            self.instance.add_dynamic_partitions("log_dates", list(request.partition_keys))
        self.cursor = tick.cursor
        return tick

    def do(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        """Run what the sensor asked for."""
        tags = {name: value for name, value in request.tags.items() if name in (FIRST, LAST)}
        job = self.definitions.resolve_job_def(request.job_name or "")
        result = job.execute_in_process(instance=self.instance, tags=tags, raise_on_error=False)
        self.runs.append((request.job_name or "", result))
        return result

    def settle(self) -> list[dg.ExecuteInProcessResult]:
        """Look and run until there is nothing more to do. The runs that were made."""
        before = len(self.runs)
        while requests := list(self.look().run_requests or []):
            assert len(self.runs) - before < 50, "it never ends"
            for request in requests:
                self.do(request)
        return [result for _, result in self.runs[before:]]

    def make(self, *dates: str) -> dg.ExecuteInProcessResult:
        """Make dates as a user does, whatever the sensor thinks."""
        return self.do(dg.RunRequest(job_name="logs_dates", tags={FIRST: dates[0], LAST: dates[-1]}))

    def materialize(self, asset: str, *dates: str) -> dg.ExecuteInProcessResult:
        """Materialize a product."""
        job = self.definitions.get_repository_def().get_job("__ASSET_JOB")
        tags = {FIRST: dates[0], LAST: dates[-1]} if dates else {}
        return job.execute_in_process(
            instance=self.instance, asset_selection=[dg.AssetKey(asset.split("/"))], tags=tags, raise_on_error=False
        )

    def dates(self) -> list[str]:
        return sorted(self.instance.get_dynamic_partitions("log_dates"))

    def rows(self, table: str, *dates: str) -> list[dict[str, Any]]:
        """Rows of a table, those of some dates if given; none where there is no table."""
        parts = [{"date": one} for one in dates] or None
        try:
            return read_table(self.store, table, partitions=parts).to_pylist()
        except MissingTable:
            return []

    def places(self, table: str = EVENTS) -> list[tuple[str, int]]:
        """File and offset of each row, sorted: every line once."""
        return sorted((row["file"], row["offset"]) for row in self.rows(table))

    def version(self) -> int:
        return int(open_table(self.store, EVENTS).version())


def materialized(results: Sequence[dg.ExecuteInProcessResult], asset: str = EVENTS) -> list[str]:
    """The partitions of an asset that some runs made."""
    return sorted(
        event.partition or ""
        for result in results
        for event in result.all_events
        if event.event_type_value == "ASSET_MATERIALIZATION" and event.asset_key == dg.AssetKey(asset.split("/"))
    )


def checks(results: Sequence[dg.ExecuteInProcessResult]) -> dict[str, bool]:
    """The last result of each check in some runs."""
    return {one.check_name: one.passed for result in results for one in _evaluations(result)}


def _evaluations(result: dg.ExecuteInProcessResult) -> Iterator[dg.AssetCheckEvaluation]:
    return iter(result.get_asset_check_evaluations())
