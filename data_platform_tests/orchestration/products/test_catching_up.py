"""What is behind its inputs is asked for, whatever the automation condition missed; evaluated as the daemon does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.orchestration.products import catching_up, refused
from data_platform.orchestration.products.catching_up import catching_up_sensor
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.products.versions import versions
from data_platform.settings import START_DATE_VARIABLE
from data_platform_tests.examples import examples
from data_platform_tests.products.shop import ORDERS_COLUMNS, Platform, new_shop

COLUMNS = ORDERS_COLUMNS.replace(", partitioned: true", "")
COUNT = "- {name: orders, logicalType: integer, description: So many.}\n"
COUNTS = dg.AssetKey(["sales", "counts_v1"])
GOOD = {"order_id": 1, "day": "2026-11-01", "total": 5.5, "email": "ada@shop.example"}
SQL = "SELECT order_id, CAST(day AS DATE) AS day, CAST(total AS DECIMAL(10, 2)) AS total, email FROM sales.raw_orders"
DEFS = "inputs: {sales.raw_orders: {columns: [order_id, day, total, email]}}"
TODAY = date.today().isoformat()  # noqa: DTZ011 - only days near the present are looked at
YESTERDAY = (date.today() - timedelta(days=1)).isoformat()  # noqa: DTZ011


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catching_up, "GRACE", timedelta(0))


class Mesh:
    """Orders that are made by hand, counted by a product that follows them, and what a daemon would ask for."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self._cursor = platform, None
        self._sensor_cursor: str | None = None
        self._sensor = catching_up_sensor("sales", platform.shop.domains / "sales")
        self._keys: set[str | None] = set()
        platform.shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
        platform.shop.product("sales/orders_v1", COLUMNS, sql=SQL, defs=f"automation: false\n{DEFS}")
        platform.shop.product("sales/counts_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")

    def publish_orders(self, count: int) -> None:
        self.platform.put("sales/raw_orders", [GOOD | {"order_id": number} for number in range(count)])
        assert self.platform.run("sales/orders_v1").success

    def condition_asks(self) -> int:
        definitions = self.platform.definitions("sales")
        result = dg.evaluate_automation_conditions(definitions, self.platform.instance, cursor=self._cursor)
        self._cursor = result.cursor
        return int(result.get_num_requested(COUNTS))

    def sensor_asks(self) -> list[dg.RunRequest]:
        instance, resources = self.platform.instance, {"store": self.platform.resource}
        own = dg.Definitions(sensors=[self._sensor])
        repository = dg.Definitions.merge(self.platform.definitions("sales"), own).get_repository_def()
        with dg.build_sensor_context(
            instance=instance, resources=resources, repository_def=repository, cursor=self._sensor_cursor
        ) as context:
            tick = self._sensor.evaluate_tick(context)
        self._sensor_cursor, requests = tick.cursor, tick.run_requests or []
        new = [request for request in requests if request.run_key not in self._keys]  # as Dagster tells them apart
        self._keys |= {request.run_key for request in new}
        return new

    def count(self) -> bool:
        return bool(self.platform.run("sales/counts_v1").success)

    @property
    def counted(self) -> int:
        return int(self.platform.rows("sales/counts_v1")[0]["orders"])


@pytest.fixture
def mesh(platform: Platform) -> Mesh:
    return Mesh(platform)


def test_an_update_that_fell_between_two_ticks_is_made_good_and_once(mesh: Mesh) -> None:
    mesh.condition_asks()
    mesh.publish_orders(1)
    assert mesh.condition_asks() == 1
    mesh.count()
    mesh.publish_orders(2)
    lost = [mesh.condition_asks() for _ in range(3)]
    (request,) = mesh.sensor_asks()
    assert request.asset_selection == [COUNTS]
    assert lost == [0, 0, 0], "if Dagster has learned it, the sensor may go"
    assert mesh.sensor_asks() == [], "asked for already"
    assert mesh.count()
    assert (mesh.counted, mesh.sensor_asks()) == (2, [])


@pytest.mark.slow
def test_nothing_is_asked_for_within_the_minute_that_the_condition_has(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "GRACE", timedelta(seconds=60))
    mesh.publish_orders(1)
    mesh.count()
    mesh.publish_orders(2)
    assert mesh.sensor_asks() == []


@pytest.mark.slow
def test_what_is_being_made_or_was_refused_of_the_same_inputs_is_not_asked_for(mesh: Mesh) -> None:
    mesh.publish_orders(1)
    mesh.count()
    mesh.publish_orders(2)
    instance = mesh.platform.instance
    going_on = dg.DagsterRun("__ASSET_JOB", status=dg.DagsterRunStatus.STARTED, asset_selection=frozenset({COUNTS}))
    instance.add_run(going_on)
    assert mesh.sensor_asks() == []
    instance.report_run_failed(going_on)
    contract = mesh.platform.shop.domains / "sales/counts_v1/contract.odcs.yaml"
    strict = "description: So many., logicalTypeOptions: {maximum: 1}}"
    contract.write_text(contract.read_text().replace("description: So many.}", strict))
    assert not mesh.count()
    assert mesh.sensor_asks() == []
    mesh.publish_orders(3)
    assert len(mesh.sensor_asks()) == 1, "there are other inputs"


