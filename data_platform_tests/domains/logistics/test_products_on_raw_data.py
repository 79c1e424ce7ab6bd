"""Logistics' products, and sales' order fulfilment, on what the simulator really gives, on a real store."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import dagster as dg
import pytest

from data_platform.simulator.orders.keeper import OrderDatabase
from data_platform.simulator.shop.orders import Order, orders_on
from data_platform.simulator.shop.parcels import CARRIERS, Parcel
from data_platform.storage import delta
from data_platform_tests.domains.platforms import SINCE, TODAY, Domain, asked_days, back, loaded, world_on

pytestmark = pytest.mark.slow

RAW_SALES: Final = ("raw_customers", "raw_orders")
RAW: Final = ("raw_shipments", "raw_scan_events")
ORDERS: Final = ("customers_v1", "orders_v1", "orders_v2")
PARCELS: Final = ("shipments_v1", "scan_events_v1")
FULFILMENT: Final = "order_fulfilment_v1"
PERFORMANCE: Final = "delivery_performance_v1"


@pytest.fixture
def sales(platform: Domain) -> Domain:
    """The other domain, on logistics' store and instance."""
    return Domain("sales", loaded("sales"), platform.instance, platform.store, "sales_raw_orders_daily")


def shop(folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int, since: date) -> None:
    """The order database as it was at the last midnight."""
    url = f"sqlite:///{folder}/orders.sqlite"
    monkeypatch.setenv("SALES_DATABASE_URL", url)
    OrderDatabase(url, seed, since=since, pinned=TODAY).advance(datetime.combine(TODAY, time(), UTC))


def make(domain: Domain, assets: Sequence[str], first: str, last: str) -> set[str]:
    """Some assets of a range of days in one run; which checks were judged, of which all must have passed that block.

    A day of few parcels may well lack most of its weights, which is warned of.
    """
    result = domain.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=domain.instance,
        asset_selection=[domain.key(asset) for asset in assets],
        tags={"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last},
        raise_on_error=False,
    )
    assert result.success, (assets, first, last)
    judged = result.get_asset_check_evaluations()
    blocking = [check for check in judged if check.severity is dg.AssetCheckSeverity.ERROR]
    assert [f"{check.asset_key.path[-1]}: {check.check_name}" for check in blocking if not check.passed] == []
    return {f"{one.asset_key.path[-1]}: {one.check_name}" for one in judged}


