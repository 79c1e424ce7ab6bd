"""A partition whose key is deleted leaves the table, and is told; on a real instance and a real store."""

from datetime import timedelta

import dagster as dg
import pytest

from data_platform.orchestration.products import catching_up
from data_platform.orchestration.products.catching_up import catching_up_sensor
from data_platform.storage.delta.rollback import roll_back
from data_platform_tests.products.shop import Platform

KEY = "sales/shops_v1"
NAME = "shops"
COLUMNS = (
    "- {name: shop, logicalType: string, required: true, partitioned: true, description: Which.}\n"
    "- {name: sold, logicalType: integer, description: So many.}\n"
)
DEFS = "partitions: {type: dynamic, name: shops}\ninputs: {sales.raw_shops: {columns: [shop, sold]}}"
SQL = "SELECT shop, sold FROM sales.raw_shops WHERE shop = $partition_key"


class Sensor:
    """The sensor of `sales`, tick by tick."""

    def __init__(self, platform: Platform) -> None:
        self._platform, self._cursor = platform, ""
        self._sensor = catching_up_sensor("sales", platform.shop.domains / "sales")

    def tick(self, instance: dg.DagsterInstance) -> dg.SensorResult:
        own = dg.Definitions(sensors=[self._sensor])
        repository = dg.Definitions.merge(self._platform.definitions("sales"), own).get_repository_def()
        resources = {"store": self._platform.resource}
        with dg.build_sensor_context(
            instance=instance, resources=resources, repository_def=repository, cursor=self._cursor or None
        ) as context:
            result = self._sensor(context)
        assert isinstance(result, dg.SensorResult)
        self._cursor = result.cursor or ""
        return result

    def tells(self, instance: dg.DagsterInstance) -> dict[str, str]:
        """What a tick tells of partitions."""
        events = self.tick(instance).asset_events
        return {event.partition: event.description or "" for event in events if event.partition is not None}


@pytest.fixture
def shops(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """A product with a partition a shop, two of them made, and one over it."""
    monkeypatch.setattr(catching_up, "GRACE", timedelta(0))
    platform.shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_shops"\n')
    platform.shop.product(KEY, COLUMNS, sql=SQL, defs=DEFS, mode="replace_partition")
    sums = "- {name: sold, logicalType: integer, description: In all.}\n"
    platform.shop.product("sales/sold_v1", sums, sql="SELECT CAST(sum(sold) AS BIGINT) AS sold FROM sales.shops_v1")
    platform.put("sales/raw_shops", [{"shop": "b", "sold": 1}, {"shop": "c", "sold": 2}])
    platform.instance.add_dynamic_partitions(NAME, ["b", "c"])
    for key, partition in ((KEY, "b"), (KEY, "c"), ("sales/sold_v1", None)):
        assert platform.run(key, partition).success
    assert platform.rows("sales/sold_v1") == [{"sold": 3}]
    return platform


def test_a_partition_whose_key_was_deleted_leaves_readers_totals_and_is_told(shops: Platform) -> None:
    sensor = Sensor(shops)
    assert sensor.tells(shops.instance) == {}
    shops.instance.delete_dynamic_partition(NAME, "c")
    assert sensor.tells(shops.instance) == {}, "perhaps it is added anew at once"
    assert len(shops.rows(KEY)) == 2
    told = sensor.tells(shops.instance)
    assert list(told) == ["c"]
    assert "deleted from the dynamic partitions 'shops'" in told["c"]
    assert shops.rows(KEY) == [{"shop": "b", "sold": 1}]
    (request,) = sensor.tick(shops.instance).run_requests or []
    assert request.asset_selection == [dg.AssetKey(["sales", "sold_v1"])]
    assert shops.run("sales/sold_v1").success
    assert shops.rows("sales/sold_v1") == [{"sold": 1}]
    assert sensor.tells(shops.instance) == {}, "once"


@pytest.mark.slow
def test_a_key_that_is_added_anew_at_once_takes_nothing_out(shops: Platform) -> None:
    sensor = Sensor(shops)
    shops.instance.delete_dynamic_partition(NAME, "c")
    sensor.tick(shops.instance)
    shops.instance.add_dynamic_partitions(NAME, ["c"])
    assert [sensor.tells(shops.instance) for _ in range(2)] == [{}, {}]
    assert len(shops.rows(KEY)) == 2


@pytest.mark.slow
def test_what_was_taken_out_is_there_again_after_a_roll_back_with_its_key(shops: Platform) -> None:
    sensor = Sensor(shops)
    shops.instance.delete_dynamic_partition(NAME, "c")
    sensor.tick(shops.instance)
    (words,) = sensor.tells(shops.instance).values()
    version = int(words.partition("--to ")[2].partition("`")[0])
    shops.instance.add_dynamic_partitions(NAME, ["c"])
    roll_back(shops.store, KEY, version, partitions=["c"])
    assert [sensor.tells(shops.instance) for _ in range(2)] == [{}, {}]
    assert len(shops.rows(KEY)) == 2


def test_an_instance_that_is_new_to_the_store_takes_nothing_out(shops: Platform) -> None:
    sensor = Sensor(shops)
    with dg.instance_for_test() as other:
        assert [sensor.tells(other) for _ in range(3)] == [{}, {}, {}]
    assert len(shops.rows(KEY)) == 2


def test_a_partition_without_a_key_is_not_asked_for_so_that_all_others_are(shops: Platform) -> None:
    copies = COLUMNS.replace("So many", "As many")
    sql = "SELECT shop, sold FROM sales.shops_v1 WHERE shop = $partition_key"
    defs = "partitions: {type: dynamic, name: copied}"
    shops.shop.product("sales/copies_v1", copies, sql=sql, defs=defs, mode="replace_partition")
    shops.instance.add_dynamic_partitions("copied", ["b", "c"])
    for shop in ("b", "c"):
        assert shops.run("sales/copies_v1", shop).success
    sensor = Sensor(shops)
    for shop in ("b", "c"):
        assert shops.run(KEY, shop).success
    shops.instance.delete_dynamic_partition("copied", "c")
    asked = {
        (request.asset_selection or [])[0]: request.partition_key
        for request in sensor.tick(shops.instance).run_requests or []
    }
    assert asked == {dg.AssetKey(["sales", "copies_v1"]): "b", dg.AssetKey(["sales", "sold_v1"]): None}