@pytest.mark.slow
def test_of_days_those_that_are_behind_are_asked_for_and_no_others(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-01-01")
    mesh, shop = Mesh(platform), platform.shop
    defs = f"automation: false\npartitions: {{type: daily, includes_today: true}}\n{DEFS}"
    sql = SQL + " WHERE day = $partition_key"
    shop.product("sales/orders_v1", ORDERS_COLUMNS, sql=sql, defs=defs, mode="replace_partition")
    daily = COUNT + "- {name: day, logicalType: date, partitioned: true, description: The day.}\n"
    count = "SELECT count(*) AS orders, day FROM sales.orders_v1 GROUP BY day"
    defs = "partitions: {type: daily, includes_today: true}"
    shop.product("sales/counts_v1", daily, sql=count, defs=defs, mode="replace_partition")
    platform.put("sales/raw_orders", [GOOD | {"day": day} for day in (YESTERDAY, TODAY)])
    for day in (YESTERDAY, TODAY):
        assert platform.run("sales/orders_v1", day).success
        assert platform.run("sales/counts_v1", day).success
    assert mesh.sensor_asks() == []
    assert platform.run("sales/orders_v1", YESTERDAY).success
    assert [request.partition_key for request in mesh.sensor_asks()] == [YESTERDAY]
    assert platform.run("sales/counts_v1", YESTERDAY).success
    assert mesh.sensor_asks() == []


@contextmanager
def new_mesh() -> Iterator[Mesh]:
    with TemporaryDirectory() as folder, new_shop(Path(folder)) as shop, dg.DagsterInstance.ephemeral() as instance:
        resource = ObjectStoreResource(url=f"file://{folder}/store")
        yield Mesh(Platform(shop, resource.open(), instance, resource))


@pytest.mark.slow
@settings(max_examples=examples(12), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(["publish", "condition", "run", "sensor", "forget"]), min_size=4, max_size=12))
def test_whatever_is_missed_the_consumer_comes_to_be_up_to_date_and_is_made_once_of_the_same(moves: list[str]) -> None:
    with new_mesh() as mesh:
        mesh.publish_orders(1)
        mesh.count()
        published, waiting = 1, 0
        for move in moves:
            if move == "publish":
                published += 1
                mesh.publish_orders(published)
            elif move == "condition":
                waiting += mesh.condition_asks()
            elif move == "sensor":
                waiting += len(mesh.sensor_asks())
            elif move == "forget":  # a daemon that was killed with what it had asked for
                waiting, mesh._cursor = 0, None
            elif waiting:
                waiting = 0
                mesh.count()
        if waiting:
            mesh.count()
        mesh._keys.clear()  # what was asked for and killed, Dagster would run again
        for _ in mesh.sensor_asks():
            mesh.count()
        assert mesh.counted == published
        assert mesh.sensor_asks() == []
        product = mesh.platform.shop.read("sales/counts_v1")
        made_of = [str(info.metadata["batch"]["inputs"]) for info in versions(mesh.platform.store, product)]
        last = made_of[0]
        assert made_of.count(last) <= 2, "once, and once more where the condition asked as well"


def test_a_product_that_is_written_over_tables_that_are_there_is_asked_for_once(mesh: Mesh) -> None:
    assert mesh.sensor_asks() == [], "orders were never published"
    mesh.publish_orders(1)
    (request,) = mesh.sensor_asks()
    assert (request.asset_selection, request.partition_key) == ([COUNTS], None)
    assert mesh.sensor_asks() == [], "asked for already, whatever became of it"
    assert mesh.count()
    assert mesh.sensor_asks() == []


