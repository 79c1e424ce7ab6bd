"""`preview`: what a product would be, made of published inputs, and how that differs from what is published."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data_platform.mesh.preview.as_json import as_json
from data_platform.mesh.preview.previewing import previews
from data_platform.products.making import make
from data_platform.storage.delta import read_table, replace_partitions, replace_table
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.mesh.registry_shop import ORDERS, RAW, Desk, new_desk
from data_platform_tests.products.shop import ORDERS_COLUMNS, Shop

DAYS = ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"]
SPEND = "marketing/spend_v1"
DAILY = "marketing/daily_v1"
SECRET = "ada.lovelace@example.org"
DAILY_COLUMNS = """\
- {name: day, logicalType: date, primaryKey: true, required: true, partitioned: true, description: The day.}
- {name: total, logicalType: number, required: true, description: All of it., logicalTypeOptions: {maximum: 100}}
"""


@pytest.fixture(scope="module")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with new_desk(tmp_path_factory.mktemp("published")) as desk:
        filled(desk)
        yield desk


@pytest.fixture
def desk(published_once: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Four days of orders, published, and two readers of them in another domain; each test has a copy."""
    shutil.copytree(published_once.shop.root, tmp_path, dirs_exist_ok=True)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return Desk(Shop(tmp_path, published_once.shop.package), ObjectStore.open(f"file://{tmp_path}/store"))


def filled(desk: Desk) -> None:
    desk.shop.write("sales/ingestion.py", "def raw_orders(): ...\n")
    desk.orders()
    desk.reader()
    desk.shop.product(
        DAILY,
        DAILY_COLUMNS,
        sql="SELECT day, sum(total) AS total FROM sales.orders_v1 GROUP BY day",
        defs="partitions: {type: daily}",
        mode="replace_partition",
    )
    for number, day in enumerate(DAYS):
        raw(desk.store, day, [(10 * number + at, Decimal(f"{at + 1}.50")) for at in range(3)])
        published(desk, ORDERS, day)
        published(desk, DAILY, day)
    published(desk, SPEND)


def raw(store: ObjectStore, day: str, rows: list[tuple[int, Decimal]]) -> None:
    when = date.fromisoformat(day)
    table = pa.table(
        {
            "day": pa.array([when] * len(rows), pa.date32()),
            "order_id": pa.array([number for number, _ in rows], pa.int64()),
            "total": pa.array([total for _, total in rows], pa.decimal128(10, 2)),
            "email": [SECRET] * len(rows),
        }
    )
    replace_partitions(store, "sales/raw_orders", table, [{"day": day}])


def published(desk: Desk, key: str, day: str | None = None) -> None:
    assert make(desk.store, desk.checkout.product(key), day, run_id="a-run").published


def query(desk: Desk, text: str, key: str = ORDERS) -> None:
    desk.shop.write(f"{key}/transform.sql", text)


def asked(desk: Desk, *keys: str, **more: Any) -> Any:
    return as_json(previews(desk.checkout, desk.store, keys, **more))


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_what_was_made_by_the_same_contract_and_transform_does_not_differ_and_is_not_previewed_by_itself(
    desk: Desk,
) -> None:
    code, output = desk.run("preview")
    assert (code, output.split(":")[0]) == (0, "Nothing to preview")
    code, output = desk.run("preview", ORDERS)
    assert code == 0
    assert "nothing differs from what is published" in output
    assert [line.split(":")[0].strip() for line in output.splitlines() if "  2026" in line] == DAYS[-3:]


