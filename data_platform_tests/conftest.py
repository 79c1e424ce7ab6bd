"""Fixtures that every folder shares, how hypothesis looks for examples, and what would only cost the suite time."""

import gc

import pytest
from dagster._core.storage.event_log import in_memory as events_in_memory
from dagster._core.storage.runs import in_memory as runs_in_memory
from hypothesis import HealthCheck, settings

from data_platform_tests.examples import FRESH, SAME
from data_platform_tests.s3 import s3_store

__all__ = ["s3_store"]

# `make test` tries the same examples every time: a red run tells of the change that it follows. `make test-slow` looks
# for fresh ones. Neither judges how long an example takes: on a busy machine any of them may.
settings.register_profile(
    SAME, derandomize=True, max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    FRESH, derandomize=False, print_blob=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(SAME)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave out of every search for garbage what stays to the end: Dagster and thousands of tests.

    The searches were a twelfth of the suite's time.
    """
    del session
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_configure(config: pytest.Config) -> None:
    """Note no version of the schema in Dagster's storage in memory, which no later version of Dagster will ever open.

    For each of its instances, of which most tests make one, all migrations would be read: 60 ms.
    """
    del config
    for module in (events_in_memory, runs_in_memory):
        module.stamp_alembic_rev = lambda *_: None
