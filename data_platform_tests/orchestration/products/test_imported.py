"""External assets of imported products: each published partition is reported once, whoever published it."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.life.registering import register
from data_platform.orchestration.products.imported import NO_VALUE, REGISTERED, SENSOR, VERSION, imported_definitions
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.products.imported import Imported
from data_platform.products.spec import PartitionsSpec
from data_platform.storage.delta import open_table, replace_partitions, replace_table
from data_platform.storage.delta.history import versions
from data_platform.storage.delta.modes import append
from data_platform.storage.delta.rollback import roll_back
from data_platform.storage.delta.vacuum import vacuum
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.products.shop import ORDERS_COLUMNS, Shop, contract, new_shop

KEY = "sales/orders_v1"
ASSET = dg.AssetKey(["sales", "orders_v1"])


class Follower:
    """A platform that imported orders, on a store that another one writes."""

    def __init__(self, shop: Shop, store: ObjectStore, instance: dg.DagsterInstance) -> None:
        self.shop, self.store, self.instance = shop, store, instance
        self.cursor: str | None = None
        self.imports("1.0.0", PartitionsSpec(type="daily"))

    def imports(self, version: str, partitions: PartitionsSpec | None) -> None:
        self.shop.write(f"{KEY}/contract.odcs.yaml", contract(KEY, ORDERS_COLUMNS, version=version))
        self.shop.write(f"{KEY}/imported.yaml", Imported(KEY, version, "0" * 64, partitions).text())

    def publish(self, *days: str, total: float = 1.0) -> None:
        table = pa.table({"day": [date.fromisoformat(day) for day in days], "total": [total] * len(days)})
        replace_partitions(self.store, KEY, table, [{"day": day} for day in days])

    def table(self) -> DeltaTable:
        """The table, as any other tool has it."""
        return open_table(self.store, KEY)

    def drop(self) -> None:
        for file in list(self.store.list(KEY)):
            self.store.delete(file.path)

    waits = 0.0

    def tick(self, *, keep_cursor: bool = True) -> list[tuple[str | None, int]]:
        """What the sensor reports, which Dagster then stores: partitions and versions of the table."""
        definitions = imported_definitions(self.shop.domains, waits=self.waits)
        store = ObjectStoreResource(url=str(self.store.url))
        with dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"store": store}, definitions=definitions
        ) as context:
            result = definitions.resolve_sensor_def(SENSOR)(context)
        assert isinstance(result, dg.SensorResult)
        for event in result.asset_events:
            self.instance.report_runless_asset_event(event)
        self.cursor = result.cursor if keep_cursor else self.cursor
        added = result.dynamic_partitions_requests or ()
        self.added = {request.partitions_def_name: list(request.partition_keys) for request in added}
        self.observed = [event for event in result.asset_events if isinstance(event, dg.AssetObservation)]
        return [
            (event.partition, int(str(event.metadata[VERSION].value)))
            for event in result.asset_events
            if isinstance(event, dg.AssetMaterialization)
        ]


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    (tmp_path / "store").mkdir()
    (tmp_path / "mesh").mkdir()
    with new_shop(tmp_path / "mesh") as shop, dg.DagsterInstance.ephemeral() as instance:
        yield Follower(shop, ObjectStore.open(f"file://{tmp_path / 'store'}"), instance)


def test_each_published_partition_is_reported_once(follower: Follower) -> None:
    assert follower.tick() == [], "nothing was published"
    follower.publish("2026-11-01")
    follower.publish("2026-11-02", "2026-11-03")
    assert [partition for partition, _ in follower.tick()] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert follower.tick() == []
    follower.publish("2026-11-02", total=2.0)
    ((partition, version),) = follower.tick()
    assert (partition, version) == ("2026-11-02", versions(follower.store, KEY, limit=1)[0].version)


def test_a_tick_waits_for_news_and_ends_with_it(follower: Follower) -> None:
    follower.publish("2026-11-01")
    follower.tick()
    follower.waits = 600.0
    publishing = threading.Timer(1.0, follower.publish, ["2026-11-02"])
    publishing.start()
    assert [partition for partition, _ in follower.tick()] == ["2026-11-02"]
    publishing.join()


def test_a_tick_ends_with_the_first_publication_of_a_product_that_was_never_seen(follower: Follower) -> None:
    follower.tick()
    follower.waits = 600.0
    publishing = threading.Timer(1.0, follower.publish, ["2026-11-01"])
    publishing.start()
    assert [partition for partition, _ in follower.tick()] == ["2026-11-01"]
    publishing.join()


def test_a_product_that_was_published_before_it_was_imported_is_reported_at_once(follower: Follower) -> None:
    follower.publish("2026-11-01")
    table = follower.table()
    table.create_checkpoint()
    follower.store.delete(f"{KEY}/_delta_log/00000000000000000000.json")  # as a clean-up of the log does
    follower.waits = 600.0
    assert [partition for partition, _ in follower.tick()] == ["2026-11-01"]


def test_a_table_that_cannot_be_read_ends_no_tick_before_there_is_news(follower: Follower) -> None:
    other = "sales/broken_v1"
    follower.shop.write(f"{other}/contract.odcs.yaml", contract(other, ORDERS_COLUMNS, version="1.0.0"))
    follower.shop.write(f"{other}/imported.yaml", Imported(other, "1.0.0", "0" * 64, None).text())
    follower.store.put(f"{other}/_delta_log/00000000000000000000.json", b"no log")
    follower.tick()
    follower.waits = 600.0
    publishing = threading.Timer(1.0, follower.publish, ["2026-11-01"])
    publishing.start()
    assert [partition for partition, _ in follower.tick()] == ["2026-11-01"]
    publishing.join()


def test_a_tick_that_was_killed_after_it_told_tells_nothing_twice(follower: Follower) -> None:
    follower.publish("2026-11-01")
    assert len(follower.tick(keep_cursor=False)) == 1
    assert follower.tick(keep_cursor=False) == []
    follower.publish("2026-11-02")
    assert [partition for partition, _ in follower.tick()] == ["2026-11-02"]


def test_a_partition_that_is_published_many_times_between_two_looks_is_reported_as_it_is_last(
    follower: Follower,
) -> None:
    follower.publish("2026-11-01")
    follower.tick()
    for total in (1.0, 2.0, 3.0):
        follower.publish("2026-11-01", total=total)
    ((_, version),) = follower.tick()
    assert version == versions(follower.store, KEY, limit=1)[0].version


def test_what_is_not_a_publication_is_not_reported(follower: Follower) -> None:
    follower.publish("2026-11-01")
    follower.tick()
    vacuum(follower.store, KEY, timedelta(days=8))
    assert follower.tick() == []


def test_a_table_without_partitions_is_reported_as_a_whole(follower: Follower) -> None:
    follower.imports("1.0.0", None)
    replace_table(follower.store, KEY, pa.table({"total": [1.0]}))
    assert [partition for partition, _ in follower.tick()] == [None]
    append(follower.store, KEY, pa.table({"total": [2.0]}), batch_id="b")
    assert [partition for partition, _ in follower.tick()] == [None]
    assert follower.tick() == []


def test_where_it_cannot_be_told_what_changed_all_that_there_is_counts_as_changed(follower: Follower) -> None:
    days = ("2026-11-01", "2026-11-02", "2026-11-03")
    for day in days:
        follower.publish(day)
    follower.tick()
    for number in range(3):
        follower.publish("2026-11-01", total=float(number))
    follower.table().create_checkpoint()
    follower.store.delete(f"{KEY}/_delta_log/{4:020}.json")  # as a cleanup does
    assert follower.tick() == [(day, 5) for day in days]


def test_a_roll_back_is_told_of_the_partitions_whose_rows_it_took_back(follower: Follower) -> None:
    for day in ("2026-11-01", "2026-11-02", "2026-11-03"):
        follower.publish(day)
    follower.tick()
    roll_back(follower.store, KEY, 1)
    assert follower.tick() == [("2026-11-03", 3)]


def test_a_table_that_is_deleted_and_made_again_is_reported_anew(follower: Follower) -> None:
    for day in ("2026-11-01", "2026-11-02", "2026-11-03"):
        follower.publish(day)
    follower.tick()
    follower.drop()
    follower.publish("2026-11-02")
    follower.publish("2026-11-04")
    assert follower.tick(keep_cursor=False) == [("2026-11-02", 0), ("2026-11-04", 1)], "versions begin anew"
    assert follower.tick() == [], "the tick that was killed had told them"


def test_what_other_tools_write_is_reported_and_what_they_tidy_up_is_not(follower: Follower) -> None:
    follower.publish("2026-11-01", "2026-11-02")
    follower.tick()
    table = follower.table()
    table.update({"total": "total + 1"}, predicate="day = '2026-11-01'")
    assert follower.tick() == [("2026-11-01", 1)]
    table.optimize.compact()
    table.vacuum(24 * 8, dry_run=False)
    assert follower.tick() == []
    table.delete("day = '2026-11-02'")
    assert [partition for partition, _ in follower.tick()] == ["2026-11-02"]


def test_rows_without_a_day_are_reported_of_no_day_and_not_of_the_whole(follower: Follower) -> None:
    follower.publish("2026-11-01")
    follower.tick()
    nothing = pa.table({"day": pa.array([None], pa.date32()), "total": [1.0]})
    append(follower.store, KEY, nothing, batch_id="b")
    assert follower.tick(keep_cursor=False) == [(NO_VALUE, 1)]
    assert follower.tick() == []


def test_of_several_partition_columns_the_one_of_the_contract_counts(follower: Follower) -> None:
    def publish(*of: tuple[str, str]) -> None:
        table = pa.table({"shop": [shop for shop, _ in of], "day": [day for _, day in of], "total": [1.0] * len(of)})
        parts = [{"shop": shop, "day": day} for shop, day in of]
        replace_partitions(follower.store, KEY, table, parts)

    publish(("a", "2026-11-01"), ("b", "2026-11-01"), ("a", "2026-11-02"))
    assert follower.tick() == [("2026-11-01", 0), ("2026-11-02", 0)]
    publish(("b", "2026-11-01"))
    publish(("a", "2026-11-01"))
    assert follower.tick() == [("2026-11-01", 2)]


def test_a_table_that_lost_its_partitions_is_reported_as_a_whole(follower: Follower) -> None:
    follower.publish("2026-11-01")
    follower.tick()
    follower.drop()
    replace_table(follower.store, KEY, pa.table({"day": ["2026-11-01"], "total": [1.0]}))
    assert follower.tick() == [(None, 0)]
    assert follower.tick() == []


def test_partitions_that_are_added_as_they_come_are_added_here(follower: Follower) -> None:
    follower.imports("1.0.0", PartitionsSpec(type="dynamic", name="batches"))
    follower.publish("2026-11-01")
    assert [partition for partition, _ in follower.tick(keep_cursor=False)] == ["2026-11-01"]
    assert follower.added == {"batches": ["2026-11-01"]}
    assert follower.tick() == []
    assert follower.added == {"batches": ["2026-11-01"]}, "the tick before may have been killed before it added them"
    follower.tick()
    assert follower.added == {}


def test_a_cursor_of_an_earlier_version_is_gone_on_with(follower: Follower) -> None:
    follower.publish("2026-11-01")
    follower.publish("2026-11-02")
    follower.cursor = json.dumps({"versions": {KEY: 0}, "registered": {}, "ticks": 1})
    assert follower.tick() == [("2026-11-02", 1)]


def test_of_a_roll_back_the_partitions_are_reported_whose_rows_are_others_now(follower: Follower) -> None:
    for day in ("2026-11-01", "2026-11-02"):
        for total in (1.0, 2.0):
            follower.publish(day, total=total)
    follower.tick()
    roll_back(follower.store, KEY, 2, partitions=["2026-11-02"])
    assert follower.tick() == [("2026-11-02", 4)]
    roll_back(follower.store, KEY, 0)
    assert follower.tick() == [("2026-11-01", 5), ("2026-11-02", 5)], "also the one that is not there any more"


def test_a_new_version_and_an_announced_end_are_told_once(follower: Follower, tmp_path: Path) -> None:
    with new_shop(tmp_path / "producer") as producer:

        def registers(version: str, **more: str) -> None:
            producer.product(
                KEY, ORDERS_COLUMNS, sql="SELECT order_id, day, total, email FROM sales.raw_orders",
                defs="inputs: {sales.raw_orders: {columns: [order_id, day, total, email]}}\npartitions: {type: daily}",
                version=version, mode="replace_partition", **more,
            )  # fmt: skip
            producer.write("sales/ingestion.py", "def raw_orders(): ...\n")
            register(Checkout(producer.domains), follower.store, KEY, by="a")

        registers("1.0.0")
        follower.tick()
        (observed,) = follower.observed
        assert observed.metadata[REGISTERED].value == "1.0.0"
        registers("1.1.0", status="deprecated", extra="slaProperties: [{property: endOfSupport, value: '2027-01-31'}]")
        seen = []
        for _ in range(13):  # the registry is asked in one tick of twelve
            follower.tick()
            seen += follower.observed
        (observed,) = seen
        assert observed.description == "version 1.1.0 is registered, deprecated; it ends on 2027-01-31"


def test_the_asset_has_the_partitions_the_owner_and_the_version_of_the_import(follower: Follower) -> None:
    follower.imports("1.4.0", PartitionsSpec(type="daily", includes_today=True))
    spec = imported_definitions(follower.shop.domains).resolve_asset_graph().get(ASSET)
    assert (spec.is_external, spec.owners, spec.metadata["contract_version"]) == (True, ["team:sales-team"], "1.4.0")
    today = datetime.now(UTC).date().isoformat()
    assert spec.partitions_def is not None
    assert spec.partitions_def.get_last_partition_key() == today


def test_an_import_that_was_edited_is_an_error_that_says_how_to_write_it_again(follower: Follower) -> None:
    follower.shop.write(f"{KEY}/imported.yaml", "product: [\n")
    with pytest.raises(ValueError, match=f"write it again: data-platform use {KEY}"):
        imported_definitions(follower.shop.domains)


def test_what_was_seen_is_in_the_cursor(follower: Follower) -> None:
    follower.publish("2026-11-01")
    follower.tick()
    assert json.loads(follower.cursor or "")["tables"] == {KEY: {"id": follower.table().metadata().id, "version": 0}}


def test_a_product_that_cannot_be_followed_hides_no_other(follower: Follower) -> None:
    other = "sales/broken_v1"
    follower.shop.write(f"{other}/contract.odcs.yaml", contract(other, ORDERS_COLUMNS, version="1.0.0"))
    follower.shop.write(f"{other}/imported.yaml", Imported(other, "1.0.0", "0" * 64, None).text())
    follower.store.put(f"{other}/_delta_log/00000000000000000000.json", b"no log")
    follower.publish("2026-11-01")
    follower.cursor = "no JSON"
    assert [partition for partition, _ in follower.tick()] == ["2026-11-01"]
    assert follower.tick() == []
