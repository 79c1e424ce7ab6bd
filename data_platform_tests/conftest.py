"""Fixtures that every folder shares."""

from data_platform_tests.s3 import s3_store

__all__ = ["s3_store"]
