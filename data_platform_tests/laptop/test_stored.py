"""Whether what Dagster says was made is really in the store."""

from pathlib import Path

import pytest
from dagster._utils.error import SerializableErrorInfo

from data_platform.laptop.dagster_values import Materialization, error_text
from data_platform.laptop.errors import LaptopError
from data_platform.laptop.stored import existence_check, reach
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.s3 import S3Server


def materialization(uri: str) -> Materialization:
    return Materialization(asset=("films", "list"), run_id="1", uri=uri)


def check(store: ObjectStore, aws: dict[str, str]) -> None:
    is_there = existence_check(str(store.url), aws)
    store.put("films/list/2026-11-22.csv", b"x")
    assert is_there(materialization(store.uri("films/list/2026-11-22.csv")))
    assert is_there(materialization(store.uri("films/list")))
    assert is_there(materialization(""))
    assert not is_there(materialization(store.uri("films/list/2026-11-21.csv")))
    assert not is_there(materialization(store.uri("films/li")))
    assert not is_there(materialization("s3://elsewhere/films/list/2026-11-22.csv"))


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
    assert not existence_check("s3://bucket", aws | {"AWS_REGION": "us-east-1"})(materialization("s3://bucket/films"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3:/oops", "is no bucket name"),
        ("ftp://somewhere/else", "accepted are s3://bucket/prefix"),
        ("memory://here", "use file:///folder"),
    ],
)
def test_a_store_that_cannot_be_one_is_refused_before_anything_starts(url: str, said: str) -> None:
    with pytest.raises(LaptopError, match=said):
        reach(url)


def test_a_bucket_that_is_not_there_and_a_wrong_secret_are_told_before_anything_starts(
    s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_store.environment.items():
        monkeypatch.setenv(name, value)
    reach(s3_store.fresh_url())
    with pytest.raises(LaptopError, match=r"s3://no-such-bucket/x.*the bucket does not exist: create it"):
        reach("s3://no-such-bucket/x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(LaptopError, match="secret"):
        reach(s3_store.fresh_url())


def test_an_error_is_shown_by_the_first_lines_of_its_chain() -> None:
    causes = [{"message": "MissingBucket: s3://b: create it\nmore"}, {"message": "x" * 9_000}, *[{"message": "y"}] * 9]
    lines = error_text({"message": "step failed\n  at", "causes": causes}).splitlines()
    assert lines[:2] == ["step failed", "MissingBucket: s3://b: create it"]
    assert len(lines) == 4
    assert len(lines[2]) < 600


def test_an_error_whose_causes_are_in_its_text_is_shown_by_the_same_lines() -> None:
    cause = SerializableErrorInfo(
        "InvalidProductError: contract.odcs.yaml:1:1: no name\n", ["  at c\n"], "InvalidProductError"
    )
    error = SerializableErrorInfo(
        "DagsterUserCodeLoadError: in\nmodule=a\n", ["  at b\n"], "DagsterUserCodeLoadError", cause
    )
    text = f"Exception: the code server is in an error state: {error.to_string()}"
    assert error_text({"message": text, "causes": []}).splitlines() == [
        "Exception: the code server is in an error state: DagsterUserCodeLoadError: in",
        "InvalidProductError: contract.odcs.yaml:1:1: no name",
    ]
