"""Which server a source's files come from, and which token it is shown, is said by the environment alone."""

import json

import pytest

from data_platform.ingestion.errors import PermanentSourceError
from data_platform.orchestration.ingestion.remote_source import RemoteSource
from data_platform.settings import SIMULATOR_TOKEN, SIMULATOR_TOKEN_VARIABLE, SIMULATOR_VARIABLE
from data_platform_tests.answering import Asked, Reply, answering


class Folders(RemoteSource):
    url_variable = "FOLDERS_URL"
    token_variable = "FOLDERS_TOKEN"
    simulator_path = "/folders"


def index(_: Asked) -> Reply:
    return Reply(json.dumps({"files": []}).encode(), headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("variables", "path", "token"),
    [
        ({SIMULATOR_VARIABLE: "{url}"}, "/folders/day", SIMULATOR_TOKEN),
        ({SIMULATOR_VARIABLE: "{url}", SIMULATOR_TOKEN_VARIABLE: "of-this-start"}, "/folders/day", "of-this-start"),
        ({"FOLDERS_URL": "{url}/own", "FOLDERS_TOKEN": "secret", SIMULATOR_TOKEN_VARIABLE: "x"}, "/own/day", "secret"),
    ],
)
def test_the_environment_says_which_server_is_asked_with_which_token(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], path: str, token: str
) -> None:
    for name in (SIMULATOR_VARIABLE, SIMULATOR_TOKEN_VARIABLE, "FOLDERS_URL", "FOLDERS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with answering(index) as server:
        for name, value in variables.items():
            monkeypatch.setenv(name, value.format(url=server.url))
        with Folders().connect() as files:
            assert files.index("day") == {}
        (asked,) = server.asked
    assert asked.path.startswith(path)
    assert asked.headers["Authorization"] == f"Bearer {token}"


def test_without_any_server_it_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (SIMULATOR_VARIABLE, "FOLDERS_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(PermanentSourceError, match="set FOLDERS_URL, or "):
        Folders().connect()
