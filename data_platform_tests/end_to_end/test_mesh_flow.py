"""A publication flows on by itself through real code locations and the real daemon, and stops at a broken contract."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.settings import STORE_VARIABLE
from data_platform.storage.delta import read_table
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.end_to_end.running import Platform, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

DAY = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
RAW, PRODUCT = "sales/raw_orders", "sales/orders_v1"
FOLLOWERS = ["sales/daily_revenue_v1", "sales/order_fulfilment_v1", "marketing/campaign_performance_v1"]
LOOKS_UP = "logistics/shipments_v1"
"""Waits for the product and looks it up; a change of an order is no reason to make parcels anew."""
MADE = """query ($keys: [AssetKeyInput!]!, $partitions: [String!]) {
  assetNodes(assetKeys: $keys) {
    assetKey { path } assetMaterializations(limit: 1, partitions: $partitions) { runId timestamp } } }"""
FAILED = """query ($after: Float!) {
  runsOrError(filter: { statuses: [FAILURE], updatedAfter: $after }) {
    ... on Runs { results { runId assetSelection { path } tags { key value } } } } }"""
TICKS = """query ($after: Float!) {
  sensorsOrError(repositorySelector: { repositoryName: "__repository__", repositoryLocationName: "%s" }) {
    ... on Sensors { results { name sensorState { ticks(afterTimestamp: $after, statuses: [SUCCESS, SKIPPED]) {
      endTimestamp } } } } } }"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("mesh")) as platform:
        yield platform


def made(platform: Platform, keys: list[str]) -> dict[str, str]:
    """The run that made the day's partition last, by asset; an asset without one is left out."""
    nodes = platform.ask(MADE, keys=[{"path": key.split("/")} for key in keys], partitions=[DAY])["assetNodes"]
    return {
        "/".join(node["assetKey"]["path"]): node["assetMaterializations"][0]["runId"]
        for node in nodes
        if node["assetMaterializations"]
    }


def refused(platform: Platform, since: float) -> list[str]:
    """The runs that failed to publish the product since then."""
    runs = platform.ask(FAILED, after=since)["runsOrError"]["results"]
    return [run["runId"] for run in runs if {"path": PRODUCT.split("/")} in (run["assetSelection"] or [])]


def evaluated(platform: Platform, domain: str, since: float) -> int:
    """How often a domain's automation was evaluated since then."""
    sensors = platform.ask(TICKS % domain, after=since)["sensorsOrError"]["results"]
    ticks = next(one["sensorState"]["ticks"] for one in sensors if one["name"] == f"{domain}_automation")
    return len([tick for tick in ticks if tick["endTimestamp"]])


def change_one_order(platform: Platform, status: str) -> int:
    """What nobody foresaw, in the order system itself."""
    with closing(sqlite3.connect(platform.state / "sales.sqlite", timeout=30)) as database, database:
        (order,) = database.execute(
            "SELECT min(order_id) FROM orders WHERE date(placed_at) = ? AND status IN ('placed', 'paid', 'teleported')",
            [DAY],
        ).fetchone()
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        database.execute("UPDATE orders SET status = ?, updated_at = ? WHERE order_id = ?", [status, now, order])
    return int(order)


def statuses(platform: Platform, store: ObjectStore) -> dict[int, str]:
    rows = read_table(store, PRODUCT, partitions=[{"day": DAY}], columns=["order_id", "status"])
    return dict(zip(*(rows.column(name).to_pylist() for name in ("order_id", "status")), strict=True))


def test_a_publication_flows_through_the_mesh_and_stops_at_a_broken_contract(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in platform.environment().items():
        monkeypatch.setenv(name, value)
    from data_platform.orchestration.defaults import s3  # noqa: PLC0415 - it reads the environment

    store = ObjectStoreResource(url=platform.environment()[STORE_VARIABLE], s3=s3).open()
    everything = [PRODUCT, *FOLLOWERS, LOOKS_UP]
    platform.until(lambda: len(made(platform, everything)) == len(everything), f"{everything} of {DAY}", 600)
    platform.until(lambda: settled(platform, everything), "no run is on its way", 300)

    before, good, begun = made(platform, everything), statuses(platform, store), time.time()
    order = change_one_order(platform, "teleported")
    _, status = platform.launch([RAW], DAY)
    assert status == "SUCCESS"
    platform.until(lambda: refused(platform, begun), "the product refuses the batch")
    since = time.time()
    for domain in ("sales", "marketing", "logistics"):
        platform.until(lambda one=domain: evaluated(platform, one, since) >= 2, f"{domain}'s automation looks twice")
    assert made(platform, everything) == before, "nothing follows a batch that was refused"
    assert statuses(platform, store) == good, "readers keep what they had"
    assert len(refused(platform, begun)) == 1, "and it is not tried again and again"

    change_one_order(platform, "paid")
    _, status = platform.launch([RAW], DAY)
    assert status == "SUCCESS"
    anew = [PRODUCT, *FOLLOWERS]
    platform.until(lambda: not (made(platform, anew).items() & before.items()), "everyone follows", 300)
    assert statuses(platform, store)[order] == "paid"


def settled(platform: Platform, keys: list[str]) -> bool:
    """Whether nobody made any of these anew for a minute."""
    before = made(platform, keys)
    time.sleep(60)
    return made(platform, keys) == before