def test_rows_and_columns_that_differ_are_counted_by_key_with_samples_in_which_classified_values_are_masked(
    desk: Desk,
) -> None:
    query(desk, f"SELECT order_id, day, total * 2 AS total, upper(email) AS email FROM sales.raw_orders "
                f"WHERE order_id <> 32 UNION ALL SELECT 99, DATE '{DAYS[3]}', 5.00, '{SECRET}'")  # fmt: skip
    answer = asked(desk, ORDERS, partition=DAYS[3])
    (product,) = answer["products"]
    (part,) = product["partitions"]
    difference = part["difference"]
    assert [difference[name] for name in ("rows_before", "rows_after", "added", "removed", "changed")] == [
        3,
        3,
        1,
        1,
        2,
    ]
    assert difference["columns"] == {"total": 2, "email": 2}
    assert difference["key"] == ("order_id",)
    added, removed, changed, _ = difference["samples"]
    assert added["row"] == {"order_id": 99, "day": DAYS[3], "total": "5.00", "email": "***"}
    assert (removed["change"], removed["row"]["order_id"]) == ("removed", 32)
    assert changed["row"] == {"order_id": 30}
    assert (changed["before"], changed["after"]) == (
        {"total": "1.50", "email": "***"},
        {"total": "3.00", "email": "***"},
    )
    assert SECRET not in json.dumps(answer, default=str)
    assert SECRET.upper() not in json.dumps(answer, default=str)
    assert product["hidden"] == ["email"]


def test_nothing_is_written_to_the_store_and_the_folder_is_gone_also_where_a_transform_fails(
    desk: Desk, tmp_path: Path
) -> None:
    before = files(tmp_path / "store")
    query(desk, f"SELECT {RAW.replace('total', 'total * 3 AS total')} FROM sales.raw_orders")
    assert desk.run("preview", ORDERS)[0] == 0
    query(desk, f"SELECT {RAW.replace('email', 'error(email) AS email')} FROM sales.raw_orders")
    code, output = desk.run("preview", ORDERS)
    assert code == 1
    assert "the transform failed: sales/orders_v1/transform.sql:1: " in output
    assert "details withheld" in output
    assert SECRET not in output
    assert files(tmp_path / "store") == before
    assert list((tmp_path / "tmp").glob("data_platform-preview-*")) == []


def test_the_contract_is_held_against_what_is_made_and_a_run_that_would_not_publish_ends_with_1(desk: Desk) -> None:
    query(desk, f"SELECT {RAW.replace('total', '-total AS total')} FROM sales.raw_orders")
    code, output = desk.run("preview", ORDERS, "--last", "1")
    assert code == 1
    assert "what it makes would not be published" in output
    assert "broken: total_minimum: 3 of 3 rows" in output


def test_consumers_are_tried_on_the_result_beside_what_stays_published(desk: Desk) -> None:
    query(desk, f"SELECT {RAW.replace('total', 'total * 10 AS total')} FROM sales.raw_orders")
    (product,) = asked(desk, ORDERS, last=2)["products"]
    outcomes = {(consumer["consumer"], consumer["partition"]): consumer["outcome"] for consumer in product["consumers"]}
    assert outcomes == {(SPEND, None): "holds"} | dict.fromkeys([(DAILY, DAYS[2]), (DAILY, DAYS[3])], "holds")
    query(desk, f"SELECT {RAW.replace('total', 'total * 20 AS total')} FROM sales.raw_orders")
    code, output = desk.run("preview", ORDERS, "--last", "1")
    assert code == 1
    assert f"consumer {DAILY} {DAYS[3]}: BREAKS: total_maximum: 1 of 1 rows" in output
    assert f"consumer {SPEND}: keeps its contract" in output


def test_a_consumer_of_the_whole_table_reads_what_was_made_and_all_other_partitions(desk: Desk) -> None:
    desk.shop.product(
        SPEND,
        "- {name: total, logicalType: number, required: true, description: All of it., "
        "logicalTypeOptions: {minimum: 30, maximum: 48}}",
        sql="SELECT sum(total) AS total FROM sales.orders_v1",
    )
    query(desk, f"SELECT {RAW.replace('total', 'total + 2 AS total')} FROM sales.raw_orders")
    (product,) = asked(desk, ORDERS, last=4)["products"]
    by_consumer = {consumer["consumer"]: consumer["outcome"] for consumer in product["consumers"]}
    assert by_consumer[SPEND] == "breaks", "four days of 7.50, and 24 more, are 54"
    query(desk, f"SELECT {RAW.replace('total', 'total + 6 AS total')} FROM sales.raw_orders")
    (product,) = asked(desk, ORDERS, last=1)["products"]
    by_consumer = {consumer["consumer"]: consumer["outcome"] for consumer in product["consumers"]}
    assert by_consumer[SPEND] == "holds", "three days of 7.50, and one with 18 more, are 48"


