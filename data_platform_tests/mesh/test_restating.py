"""What was made by another contract or transform is found by what each publication says of itself."""

from datetime import date
from uuid import uuid4

import pyarrow as pa
import pytest

from data_platform.products.outdated import count_outdated, outdated
from data_platform.products.publish import publish
from data_platform.products.schema import cast
from data_platform.storage.delta import open_table
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.mesh.authoring import Author
from data_platform_tests.products.shop import new_shop

KEY = "sales/orders_v1"
COLUMNS = """\
- {name: day, logicalType: date, required: true, partitioned: true, primaryKey: true, description: The day.}
- {name: total, logicalType: number, description: How much.}
"""
DAYS = ["2026-11-01", "2026-11-02", "2026-11-03"]
SQL = "SELECT day, total FROM sales.raw_orders"
DEFS = "partitions: {type: daily}\ninputs: {sales.raw_orders: {columns: [day, total, note]}}"


@pytest.fixture
def author(tmp_path):
    (tmp_path / "shop").mkdir()
    with new_shop(tmp_path / "shop") as shop:
        shop.write("sales/ingestion.py", "def raw_orders(): ...\n")
        yield Author(shop)


@pytest.fixture
def store(tmp_path) -> ObjectStore:
    (tmp_path / "store").mkdir()
    return ObjectStore.open(f"file://{tmp_path / 'store'}")


def write(author: Author, columns: str = COLUMNS, sql: str = SQL, version: str = "1.0.0") -> None:
    author.shop.product(KEY, columns, sql=sql, defs=DEFS, mode="replace_partition", version=version)


def make(author: Author, store: ObjectStore, *days: str, key: str = KEY) -> None:
    product = author.shop.read(key)
    for day in days:
        batch = pa.table({"day": [date.fromisoformat(day)], "total": [1.5]})
        batch = cast(batch, product.schema.properties)
        assert publish(store, product, batch, run_id=uuid4().hex, partition=day).published


def late(author: Author, store: ObjectStore, since: str = "") -> dict[str | None, str]:
    return {part.partition: part.made_by for part in outdated(store, author.shop.read(KEY), since)}


def test_days_of_the_former_contract_are_behind_until_they_are_made_again(author: Author, store: ObjectStore) -> None:
    write(author)
    make(author, store, *DAYS)
    assert late(author, store) == {}
    write(author, COLUMNS + "- {name: note, logicalType: string, description: A word.}\n", version="1.1.0")
    make(author, store, DAYS[1])
    assert late(author, store) == {DAYS[0]: "contract 1.0.0", DAYS[2]: "contract 1.0.0"}
    assert late(author, store, since=DAYS[1]) == {DAYS[2]: "contract 1.0.0"}
    make(author, store, DAYS[0], DAYS[2])
    assert late(author, store) == {}


def test_days_of_the_former_transform_are_behind_too(author: Author, store: ObjectStore) -> None:
    write(author)
    make(author, store, *DAYS[:2])
    write(author, sql="SELECT day, total * 1.0 AS total FROM sales.raw_orders")
    assert late(author, store) == dict.fromkeys(DAYS[:2], "an earlier transform")


def test_a_day_whose_commit_was_cleaned_up_is_told_apart(author: Author, store: ObjectStore) -> None:
    write(author)
    make(author, store, *DAYS)
    open_table(store, KEY).create_checkpoint()
    store.delete(f"{KEY}/_delta_log/{0:020}.json")
    assert late(author, store) == {DAYS[0]: "nobody knows by what"}
    assert count_outdated(store, author.shop.read(KEY)) == 0, "it may well be made by what there is now"
    write(author, version="1.1.0")
    make(author, store, DAYS[2])
    assert count_outdated(store, author.shop.read(KEY)) == 2, "it was made before one that was made by another contract"


def test_the_verb_says_how_many_would_be_made_anew_and_asks_a_running_platform_to(
    author: Author, store: ObjectStore
) -> None:
    write(author)
    make(author, store, *DAYS)
    assert author.call("restate", KEY, store=store)[:2] == (0, f"Nothing of {KEY} is behind.\n")
    write(author, COLUMNS + "- {name: note, logicalType: string, description: A word.}\n", version="1.1.0")
    code, said, _ = author.call("restate", KEY, "--dry-run", store=store)
    assert (code, said) == (0, f"3 partitions of {KEY} would be made anew: made 3 by contract 1.0.0.\n")
    code, _, complaints = author.call("restate", KEY, store=store)
    assert code == 2
    assert "make run" in complaints or "No platform runs" in complaints
    answer = author.json("restate", KEY, "--dry-run", "--since", DAYS[2], store=store)
    (told,) = answer["products"]
    assert (told["product"], [part["partition"] for part in told["behind"]]) == (KEY, [DAYS[2]])


def test_of_several_products_the_producers_come_first_and_unpublished_ones_are_left_out(
    author: Author, store: ObjectStore
) -> None:
    write(author)
    more = {"mode": "replace_partition", "defs": "partitions: {type: daily}"}
    author.shop.product("sales/daily_v1", COLUMNS, sql="SELECT day, total FROM sales.orders_v1", **more)
    author.shop.product("finance/a_v1", COLUMNS, sql="SELECT day, total FROM sales.daily_v1", **more)
    author.shop.product("finance/never_v1", COLUMNS, sql="SELECT day, total FROM sales.daily_v1", **more)
    keys = ["finance/a_v1", KEY, "sales/daily_v1"]
    for key in keys:
        make(author, store, DAYS[0], key=key)
    assert author.call("restate", "--dry-run", store=store)[:2] == (0, "Nothing of any product is behind.\n")
    for key in keys:
        contract = author.shop.domains / key / "contract.odcs.yaml"
        contract.write_text(contract.read_text().replace("version: 1.0.0", "version: 1.0.1"))
    said = author.call("restate", "--dry-run", store=store)[1]
    assert [line.split()[3] for line in said.splitlines()] == [KEY, "sales/daily_v1", "finance/a_v1"]
    said = author.call("restate", "--dry-run", "finance/a_v1", KEY, store=store)[1]
    assert [line.split()[3] for line in said.splitlines()] == [KEY, "finance/a_v1"]
    assert author.call("restate", "finance/never_v1", store=store)[0] == 2


@pytest.mark.parametrize("value", ["sometimes", "0", "-3", "1.5", "true", "[all]"])
def test_what_else_a_contract_says_of_making_anew_is_an_error_at_its_line(author: Author, value: str) -> None:
    author.shop.product(KEY, COLUMNS, sql=SQL, defs=DEFS, mode="replace_partition", custom={"restate": value})
    code, said, complaints = author.call("lint", KEY)
    told = " ".join((said + complaints).split())
    assert code == 1
    assert "error[house-property]" in told
    assert "does not say what is made anew" in told
    assert "Fix: write all, none, or a whole number of days from 1 to 3660" in told


@pytest.mark.parametrize("value", ["all", "none", "90"])
def test_a_contract_may_say_what_is_made_anew_by_itself(author: Author, value: str) -> None:
    author.shop.product(KEY, COLUMNS, sql=SQL, defs=DEFS, mode="replace_partition", custom={"restate": value})
    assert author.call("lint", KEY)[0] == 0
