"""All of marketing's products on what the simulator really gives, beside sales' own, on a real store."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import dagster as dg
import pytest

from data_platform.domains.marketing.exports import TOTAL, read_export
from data_platform.locations import load_domain
from data_platform.simulator.ads.export import export
from data_platform.simulator.orders.keeper import OrderDatabase
from data_platform.simulator.shop.campaigns import running_on
from data_platform.storage import delta
from data_platform_tests.domains.platforms import SINCE, TODAY, YESTERDAY, Domain, asked_days, back, world_on

pytestmark = pytest.mark.slow

SALES: Final = ("raw_customers", "raw_orders", "customers_v1", "orders_v1")
RAW: Final = ("raw_campaigns", "raw_ad_exports")
DAILY: Final = ("campaigns_v1", "ad_spend_v1", "campaign_performance_v1")
SEGMENTS: Final = "customer_segments_v1"


@pytest.fixture
def sales(platform: Domain) -> Domain:
    """The other domain, on marketing's store and instance."""
    return Domain("sales", load_domain("sales"), platform.instance, platform.store, "sales_raw_orders_daily")


@pytest.fixture
def shop_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, date], None]:
    """Makes the order database as it was at the last midnight."""

    def of(seed: int, since: date) -> None:
        url = f"sqlite:///{tmp_path}/orders.sqlite"
        monkeypatch.setenv("SALES_DATABASE_URL", url)
        OrderDatabase(url, seed, since=since, pinned=TODAY).advance(datetime.combine(TODAY, time(), UTC))

    return of


def make(domain: Domain, assets: Sequence[str], first: str | None, last: str) -> dg.ExecuteInProcessResult:
    """Some assets, in one run; of the days in it, where there are any."""
    range_of = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    result = domain.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=domain.instance,
        asset_selection=[domain.key(asset) for asset in assets],
        tags=range_of if first else {},
        raise_on_error=False,
    )
    assert result.success, (assets, first, last)
    broken = [one.check_name for one in result.get_asset_check_evaluations() if not one.passed]
    assert broken == [], (assets, first, last)
    return result


def totals(seed: int, day: str, seen: date = TODAY) -> tuple[int, int, Decimal]:
    """What the platform itself says that a day's ads brought and cost."""
    content = export(seed, date.fromisoformat(day), seen)
    assert content is not None
    (row,) = (row for row in read_export(content, day).rows if row["campaign_id"] == TOTAL)
    impressions, clicks, cost = (row[name].strip("€ ").replace(",", "") for name in ("impressions", "clicks", "cost"))
    return int(impressions), int(clicks.replace("--", "0")), Decimal(cost)


def spent(platform: Domain) -> dict[str, tuple[int, int, Decimal]]:
    """What the product says about each day that has rows."""
    found: dict[str, tuple[int, int, Decimal]] = {}
    for row in table(platform, "ad_spend_v1"):
        before = found.get(str(row["day"]), (0, 0, Decimal(0)))
        added = (row["impressions"], row["clicks"], row["cost"])
        found[str(row["day"])] = (before[0] + added[0], before[1] + added[1], before[2] + added[2])
    return found