def test_a_consumer_that_breaks_on_what_is_published_as_well_is_not_blamed_on_the_change(desk: Desk) -> None:
    desk.shop.product(
        SPEND,
        "- {name: total, logicalType: number, required: true, description: All., logicalTypeOptions: {maximum: 1}}",
        sql="SELECT sum(total) AS total FROM sales.orders_v1",
    )
    query(desk, f"SELECT {RAW.replace('total', 'total + 1 AS total')} FROM sales.raw_orders")
    code, output = desk.run("preview", ORDERS)
    assert code == 0
    assert f"consumer {SPEND}: breaks its contract, as on what is published" in output


def test_consumers_that_are_not_tried_are_named_with_the_reason(desk: Desk) -> None:
    desk.shop.product(
        "logistics/load_v1",
        "- {name: total, logicalType: number, description: All of it.}",
        python="def load(orders):\n    return orders.select(['total'])\n",
        defs="inputs: {orders: {asset: sales/orders_v1, columns: [total]}}\nrunner: shop.domains.logistics.running:run",
    )
    desk.shop.write("marketing/spend_v1/transform.sql", "SELECT sum(cost) AS total FROM sales.orders_v1")
    (product,) = asked(desk, ORDERS, last=1)["products"]
    reasons = {
        consumer["consumer"]: consumer["reason"]
        for consumer in product["consumers"]
        if consumer["outcome"] == "not tried"
    }
    assert reasons.keys() == {"logistics/load_v1", SPEND}
    assert "shop.domains.logistics.running:run" in reasons["logistics/load_v1"]
    assert "lint" in reasons[SPEND]


def test_what_is_published_by_another_transform_is_previewed_without_being_named(desk: Desk) -> None:
    query(desk, f"SELECT {RAW.replace('total', 'total + 1 AS total')} FROM sales.raw_orders")
    answer = desk.json("preview", "--last", "2")
    assert [product["product"] for product in answer["products"]] == [ORDERS]
    assert [part["partition"] for part in answer["products"][0]["partitions"]] == DAYS[-2:]


def test_without_a_key_whole_rows_are_compared_by_how_often_each_is_there(desk: Desk) -> None:
    columns = "- {name: total, logicalType: number, description: What was paid.}"
    key = "marketing/totals_v1"
    desk.shop.product(key, columns, sql="SELECT total % 2 AS total FROM sales.orders_v1")
    published(desk, key)
    query(desk, "SELECT CASE WHEN order_id = 0 THEN 9 ELSE total % 2 END AS total FROM sales.orders_v1", key)
    (product,) = asked(desk, key)["products"]
    difference = product["partitions"][0]["difference"]
    assert (difference["added"], difference["removed"], difference["key"]) == (1, 1, ())
    assert difference["columns"] == {"total": 1}


def test_columns_that_come_go_or_have_another_type_are_told(desk: Desk) -> None:
    columns = "- {name: id, logicalType: integer, primaryKey: true, required: true, description: Its number.}\n"
    key, more = "marketing/totals_v1", "- {name: total, logicalType: number, description: What was paid.}\n"
    desk.shop.product(key, columns + more, sql="SELECT order_id AS id, total FROM sales.orders_v1")
    published(desk, key)
    desk.shop.product(
        key,
        columns.replace("integer", "string") + more.replace("total", "cost"),
        sql="SELECT CAST(order_id AS VARCHAR) AS id, total AS cost FROM sales.orders_v1",
    )
    difference = asked(desk, key)["products"][0]["partitions"][0]["difference"]
    assert (difference["new_columns"], difference["gone_columns"]) == (("cost",), ("total",))
    assert difference["retyped"] == {"id": ("int64", "string")}
    assert (difference["added"], difference["removed"], difference["changed"]) == (0, 0, 0)


