"""Whether what Dagster says was made is really in the store."""

from pathlib import Path

import pytest

from data_platform.laptop.dagster_values import Made
from data_platform.laptop.stored import looker
from data_platform.storage.object_store import ObjectStore
from data_platform_tests.s3 import S3Server


def made(uri: str) -> Made:
    return Made(asset=("films", "list"), run_id="1", uri=uri)


def check(store: ObjectStore, aws: dict[str, str]) -> None:
    is_there = looker(str(store.url), aws)
    store.put("films/list/2026-11-22.csv", b"x")
    assert is_there(made(store.uri("films/list/2026-11-22.csv")))
    assert is_there(made(store.uri("films/list")))
    assert is_there(made(""))
    assert not is_there(made(store.uri("films/list/2026-11-21.csv")))
    assert not is_there(made(store.uri("films/li")))
    assert not is_there(made("s3://elsewhere/films/list/2026-11-22.csv"))


def test_a_folders_files_are_found_and_others_are_not(tmp_path: Path) -> None:
    check(ObjectStore.open((tmp_path / "a store").as_uri()), {})


def test_an_s3s_objects_are_found_and_others_are_not(s3_store: S3Server) -> None:
    url = s3_store.fresh_url()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_store.environment.items():
            patch.setenv(name, value)
        store = ObjectStore.open(url)
    check(store, s3_store.environment)


def test_a_store_that_cannot_be_reached_holds_nothing() -> None:
    aws = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    assert not looker("s3://bucket", aws | {"AWS_REGION": "us-east-1"})(made("s3://bucket/films"))