def table(platform: Domain, product: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = delta.read_table(platform.store, f"{platform.name}/{product}").to_pylist()
    return rows


def test_all_four_are_published_and_keep_every_rule(
    platform: Domain, sales: Domain, shop_of: Callable[[int, date], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop_of(0, SINCE)
    with world_on(TODAY, monkeypatch):
        make(sales, SALES, back(3), back(1))
        made = make(platform, [*RAW, *DAILY], back(3), back(1))
        scored = make(platform, [SEGMENTS], None, back(1))
    judged = {
        f"{one.asset_key.path[-1]}: {one.check_name}"
        for result in (made, scored)
        for one in result.get_asset_check_evaluations()
    }
    graph = platform.definitions.resolve_asset_graph()
    keys = {platform.key(asset) for asset in (*RAW, *DAILY, SEGMENTS)}
    promised = {f"{one.asset_key.path[-1]}: {one.name}" for one in graph.get_check_keys_for_assets(keys)}
    # A single day has no gaps to measure.
    unjudged = {"ad_spend_v1: sla_day_frequency", "campaign_performance_v1: sla_day_frequency"}
    assert promised - judged == unjudged
    assert "ad_spend_v1: adds_up_to_the_platforms_totals" in judged

    orders, rows = table(sales, "orders_v1"), table(platform, "campaign_performance_v1")
    assert spent(platform) == {day: totals(0, day) for day in (back(3), back(2), back(1))}
    assert sum(row["spend"] for row in rows) == sum(row["cost"] for row in table(platform, "ad_spend_v1"))
    brought = Counter(str(row["day"]) for row in orders if row["campaign_id"])
    assert {day: sum(r["orders"] for r in rows if str(r["day"]) == day) for day in brought} == brought
    assert any(not row["campaign_known"] for row in rows)
    assert any(row["return_on_ad_spend"] is not None for row in rows)

    scores = table(platform, SEGMENTS)
    assert len(scores) == len(table(sales, "customers_v1"))
    kept = [row for row in orders if row["status"] not in {"cancelled", "refunded"}]
    assert sum(row["orders"] for row in scores) == len(kept)
    assert {str(row["reference_day"]) for row in scores} == {back(1)}


def test_a_restated_day_is_made_again_with_what_the_platform_says_now(
    platform: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [back(number) for number in range(7, 1, -1)]
    with world_on(YESTERDAY, monkeypatch):
        make(platform, [*RAW, "campaigns_v1", "ad_spend_v1"], days[0], days[-1])
        assert spent(platform) == {day: totals(0, day, YESTERDAY) for day in days}
    with world_on(TODAY, monkeypatch):
        tick = platform.look("marketing_raw_ad_exports_changes")
        assert {platform.do(request).success for request in tick.run_requests} == {True}
    for first, last in asked_days(tick):
        make(platform, ["ad_spend_v1"], first, last)
    assert spent(platform) == {day: totals(0, day) for day in [*days, back(1)]}


def test_a_day_without_ads_is_published_without_rows(
    platform: Domain, sales: Domain, shop_of: Callable[[int, date], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [TODAY - timedelta(days=number) for number in range(1, 12)]
    seed, quiet = next((seed, day) for seed in range(10_000) for day in days if not running_on(seed, day))
    shop_of(seed, quiet - timedelta(days=1))
    with world_on(TODAY, monkeypatch, seed=seed):
        make(sales, SALES, str(quiet), str(quiet))
        make(platform, [*RAW, *DAILY], str(quiet), str(quiet))
    assert (table(platform, "ad_spend_v1"), table(platform, "campaign_performance_v1")) == ([], [])
    for product in ("ad_spend_v1", "campaign_performance_v1"):
        assert platform.instance.get_materialized_partitions(platform.key(product)) == {str(quiet)}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_one_of_three_weeks_days_is_published(
    platform: Domain, sales: Domain, shop_of: Callable[[int, date], None], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    since = TODAY - timedelta(days=21)
    shop_of(seed, since)
    days = [back(number) for number in range(21, 0, -1)]
    with world_on(TODAY, monkeypatch, seed=seed, since=since):
        make(sales, SALES, days[0], days[-1])
        make(platform, [*RAW, *DAILY], days[0], days[-1])
        make(platform, [SEGMENTS], None, days[-1])
    assert spent(platform) == {day: found for day in days if (found := totals(seed, day)) != (0, 0, 0)}
    assert all(row["market"] in {"DE", "FR", "GB", "US", "SE"} for row in table(platform, "campaign_performance_v1"))
    assert len({row["segment"] for row in table(platform, SEGMENTS)}) > 5
