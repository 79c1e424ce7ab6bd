"""The movies' domain on a real store, with the simulator as TMDb."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions import policy

from data_platform.domains.movies.captures import Archive, Capture
from data_platform.domains.movies.partitions import today
from data_platform.domains.movies.resources import TMDB_TOKEN_VARIABLE
from data_platform.ingestion import attempts, clock
from data_platform.settings import SIMULATOR_VARIABLE, STORE_VARIABLE
from data_platform.simulator.serving import Simulator, running
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.domains.platforms import loaded

PAGES, CSV, TOP, HISTORY = (
    dg.AssetKey(["movies", name]) for name in ("tmdb_pages", "top_movies_csv", "top_movies_v1", "rank_history_v1")
)
RAW = [PAGES, CSV]


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    running_simulator.set_faults()
    running_simulator.forget()
    return running_simulator


@pytest.fixture(scope="session")
def definitions() -> dg.Definitions:
    return loaded("movies")


@dataclass(frozen=True)
class Platform:
    """The daily job in this process, on a store and an instance of the test's own."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    store: ObjectStore

    @property
    def archive(self) -> Archive:
        return Archive(self.store)

    def run(
        self, day: date | None = None, *, only: list[dg.AssetKey] | None = None, **top_list: Any
    ) -> dg.ExecuteInProcessResult:
        config = {"resources": {"top_list": {"config": top_list}}}
        return self.definitions.resolve_job_def("movies_daily").execute_in_process(
            partition_key=(day or today()).isoformat(),
            run_config=config,
            instance=self.instance,
            asset_selection=only,
            raise_on_error=False,
        )

    def keep(self, capture: Capture) -> None:
        self.archive.add(capture)

    def captures(self) -> list[str]:
        return [entry.path for entry in self.store.list("movies/tmdb_pages")]

    def csv(self, day: date | None = None, name: str = "popular") -> bytes:
        return self.store.get(csv_path(day or today(), name))


def csv_path(day: date, name: str = "popular") -> str:
    return f"movies/top_movies_csv/{name}/{day.isoformat()}.csv"


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    """The first failed step's message."""
    (event, *_) = (e for e in result.all_events if e.event_type_value == "STEP_FAILURE")
    data = event.step_failure_data
    return f"{data.user_failure_data.description if data.user_failure_data else ''} {data.error}"


def metadata_of(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str, Any]:
    (event,) = [m for m in result.get_asset_materialization_events() if m.asset_key == key]
    return {name: value.value for name, value in event.materialization.metadata.items()}


@contextmanager
def platform_in(folder: Path, definitions: dg.Definitions, simulator: Simulator) -> Iterator[Platform]:
    """A platform whose store and settings are its own for as long as the block lasts."""
    url = f"file://{folder}/store"
    with pytest.MonkeyPatch.context() as here, dg.DagsterInstance.ephemeral() as instance:
        here.setenv(STORE_VARIABLE, url)
        here.setenv(SIMULATOR_VARIABLE, simulator.url)
        here.delenv(TMDB_TOKEN_VARIABLE, raising=False)
        # Full jitter at its luckiest: neither the step's retries nor the client's wait.
        here.setattr(policy, "random", lambda: 0.0)
        here.setattr(attempts, "backoff", lambda state: 0.0)
        # The day's list is due from two o'clock on; it is noon whenever the tests run.
        here.setattr(clock, "now", lambda: datetime.combine(today(), time(12), UTC))
        yield Platform(definitions, instance, ObjectStore.open(url))


@pytest.fixture
def platform(definitions: dg.Definitions, simulator: Simulator, tmp_path: Path) -> Iterator[Platform]:
    with platform_in(tmp_path, definitions, simulator) as platform:
        yield platform