def test_of_what_is_added_by_key_the_table_is_compared_as_it_would_be(desk: Desk) -> None:
    columns = ORDERS_COLUMNS.replace("partitioned: true, ", "")
    key = "marketing/seen_v1"
    sql = f"SELECT {RAW} FROM sales.orders_v1"
    desk.shop.product(key, columns, sql=sql, mode="upsert")
    published(desk, key)
    query(desk, f"SELECT {RAW.replace('total', 'total + 1 AS total')} FROM sales.orders_v1 WHERE order_id < 10", key)
    difference = asked(desk, key)["products"][0]["partitions"][0]["difference"]
    counts = [difference[name] for name in ("rows_before", "rows_after", "added", "removed", "changed")]
    assert counts == [12, 12, 0, 0, 3]


def test_a_batch_that_its_table_would_not_take_is_told_before_any_run(desk: Desk) -> None:
    query(desk, f"SELECT {RAW.replace('day', 'day + 1 AS day', 1)} FROM sales.raw_orders")
    code, output = desk.run("preview", ORDERS, "--last", "1")
    assert code == 1
    assert "its table would not take it" in output
    assert "rows of 1 other partitions" in output


def test_a_classification_that_the_change_takes_away_and_one_that_a_new_name_hides_are_masked_all_the_same(
    desk: Desk,
) -> None:
    assert desk.run("register", ORDERS)[0] == 0
    open_columns = ORDERS_COLUMNS.replace("classification: personal, ", "")
    desk.orders(columns=open_columns + "- {name: word, logicalType: string, description: A word.}\n", version="1.1.0")
    query(desk, f"SELECT {RAW}, 'w' AS word FROM sales.raw_orders WHERE order_id > 30")
    answer = asked(desk, ORDERS, last=1)
    assert answer["products"][0]["hidden"] == ["email"]
    assert SECRET not in json.dumps(answer, default=str)

    key = "marketing/contacts_v1"
    columns = "- {name: id, logicalType: integer, primaryKey: true, required: true, description: Its number.}\n"
    columns += "- {name: handle, logicalType: string, description: Who.}\n"
    desk.shop.product(key, columns, sql="SELECT order_id AS id, md5(email) AS handle FROM sales.orders_v1")
    published(desk, key)
    query(desk, "SELECT order_id AS id, left(md5(email), 6) AS handle FROM sales.orders_v1", key)
    answer = asked(desk, key)
    assert answer["products"][0]["hidden"] == ["handle"]
    assert {str(sample["after"]) for sample in answer["products"][0]["partitions"][0]["difference"]["samples"]} == {
        "{'handle': '***'}"
    }


def test_a_python_products_error_is_told_without_its_words_where_an_input_is_classified(desk: Desk) -> None:
    key = "logistics/load_v1"
    desk.shop.product(
        key,
        "- {name: email, logicalType: string, classification: personal, description: Who.}",
        python="def load(orders):\n    raise ValueError(orders['email'][0])\n",
        defs="inputs: {orders: {asset: sales/orders_v1, columns: [email]}}",
    )
    code, output = desk.run("preview", key)
    assert code == 1
    assert "logistics/load_v1/transform.py:2: ValueError (details withheld" in output
    assert SECRET not in output


def test_a_product_that_was_never_published_is_made_of_the_newest_partitions_of_its_inputs(desk: Desk) -> None:
    key = "marketing/late_v1"
    desk.shop.product(
        key,
        DAILY_COLUMNS,
        sql="SELECT day, sum(total) AS total FROM sales.orders_v1 GROUP BY day",
        defs="partitions: {type: daily}",
        mode="replace_partition",
    )
    (product,) = asked(desk, key, last=2)["products"]
    assert [(part["partition"], part["rows"], part["not_compared"]) for part in product["partitions"]] == [
        (day, 1, "it was never published") for day in DAYS[-2:]
    ]


