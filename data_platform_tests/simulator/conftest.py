"""One simulator for the whole folder, asked over real HTTP, with its faults switched off between tests."""

from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from data_platform.simulator.serving import Simulator, running
from data_platform.simulator.settings import DEFAULT_TOKEN, SimulatorSettings

DAY = date(2026, 3, 14)


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[Simulator]:
    with running(SimulatorSettings(day=DAY)) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Iterator[Simulator]:
    shared_simulator.forget()
    yield shared_simulator
    shared_simulator.set_faults()


@pytest.fixture
def client(simulator: Simulator) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}
    with httpx.Client(base_url=simulator.tmdb_url, headers=headers, trust_env=False) as client:
        yield client
