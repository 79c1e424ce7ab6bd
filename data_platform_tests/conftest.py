"""Fixtures that every folder shares, and how hypothesis looks for examples."""

from hypothesis import settings

from data_platform_tests.examples import FRESH, SAME
from data_platform_tests.s3 import s3_store

__all__ = ["s3_store"]

# `make test` tries the same examples every time: a red run tells of the change that it follows. `make test-slow` looks
# for fresh ones.
settings.register_profile(SAME, derandomize=True, max_examples=25)
settings.register_profile(FRESH, derandomize=False, print_blob=True)
settings.load_profile(SAME)
