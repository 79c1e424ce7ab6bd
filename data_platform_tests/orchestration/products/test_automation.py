"""What the daemon would run: evaluated as it does, without it."""

from typing import Any

import dagster as dg
import pytest

from data_platform.orchestration.products.automation import automation_sensor
from data_platform.settings import START_DATE_VARIABLE
from data_platform_tests.products.shop import ORDERS_COLUMNS, Platform, Shop

pytestmark = pytest.mark.slow

COLUMNS = ORDERS_COLUMNS.replace(", partitioned: true", "")
COUNT = "- {name: orders, logicalType: integer, description: So many.}\n"
ORDERS, COUNTS = dg.AssetKey(["sales", "orders_v1"]), dg.AssetKey(["sales", "counts_v1"])
GOOD = {"order_id": 1, "day": "2026-11-01", "total": 5.5, "email": "ada@shop.example"}
SQL = "SELECT order_id, CAST(day AS DATE) AS day, CAST(total AS DECIMAL(10, 2)) AS total, email FROM sales.raw_orders"
DEFS = "inputs: {sales.raw_orders: {columns: [order_id, day, total, email]}}"


@pytest.fixture
def sales(platform: Platform) -> Platform:
    platform.shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    platform.shop.product("sales/orders_v1", COLUMNS, sql=SQL, defs=f"automation: false\n{DEFS}")
    platform.shop.product("sales/counts_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    return platform


class Daemon:
    """Ticks of the automation sensor over one instance."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.cursor: Any = None

    def tick(self, key: dg.AssetKey) -> int:
        """How many partitions (or 1) of an asset this tick asks for."""
        definitions = self._platform.definitions("sales")
        result = dg.evaluate_automation_conditions(definitions, self._platform.instance, cursor=self.cursor)
        self.cursor = result.cursor
        return result.get_num_requested(key)


def test_a_publication_is_followed_and_followed_once(sales: Platform) -> None:
    daemon = Daemon(sales)
    assert daemon.tick(COUNTS) == 0
    sales.put("sales/raw_orders", [GOOD])
    assert sales.run("sales/orders_v1").success
    assert daemon.tick(COUNTS) == 1
    assert sales.run("sales/counts_v1").success
    assert daemon.tick(COUNTS) == 0


def test_nothing_follows_a_batch_that_was_refused(sales: Platform) -> None:
    daemon = Daemon(sales)
    sales.put("sales/raw_orders", [GOOD])
    assert sales.run("sales/orders_v1").success
    daemon.tick(COUNTS)
    assert sales.run("sales/counts_v1").success
    sales.put("sales/raw_orders", [GOOD | {"total": -1.0}])
    assert not sales.run("sales/orders_v1").success
    assert [daemon.tick(COUNTS) for _ in range(3)] == [0, 0, 0]


def test_a_run_that_failed_is_not_asked_for_again_and_again(sales: Platform) -> None:
    daemon = Daemon(sales)
    daemon.tick(COUNTS)
    sales.put("sales/raw_orders", [GOOD])
    assert sales.run("sales/orders_v1").success
    assert daemon.tick(COUNTS) == 1
    contract = sales.shop.domains / "sales" / "counts_v1" / "contract.odcs.yaml"
    strict = "description: So many., logicalTypeOptions: {minimum: 5}}"
    contract.write_text(contract.read_text().replace("description: So many.}", strict))
    assert not sales.run("sales/counts_v1").success
    assert [daemon.tick(COUNTS) for _ in range(3)] == [0, 0, 0]


def days_that_follow(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Orders by day, made by hand, and a product by day that follows them."""
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-11-01")
    shop = platform.shop
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    sql = SQL + " WHERE day = $partition_key"
    defs = f"automation: false\npartitions: {{type: daily}}\n{DEFS}"
    shop.product("sales/orders_v1", ORDERS_COLUMNS, sql=sql, defs=defs, mode="replace_partition")
    daily = COUNT + "- {name: day, logicalType: date, partitioned: true, description: The day.}\n"
    shop.product(
        "sales/daily_v1",
        daily,
        sql="SELECT count(*) AS orders, day FROM sales.orders_v1 GROUP BY day",
        defs="partitions: {type: daily}",
        mode="replace_partition",
    )
    return shop


def test_a_late_change_of_an_older_day_flows_on_and_missing_days_hold_nothing_up(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = days_that_follow(platform, monkeypatch)
    shop.product("sales/counts_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    daemon = Daemon(platform)
    assert daemon.tick(COUNTS) == 0
    platform.put("sales/raw_orders", [GOOD, GOOD | {"order_id": 2, "day": "2026-11-15"}])
    assert platform.run("sales/orders_v1", "2026-11-15").success
    definitions = platform.definitions("sales")
    result = dg.evaluate_automation_conditions(definitions, platform.instance, cursor=daemon.cursor)
    assert result.get_requested_partitions(dg.AssetKey(["sales", "daily_v1"])) == {"2026-11-15"}
    assert result.get_num_requested(COUNTS) == 1


def test_a_refused_day_holds_no_good_day_back(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    days_that_follow(platform, monkeypatch)
    days = [f"2026-11-{day:02}" for day in range(11, 16)]
    rows = [GOOD | {"order_id": number, "day": day} for number, day in enumerate(days)]
    rows[-1]["total"] = -1.0  # the last, so that it is what each check of the asset said last
    platform.put("sales/raw_orders", rows)
    daemon, daily = Daemon(platform), dg.AssetKey(["sales", "daily_v1"])
    daemon.tick(daily)
    for day in days:
        assert platform.run("sales/orders_v1", day).success == (day != days[-1])

    def requested() -> set[str]:
        definitions = platform.definitions("sales")
        result = dg.evaluate_automation_conditions(definitions, platform.instance, cursor=daemon.cursor)
        daemon.cursor = result.cursor
        return set(result.get_requested_partitions(daily))

    assert requested() == {*days} - {days[-1]}, "in the tick after, while the last day is refused"
    for day in {*days} - {days[-1]}:
        assert platform.run("sales/daily_v1", day).success
    assert requested() == set()
    platform.put("sales/raw_orders", [row | {"total": 1.0} for row in rows])
    assert platform.run("sales/orders_v1", days[-1]).success
    assert requested() == {days[-1]}, "and it follows when it is mended"


def test_each_location_has_a_sensor_of_its_own_that_runs(sales: Platform) -> None:
    both = [automation_sensor(domain) for domain in ("sales", "marketing")]
    assert {one.name for one in both} == {"sales_automation", "marketing_automation"}
    assert all(one.default_status is dg.DefaultSensorStatus.RUNNING for one in both)
    merged = dg.Definitions.merge(sales.definitions("sales"), dg.Definitions(sensors=both))
    names = {one.name for one in merged.get_repository_def().sensor_defs}
    assert names == {"sales_automation", "marketing_automation"}, "no default sensor that looks at the same assets"


def test_an_input_that_is_only_looked_up_is_no_reason_to_make_days_anew(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-11-01")
    shop = platform.shop
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAMES = ["raw_orders", "raw_films"]\n')
    film = "- {name: film, logicalType: string, description: Title.}\n"
    films = "inputs: {sales.raw_films: {columns: [film]}}"
    shop.product("sales/films_v1", film, sql="SELECT film FROM sales.raw_films", defs=f"automation: false\n{films}")
    defs = f"automation: false\npartitions: {{type: daily}}\n{DEFS}"
    sql = SQL + " WHERE day = $partition_key"
    shop.product("sales/orders_v1", ORDERS_COLUMNS, sql=sql, defs=defs, mode="replace_partition")
    shop.product(
        "sales/daily_v1",
        film + COUNT + "- {name: day, logicalType: date, partitioned: true, description: The day.}\n",
        sql="SELECT max(film) AS film, count(*) AS orders, day FROM sales.orders_v1, sales.films_v1 GROUP BY day",
        defs="partitions: {type: daily}\ninputs: {sales.films_v1: {triggers: false}}",
        mode="replace_partition",
    )
    daily = dg.AssetKey(["sales", "daily_v1"])
    daemon = Daemon(platform)
    platform.put("sales/raw_films", [{"film": "Metropolis"}])
    platform.put("sales/raw_orders", [GOOD | {"day": "2026-11-15"}])
    assert daemon.tick(daily) == 0
    assert platform.run("sales/orders_v1", "2026-11-15").success
    assert daemon.tick(daily) == 0, "it waits for what it looks up"
    assert platform.run("sales/films_v1").success
    assert daemon.tick(daily) == 1
    assert platform.run("sales/daily_v1", "2026-11-15").success
    assert platform.run("sales/films_v1").success
    assert [daemon.tick(daily) for _ in range(2)] == [0, 0]
    assert platform.run("sales/orders_v1", "2026-11-15").success
    assert [daemon.tick(daily) for _ in range(2)] == [0, 1], "a tick later, lest what it looks up is asked for too"


def test_a_day_that_nobody_took_does_not_hold_up_one_that_looks_back_to_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-11-01")
    shop = platform.shop
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    defs = f"automation: false\npartitions: {{type: daily}}\n{DEFS}"
    sql = SQL + " WHERE day = $partition_key"
    shop.product("sales/orders_v1", ORDERS_COLUMNS, sql=sql, defs=defs, mode="replace_partition")
    shop.product(
        "sales/pair_v1",
        COUNT + "- {name: day, logicalType: date, partitioned: true, description: The day.}\n",
        sql="SELECT count(*) AS orders, $partition_key::DATE AS day FROM sales.orders_v1",
        defs="partitions: {type: daily}\ninputs: {sales.orders_v1: {lookback_days: 1}}",
        mode="replace_partition",
    )
    daemon, pair = Daemon(platform), dg.AssetKey(["sales", "pair_v1"])
    daemon.tick(pair)
    platform.put("sales/raw_orders", [GOOD | {"day": "2026-11-15"}])
    assert platform.run("sales/orders_v1", "2026-11-15").success
    assert daemon.tick(pair) >= 1
    assert platform.run("sales/pair_v1", "2026-11-15").success
    assert not platform.run("sales/pair_v1", "2026-11-16").success, (
        "the day itself is never made from the day before alone"
    )
    asked = {"dagster/from_automation_condition": "true"}
    assert platform.run("sales/pair_v1", "2026-11-16", tags=asked).success, "nobody asked for it by hand"
    several = {"dagster/asset_partition_range_start": "2026-11-15", "dagster/asset_partition_range_end": "2026-11-17"}
    assert platform.run("sales/pair_v1", tags=asked | several).success
    assert platform.instance.get_materialized_partitions(pair) == {"2026-11-15"}
    assert [str(row["day"]) for row in platform.rows("sales/pair_v1")] == ["2026-11-15"]


def test_an_input_read_as_a_whole_is_waited_for_until_there_is_any_of_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-11-01")
    shop = platform.shop
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    by_day = "automation: false\npartitions: {type: daily}\n"
    sql = SQL + " WHERE day = $partition_key"
    shop.product("sales/orders_v1", ORDERS_COLUMNS, sql=sql, defs=by_day + DEFS, mode="replace_partition")
    shop.product("sales/films_v1", ORDERS_COLUMNS, sql=sql, defs=by_day + DEFS, mode="replace_partition")
    shop.product(
        "sales/daily_v1",
        COUNT + "- {name: day, logicalType: date, partitioned: true, description: The day.}\n",
        sql="SELECT count(f.order_id) AS orders, o.day FROM sales.orders_v1 AS o, sales.films_v1 AS f GROUP BY o.day",
        defs="partitions: {type: daily}\ninputs: {sales.films_v1: {partitions: all, triggers: false}}",
        mode="replace_partition",
    )
    daemon, daily = Daemon(platform), dg.AssetKey(["sales", "daily_v1"])
    daemon.tick(daily)
    platform.put("sales/raw_orders", [GOOD | {"day": f"2026-11-0{day}"} for day in (1, 5)])
    assert platform.run("sales/orders_v1", "2026-11-05").success
    assert [daemon.tick(daily) for _ in range(2)] == [0, 0], "it cannot be made yet"
    assert platform.run("sales/films_v1", "2026-11-01").success
    assert daemon.tick(daily) == 1, "one partition is enough, of whichever day"
    assert platform.run("sales/daily_v1", "2026-11-05").success
    assert daemon.tick(daily) == 0


def test_rows_that_the_contract_lets_be_left_out_hold_nobody_up(sales: Platform) -> None:
    contract = sales.shop.domains / "sales" / "orders_v1" / "contract.odcs.yaml"
    share = "customProperties:\n  - {property: dataPlatform.quarantineShare, value: 0.5}\n"
    contract.write_text(contract.read_text() + share)
    daemon = Daemon(sales)
    daemon.tick(COUNTS)
    sales.put(
        "sales/raw_orders",
        [GOOD | {"order_id": number} for number in range(3)] + [GOOD | {"order_id": 9, "total": -1.0}],
    )
    result = sales.run("sales/orders_v1")
    assert result.success
    (found,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "total_minimum"]
    assert found.passed
    assert found.metadata["quarantined_rows"].value == 1
    assert daemon.tick(COUNTS) == 1


def test_an_optional_input_of_other_keys_is_looked_up_once_it_is_there_at_all(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-11-01")
    shop = platform.shop
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAMES = ["raw_orders", "raw_hits"]\n')
    defs = f"automation: false\npartitions: {{type: daily}}\n{DEFS}"
    sql = SQL + " WHERE day = $partition_key"
    shop.product("sales/orders_v1", ORDERS_COLUMNS, sql=sql, defs=defs, mode="replace_partition")
    hits = "partitions: {type: dynamic, name: hit_days}\ninputs: {sales.raw_hits: {columns: [date, path]}}"
    shop.product(
        "sales/hits_v1",
        "- {name: date, logicalType: string, required: true, partitioned: true, description: The day.}\n"
        "- {name: path, logicalType: string, description: Of what.}\n",
        sql="SELECT date, path FROM sales.raw_hits WHERE date = $partition_key",
        defs=f"automation: false\n{hits}",
        mode="replace_partition",
    )
    shop.product(
        "sales/daily_v1",
        COUNT
        + "- {name: hits, logicalType: integer, description: So many.}\n"
        + "- {name: day, logicalType: date, partitioned: true, description: The day.}\n",
        sql="SELECT count(*) AS orders, (SELECT count(*) FROM sales.hits_v1) AS hits, day FROM sales.orders_v1 "
        "GROUP BY day",
        defs="partitions: {type: daily}\ninputs: {sales.hits_v1: {optional: true}}",
        mode="replace_partition",
    )
    daemon, daily = Daemon(platform), dg.AssetKey(["sales", "daily_v1"])
    daemon.tick(daily)
    days = ["2026-11-14", "2026-11-15"]
    platform.put("sales/raw_orders", [GOOD | {"order_id": at, "day": day} for at, day in enumerate(days)])
    for day in days:
        assert platform.run("sales/orders_v1", day).success
    assert daemon.tick(daily) == 0, "nothing of it is there yet"
    platform.put("sales/raw_hits", [{"date": day, "path": "/"} for day in [days[1], days[1], "undated"]])
    platform.instance.add_dynamic_partitions("hit_days", [days[1], "undated"])
    assert platform.run("sales/hits_v1", days[1]).success
    assert daemon.tick(daily) == len(days)
    for day in days:
        assert platform.run("sales/daily_v1", day).success
    assert {str(row["day"]): row["hits"] for row in platform.rows("sales/daily_v1")} == {days[0]: 0, days[1]: 2}
    assert platform.run("sales/hits_v1", "undated").success
    assert [daemon.tick(daily) for _ in range(2)] == [0, 0]
    platform.definitions("sales").resolve_asset_graph().validate_partitions()
