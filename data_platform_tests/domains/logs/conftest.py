"""The logs' code location on a store and an instance of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from data_platform.domains.logs.settings import SETTLE_VARIABLE
from data_platform.settings import STORE_VARIABLE
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.domains.logs.location import Location
from data_platform_tests.domains.platforms import loaded


@pytest.fixture(scope="session")
def logs_definitions() -> dg.Definitions:
    return loaded("logs")


@pytest.fixture
def logs(logs_definitions: dg.Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Location]:
    url = f"file://{tmp_path}/store"
    monkeypatch.setenv(STORE_VARIABLE, url)
    monkeypatch.setenv(SETTLE_VARIABLE, "0")
    with dg.DagsterInstance.ephemeral() as instance:
        yield Location(logs_definitions, instance, ObjectStore.open(url))
