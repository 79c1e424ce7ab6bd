"""When logistics' products, and sales' order fulfilment, are made anew: evaluated as the daemon does, without it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

import dagster as dg
import pytest

from data_platform.orchestration.ingestion.assets import DAYS
from data_platform.orchestration.products.asset import product_asset
from data_platform.products.folder import read_product
from data_platform.products.testing import DOMAINS
from data_platform_tests.domains.platforms import TODAY, back

pytestmark = pytest.mark.slow

RAW: Final = ("sales/raw_orders", "logistics/raw_shipments", "logistics/raw_scan_events")
SHIPMENTS, SCANS = "logistics/shipments_v1", "logistics/scan_events_v1"
PERFORMANCE, FULFILMENT = "logistics/delivery_performance_v1", "sales/order_fulfilment_v1"
PRODUCTS: Final = ("sales/orders_v1", "sales/orders_v2", SHIPMENTS, SCANS, PERFORMANCE, FULFILMENT)
WEEK: Final = [back(number) for number in range(7, 0, -1)]


def key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name.split("/"))


class Mesh:
    """Both domains' products over one instance; what is made is only recorded as made."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        raw = [dg.AssetSpec(key(name), partitions_def=DAYS) for name in RAW]
        raw.append(dg.AssetSpec(["sales", "raw_customers"]))
        products = [product_asset(read_product(DOMAINS / name)) for name in ("sales/customers_v1", *PRODUCTS)]
        store: Any = object()
        self._definitions = dg.Definitions(assets=[*raw, *products], resources={"store": store})
        self._checks = self._definitions.resolve_asset_graph().get_check_keys_for_assets
        self._instance = instance
        self._cursor: Any = None
        self.tick()

    def make(self, *names: str, days: Sequence[str]) -> None:
        for name in names:
            for day in days:
                event = dg.AssetMaterialization(key(name), partition=day if "customers" not in name else None)
                self._instance.report_runless_asset_event(event)
            for check in self._checks({key(name)}):
                passed = dg.AssetCheckEvaluation(asset_key=check.asset_key, check_name=check.name, passed=True)
                self._instance.report_runless_asset_event(passed)

    def tick(self) -> dict[str, list[str]]:
        """The days that are asked for, by product: in two ticks, since what looks something up waits for one."""
        asked: dict[str, set[str]] = {}
        for _ in range(2):
            result = dg.evaluate_automation_conditions(self._definitions, self._instance, cursor=self._cursor)
            self._cursor = result.cursor
            for name in PRODUCTS:
                asked.setdefault(name, set()).update(map(str, result.get_requested_partitions(key(name))))
        return {name: sorted(days) for name, days in asked.items() if days}


@pytest.fixture
def mesh() -> Iterator[Mesh]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Mesh(instance)


def test_on_a_new_platform_everything_waits_for_what_it_reads(mesh: Mesh) -> None:
    mesh.make("sales/raw_customers", "sales/customers_v1", days=[""])
    mesh.make("logistics/raw_shipments", "logistics/raw_scan_events", days=WEEK)
    assert mesh.tick() == {SCANS: WEEK}
    mesh.make(SCANS, days=WEEK)
    assert mesh.tick() == {}
    mesh.make("sales/raw_orders", days=WEEK)
    # What one run can make is asked for together: it is made in the order in which it is read.
    chain = ("sales/orders_v1", "sales/orders_v2", SHIPMENTS, PERFORMANCE)
    assert mesh.tick() == dict.fromkeys(chain, WEEK)
    mesh.make(*chain, days=WEEK)
    assert mesh.tick() == {FULFILMENT: WEEK}
    mesh.make(FULFILMENT, days=WEEK)
    assert mesh.tick() == {}


def test_a_late_scan_makes_its_day_again_and_then_what_is_said_of_all_recent_days(mesh: Mesh) -> None:
    mesh.make("sales/raw_customers", "sales/customers_v1", days=[""])
    mesh.make(*RAW, *PRODUCTS, days=WEEK)
    mesh.tick()
    mesh.make(*PRODUCTS, days=WEEK)
    assert mesh.tick() == {}
    late = (TODAY - timedelta(days=3)).isoformat()
    mesh.make("logistics/raw_scan_events", days=[late])
    assert mesh.tick() == {SCANS: [late]}
    mesh.make(SCANS, days=[late])
    assert mesh.tick() == {PERFORMANCE: WEEK, FULFILMENT: WEEK}
    mesh.make(PERFORMANCE, FULFILMENT, days=WEEK)
    assert mesh.tick() == {}


def test_a_new_status_of_old_orders_makes_no_parcel_again(mesh: Mesh) -> None:
    mesh.make("sales/raw_customers", "sales/customers_v1", days=[""])
    mesh.make(*RAW, *PRODUCTS, days=WEEK)
    mesh.tick()
    mesh.make(*PRODUCTS, days=WEEK)
    mesh.tick()
    mesh.make("sales/orders_v1", "sales/orders_v2", days=WEEK[:2])
    assert mesh.tick() == {FULFILMENT: WEEK[:2]}
