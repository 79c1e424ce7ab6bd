"""The stores of the storage's own tests."""

from data_platform_tests.storage.conftest import open_s3, store

__all__ = ["open_s3", "store"]
