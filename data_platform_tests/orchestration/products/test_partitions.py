"""Partitioned products: each partition is made, checked, committed and recorded by itself."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from data_platform.products import quarantine
from data_platform.settings import START_DATE_VARIABLE
from data_platform_tests.products.shop import ORDERS_COLUMNS, Platform, Shop, checks_of, failure_of, metadata_of

KEY = "sales/orders_v1"
ASSET = dg.AssetKey(["sales", "orders_v1"])
DEFS = """
partitions: {type: daily}
inputs: {raw: {asset: sales/raw_orders, columns: [order_id, day, total]}}
"""
NUMBERED = ORDERS_COLUMNS.replace("name: day, logicalType: date", "name: day, logicalType: integer")
PYTHON = """
import pandas as pd


def orders(raw: pd.DataFrame, partition_key: str) -> pd.DataFrame:
    if (raw["total"] == 13).any():
        raise ValueError("thirteen")
    return raw.assign(day=pd.to_datetime(raw["day"]).dt.date, email=f"{partition_key}@shop.example")
"""


@pytest.fixture
def daily(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv(START_DATE_VARIABLE, "2026-11-01")
    columns = ORDERS_COLUMNS.replace('physicalType: "DECIMAL(10, 2)"', "physicalType: DOUBLE")
    platform.shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    platform.shop.product(KEY, columns, python=PYTHON, defs=DEFS, mode="replace_partition")
    return platform


def raw(platform: Platform, day: str, *totals: float) -> None:
    number = int(day[-2:]) * 100
    rows = [{"order_id": number + at, "day": day, "total": float(total)} for at, total in enumerate(totals)]
    platform.put("sales/raw_orders", rows, ("day", day))


def test_one_partition_is_replaced_and_the_others_stay(daily: Platform) -> None:
    raw(daily, "2026-11-01", 1, 2)
    raw(daily, "2026-11-02", 3)
    assert daily.run(KEY, "2026-11-01").success
    assert daily.run(KEY, "2026-11-02").success
    raw(daily, "2026-11-01", 9)
    result = daily.run(KEY, "2026-11-01")
    assert [(row["order_id"], row["total"]) for row in daily.rows(KEY)] == [(100, 9.0), (200, 3.0)]
    metadata = metadata_of(result)["2026-11-01"]
    assert metadata["uri"].endswith("/sales/orders_v1/day=2026-11-01")
    assert metadata["dagster/row_count"] == 1
    (check, *_) = result.get_asset_check_evaluations()
    assert check.metadata["partition"].value == "2026-11-01"


def test_a_transform_may_ask_which_partition_it_makes(daily: Platform) -> None:
    raw(daily, "2026-11-01", 1)
    assert daily.run(KEY, "2026-11-01").success
    assert daily.rows(KEY)[0]["email"] == "2026-11-01@shop.example"


def test_a_backfill_keeps_the_good_days_and_fails_naming_the_bad_ones(daily: Platform) -> None:
    raw(daily, "2026-11-01", 1)
    raw(daily, "2026-11-02", 2, -2)
    raw(daily, "2026-11-03", 13)
    raw(daily, "2026-11-04", 4)
    result = daily.run_range(KEY, "2026-11-01", "2026-11-05")
    assert not result.success
    assert {row["day"] for row in daily.rows(KEY)} == {date(2026, 11, 1), date(2026, 11, 4)}
    done = daily.instance.get_materialized_partitions(ASSET)
    assert done == {"2026-11-01", "2026-11-04"}
    said = failure_of(result)
    assert "3 of 5 partitions failed" in said
    assert "[2026-11-02]" in said
    assert "total_minimum: 1 of 2 rows" in said
    assert "transform.py:7: ValueError: thirteen" in said
    assert "[2026-11-05]" in said
    assert "is missing" in said
    assert metadata_of(result)["2026-11-04"]["uri"].endswith("day=2026-11-04")
    (row,) = quarantine.read(daily.store, daily.shop.read(KEY)).to_pylist()
    assert row["partition"] == "2026-11-02"


def test_a_backfill_writes_one_evaluation_a_rule_and_own_ones_for_failing_days_only(daily: Platform) -> None:
    for day in range(1, 5):
        raw(daily, f"2026-11-0{day}", -day if day == 3 else day)
    result = daily.run_range(KEY, "2026-11-01", "2026-11-04")
    found = checks_of(result)
    assert [name for name, passed in found.items() if not passed] == ["total_minimum"]
    rules = daily.shop.read(KEY).checks.checks
    assert len(result.get_asset_check_evaluations()) == len(rules)
    (summed,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "total_minimum"]
    assert summed.metadata["failing_partitions"].value == ["2026-11-03"]
    assert summed.metadata["partitions_checked"].value == 4
    assert summed.metadata["total_rows"].value == 4
    assert sorted(recorded(daily, "total_minimum"), key=str) == ["2026-11-03", None]
    assert recorded(daily, "total_type") == [None]


@pytest.mark.slow
def test_a_day_may_fail_the_same_rule_in_one_backfill_after_another(daily: Platform) -> None:
    for day in range(1, 4):
        raw(daily, f"2026-11-0{day}", -day if day == 3 else day)
    for _ in range(2):
        assert "total_minimum: 1 of 1 rows" in failure_of(daily.run_range(KEY, "2026-11-01", "2026-11-03"))
    assert sorted(recorded(daily, "total_minimum"), key=str) == ["2026-11-03", "2026-11-03", None, None]


def recorded(platform: Platform, check: str) -> list[str | None]:
    """The partitions of all recorded evaluations of a check."""
    filters = dg.EventRecordsFilter(event_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    events = [
        one.event_log_entry.dagster_event for one in platform.instance.event_log_storage.get_event_records(filters)
    ]
    evaluations = [one.asset_check_evaluation_data for one in events if one]
    return [one.partition for one in evaluations if one.check_name == check]


def test_a_backfill_of_good_days_is_one_run_with_a_materialization_a_day(daily: Platform) -> None:
    for day in range(1, 4):
        raw(daily, f"2026-11-0{day}", *range(day))
    result = daily.run_range(KEY, "2026-11-01", "2026-11-03")
    assert result.success
    found = metadata_of(result)
    assert {key: one["dagster/row_count"] for key, one in found.items()} == {
        "2026-11-01": 1,
        "2026-11-02": 2,
        "2026-11-03": 3,
    }
    assert [found[f"2026-11-0{day}"]["uri"][-10:] for day in range(1, 4)] == ["2026-11-01", "2026-11-02", "2026-11-03"]


def test_rows_of_another_day_are_refused(daily: Platform) -> None:
    file = daily.shop.domains / KEY / "transform.py"
    file.write_text(file.read_text().replace('pd.to_datetime(raw["day"]).dt.date', "pd.Timestamp('2026-11-09').date()"))
    raw(daily, "2026-11-01", 1)
    assert "rows of 1 other partitions" in failure_of(daily.run(KEY, "2026-11-01"))


@pytest.mark.slow
def test_a_lookback_reads_so_many_days_and_no_more(daily: Platform) -> None:
    daily.shop.product(
        "sales/week_v1",
        "- {name: day, logicalType: date, required: true, partitioned: true, description: The day.}\n"
        "- {name: orders, logicalType: integer, description: So many.}\n",
        sql="SELECT $partition_key::DATE AS day, count(*) AS orders FROM sales.orders_v1",
        defs="partitions: {type: daily}\ninputs: {sales.orders_v1: {lookback_days: 2}}",
        mode="replace_partition",
    )
    for day in range(1, 6):
        raw(daily, f"2026-11-0{day}", *range(day))
    assert daily.run_range(KEY, "2026-11-01", "2026-11-05").success
    assert daily.run_range("sales/week_v1", "2026-11-01", "2026-11-05").success
    assert [row["orders"] for row in daily.rows("sales/week_v1")] == [1, 3, 6, 9, 12]


@pytest.mark.slow
def test_a_product_without_partitions_reads_all_days(daily: Platform) -> None:
    daily.shop.product(
        "sales/revenue_v1",
        "- {name: revenue, logicalType: number, description: In all.}\n",
        sql="SELECT sum(total) AS revenue FROM sales.orders_v1",
    )
    raw(daily, "2026-11-01", 1)
    raw(daily, "2026-11-04", 4)
    assert daily.run(KEY, "2026-11-01").success
    assert daily.run(KEY, "2026-11-04").success
    assert daily.run("sales/revenue_v1").success
    assert daily.rows("sales/revenue_v1") == [{"revenue": 5.0}]


def test_dynamic_partitions_are_made_by_their_names(platform: Platform) -> None:
    platform.shop.product(
        "sales/shops_v1",
        "- {name: shop, logicalType: string, required: true, partitioned: true, description: Which.}\n"
        "- {name: sold, logicalType: integer, description: So many.}\n",
        sql="SELECT shop, sold FROM sales.raw_shops WHERE shop = $partition_key",
        defs="partitions: {type: dynamic, name: shops}\ninputs: {sales.raw_shops: {columns: [shop, sold]}}",
        mode="replace_partition",
    )
    platform.put("sales/raw_shops", [{"shop": "b'n", "sold": 1}, {"shop": "c", "sold": 2}])
    platform.instance.add_dynamic_partitions("shops", ["b'n", "c"])
    assert platform.run("sales/shops_v1", "b'n").success
    assert platform.rows("sales/shops_v1") == [{"shop": "b'n", "sold": 1}]


@pytest.mark.parametrize(
    ("defs", "columns", "mode", "said"),
    [
        (DEFS, ORDERS_COLUMNS, None, "replace would throw away all other partitions"),
        (DEFS, ORDERS_COLUMNS.replace(", partitioned: true", ""), "replace_partition", "needs a partition key"),
        (DEFS, NUMBERED, "replace_partition", "mark one, of logicalType date or string"),
        (DEFS.replace("daily", "dynamic"), ORDERS_COLUMNS, "replace_partition", "dynamic partitions need a name"),
        (DEFS.replace("partitions: {type: daily}", ""), ORDERS_COLUMNS, "replace_partition", "has no partitions"),
        (DEFS, ORDERS_COLUMNS.replace("primaryKey: true, ", ""), "append", "would be appended again"),
    ],
)
def test_contract_and_attributes_must_agree_about_partitions(
    shop: Shop, defs: str, columns: str, mode: str | None, said: str, tmp_path: Path
) -> None:
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    shop.product(KEY, columns, python=PYTHON, defs=defs, mode=mode)
    with pytest.raises(Exception, match=said):
        shop.read(KEY)


def test_a_key_without_the_partition_column_is_doubted(daily: Platform) -> None:
    assert "unique within each partition only" in "".join(str(one) for one in daily.shop.read(KEY).warnings)
