"""The feeds of files and the order database's page, over real HTTP."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from data_platform.simulator.serving import Simulator, running
from data_platform.simulator.settings import DEFAULT_TOKEN, SimulatorSettings, from_environment

DAY = date(2026, 3, 14)
BEFORE = DAY - timedelta(days=1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    database = f"sqlite:///{tmp_path_factory.mktemp('shop')}/sales.sqlite"
    with running(SimulatorSettings(day=DAY, since=DAY - timedelta(days=3), database=database)) as simulator:
        yield simulator


@pytest.fixture
def client(shop: Simulator) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}
    with httpx.Client(base_url=shop.url, headers=headers, trust_env=False) as client:
        yield client
    shop.set_faults()


@pytest.mark.parametrize(
    "folder", ["/ads/exports/", "/carriers/parcelo/", "/carriers/nordpost/", "/carriers/swiftline/"]
)
def test_an_index_names_size_and_etag_of_files_that_are_there(client: httpx.Client, folder: str) -> None:
    listed = client.get(folder).json()["files"]
    assert listed
    for entry in listed:
        answer = client.get(folder + entry["name"])
        assert (len(answer.content), answer.headers["ETag"]) == (entry["size"], entry["etag"])
        again = client.get(folder + entry["name"], headers={"If-None-Match": entry["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        f"/ads/exports/{DAY}.csv",
        "/ads/exports/2026-02-30.csv",
        f"/ads/exports/{BEFORE}.txt",
        "/carriers/nobody/",
        f"/carriers/parcelo/events_{DAY}.csv",
        f"/carriers/parcelo/secrets_{BEFORE}.csv",
    ],
)
def test_what_is_not_there_is_404(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_wrong_token_and_a_day_that_is_none_are_refused(client: httpx.Client) -> None:
    assert client.get("/ads/campaigns.json", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/ads/campaigns.json", headers={"X-Simulator-Day": "tomorrow"}).status_code == 400


def test_another_day_can_be_asked_for(client: httpx.Client) -> None:
    tomorrow = {"X-Simulator-Day": (DAY + timedelta(days=1)).isoformat()}
    assert client.get(f"/ads/exports/{DAY}.csv", headers=tomorrow).status_code == 200


def test_faults_strike_these_feeds_too_and_are_counted(client: httpx.Client, shop: Simulator) -> None:
    shop.forget()
    shop.set_faults(rate_429=1.0)
    assert client.get("/ads/campaigns.json").status_code == 429
    shop.set_faults(rate_reset=1.0, reset_mid_body_share=1.0)
    with pytest.raises(httpx.TransportError):
        client.get(f"/carriers/parcelo/events_{BEFORE}.csv")
    assert shop.faults_served == {"429": 1, "reset": 1}


def test_the_order_database_is_up_to_date_and_moves_when_asked(client: httpx.Client) -> None:
    assert client.get("/_simulator/orders").json()["database"].endswith("/sales.sqlite")
    assert client.put("/_simulator/orders").json()["rows_written"] == 0
    moved = client.put("/_simulator/orders", json={"moment": f"{DAY + timedelta(days=1)}T00:00:00Z"}).json()
    assert moved["rows_written"] > 100
    assert client.put("/_simulator/orders", content=b"soon").status_code == 400


def test_a_simulator_without_a_database_says_so() -> None:
    with running(SimulatorSettings(day=DAY)) as simulator:
        assert httpx.get(f"{simulator.url}/_simulator/orders").status_code == 404


def test_the_database_is_a_file_of_the_state_folder_unless_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_PLATFORM_STATE", str(tmp_path))
    assert from_environment({}).database == ""
    assert from_environment({"DATA_PLATFORM_STATE": "x"}).database == f"sqlite:///{tmp_path}/sales.sqlite"
    said = from_environment({"DATA_PLATFORM_SIMULATOR_DATABASE": "sqlite:////elsewhere", "DATA_PLATFORM_STATE": "x"})
    assert said.database == "sqlite:////elsewhere"
