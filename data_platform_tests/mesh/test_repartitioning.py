"""`data-platform repartition`, and the checks before the merge that say it is needed."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from data_platform.products.attempts import Attempt
from data_platform.products.publish import publish
from data_platform.products.schema import arrow_schema
from data_platform.storage.delta import open_table, read_table
from data_platform.storage.delta.history import versions
from data_platform.storage.errors import StorageError
from data_platform_tests.mesh.pull_request import PullRequest, new_pull_request
from data_platform_tests.mesh.registry_shop import ORDERS, Desk, put
from data_platform_tests.products.shop import ORDERS_COLUMNS

DAYS = ["2026-11-20", "2026-11-21"]
WITH_ID = ORDERS_COLUMNS.replace("{name: day, ", "{name: day, id: the-day, ")
RENAMED = WITH_ID.replace("name: day, ", "name: date, ")


@pytest.fixture
def pull(tmp_path: Path) -> Iterator[PullRequest]:
    """Orders of two days, whose contract has an id for the day."""
    with new_pull_request(tmp_path) as made:
        made.desk.orders(columns=WITH_ID)
        made.commit()
        for day in DAYS:
            assert put(made.desk, day)
        yield made


def rename(desk: Desk, columns: str = RENAMED) -> None:
    """The partition column gets another name, in the contract and in the query."""
    desk.shop.product(
        ORDERS, columns, mode="replace_partition",
        sql="SELECT day AS date, order_id, total, email FROM sales.raw_orders",
        defs="partitions: {type: daily}\ninputs: {sales.raw_orders: {columns: [day, order_id, total, email]}}",
    )  # fmt: skip


def unpartition(desk: Desk) -> None:
    desk.shop.product(
        ORDERS, WITH_ID.replace(", partitioned: true", ""), mode="upsert",
        sql="SELECT day, order_id, total, email FROM sales.raw_orders",
        defs="inputs: {sales.raw_orders: {columns: [day, order_id, total, email]}}",
    )  # fmt: skip


def columns_of(desk: Desk) -> list[str]:
    return list(open_table(desk.store, ORDERS).metadata().partition_columns)


@pytest.mark.parametrize(("change", "wanted"), [(rename, "date"), (unpartition, "nothing")])
def test_ci_and_lint_name_the_tables_columns_the_contracts_and_the_verb(
    pull: PullRequest, change: object, wanted: str
) -> None:
    change(pull.desk)
    (problem,) = [one for one in pull.report(base="HEAD", store=True).problems if one.code == "partition-layout"]
    assert problem.message == f"the table of {ORDERS} is partitioned by day, the contract by {wanted}"
    assert problem.fix.startswith(f"data-platform repartition {ORDERS}, with this contract checked out")
    assert problem.place.file.endswith(f"{ORDERS}/contract.odcs.yaml")
    code, said = pull.desk.run("lint", ORDERS, "--store")
    assert code == 1
    assert f"is partitioned by day, the contract by {wanted}" in said
    assert "partition-layout" not in pull.desk.run("lint", ORDERS)[1]


def test_a_table_that_is_as_its_contract_says_is_no_problem(pull: PullRequest) -> None:
    pull.desk.edit(ORDERS, "description: The day.", "description: Its day.")
    assert "partition-layout" not in {one.code for one in pull.report(base="HEAD", store=True).problems}
    assert "partition-layout" not in pull.desk.run("lint", "--store")[1]


def test_a_column_that_is_renamed_by_its_id_keeps_values_and_partitions(pull: PullRequest) -> None:
    desk = pull.desk
    rename(desk)
    code, said = desk.run("repartition", ORDERS, "--dry-run")
    assert (code, columns_of(desk)) == (0, ["day"])
    assert f"{ORDERS} would be partitioned by date, not day, day renamed to date: 2 rows written anew" in said
    done = desk.json("repartition", ORDERS, "--by", "ada")
    assert (done["done"], done["renamed"], done["partitions"]) == (True, {"day": "date"}, [])
    rows = read_table(desk.store, ORDERS, partitions=[{"date": DAYS[0]}]).to_pylist()
    assert [row["date"] for row in rows] == [date.fromisoformat(DAYS[0])]
    (info,) = versions(desk.store, ORDERS, limit=1)
    assert (info.metadata["repartitioned_by"], info.metadata["renamed"]) == ("ada", {"day": "date"})
    again = desk.json("repartition", ORDERS)
    assert (again["done"], again["again"]) == (False, True)
    assert "is partitioned by date already" in desk.run("repartition", ORDERS)[1]


def test_a_new_name_without_the_same_id_is_refused_with_the_way_out(pull: PullRequest) -> None:
    rename(pull.desk, RENAMED.replace("id: the-day, ", "id: another, "))
    code, said = pull.desk.run("repartition", ORDERS)
    assert code == 1
    assert "has no column date, only order_id, day, total, email" in said
    assert "give the property the id that it had (date: another) and name the revision of before by --base" in said
    assert "data-platform new sales/orders_v2 --next-version" in said
    assert columns_of(pull.desk) == ["day"]


def test_the_contract_of_before_may_be_some_revision(pull: PullRequest) -> None:
    rename(pull.desk)
    pull.commit()
    pull.commit("another")
    assert pull.desk.run("repartition", ORDERS, "--dry-run")[0] == 1, "the newest commit has the new name"
    code, said = pull.desk.run("repartition", ORDERS, "--base", "HEAD~2")
    assert (code, columns_of(pull.desk)) == (0, ["date"]), said
    code, said = pull.desk.run("repartition", ORDERS, "--base", "nowhere")
    assert code == 0, "there is nothing to do, so nobody looks"


def test_partitions_that_are_switched_on_are_told_to_dagster_and_off_need_not_be(pull: PullRequest) -> None:
    desk = pull.desk
    unpartition(desk)
    done = desk.json("repartition", ORDERS)
    assert (done["done"], done["partitions"], columns_of(desk)) == (True, [], [])
    desk.orders(columns=WITH_ID)
    code, said = desk.run("repartition", ORDERS)
    assert (code, columns_of(desk)) == (0, ["day"])
    assert "Dagster was not told: No platform runs on /nowhere" in said
    again = desk.json("repartition", ORDERS)
    assert (again["again"], again["partitions"], again["dagster_told"]) == (True, DAYS, False)


def test_after_it_the_product_publishes_by_its_new_contract_and_what_began_before_fails(pull: PullRequest) -> None:
    desk = pull.desk
    early = Attempt.begin(desk.store, desk.checkout.products[ORDERS], DAYS[0])
    rename(desk)
    with pytest.raises(StorageError, match=f"partitioned by .*'day'.*: data-platform repartition {ORDERS}"):
        publish_renamed(desk, DAYS[0])
    assert desk.run("repartition", ORDERS)[0] == 0
    assert publish_renamed(desk, "2026-11-22")
    assert publish_renamed(desk, DAYS[0])
    with pytest.raises(StorageError, match="partitioned otherwise"):
        publish_renamed(desk, DAYS[0], early)
    assert read_table(desk.store, ORDERS).num_rows == 3


def publish_renamed(desk: Desk, day: str, attempt: Attempt | None = None) -> bool:
    product = desk.checkout.products[ORDERS]
    row = {"order_id": 1, "date": date.fromisoformat(day), "total": Decimal("3.00"), "email": "a@b.c"}
    batch = pa.Table.from_pylist([row], schema=arrow_schema(product.schema.properties))
    return publish(desk.store, product, batch, run_id=f"run-{day}", partition=day, attempt=attempt).published


def test_a_product_that_was_never_published_needs_nothing(pull: PullRequest) -> None:
    code, said = pull.desk.run("repartition", "marketing/spend_v1")
    assert (code, "was never published: its first run partitions it" in said) == (1, True)
