"""The running platform is told of rows that no run made."""

import signal
from pathlib import Path

import pytest

from data_platform.laptop.asset_runs import find
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.laptop.errors import LaptopError
from data_platform.laptop.graphql import ASSETS
from data_platform.laptop.restated import report
from data_platform_tests.laptop.stack_process import Up, workspace

PRICES = """
import dagster as dg

days = dg.DailyPartitionsDefinition(start_date="2026-11-01", end_date="2026-11-07")

@dg.asset(key=["shop", "prices"], partitions_def=days)
def prices() -> None: ...

@dg.asset(key=["shop", "all"])
def all_() -> None: ...

defs = dg.Definitions(assets=[prices, all_])
"""


def test_where_no_platform_runs_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(LaptopError, match="No platform runs on"):
        report(tmp_path, "file:///nowhere", "shop/prices", ["2026-11-01"], "")


@pytest.mark.slow
def test_each_partition_that_is_others_now_is_a_materialization_that_says_why(tmp_path: Path) -> None:
    store, root = f"file://{tmp_path}/store", tmp_path / "state"
    up = Up(root, workspace(tmp_path, shop=PRICES), "--no-materialize", DATA_PLATFORM_STORE=store)
    try:
        up.wait_for("Ctrl-C stops everything")
        days = ["2026-11-02", "2026-11-03", "2031-01-01"]
        assert report(root, store, "shop/prices", days, "Rolled back to version 1.") == ["2031-01-01"]
        assert report(root, store, "shop/all", [], "Rolled back to version 1.") == []
        with DagsterAPI.of_running(root) as api:
            assert find(api, "shop/prices").partitions
            for key, partition in (("prices", "2026-11-02"), ("prices", "2026-11-03"), ("all", None)):
                keys, asked = [{"path": ["shop", key]}], [partition] if partition else None
                (node,) = api.ask(ASSETS, keys=keys, partitions=asked)["assetNodes"]
                (event,) = node["assetMaterializations"]
                assert event["partition"] == partition
        with pytest.raises(LaptopError, match="is on another store, file:///"):
            report(root, "s3://elsewhere", "shop/prices", days, "")
        with pytest.raises(LaptopError, match="knows shop/prices with partitions: reload its code location first"):
            report(root, store, "shop/prices", [], "")
        assert up.finish(signal.SIGINT) == 0
    finally:
        up.make_sure_it_ended()
