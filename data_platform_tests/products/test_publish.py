"""Publishing without Dagster: all or nothing, shares, quarantine, foreign keys, growing contracts."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from data_platform.mesh.life.rolling_back import roll_back
from data_platform.products import quarantine
from data_platform.products.judging import check_published
from data_platform.products.publish import Publication, publish
from data_platform.products.schema import cast
from data_platform.products.versions import versions
from data_platform.storage.delta import vacuum
from data_platform.storage.errors import MissingTable
from data_platform_tests.products.shop import Platform

COLUMNS = """\
- {name: id, logicalType: integer, physicalType: BIGINT, required: true, primaryKey: true, description: The number.}
- {name: price, logicalType: number, required: true, description: The price., logicalTypeOptions: {minimum: 0}}
"""
KEY = "sales/prices_v1"


def put(
    platform: Platform, rows: Sequence[dict[str, Any]] | pa.Table, *, run_id: str = "a", key: str = KEY
) -> Publication:
    product = platform.shop.read(key)
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows))
    return publish(platform.store, product, cast(table, product.schema.properties), run_id=run_id)


def prices(platform: Platform, columns: str = COLUMNS, **more: Any) -> None:
    platform.shop.product(KEY, columns, sql="SELECT 1 AS id, 1.0 AS price", **more)


def test_nothing_is_visible_of_a_first_batch_that_breaks_the_contract(platform: Platform) -> None:
    prices(platform)
    made = put(platform, [{"id": 1, "price": -1.0}, {"id": 2, "price": 1.0}])
    assert not made.published
    assert made.rejected == 1
    with pytest.raises(MissingTable):
        platform.rows(KEY)


def test_a_share_lets_the_good_rows_pass_and_keeps_the_bad_ones_aside(platform: Platform) -> None:
    prices(platform, custom={"quarantineShare": 0.3})
    rows = [{"id": number, "price": -1.0 if number == 3 else 1.0} for number in range(4)]
    made = put(platform, rows)
    assert made.published
    assert (made.batch.num_rows, made.rejected, made.report.total_rows) == (3, 1, 4)
    assert [row["id"] for row in platform.rows(KEY)] == [0, 1, 2]
    (row,) = quarantine.read(platform.store, platform.shop.read(KEY)).to_pylist()
    assert row["reasons"] == ["price_minimum"]
    assert check_published(platform.store, platform.shop.read(KEY)).passed


def test_a_share_that_is_reached_refuses_the_whole_batch(platform: Platform) -> None:
    prices(platform, custom={"quarantineShare": 0.25})
    made = put(platform, [{"id": number, "price": -1.0 if number == 3 else 1.0} for number in range(4)])
    assert not made.published
    assert made.rejected == 1


def test_a_share_does_not_help_where_a_rule_is_about_the_whole_batch(platform: Platform) -> None:
    rule = "- {id: many, name: many, type: library, metric: rowCount, mustBeGreaterThan: 3}"
    prices(platform, custom={"quarantineShare": 0.5}, quality=rule)
    made = put(platform, [{"id": number, "price": -1.0 if number == 3 else 1.0} for number in range(4)])
    assert not made.published, "the good rows are three, which is too few"
    assert made.rejected == 4
    made = put(platform, [{"id": 1, "price": 1.0}], run_id="b")
    kept = quarantine.read(platform.store, platform.shop.read(KEY)).to_pylist()
    assert [row["reasons"] for row in kept if row["run_id"] == "b"] == [["many"]]


def test_a_batch_without_the_contracts_columns_is_rejected_whole(platform: Platform) -> None:
    prices(platform)
    made = put(platform, [{"id": 1, "cost": 1.0}])
    assert not made.published
    (row,) = quarantine.read(platform.store, platform.shop.read(KEY)).to_pylist()
    assert "columns" in row["reasons"]
    assert row["row"] == '{"id": 1, "cost": 1.0}'


def test_text_is_not_taken_for_a_number(platform: Platform) -> None:
    prices(platform)
    made = put(platform, [{"id": "1", "price": 1.0}])
    assert made.report["id_type"].failed


def test_numbers_become_the_contracts_types_where_nothing_is_lost(platform: Platform) -> None:
    prices(platform)
    put(platform, pa.table({"price": pa.array([1, 2], pa.int32()), "id": [1.0, 2.0]}))
    assert platform.rows(KEY) == [{"id": 1, "price": 1.0}, {"id": 2, "price": 2.0}]
    assert not put(platform, pa.table({"price": [1.0], "id": [1.5]})).published


def test_the_quarantine_of_one_run_is_kept_once_and_bounded(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST_ROWS", 10)
    prices(platform)
    for _ in range(2):
        made = put(platform, pa.table({"id": list(range(50)), "price": [-1.0] * 50}))
    assert made.rejected == 50
    assert quarantine.read(platform.store, platform.shop.read(KEY)).num_rows == 10


def test_a_minor_version_adds_a_column_and_readers_of_the_old_ones_go_on(platform: Platform) -> None:
    prices(platform)
    put(platform, [{"id": 1, "price": 1.0}])
    columns = COLUMNS + "- {name: note, logicalType: string, description: A note.}\n"
    prices(platform, columns, version="1.1.0")
    assert put(platform, [{"id": 2, "price": 2.0, "note": None}]).published
    assert platform.rows(KEY) == [{"id": 2, "price": 2.0, "note": None}]


def test_a_foreign_key_to_another_product_is_checked_against_what_is_published(platform: Platform) -> None:
    prices(platform)
    put(platform, [{"id": 1, "price": 1.0}])
    columns = """\
