"""What another contract or transform made is told, and made anew by itself as far as the contract says so."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from data_platform.orchestration.ingestion.partition_range import range_tags
from data_platform.orchestration.products import catching_up, restating
from data_platform.orchestration.products.beginning import FIRST
from data_platform.orchestration.products.catching_up import catching_up_sensor
from data_platform.orchestration.products.origin import CATCHES_UP
from data_platform.orchestration.products.restating import BEHIND
from data_platform.settings import START_DATE_VARIABLE
from data_platform.storage.delta import open_table
from data_platform_tests.products.shop import ORDERS_COLUMNS, Platform

TODAY = datetime.now(UTC).date()
DAYS = [(TODAY - timedelta(days=back)).isoformat() for back in (50, 49, 3, 2, 1)]
RAW = "inputs: {sales.raw_orders: {columns: [order_id, day, total, email]}}"
ORDERS, COUNTS = dg.AssetKey(["sales", "orders_v1"]), dg.AssetKey(["sales", "counts_v1"])
DAILY = "- {name: day, logicalType: date, partitioned: true, description: The day.}\n"
COUNT = "- {name: orders, logicalType: integer, description: So many.}\n"
Wanted = set[tuple[str, str, str]]


class Mesh:
    """Orders of a few days, counted by day; what the sensor asks for, with what it remembers."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self.cursor, self.told = platform, None, dict[str, object]()
        self.keys: set[str | None] = set()
        platform.shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
        self.orders()
        self.counts()
        rows = [{"order_id": at, "day": day, "total": 5.5, "email": "a@b.example"} for at, day in enumerate(DAYS)]
        platform.put("sales/raw_orders", rows)

    def orders(self, sql: str = "total", **custom: object) -> None:
        """Write the product of orders, whose transform takes the total as given."""
        self.platform.shop.product(
            "sales/orders_v1",
            ORDERS_COLUMNS,
            sql=f"SELECT order_id, CAST(day AS DATE) AS day, CAST({sql} AS DECIMAL(10, 2)) AS total, email "
            "FROM sales.raw_orders WHERE day = $partition_key",
            defs=f"partitions: {{type: daily}}\n{RAW}",
            mode="replace_partition",
            custom=custom,
        )

    def counts(self, sql: str = "count(*)", **custom: object) -> None:
        """Write the product that counts them."""
        self.platform.shop.product(
            "sales/counts_v1",
            COUNT + DAILY,
            sql=f"SELECT {sql} AS orders, day FROM sales.orders_v1 GROUP BY day",
            defs="partitions: {type: daily}",
            mode="replace_partition",
            custom=custom,
        )

    def make(self, *products: str, days: list[str] = DAYS) -> None:
        for product in products:
            for stretch in (DAYS[:2], DAYS[2:]):  # each is one run, and one commit
                if within := [day for day in stretch if day in days]:
                    assert self.platform.run(f"sales/{product}", tags=range_tags(within[0], within[-1])).success

    def look(self) -> Wanted:
        """A tick of a sensor of a new process: what it asks for that was not asked for before."""
        sensor = catching_up_sensor("sales", self.platform.shop.domains / "sales")
        instance, resources = self.platform.instance, {"store": self.platform.resource}
        definitions = dg.Definitions.merge(self.platform.definitions("sales"), dg.Definitions(sensors=[sensor]))
        with dg.build_sensor_context(
            instance=instance, resources=resources, cursor=self.cursor, repository_def=definitions.get_repository_def()
        ) as context:
            tick = sensor.evaluate_tick(context)
        self.cursor = tick.cursor
        for event in tick.asset_events:
            instance.report_runless_asset_event(event)
            self.told[event.asset_key.path[-1]] = event.metadata[BEHIND].value
        requests = tick.run_requests or []
        assert not self.keys & {request.run_key for request in requests}, "never twice for the same"
        self.keys |= {request.run_key for request in requests}
        return {_asked(request) for request in requests if request.tags.get(CATCHES_UP) != FIRST}

    def make_all(self, wanted: Wanted) -> None:
        for product, first, last in sorted(wanted):
            self.make(product, days=[day for day in DAYS if first <= day <= last])


def _asked(request: dg.RunRequest) -> tuple[str, str, str]:
    tags, (key,) = request.tags, request.asset_selection or []
    first = request.partition_key or tags["dagster/asset_partition_range_start"]
    return key.path[-1], first, request.partition_key or tags["dagster/asset_partition_range_end"]