def table(domain: Domain, product: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = delta.read_table(domain.store, f"{domain.name}/{product}").to_pylist()
    return rows


def settled(seed: int, since: date) -> dict[int, Order]:
    """The true orders, from a day on, whose parcels' whole way was reported by yesterday."""
    days = [since + timedelta(days=number) for number in range((TODAY - since).days)]
    long_ago = TODAY - timedelta(days=5)
    return {
        order.number: order
        for day in days
        for order in orders_on(seed, day)
        if order.parcels and all(scan.moment.date() < long_ago for each in order.parcels for scan in each.scans)
    }


@pytest.mark.slow
def test_the_products_say_what_really_became_of_parcels_and_orders(
    platform: Domain, sales: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(tmp_path, monkeypatch, 0, SINCE)
    first, last = SINCE.isoformat(), back(1)
    with world_on(TODAY, monkeypatch):
        make(sales, [*RAW_SALES, *ORDERS], first, last)
        judged = make(platform, [*RAW, *PARCELS, PERFORMANCE], first, last)
        judged |= make(sales, [FULFILMENT], back(10), last)
    assert {"shipments_v1: order_id_foreign_key", "order_fulfilment_v1: day_order_id_foreign_key"} <= judged

    parcels, raw = table(platform, "shipments_v1"), table(platform, "raw_shipments")
    assert len(parcels) == len({(row["_carrier"], row["tracking_number"]) for row in raw})
    words = Counter(row["weight_note"] for row in parcels)
    assert words["Weight Captured Separately"] == sum(row["weight_kg"] is None for row in parcels) > 0
    scans = table(platform, "scan_events_v1")
    assert len(scans) < len(table(platform, "raw_scan_events"))

    truth = settled(0, TODAY - timedelta(days=10))
    undated = {row["tracking_number"] for row in scans if row["scanned_at"] is None}
    found = {row["order_id"]: row for row in table(sales, FULFILMENT)}
    compared = 0
    for number, order in truth.items():
        if not undated & {parcel.tracking for parcel in order.parcels}:
            compared += 1
            assert_agrees(found[number], order)
    assert compared > 100

    rows = table(platform, PERFORMANCE)
    assert sum(row["parcels"] for row in rows) == len(parcels)
    assert {row["carrier"] for row in rows} == set(CARRIERS)
    assert any(row["on_time_share"] is None for row in rows)
    assert all(row["on_time_share"] > 0.7 for row in rows if row["due"] > 20)


def assert_agrees(row: dict[str, Any], order: Order) -> None:
    """Hours agree to the minute: one carrier writes no seconds."""
    assert row["parcels"] == len(order.parcels)
    assert row["first_shipped_on"] == min(parcel.picked_up.date() for parcel in order.parcels)
    arrivals = [parcel.delivered for parcel in order.parcels if parcel.delivered is not None]
    assert row["parcels_delivered"] == len(arrivals)
    if len(arrivals) == len(order.parcels):
        assert (row["state"], row["delivered_on"]) == ("delivered", max(arrivals).date())
        assert row["fulfilment_hours"] == pytest.approx((max(arrivals) - order.placed).total_seconds() / 3600, abs=0.02)
        assert row["is_late"] is any(late(parcel) for parcel in order.parcels)
    else:
        assert row["state"] in {"shipped", "partly_delivered", "lost"}


def late(parcel: Parcel) -> bool:
    return parcel.delivered is not None and parcel.delivered.date() > parcel.promised


@pytest.mark.slow
def test_a_late_scan_changes_its_day_and_what_was_said_of_its_parcel(
    platform: Domain, sales: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan of two days ago that is reported a day later delivers an order that was still on its way."""
    shop(tmp_path, monkeypatch, 0, SINCE)
    first, before = SINCE.isoformat(), back(2)
    make(sales, [*RAW_SALES, *ORDERS], first, before)
    with world_on(TODAY - timedelta(days=1), monkeypatch):
        make(platform, [*RAW, *PARCELS], first, before)
    make(sales, [FULFILMENT], back(8), back(3))
    earlier = {row["order_id"]: row for row in table(sales, FULFILMENT)}
    with world_on(TODAY, monkeypatch):
        assert platform.run(back(1)).success
        tick = platform.look("logistics_raw_scan_events_late_rows")
        assert {platform.do(request).success for request in tick.run_requests or []} == {True}
    for one, other in asked_days(tick):
        make(platform, ["scan_events_v1"], one, other)
    make(sales, [FULFILMENT], back(8), back(3))
    arrived = [
        row
        for row in table(sales, FULFILMENT)
        if row["state"] == "delivered" != earlier[row["order_id"]]["state"] and str(row["delivered_on"]) <= before
    ]
    assert arrived
    assert {earlier[row["order_id"]]["state"] for row in arrived} <= {"shipped", "partly_delivered", "open"}


def test_a_sunday_on_which_nothing_is_picked_up_is_published_empty(
    platform: Domain, sales: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sunday = TODAY - timedelta(days=TODAY.weekday() + 1)
    day = sunday.isoformat()
    shop(tmp_path, monkeypatch, 0, sunday)
    with world_on(TODAY, monkeypatch, since=sunday):
        make(sales, [*RAW_SALES, *ORDERS], day, day)
        make(platform, [*RAW, *PARCELS, PERFORMANCE], day, day)
        make(sales, [FULFILMENT], day, day)
    assert table(platform, "shipments_v1") == table(platform, "scan_events_v1") == table(platform, PERFORMANCE) == []
    states = Counter(row["state"] for row in table(sales, FULFILMENT))
    assert set(states) == {"open", "cancelled", "nothing_to_ship"}
    assert sum(states.values()) == len(table(sales, "orders_v2"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_one_of_three_weeks_days_is_published(
    platform: Domain, sales: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Week by week, for the carriers keep their files for two."""
    since = TODAY - timedelta(days=21)
    shop(tmp_path, monkeypatch, seed, since)
    make(sales, [*RAW_SALES, *ORDERS], back(21), back(1))
    for week in (14, 7, 0):
        with world_on(TODAY - timedelta(days=week), monkeypatch, seed=seed, since=since):
            make(platform, [*RAW, *PARCELS], back(min(week + 10, 21)), back(week + 1))
    make(platform, [PERFORMANCE], back(21), back(1))
    make(sales, [FULFILMENT], back(21), back(1))
    for domain, product in [(platform, each) for each in (*PARCELS, PERFORMANCE)] + [(sales, FULFILMENT)]:
        assert len(domain.instance.get_materialized_partitions(domain.key(product))) == 21
    states = Counter(row["state"] for row in table(sales, FULFILMENT))
    assert states["delivered"] > states["shipped"] > 0
    assert states["lost"] > 0
    assert sum(states.values()) == len(table(sales, "orders_v2"))


def test_orders_shipments_and_fulfilment_are_no_circle(platform: Domain, sales: Domain) -> None:
    keys: dict[dg.AssetKey, set[dg.AssetKey]] = {}
    for domain in (platform, sales):
        graph = domain.definitions.resolve_asset_graph()
        keys |= {
            key: set(graph.get(key).parent_keys) for key in graph.get_all_asset_keys() if key.path[0] == domain.name
        }
    reached: set[dg.AssetKey] = set()
    frontier = {sales.key(FULFILMENT)}
    while frontier:
        frontier = {parent for key in frontier for parent in keys.get(key, set())} - reached
        reached |= frontier
    assert platform.key("shipments_v1") in reached
    assert sales.key("orders_v1") in reached
    assert sales.key(FULFILMENT) not in reached
