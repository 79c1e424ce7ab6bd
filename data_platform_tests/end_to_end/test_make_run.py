"""What `make run` promises, with the real workspace: the UI lists every location, and a launch from its API works."""

import io
import re
import signal
import time
from collections.abc import Iterator

import boto3
import pandas as pd
import psutil
import pytest

from data_platform.domains.movies.partitions import today
from data_platform.settings import STORE_VARIABLE
from data_platform_tests.end_to_end.running import Platform, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CSV = ["movies", "top_movies_csv"]
LOCATIONS = """{
  workspaceOrError { ... on Workspace { locationEntries {
    name locationOrLoadError { __typename ... on PythonError { message } } } } }
}"""
NEVER_TAKEN = "2026-11-02"
RUNS = """query ($partition: String!) {
  runsOrError(filter: { tags: [{ key: "dagster/partition", value: $partition }] }) {
    ... on Runs { results { runId stepStats { attempts { __typename } } } } }
}"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("make_run")) as platform:
        yield platform


def csv_in_s3(platform: Platform) -> pd.DataFrame:
    environment = platform.environment()
    client = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    bucket, _, prefix = environment[STORE_VARIABLE].removeprefix("s3://").partition("/")
    key = "/".join(filter(None, [prefix, *CSV, "popular", f"{today()}.csv"]))
    return pd.read_csv(io.BytesIO(client.get_object(Bucket=bucket, Key=key)["Body"].read()), keep_default_na=False)


def test_it_says_what_was_made_where_and_from_which_source(platform: Platform) -> None:
    assert "the simulator in the place of TMDb (TMDB_API_TOKEN)" in platform.said
    assert re.search(rf"movies/top_movies_csv\s+{today()}\s+100\s+7 passed\s+s3://\S+\.csv", platform.said)


def test_the_csv_is_in_s3_with_a_hundred_rows(platform: Platform) -> None:
    assert len(csv_in_s3(platform)) == 100


def test_the_ui_lists_every_location_without_an_error(platform: Platform) -> None:
    entries = platform.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
    kinds = {entry["name"]: entry["locationOrLoadError"]["__typename"] for entry in entries}
    assert kinds == dict.fromkeys(("logistics", "logs", "marketing", "movies", "sales"), "RepositoryLocation")


def test_a_materialization_launched_from_the_uis_api_succeeds(platform: Platform) -> None:
    config = {"resources": {"top_list": {"config": {"count": 60}}}}
    _, status = platform.launch(["movies/top_movies_csv"], today().isoformat(), config)
    assert status == "SUCCESS"
    assert len(csv_in_s3(platform)) == 60


def test_a_permanent_failure_is_retried_neither_as_a_step_nor_as_a_run(platform: Platform) -> None:
    run_id, status = platform.launch(["movies/tmdb_pages"], NEVER_TAKEN)
    assert status == "FAILURE"
    time.sleep(15)  # the daemon looks for runs to retry every few seconds
    about = platform.ask(RUNS, partition=NEVER_TAKEN)["runsOrError"]["results"]
    assert [run["runId"] for run in about] == [run_id]
    assert [step["attempts"] for step in about[0]["stepStats"]] == [[{"__typename": "RunMarker"}]]


def test_everything_listens_on_loopback_alone(platform: Platform) -> None:
    ours = [platform.process.pid, *(p.pid for p in psutil.Process(platform.process.pid).children(recursive=True))]
    listening = [c for c in psutil.net_connections("inet") if c.pid in ours and c.status == psutil.CONN_LISTEN]
    assert len(listening) >= 4
    assert {c.laddr.ip for c in listening} == {"127.0.0.1"}


def test_no_secret_is_in_a_command_line_a_log_or_the_output(platform: Platform) -> None:
    secret = platform.environment()["AWS_SECRET_ACCESS_KEY"]
    children = psutil.Process(platform.process.pid).children(recursive=True)
    assert all(secret not in " ".join(child.cmdline()) for child in children)
    logs = b"".join(path.read_bytes() for path in (platform.state / "logs").glob("*"))
    assert secret.encode() not in logs
    assert secret not in platform.said


def test_a_ctrl_c_stops_it_all_within_seconds_and_leaves_no_process(platform: Platform) -> None:
    family = [psutil.Process(platform.process.pid), *psutil.Process(platform.process.pid).children(recursive=True)]
    platform.process.send_signal(signal.SIGINT)
    assert platform.process.wait(30) == 0
    assert [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
