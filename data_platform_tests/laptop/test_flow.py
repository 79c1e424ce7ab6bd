"""What is told of the assets that follow by themselves after a start."""

from typing import Any

import pytest

from data_platform.laptop import flow, graphql
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.flow import Flow

ALL = ["sales/orders_v1", "sales/raw_orders"]


class Api(DagsterAPI):
    """Dagster's answers, as far as they are asked for here."""

    def __init__(self, *have: str) -> None:
        self.have = list(have)

    def ask(self, document: str, **variables: object) -> dict[str, Any]:
        if document == graphql.MATERIALIZABLE:
            return {"assetNodes": [{"assetKey": {"path": key.split("/")}, "isMaterializable": True} for key in ALL]}
        latest = [{"timestamp": "1"} if key in self.have else None for key in ALL]
        infos = [
            {"assetKey": {"path": key.split("/")}, "latestMaterialization": event}
            for key, event in zip(ALL, latest, strict=True)
        ]
        return {"assetsLatestInfo": infos}


def told(follower: Flow, api: Api) -> list[str]:
    return list(follower.look(api))


def test_assets_are_told_as_they_get_data_until_all_have() -> None:
    api, follower = Api("sales/raw_orders"), Flow()
    (first,) = told(follower, api)
    assert first.startswith("1 of 2 assets have data.")
    assert told(follower, api) == []
    api.have.append("sales/orders_v1")
    line, last = told(follower, api)
    assert line == "  sales/orders_v1 has data (2 of 2)"
    assert last.startswith("All 2 assets have data, ")
    assert follower.over
    assert not follower.due


def test_on_a_second_start_there_is_one_line() -> None:
    assert told(Flow(), Api(*ALL)) == ["All 2 assets have data."]


def test_what_never_comes_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "_PATIENCE_SECONDS", -1.0)
    follower = Flow()
    assert told(follower, Api())[-1].endswith("Without: sales/orders_v1, sales/raw_orders. Why: data-platform status")
    assert follower.over


def test_all_are_said_to_have_data_only_when_all_are_known() -> None:
    api, follower = Api("sales/raw_orders"), Flow()
    assert next(iter(follower.look(api, more_to_come=True))).startswith("1 of 2 assets have data.")
    api.have.append("sales/orders_v1")
    assert list(follower.look(api, more_to_come=True)) == ["  sales/orders_v1 has data (2 of 2)"]
    assert not follower.over
    assert told(follower, api)[-1].startswith("All 2 assets have data")
    assert follower.over