def test_what_cannot_be_made_says_nothing_of_the_change_and_ends_with_2(desk: Desk) -> None:
    code, output = desk.run("preview", ORDERS, "--partition", "2025-01-01")
    assert code == 2
    assert "could not be made" in output
    assert desk.run("preview", SPEND, "--partition", DAYS[0])[0] == 2
    assert desk.run("preview", "--partition", DAYS[0])[0] == 2
    assert desk.run("preview", ORDERS, "--partition", DAYS[0], "--last", "2")[0] == 2
    assert desk.run("preview", "sales/orders_v9")[0] == 2
    assert desk.run("preview", ORDERS, store=False)[0] == 2


def test_a_table_without_partitions_is_compared_as_a_whole(desk: Desk) -> None:
    query(desk, "SELECT sum(total) + 1 AS total FROM sales.orders_v1", SPEND)
    (product,) = asked(desk, SPEND)["products"]
    (part,) = product["partitions"]
    assert part["partition"] is None
    assert (part["difference"]["added"], part["difference"]["removed"]) == (1, 1)
    assert read_table(desk.store, SPEND).to_pylist() == [{"total": 30.0}]


def test_a_broken_reader_of_many_files_leaves_the_published_rows_as_they_are(desk: Desk) -> None:
    replace_table(desk.store, "sales/raw_orders", pa.table({"day": ["x"]}))
    (product,) = asked(desk, ORDERS, last=1)["products"]
    assert product["partitions"][0]["not_made"]
    assert read_table(desk.store, ORDERS).num_rows == 12


def test_rows_that_a_tables_type_cannot_hold_are_told_without_a_value(desk: Desk) -> None:
    columns = "- {name: id, logicalType: integer, primaryKey: true, required: true, description: Its number.}\n"
    key, more = "marketing/ages_v1", "- {name: age, logicalType: KIND, classification: personal, description: Old.}\n"
    desk.shop.product(
        key, columns + more.replace("KIND", "integer"), sql="SELECT order_id AS id, 41 AS age FROM sales.orders_v1",
        mode="upsert",
    )  # fmt: skip
    published(desk, key)
    desk.shop.product(
        key, columns + more.replace("KIND", "number"),
        sql="SELECT order_id AS id, 12345.25 AS age FROM sales.orders_v1", mode="upsert",
    )  # fmt: skip
    code, output = desk.run("preview", key)
    assert code == 1
    assert "its table would not take it" in output
    assert "12345" not in output


def test_consumers_in_python_and_those_that_look_back_read_what_was_made(desk: Desk) -> None:
    desk.shop.product(
        "logistics/load_v1",
        "- {name: total, logicalType: number, required: true, description: All., logicalTypeOptions: {minimum: 31, "
        "maximum: 32}}",
        python="import pandas as pd\n\n\ndef load(orders: pd.DataFrame) -> pd.DataFrame:\n"
        "    return pd.DataFrame({'total': [float(orders['total'].sum())]})\n",
        defs="inputs: {orders: {asset: sales/orders_v1, columns: [total]}}",
    )
    desk.shop.product(
        "logistics/week_v1",
        DAILY_COLUMNS.replace("maximum: 100", "minimum: 23.5, maximum: 23.5"),
        sql="SELECT max(day) AS day, sum(total) AS total FROM sales.orders_v1",
        defs="partitions: {type: daily}\ninputs: {sales.orders_v1: {lookback_days: 2}}",
        mode="replace_partition",
    )
    query(desk, f"SELECT {RAW.replace('total', 'total + if(order_id = 30, 1, 0) AS total')} FROM sales.raw_orders")
    (product,) = asked(desk, ORDERS, last=1)["products"]
    outcomes = {consumer["consumer"]: consumer["outcome"] for consumer in product["consumers"]}
    assert outcomes == {
        "logistics/load_v1": "holds",
        "logistics/week_v1": "holds",
        DAILY: "holds",
        SPEND: "holds",
    }, product["consumers"]