class Days(Mesh):
    """Orders by day, made by hand, and a copy of them that follows."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        daily = f"automation: false\npartitions: {{type: daily}}\n{DEFS}"
        sql = f"{SQL} WHERE day = $partition_key"
        platform.shop.product("sales/dated_v1", ORDERS_COLUMNS, sql=sql, defs=daily, mode="replace_partition")
        copy = "SELECT order_id, day, total, email FROM sales.dated_v1"
        columns = {"sql": copy, "defs": "partitions: {type: daily}", "mode": "replace_partition"}
        platform.shop.product("sales/copied_v1", ORDERS_COLUMNS, **columns)

    def publish(self, *days: str) -> None:
        for day in days:
            self.platform.put("sales/raw_orders", [GOOD | {"day": day}], ("day", day))
            assert self.platform.run("sales/dated_v1", day).success

    def copied_days_asked(self) -> list[str | None]:
        copied = dg.AssetKey(["sales", "copied_v1"])
        return [request.partition_key for request in self.sensor_asks() if request.asset_selection == [copied]]


@pytest.fixture
def days(platform: Platform) -> Days:
    return Days(platform)


def test_of_a_product_with_days_the_newest_is_asked_for_that_its_inputs_have(days: Days) -> None:
    days.publish("2026-11-01", "2026-11-02")
    assert [day for _ in range(3) for day in days.copied_days_asked()] == ["2026-11-02"]


def test_days_that_were_skipped_are_asked_for_once_and_those_before_the_first_are_not(days: Days) -> None:
    days.publish("2026-11-01", "2026-11-02", "2026-11-04", "2026-11-05")
    assert days.platform.run("sales/copied_v1", "2026-11-02").success
    assert days.copied_days_asked() == ["2026-11-04", "2026-11-05"], "the third has no input, the first is a backfill's"
    assert days.copied_days_asked() == [], "asked for already"


def test_a_hole_is_skipped_as_far_back_as_the_product_follows(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    early = (date.fromisoformat(YESTERDAY) - timedelta(days=60)).isoformat()
    monkeypatch.setenv(START_DATE_VARIABLE, early)
    recent = [(date.fromisoformat(YESTERDAY) - timedelta(days=back)).isoformat() for back in (50, 3, 2, 0)]
    days.publish(early, *recent)
    for day in (early, recent[-1]):
        assert days.platform.run("sales/copied_v1", day).success
    assert days.copied_days_asked() == recent[1:3]


def test_a_skipped_day_that_was_refused_is_not_asked_for_again_until_its_inputs_change(days: Days) -> None:
    days.publish("2026-11-01", "2026-11-02")
    assert days.platform.run("sales/copied_v1", "2026-11-01").success
    contract = days.platform.shop.domains / "sales/copied_v1/contract.odcs.yaml"
    contract.write_text(contract.read_text().replace("{minimum: 0}", "{minimum: 100}"))
    assert not days.platform.run("sales/copied_v1", "2026-11-02").success
    days._keys.clear()
    assert days.copied_days_asked() == []
    days.publish("2026-11-01")
    days._keys.clear()
    assert "2026-11-02" not in days.copied_days_asked()
    days.publish("2026-11-02")
    assert "2026-11-02" in days.copied_days_asked()


OFFERS = """\
- name: order_id
  logicalType: integer
  description: Of which order.
  relationships:
    - {to: ../../sales/orders_v1/contract.odcs.yaml#/schema/orders/properties/order_id}
"""


class Offers(Mesh):
    """Offers for orders 0 to 2, each of which has to be published."""

    def __init__(self, platform: Platform, columns: str = OFFERS) -> None:
        super().__init__(platform)
        sql = "SELECT order_id FROM sales.raw_offers"
        inputs = "inputs: {sales.raw_offers: {columns: [order_id]}}"
        platform.shop.product("sales/offers_v1", columns, sql=sql, defs=inputs)
        platform.shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\nOTHER = "raw_offers"\n')
        platform.put("sales/raw_offers", [{"order_id": number} for number in range(3)])

    def offers_asked(self) -> int:
        offers = dg.AssetKey(["sales", "offers_v1"])
        return sum(request.asset_selection == [offers] for request in self.sensor_asks())


def test_what_was_refused_for_what_another_product_lacked_is_made_once_that_published(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused, "_FIRST_WAIT", timedelta(0))
    mesh = Offers(platform)
    mesh.publish_orders(1)
    assert [mesh.offers_asked() for _ in range(3)] == [0, 1, 0], "it was never published"
    assert not platform.run("sales/offers_v1").success
    assert mesh.offers_asked() == 0, "nobody published anything since"
    mesh.publish_orders(2)
    assert mesh.offers_asked() == 1
    assert mesh.offers_asked() == 0, "once for each refusal"
    assert not platform.run("sales/offers_v1").success
    mesh.publish_orders(3)
    assert mesh.offers_asked() == 1
    assert platform.run("sales/offers_v1").success
    mesh.publish_orders(4)
    mesh._keys.clear()
    assert mesh.offers_asked() == 0, "it was made good"


def test_what_breaks_a_rule_of_its_own_is_not_asked_for_again_and_what_is_refused_again_ever_more_slowly(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    mesh = Offers(
        platform, OFFERS.replace("description: Of which", "logicalTypeOptions: {maximum: 1}\n  description: Of which")
    )
    monkeypatch.setattr(refused, "_FIRST_WAIT", timedelta(0))
    mesh.publish_orders(1)
    assert [mesh.offers_asked() for _ in range(3)] == [0, 1, 0]
    assert not platform.run("sales/offers_v1").success
    mesh.publish_orders(2)
    assert mesh.offers_asked() == 0
    monkeypatch.setattr(refused, "_FIRST_WAIT", timedelta(hours=1))
    patient = Offers(platform)
    assert [patient.offers_asked() for _ in range(3)] == [0, 1, 0]
    assert not platform.run("sales/offers_v1").success
    patient.publish_orders(2)
    assert patient.offers_asked() == 0
