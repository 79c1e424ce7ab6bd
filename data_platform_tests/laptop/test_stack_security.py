"""The whole platform, attacked on every socket that it listens on."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.errors import DagsterAPIError
from data_platform_tests.laptop.listening import FOREIGN, intrude, others, tcp, unix
from data_platform_tests.laptop.stack_process import SHOP, Up, workspace
from data_platform_tests.laptop.test_s3_security import REQUESTS as OF_THE_S3

pytestmark = pytest.mark.slow

DELETE = 'mutation { deletePipelineRun(runId: "%s") { __typename } }'
REQUESTS = [
    *OF_THE_S3,
    ("GET", "/server_info"),
    ("GET", "/graphql?query={version}"),
    ("POST", "/graphql"),
    ("POST", "/report_asset_materialization/shop/orders"),
    ("GET", "/health"),
    ("PUT", "/_simulator/faults"),
    ("DELETE", "/_simulator/requests"),
    ("GET", "/3/movie/popular"),
]
OF_SEAWEEDFS = r"filer\.sock|s3\.sock|seaweedfs-(master|volume|filer|s3|admin)-grpc-\d+\.sock"
KNOWN_SOCKETS = re.compile(rf"runs|shop\.sock\.\d+\.\d+|{OF_SEAWEEDFS}")


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("stack")
    stack = Up(folder / "state", workspace(folder, shop=SHOP))
    try:
        stack.wait_for("Ctrl-C stops everything")
        yield stack
    finally:
        stack.make_sure_it_ended()


def public(up: Up) -> dict[int, str]:
    return {httpx.URL(url).port or 0: name for name, url in up.record.urls.items()}


def test_every_socket_is_known_and_on_this_machine_only(up: Up) -> None:
    listening = tcp(up.process.pid)
    private = {port for name, port in known_ports(up).items() if name.startswith("seaweedfs.")}
    assert {address for address, _ in listening} == {"127.0.0.1"}
    grpc = {port + 10_000 for port in private}
    assert set(public(up)) <= {port for _, port in listening} <= {*public(up), *private, *grpc}
    assert [path for path in unix(up.process.pid) if not KNOWN_SOCKETS.fullmatch(path.name)] == []


def known_ports(up: Up) -> dict[str, int]:
    ports: dict[str, int] = json.loads(up.state.ports.read_text())
    return ports


def test_another_user_of_the_machine_gets_nothing_from_any_of_them(up: Up) -> None:
    [*_, uid] = others()
    if uid is None:
        pytest.skip("only root can become another user")
    answers = intrude(uid, [port for _, port in tcp(up.process.pid)], sorted(unix(up.process.pid)), REQUESTS)
    assert {answer["where"] for answer in answers} >= set(public(up))
    assert [answer for answer in answers if not refused(answer, public(up))] == []


def refused(answer: dict[str, Any], names: dict[int, str]) -> bool:
    name = names.get(answer["where"])
    if name is None:
        return bool(answer["status"] == 400 and "HTTPS server" in answer["body"]) or answer["how"].startswith("HEAD")
    if name == "S3 endpoint":
        empty = answer["body"] == "" and answer["how"] in {"GET /status", "GET /healthz"}
        return answer["status"] in {400, 403, 405} or empty or answer["how"].startswith("OPTIONS")
    return answer["status"] in {403, 421}


def test_a_page_in_our_own_browser_changes_nothing(up: Up) -> None:
    url = up.record.urls["Dagster UI"]
    with DagsterAPI(url) as api:
        [run] = api.ask("{ runsOrError { ... on Runs { results { runId } } } }")["runsOrError"]["results"]
        mutation = DELETE % run["runId"]
        own = {"Sec-Fetch-Site": "none"}
        with httpx.Client(base_url=url, trust_env=False) as page:
            assert page.get("/graphql", params={"query": mutation}, headers=own).status_code == 405
            assert page.get("/graphql", params={"query": mutation}, headers={"Host": "evil.example"}).status_code == 421
            assert page.post("/graphql", params={"query": mutation}).status_code == 405
            assert page.post("/graphql", content=mutation, headers={"Content-Type": "application/graphql"}).is_error
            for headers in ({"Origin": FOREIGN}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
                assert page.post("/graphql", json={"query": mutation}, headers=headers).is_error
            policy = page.get("/").headers.get_list("content-security-policy")
            assert "frame-ancestors 'none'" in policy
            assert any("script-src" in each for each in policy), "Dagster's own policy is gone"
        assert api.ask("{ runsOrError { ... on Runs { results { runId } } } }")["runsOrError"]["results"] == [run]
        api.ask(mutation)


def test_with_the_token_asked_of_everybody_the_platform_runs_and_its_address_has_it(tmp_path: Path) -> None:
    token = "a-token-for-this-test-only"
    environment = {"DATA_PLATFORM_WEB_ACCESS": "token", "DATA_PLATFORM_WEB_TOKEN": token}
    up = Up(tmp_path / "state", workspace(tmp_path, shop=SHOP), **environment)
    try:
        up.wait_for("Ctrl-C stops everything")
        url = up.record.urls["Dagster UI"]
        assert f"{url}/?token={token}" in up.text
        assert "materialized shop/orders" in up.text
        with DagsterAPI(url) as api, pytest.raises(DagsterAPIError):
            api.ask("{ version }")
        with httpx.Client(base_url=url, trust_env=False, follow_redirects=True) as browser:
            assert "<!DOCTYPE html>" in browser.get("/", params={"token": token}).text
            assert "data" in browser.post("/graphql", json={"query": "{ version }"}).json()
        tellers = [process for process in up.processes() if process.environ().get("DATA_PLATFORM_WEB_TOKEN")]
        assert {" ".join(process.cmdline()).split()[2] for process in tellers} <= {
            "data_platform.laptop.dagster_private.webserver",
            "data_platform.simulator",
        }
        assert token not in (up.state.root / "stack.json").read_text()
        assert all(token.encode() not in log.read_bytes() for log in up.state.logs.iterdir())
    finally:
        up.make_sure_it_ended()


def test_settings_of_the_guard_that_cannot_be_used_end_up_with_a_sentence(tmp_path: Path) -> None:
    up = Up(tmp_path / "state", workspace(tmp_path, shop=SHOP), DATA_PLATFORM_ALLOWED_HOSTS="http://x")
    assert up.finish() == 1
    assert "DATA_PLATFORM_ALLOWED_HOSTS" in up.text
    assert "Traceback" not in up.text
