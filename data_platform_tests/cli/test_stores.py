"""Which store a verb speaks to."""

import json
import os
from pathlib import Path

import pytest

from data_platform.cli.stores import looked_up, open_store
from data_platform.contracts.registry import versions
from data_platform.laptop.state import StackRecord, StateFolder
from data_platform.mesh.errors import MeshError
from data_platform_tests.s3 import S3Server


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateFolder:
    """A state folder, and an environment that speaks of somebody else's S3; both are put back afterwards."""
    monkeypatch.setenv("DATA_PLATFORM_STATE", str(tmp_path))
    monkeypatch.delenv("DATA_PLATFORM_STORE", raising=False)
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION", "ALLOW_HTTP", "ENDPOINT_URL"):
        monkeypatch.setenv(f"AWS_{name}", "of-somebody-else")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-somebody-else")
    folder = StateFolder(tmp_path)
    folder.create()
    return folder


def remember(state: StateFolder, server: S3Server) -> None:
    urls = {"S3 endpoint": server.endpoint}
    state.write_record(StackRecord("id", os.getpid(), 0.0, server.fresh_url(), embedded_store=True, urls=urls))
    keys = {"access_key": server.access_key, "secret_key": server.secret_key}
    state.credentials.write_text(json.dumps(keys))


def test_the_store_of_the_running_stack_is_used_whatever_s3_the_shell_speaks_of(
    state: StateFolder, s3_store: S3Server
) -> None:
    remember(state, s3_store)
    with state.lock():
        store = open_store()
    assert versions.newest(store).by_product == {}
    store.put("hello", b"there")
    assert store.get("hello") == b"there"


def test_a_stack_that_has_stopped_is_told_at_once(state: StateFolder, s3_store: S3Server) -> None:
    remember(state, s3_store)
    with pytest.raises(MeshError, match=r"is not running.*make run.*DATA_PLATFORM_STORE"):
        open_store()


def test_a_variable_that_is_set_goes_first(state: StateFolder, s3_store: S3Server, tmp_path: Path) -> None:
    remember(state, s3_store)
    os.environ["DATA_PLATFORM_STORE"] = f"file://{tmp_path}/mine"
    try:
        assert str(open_store().url) == f"file://{tmp_path}/mine"
    finally:
        del os.environ["DATA_PLATFORM_STORE"]


def test_what_does_without_a_store_gets_none_and_the_reason(state: StateFolder) -> None:
    answer, why = looked_up(lambda store: store)
    assert answer is None
    assert "No stack has run" in why
