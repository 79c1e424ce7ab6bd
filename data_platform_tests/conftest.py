"""Fixtures that every folder shares, how hypothesis looks for examples, and how often Python looks for garbage."""

import gc

import pytest
from hypothesis import settings

from data_platform_tests.examples import FRESH, SAME
from data_platform_tests.s3 import s3_store

__all__ = ["s3_store"]

# `make test` tries the same examples every time: a red run tells of the change that it follows. `make test-slow` looks
# for fresh ones.
settings.register_profile(SAME, derandomize=True, max_examples=25)
settings.register_profile(FRESH, derandomize=False, print_blob=True)
settings.load_profile(SAME)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave out of every search for garbage what stays to the end: Dagster and thousands of tests.

    The searches were a twelfth of the suite's time.
    """
    del session
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