@pytest.fixture
def mesh(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Mesh:
    monkeypatch.setenv(START_DATE_VARIABLE, (TODAY - timedelta(days=60)).isoformat())
    monkeypatch.setattr(catching_up, "GRACE", timedelta(0))
    return Mesh(platform)


@pytest.mark.slow
def test_without_a_word_of_the_contract_it_is_told_and_not_made(mesh: Mesh) -> None:
    mesh.make("orders_v1")
    assert (mesh.look(), mesh.told) == (set(), {})
    mesh.orders("total * 1")
    assert (mesh.look(), mesh.told) == (set(), {"orders_v1": len(DAYS)})
    (event,) = mesh.platform.instance.fetch_observations(ORDERS, limit=5).records
    assert event.asset_observation is not None
    assert event.asset_observation.description is not None
    assert "5 partitions of sales/orders_v1 were made by an earlier contract" in event.asset_observation.description
    assert "data-platform restate sales/orders_v1" in event.asset_observation.description
    mesh.make("orders_v1", days=DAYS[:2])
    assert (mesh.look(), mesh.told) == (set(), {"orders_v1": 3})
    mesh.make("orders_v1", days=DAYS[2:])
    assert (mesh.look(), mesh.told) == (set(), {"orders_v1": 0})


@pytest.mark.slow
def test_what_is_told_makes_nothing_anew(mesh: Mesh) -> None:
    mesh.make("orders_v1", "counts_v1")
    mesh.look()
    cursor = dg.evaluate_automation_conditions(mesh.platform.definitions("sales"), mesh.platform.instance).cursor
    mesh.orders("total * 1")
    mesh.look()
    assert mesh.told
    definitions = mesh.platform.definitions("sales")
    asked = dg.evaluate_automation_conditions(definitions, mesh.platform.instance, cursor=cursor)
    assert asked.total_requested == 0


def test_all_that_is_behind_is_asked_for_once_in_stretches(mesh: Mesh) -> None:
    mesh.make("orders_v1")
    mesh.orders("total * 1", restate="all")
    wanted = mesh.look()
    assert wanted == {("orders_v1", DAYS[0], DAYS[1]), ("orders_v1", DAYS[2], DAYS[4])}
    assert mesh.look() == set(), "they may have failed"
    mesh.make_all(wanted)
    assert (mesh.look(), mesh.told) == (set(), {"orders_v1": 0})
    mesh.orders("total * 2", restate="all")
    assert mesh.look() == wanted, "another transform is another state"


def test_of_so_many_days_only_those_are_asked_for(mesh: Mesh) -> None:
    mesh.make("orders_v1")
    mesh.orders("total * 1", restate=30)
    wanted = mesh.look()
    assert wanted == {("orders_v1", DAYS[2], DAYS[4])}
    mesh.make_all(wanted)
    assert (mesh.look(), mesh.told) == (set(), {"orders_v1": 2})


@pytest.mark.slow
def test_it_goes_in_batches_the_newest_first_and_one_at_a_time(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restating, "_BATCH", 2)
    mesh.make("orders_v1")
    mesh.orders("total * 1", restate="all")
    assert mesh.look() == {("orders_v1", DAYS[3], DAYS[4])}
    instance = mesh.platform.instance
    going_on = dg.DagsterRun("__ASSET_JOB", status=dg.DagsterRunStatus.STARTED, asset_selection=frozenset({ORDERS}))
    instance.add_run(going_on)
    assert mesh.look() == set()
    instance.report_run_failed(going_on)
    assert mesh.look() == {("orders_v1", DAYS[1], DAYS[1]), ("orders_v1", DAYS[2], DAYS[2])}
    assert mesh.look() == {("orders_v1", DAYS[0], DAYS[0])}
    assert mesh.look() == set()


@pytest.mark.slow
def test_a_producer_goes_before_its_consumer(mesh: Mesh) -> None:
    mesh.make("orders_v1", "counts_v1")
    mesh.orders("total * 1", restate=30)
    mesh.counts("count(*) + 0", restate="all")
    first = mesh.look()
    assert first == {("orders_v1", DAYS[2], DAYS[4]), ("counts_v1", DAYS[0], DAYS[1])}, "no producer holds up the old"
    mesh.make("counts_v1", days=DAYS[:2])
    assert mesh.look() == set()
    mesh.make("orders_v1", days=DAYS[2:4])
    after = mesh.look()
    assert ("counts_v1", DAYS[4], DAYS[4]) not in after
    assert {product for product, *_ in after} == {"counts_v1"}


@pytest.mark.slow
def test_a_partition_whose_commit_is_gone_from_the_log_is_asked_for_if_it_was_there_before(mesh: Mesh) -> None:
    mesh.make("orders_v1", days=DAYS[:1])
    mesh.make("orders_v1", days=DAYS[1:2])
    mesh.orders("total * 1", restate="all")
    clean_up(mesh.platform, 1)
    assert mesh.look() == {("orders_v1", DAYS[0], DAYS[1])}
    mesh.make("orders_v1", days=DAYS)
    assert mesh.look() == set()
    clean_up(mesh.platform, 3)
    assert mesh.look() == set(), "they were made since, by what there is"
    mesh.orders("total * 2", restate="all")
    assert mesh.look() == {("orders_v1", DAYS[0], DAYS[1]), ("orders_v1", DAYS[2], DAYS[4])}


def clean_up(platform: Platform, last: int) -> None:
    """What a table's log has up to a version is cleaned out of it, as after 30 days."""
    open_table(platform.store, "sales/orders_v1").create_checkpoint()
    for version in range(last):
        platform.store.delete(f"sales/orders_v1/_delta_log/{version:020}.json")


@pytest.mark.slow
def test_a_cursor_of_an_older_version_is_none(mesh: Mesh) -> None:
    mesh.make("orders_v1", days=DAYS[:1])
    for cursor in ("not json", "[]", '{"asked": {"sales/orders_v1": {"other": 1}}}', ""):
        mesh.cursor = cursor
        assert mesh.look() == set()