- name: price_id
  logicalType: integer
  description: Which price.
  relationships:
    - {to: ../../sales/prices_v1/contract.odcs.yaml#/schema/prices/properties/id}
"""
    platform.shop.product("marketing/offers_v1", columns, sql="SELECT 1 AS price_id")
    assert put(platform, [{"price_id": 1}], key="marketing/offers_v1").published
    made = put(platform, [{"price_id": 1}, {"price_id": 7}], key="marketing/offers_v1")
    assert not made.published
    assert made.rejected == 1


def test_a_foreign_key_to_a_product_that_was_never_published_refuses(platform: Platform) -> None:
    prices(platform)
    columns = """\
- name: price_id
  logicalType: integer
  description: Which price.
  relationships:
    - {to: ../../sales/prices_v1/contract.odcs.yaml#/schema/prices/properties/id}
"""
    platform.shop.product("marketing/offers_v1", columns, sql="SELECT 1 AS price_id")
    assert not put(platform, [{"price_id": 1}], key="marketing/offers_v1").published


def test_a_sql_rule_may_name_another_product_in_double_quotes(platform: Platform) -> None:
    prices(platform)
    put(platform, [{"id": 1, "price": 1.0}, {"id": 2, "price": 2.0}])
    rule = """\
- id: as_many
  name: as many
  type: sql
  query: SELECT (SELECT count(*) FROM {object}) - (SELECT count(*) FROM "sales/prices_v1")
  mustBe: 0
"""
    columns = "- {name: offer, logicalType: integer, description: Which.}\n"
    platform.shop.product("marketing/offers_v1", columns, sql="SELECT 1 AS offer", quality=rule)
    assert not put(platform, [{"offer": 1}], key="marketing/offers_v1").published
    made = put(platform, [{"offer": 1}, {"offer": 2}], key="marketing/offers_v1")
    assert made.published, made.report


def test_an_empty_batch_has_the_contracts_types(platform: Platform) -> None:
    prices(platform)
    assert put(platform, pa.table({"id": pa.nulls(0), "price": pa.nulls(0)})).published
    assert put(platform, [{"id": 1, "price": 1.0}]).published
    assert platform.rows(KEY) == [{"id": 1, "price": 1.0}]


def test_a_timestamp_without_a_zone_is_refused_where_the_contract_wants_one(platform: Platform) -> None:
    columns = "- {name: at, logicalType: timestamp, description: When., logicalTypeOptions: {timezone: true}}\n"
    platform.shop.product(KEY, columns, sql="SELECT now() AS at")
    naive = datetime(2026, 11, 1)  # noqa: DTZ001 - the point of the test
    assert not put(platform, [{"at": naive}]).published
    assert put(platform, [{"at": naive.replace(tzinfo=UTC)}]).published


def test_upsert_puts_rows_in_place_of_those_with_the_same_key(platform: Platform) -> None:
    prices(platform, mode="upsert")
    assert put(platform, [{"id": 1, "price": 1.0}, {"id": 2, "price": 2.0}], run_id="a").published
    assert put(platform, [{"id": 2, "price": 5.0}, {"id": 3, "price": 3.0}], run_id="b").published
    assert not put(platform, [{"id": 1, "price": -5.0}], run_id="c").published
    assert [(row["id"], row["price"]) for row in platform.rows(KEY)] == [(1, 1.0), (2, 5.0), (3, 3.0)]


def test_append_adds_and_a_run_that_is_tried_again_adds_nothing(platform: Platform) -> None:
    prices(platform, mode="append")
    assert put(platform, [{"id": 1, "price": 1.0}], run_id="a").published
    assert put(platform, [{"id": 2, "price": 2.0}], run_id="b").published
    made = put(platform, [{"id": 2, "price": 2.0}], run_id="b")
    assert made.commit is not None
    assert made.commit.repeated
    assert [row["id"] for row in platform.rows(KEY)] == [1, 2]


def test_a_run_that_is_executed_again_appends_nothing_but_may_upsert_anew(platform: Platform) -> None:
    for mode, expected in (("append", [1.0]), ("upsert", [2.0])):
        key = f"sales/{mode}_v1"
        platform.shop.product(key, COLUMNS, sql="SELECT 1 AS id, 1.0 AS price", mode=mode)
        product = platform.shop.read(key)
        for run_id, price in (("a", 1.0), ("b", 2.0)):
            batch = cast(pa.table({"id": [1], "price": [price]}), product.schema.properties)
            publish(platform.store, product, batch, run_id=run_id, root_run_id="a")
        assert [row["price"] for row in platform.rows(key)] == expected


def test_append_refuses_a_key_that_is_in_the_table_already(platform: Platform) -> None:
    prices(platform, mode="append")
    put(platform, [{"id": 1, "price": 1.0}], run_id="a")
    made = put(platform, [{"id": 1, "price": 2.0}, {"id": 2, "price": 2.0}], run_id="b")
    assert not made.published
    assert "1 keys of the batch are in the table already" in (made.report["primary_key"].reason or "")
    assert [row["id"] for row in platform.rows(KEY)] == [1]


@pytest.mark.parametrize("mode", ["upsert", "append"])
def test_a_minor_version_adds_a_column_to_a_table_that_is_added_to(platform: Platform, mode: str) -> None:
    prices(platform, mode=mode)
    put(platform, [{"id": 1, "price": 1.0}], run_id="a")
    columns = COLUMNS + "- {name: note, logicalType: string, description: A note.}\n"
    prices(platform, columns, version="1.1.0", mode=mode)
    assert put(platform, [{"id": 2, "price": 2.0, "note": "new"}], run_id="b").published
    assert [(row["id"], row["note"]) for row in platform.rows(KEY)] == [(1, None), (2, "new")]


def test_one_call_rolls_a_product_back_and_its_history_says_by_whom(platform: Platform) -> None:
    prices(platform)
    for price in (1.0, 2.0, 3.0):
        put(platform, [{"id": 1, "price": price}], run_id=str(price))
    product = platform.shop.read(KEY)
    roll_back(platform.store, product, "0", by="ada", why="the second was wrong")
    assert platform.rows(KEY) == [{"id": 1, "price": 1.0}]
    newest, *earlier = versions(platform.store, product)
    assert (newest.mode, newest.metadata["rolled_back_by"]) == ("roll_back", "ada")
    assert [one.metadata["run_id"] for one in earlier] == ["3.0", "2.0", "1.0"]
    assert put(platform, [{"id": 1, "price": 4.0}], run_id="4").published


@pytest.mark.slow
def test_old_versions_are_cleaned_away_now_and_then_and_the_stated_time_is_kept(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[timedelta] = []
    monkeypatch.setattr(vacuum, "vacuum", lambda store, path, keep: asked.append(keep))
    prices(platform, custom={"versionRetention": "2d"})
    for number in range(41):
        put(platform, [{"id": 1, "price": 1.0}], run_id=str(number))
    assert asked == [timedelta(days=2)] * 2


def test_the_first_publication_of_a_day_cleans_old_versions_away_and_the_next_ones_do_not(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(vacuum, "vacuum", lambda store, path, keep: asked.append(path))
    prices(platform)
    for number in range(3):
        put(platform, [{"id": 1, "price": 1.0}], run_id=str(number))
    assert asked == []
    entry = f"{KEY}/_delta_log/{2:020}.json"
    yesterday = int((datetime.now(UTC) - timedelta(days=1)).timestamp() * 1000)
    lines = [json.loads(line) for line in platform.store.get(entry).splitlines()]
    for line in lines:
        if "commitInfo" in line:
            line["commitInfo"]["timestamp"] = yesterday
    platform.store.put(entry, "\n".join(map(json.dumps, lines)).encode())
    for number in range(3, 6):
        put(platform, [{"id": 1, "price": 1.0}], run_id=str(number))
    assert asked == [KEY]
