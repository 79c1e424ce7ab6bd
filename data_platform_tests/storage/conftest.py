import secrets
from collections.abc import Callable

import pytest

from data_platform.storage.objects.s3_options import S3Options
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.s3 import S3Server


def options_of(server: S3Server, **changes: str) -> S3Options:
    values = {
        "access_key_id": server.access_key,
        "secret_access_key": server.secret_key,
        "endpoint": server.endpoint,
        "region": server.region,
        **changes,
    }
    return S3Options(**values)  # type: ignore[arg-type]


@pytest.fixture
def open_s3(s3_store: S3Server) -> Callable[..., ObjectStore]:
    """Open a fresh prefix of the real S3; keyword arguments change what it is opened with, ``url`` where."""

    def opener(url: str | None = None, **changes: str) -> ObjectStore:
        return ObjectStore.open(url or s3_store.fresh_url(), options_of(s3_store, **changes))

    return opener


@pytest.fixture(params=["s3", "file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path) -> ObjectStore:
    """An empty store, of each kind."""
    if request.param == "s3":
        return request.getfixturevalue("open_s3")()
    if request.param == "file":
        return ObjectStore.open((tmp_path / "a store").as_uri())
    return ObjectStore.open(f"memory://test-{secrets.token_hex(4)}")
