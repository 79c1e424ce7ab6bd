"""Many partitions made and published in groups give what each gives by itself, whatever is in them."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.products import making, quarantine
from data_platform.products.errors import ProductError
from data_platform.products.inputs import Inputs
from data_platform.products.making import make, make_many
from data_platform.products.publish import Publication
from data_platform.products.separable import is_separable
from data_platform.products.sql_transform import SqlTransform
from data_platform.products.transform import limits_of
from data_platform.products.versions import versions
from data_platform.storage.delta import read_table, replace_partitions, replace_table
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.examples import examples
from data_platform_tests.products.shop import Shop, new_shop

KEY = "sales/orders_v1"
DAYS = [(date(2026, 11, 1) + timedelta(days=number)).isoformat() for number in range(6)]
COLUMNS = """\
- {name: day, logicalType: date, required: true, partitioned: true, primaryKey: true, primaryKeyPosition: 1}
- {name: id, logicalType: integer, physicalType: BIGINT, required: true, primaryKey: true, primaryKeyPosition: 2}
- {name: price, logicalType: number, logicalTypeOptions: {minimum: 0}}
- name: country
  logicalType: string
  relationships: [{to: ../../sales/countries_v1/contract.odcs.yaml#/schema/countries/properties/code}]
"""
RULES = "- {id: few, name: few, type: library, metric: rowCount, mustBeLessThan: 5}"
SQL = "SELECT day, id, price, country FROM sales.raw_orders WHERE id <> 13"
INPUTS = "inputs: {sales.raw_orders: {columns: [day, id, price, country]}}"
RAW = pa.schema([("day", pa.date32()), ("id", pa.int64()), ("price", pa.float64()), ("country", pa.string())])


@contextmanager
def mesh(*, share: float = 0, sql: str = SQL, defs: str = INPUTS, quality: str = RULES) -> Iterator[tuple[Shop, Path]]:
    with tempfile.TemporaryDirectory() as folder, new_shop(Path(folder)) as shop:
        shop.product(
            "sales/countries_v1",
            "- {name: code, logicalType: string, required: true, primaryKey: true}",
            sql="SELECT code FROM sales.raw_countries",
            defs="inputs: {sales.raw_countries: {columns: [code]}}",
        )
        custom = {"quarantineShare": share} if share else {}
        partitions = f"partitions: {{type: daily}}\n{defs}"
        shop.product(KEY, COLUMNS, sql=sql, defs=partitions, mode="replace_partition", custom=custom, quality=quality)
        yield shop, Path(folder)


def store_of(folder: Path, name: str, days: Mapping[str, list[dict[str, Any]]]) -> ObjectStore:
    (folder / name).mkdir()
    store = ObjectStore.open(f"file://{folder / name}")
    replace_table(store, "sales/countries_v1", pa.table({"code": ["SE", "DE"]}))
    for day, rows in days.items():
        at = date.fromisoformat(day)
        table = pa.Table.from_pylist([{"day": at, **row} for row in rows], RAW)
        replace_partitions(store, "sales/raw_orders", table, [{"day": day}])
    return store


def what_became(outcome: object) -> object:
    if not isinstance(outcome, Publication):
        return (type(outcome).__name__, str(outcome))
    results = [(result.check.name, result.status, result.failing, result.reason) for result in outcome.verdict.results]
    rows = sorted(map(str, outcome.batch.to_pylist()))
    return outcome.published, outcome.rejected, results, rows


def readers_see(store: ObjectStore) -> list[str]:
    try:
        return sorted(map(str, read_table(store, KEY).to_pylist()))
    except StorageError:
        return []


def kept_aside(store: ObjectStore, shop: Shop) -> list[tuple[object, ...]]:
    rows = quarantine.read(store, shop.read(KEY)).to_pylist()
    return sorted((row["partition"], row["row"], tuple(row["reasons"])) for row in rows)


one_row = st.fixed_dictionaries(
    {
        "id": st.sampled_from([1, 2, 3, 13]),
        "price": st.sampled_from([0.5, 2.25, -1.0, None]),
        "country": st.sampled_from(["SE", "DE", "XX", None]),
    }
)


@settings(max_examples=examples(20))
@given(
    days=st.dictionaries(st.sampled_from(DAYS), st.lists(one_row, max_size=6), min_size=2),
    share=st.sampled_from([0.0, 0.5]),
)
def test_a_group_publishes_refuses_and_keeps_aside_what_each_partition_alone_would(
    days: dict[str, list[dict[str, Any]]], share: float
) -> None:
    with mesh(share=share) as (shop, folder):
        alone, together = store_of(folder, "alone", days), store_of(folder, "together", days)
        product = shop.read(KEY)
        expected: dict[str, object] = {}
        for day in DAYS:  # those that the input lacks among them
            try:
                expected[day] = what_became(make(alone, product, day, run_id="r"))
            except (ProductError, StorageError) as error:
                expected[day] = type(error).__name__, str(error).replace(str(folder / "alone"), "")
        outcomes = {key: one for group in make_many(together, product, DAYS, run_id="r") for key, one in group.items()}
        found = {key: what_became(outcome) for key, outcome in outcomes.items()}
        missing = {key: (said[0], said[1].replace(str(folder / "together"), "")) for key, said in found.items()
                   if isinstance(said, tuple) and len(said) == 2}  # fmt: skip
        assert found | missing == expected
        assert readers_see(together) == readers_see(alone)
        assert kept_aside(together, shop) == kept_aside(alone, shop)


def test_a_group_is_one_commit_that_says_of_each_partition_what_was_checked() -> None:
    with mesh() as (shop, folder):
        days = {day: [{"id": 1, "price": 1.0, "country": "SE"}] * number for number, day in enumerate(DAYS[:3])}
        store, product = store_of(folder, "store", days), shop.read(KEY)
        (outcomes,) = make_many(store, product, DAYS[:3], run_id="r")
        assert [outcome.published for outcome in outcomes.values()] == [True, True, False], "two rows have one key"
        (commit,) = versions(store, product)
        assert commit.metadata["partitions"] == DAYS[:2]
        assert {day: said["checks"]["rows"] for day, said in commit.metadata["batches"].items()} == {
            DAYS[0]: 0,
            DAYS[1]: 1,
        }
        assert commit.metadata["checks"]["rows"] == 1
        files = {
            key: [file.rows for file in outcome.commit.files] for key, outcome in outcomes.items() if outcome.commit
        }
        assert files == {DAYS[0]: [], DAYS[1]: [1]}


def test_a_rule_about_another_product_is_judged_in_groups_too_and_blocks_where_that_was_never_published() -> None:
    with mesh() as (shop, folder):
        store = store_of(folder, "store", {day: [{"id": 1, "price": 1.0, "country": "SE"}] for day in DAYS})
        shutil.rmtree(folder / "store/sales/countries_v1")
        (outcomes,) = make_many(store, shop.read(KEY), DAYS, run_id="r")
        assert not any(outcome.published for outcome in outcomes.values())
        assert all(
            "country" in result.check.name for outcome in outcomes.values() for result in outcome.report.failures
        )


def test_rows_that_the_table_cannot_hold_keep_their_own_partition_out_and_no_other() -> None:
    with mesh(sql=SQL.replace("price,", "price::FLOAT AS price,")) as (shop, folder):
        days = {day: [{"id": 1, "price": 0.5, "country": "SE"}] for day in DAYS[:2]}
        store, product = store_of(folder, "store", days), shop.read(KEY)
        whole = pa.array([1], pa.int64())
        there = pa.table({"day": [date(2026, 1, 1)], "id": [1], "price": whole, "country": ["SE"]})
        replace_partitions(store, KEY, there, [{"day": "2026-01-01"}])
        replace_partitions(
            store, "sales/raw_orders",
            pa.Table.from_pylist([{"day": date.fromisoformat(DAYS[0]), "id": 1, "price": 2.0, "country": "SE"}], RAW),
            [{"day": DAYS[0]}],
        )  # fmt: skip
        (outcomes,) = make_many(store, product, DAYS[:2], run_id="r")
        assert isinstance(outcomes[DAYS[0]], Publication)
        assert isinstance(outcomes[DAYS[1]], StorageError)


def test_partitions_that_each_have_the_rows_of_all_are_refused_and_not_published_once_for_each() -> None:
    everything = INPUTS.replace("country]}", "country], partitions: all}")
    days = {day: [{"id": 1, "price": 0.5, "country": "SE"}] for day in DAYS}
    with mesh(defs=everything, quality="") as (shop, folder):
        store = store_of(folder, "store", days)
        (outcomes,) = make_many(store, shop.read(KEY), DAYS, run_id="r")
        assert all("5 other partitions" in str(outcome) for outcome in outcomes.values()), outcomes
        assert readers_see(store) == []
    with mesh(defs=everything, quality="", sql=f"{SQL} AND day = $partition_key") as (shop, folder):
        store = store_of(folder, "store", days)
        (outcomes,) = make_many(store, shop.read(KEY), DAYS, run_id="r")
        assert all(isinstance(outcome, Publication) and outcome.published for outcome in outcomes.values())
        assert len(readers_see(store)) == len(DAYS)


SELECTS = st.builds(
    lambda columns, where, group, tail: (
        f"SELECT day, {', '.join(columns)} FROM sales.raw_orders {where} {group} {tail}"
        if not group
        else f"SELECT day, country, count(*) AS n, sum(price) AS s FROM sales.raw_orders {where} {group}"
    ),
    st.lists(
        st.sampled_from(["id", "price * 2 AS double", "coalesce(country, '?') AS country", "id % 2 = 0 AS even",
                         "row_number() OVER (ORDER BY id) AS n", "count(*) OVER () AS many", "max(id) AS m"]),
        min_size=1, max_size=3, unique=True,
    ),
    st.sampled_from(["", "WHERE price > 0", "WHERE country IS NULL OR id > 1",
                     "WHERE id = (SELECT max(id) FROM sales.raw_orders)"]),
    st.sampled_from(["", "GROUP BY day, country", "GROUP BY ALL", "GROUP BY country, day HAVING count(*) > 1"]),
    st.sampled_from(["", "ORDER BY id", "LIMIT 2", "ORDER BY day DESC LIMIT 1"]),
)  # fmt: skip


@settings(max_examples=examples(20))
@given(query=SELECTS, days=st.dictionaries(st.sampled_from(DAYS), st.lists(one_row, max_size=5), min_size=2))
def test_a_query_that_is_run_once_for_many_partitions_gives_what_it_gives_for_each(
    query: str, days: dict[str, list[dict[str, Any]]]
) -> None:
    with mesh(sql=query) as (shop, folder):
        store, product = store_of(folder, "store", days), shop.read(KEY)
        inputs = Inputs(store, product, group=list(days))
        loaded = {day: inputs.of(day) for day in days}
        with SqlTransform.opened(product, limits_of(product)) as transform:
            together = transform.run_together(loaded, inputs.read_by())
            if together is None:
                return
            for day in days:
                alone = transform.run(loaded[day], day)
                assert alone.schema == together[day].schema
                assert sorted(map(str, alone.to_pylist())) == sorted(map(str, together[day].to_pylist()))


@pytest.mark.parametrize(
    ("query", "is_so"),
    [
        ("SELECT * FROM sales.a", True),
        ("SELECT day, x FROM sales.a WHERE x > 1 ORDER BY x", True),
        ("SELECT DISTINCT day, x FROM sales.a", True),
        ("SELECT day, count(*) AS n FROM sales.a GROUP BY day", True),
        ("SELECT day, count(*) AS n FROM sales.a GROUP BY ALL HAVING n > 1", True),
        ("SELECT a.day, b.y FROM sales.a a LEFT JOIN sales.b b ON a.x = b.x", True),
        ("SELECT a.day, b.y FROM sales.a a RIGHT JOIN sales.b b ON a.x = b.x", False),
        ("SELECT b.day, a.x FROM sales.b b JOIN sales.a a ON a.x = b.x", False),
        ("SELECT day, x FROM sales.a, sales.b", False),
        ("SELECT day, count(*) AS n FROM sales.a GROUP BY x", False),
        ("SELECT count(*) AS n, max(day) AS day FROM sales.a", False),
        ("SELECT day, row_number() OVER (ORDER BY x) AS r FROM sales.a", False),
        ("SELECT day, x FROM sales.a LIMIT 3", False),
        ("SELECT DISTINCT ON (x) day, x FROM sales.a", False),
        ("SELECT day, (SELECT max(y) FROM sales.b) AS m FROM sales.a", False),
        ("SELECT day, x FROM sales.a WHERE x IN (SELECT x FROM sales.b)", False),
        ("WITH q AS (SELECT * FROM sales.a) SELECT * FROM q", False),
        ("SELECT day, x FROM sales.a UNION SELECT day, x FROM sales.a", False),
        ("SELECT day + 1 AS day, x FROM sales.a", False),
        ("SELECT x FROM sales.a", False),
        ("SELECT day, random() AS r FROM sales.a", False),
        ("SELECT day, now() AS r FROM sales.a", False),
        ("SELECT day, approx_count_distinct(x) AS r FROM sales.a", False),
        ("SELECT day, unnest(x) AS r FROM sales.a", False),
        ("SELECT day, rowid AS r FROM sales.a", False),
        ("SELECT day, x FROM sales.a TABLESAMPLE 3", False),
    ],
)
def test_what_may_look_at_rows_of_several_partitions_is_run_for_each_by_itself(query: str, is_so: bool) -> None:
    assert is_separable(query, {"sales.a": "day", "sales.b": None}, "day") is is_so


def test_an_input_that_is_too_large_is_read_partition_by_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_platform.products.inputs.MOST_BYTES", 0)
    monkeypatch.setattr(making, "GROUP_BYTES", 1)
    with mesh() as (shop, folder):
        store = store_of(folder, "store", {day: [{"id": 1, "price": 1.0, "country": "SE"}] for day in DAYS})
        (outcomes,) = make_many(store, shop.read(KEY), DAYS, run_id="r")
        assert all(outcome.published for outcome in outcomes.values())
        assert [row["day"].isoformat() for row in read_table(store, KEY).sort_by("day").to_pylist()] == DAYS
