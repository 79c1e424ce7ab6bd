"""`new --sql`: what is found out from a query, and that what is written holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data_platform.contracts.properties import PublishMode, pseudonymisation
from data_platform.products.testing import run
from data_platform_tests.mesh.authoring import Author, an_author, well_formed

REVENUE = """\
SELECT day, country, count(*) AS orders, CAST(sum(total) AS DECIMAL(18, 2)) AS revenue
FROM sales.orders_v1
GROUP BY day, country"""


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    with an_author(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Author]:
    """An author who never gets to write anything."""
    with an_author(tmp_path_factory.mktemp("reader")) as made:
        yield made


def test_a_query_of_groups_becomes_a_daily_product_that_lints_and_keeps_its_contract(author: Author) -> None:
    product = author.new("marketing/revenue_v1", "--sql", REVENUE)
    assert product.warnings == ()
    assert product.primary_key == ("day", "country")
    assert product.partition_column == "day"
    assert product.publish_mode is PublishMode.REPLACE_PARTITION
    told = {one.name: (one.logical_type, one.physical_type, one.required) for one in product.schema.properties}
    assert told == {
        "day": ("date", None, True),
        "country": ("string", None, True),
        "orders": ("integer", None, True),
        "revenue": ("number", "DECIMAL(18, 2)", True),
    }
    author.test_passes("marketing/revenue_v1")


def test_a_copied_column_keeps_its_meaning_its_rules_and_its_classification(author: Author) -> None:
    sql = """SELECT o.day, o.order_id, o.country, c.email, lower(c.email) AS mail
             FROM sales.orders_v1 o JOIN sales.customers_v1 c USING (customer_id)"""
    columns = {one.name: one for one in author.new("marketing/mailing_v1", "--sql", sql).schema.properties}
    assert columns["country"].description == "Where it goes."
    assert columns["country"].logical_type_options == {"pattern": "^[A-Z]{2}$"}
    assert columns["email"].classification == "personal"
    assert pseudonymisation(columns["email"]) == "hash"
    assert columns["mail"].classification == "personal"
    assert columns["mail"].description == "Computed: LOWER(c.email)"


def test_a_count_of_personal_values_is_not_personal(author: Author) -> None:
    product = author.new("sales/reach_v1", "--sql", "SELECT count(DISTINCT email) AS people FROM sales.customers_v1")
    assert product.schema.properties[0].classification is None


def test_a_whole_table_beside_days_is_looked_up_and_makes_no_day_anew(author: Author) -> None:
    sql = "SELECT day, order_id, email FROM sales.orders_v1 LEFT JOIN sales.customers_v1 USING (customer_id)"
    product = author.new("sales/known_v1", "--sql", sql)
    assert {one.key: (one.partitions, one.triggers) for one in product.inputs} == {
        "sales/orders_v1": ("same", True),
        "sales/customers_v1": ("all", False),
    }


def test_without_the_day_the_product_is_one_whole_table(author: Author) -> None:
    product = author.new(
        "sales/buyers_v1", "--sql", "SELECT customer_id, sum(total) AS spent FROM sales.orders_v1 GROUP BY 1"
    )
    assert (product.partitions, product.publish_mode) == (None, PublishMode.REPLACE)
    assert [one.partitions for one in product.inputs] == ["all"]
    whole = author.new(
        "sales/all_days_v1", "--partitions", "none", "--sql", "SELECT day, order_id FROM sales.orders_v1"
    )
    assert whole.partitions is None


def test_the_key_of_the_partition_can_be_the_day(author: Author) -> None:
    sql = """SELECT CAST($partition_key AS DATE) AS made_for, customer_id, count(*) AS orders
             FROM sales.orders_v1 GROUP BY customer_id"""
    product = author.new("sales/activity_v1", "--sql", sql)
    assert (product.partition_column, product.primary_key) == ("made_for", ("made_for", "customer_id"))
    author.test_passes("sales/activity_v1")


def test_a_key_that_may_be_null_is_not_promised_and_that_is_said(author: Author) -> None:
    sql = "SELECT campaign, count(*) AS orders FROM sales.orders_v1 GROUP BY campaign"
    found = author.json("new", "marketing/brought_v1", "--dry-run", "--sql", sql)
    assert "campaign may be null" in found["notes"][0]
    assert "primaryKey" not in found["files"][f"{author.shop.package}/domains/marketing/brought_v1/contract.odcs.yaml"]
    assert not (author.shop.domains / "marketing").exists()
    kept = author.new("marketing/brought_v1", "--sql", sql.replace("GROUP", "WHERE campaign IS NOT NULL GROUP"))
    assert kept.primary_key == ("campaign",)


def test_types_that_only_duckdb_knows_become_those_of_contracts_and_the_rest_is_refused(author: Author) -> None:
    sql = """SELECT customer_id, sum(order_id) AS ids, avg(total) AS mean, list(country) AS countries,
             {'first': min(day), 'n': count(*)} AS about, min(CAST(day AS TIMESTAMP)) AS began
             FROM sales.orders_v1 GROUP BY customer_id"""
    columns = {one.name: one for one in author.new("sales/kinds_v1", "--sql", sql).schema.properties}
    assert {name: one.logical_type for name, one in columns.items()} == {
        "customer_id": "integer",
        "ids": "integer",
        "mean": "number",
        "countries": "array",
        "about": "object",
        "began": "timestamp",
    }
    assert columns["began"].logical_type_options == {"timezone": False}
    author.test_passes("sales/kinds_v1")
    said = author.refused(
        "new", "sales/odd_v1", "--sql", "SELECT order_id, INTERVAL 1 DAY AS span FROM sales.orders_v1"
    )
    assert "span of the result is an interval" in said


def test_what_is_written_is_formatted_and_the_test_says_what_one_row_becomes(author: Author) -> None:
    author.new(
        "marketing/revenue_v1", "--sql", REVENUE, "--owner", "growth", "--description", "What each country brings."
    )
    tests = author.shop.root / f"{author.shop.package}_tests" / "domains" / "marketing"
    assert well_formed(tests / "test_revenue_v1.py", author.shop.domains / "marketing" / "__init__.py") == ""
    assert '"orders": 1' in (tests / "test_revenue_v1.py").read_text()
    contract = author.read(f"{author.shop.package}/domains/marketing/revenue_v1/contract.odcs.yaml")
    assert "team: {name: growth}" in contract
    assert "purpose: What each country brings." in contract
    assert "description: One row is one day and country." in contract


def test_a_query_that_is_indented_on_the_command_line_is_written_without_that(author: Author) -> None:
    author.new(
        "marketing/days_v1", "--sql", "\n    SELECT day, count(*) AS orders\n    FROM sales.orders_v1\n    GROUP BY day"
    )
    written = author.read(f"{author.shop.package}/domains/marketing/days_v1/transform.sql")
    assert written == "SELECT day, count(*) AS orders\nFROM sales.orders_v1\nGROUP BY day\n"


def test_an_asset_of_the_own_domain_needs_its_columns_told_or_a_table(author: Author) -> None:
    sql = "SELECT order_id, CAST(total AS DECIMAL(10, 2)) AS total FROM sales.raw_orders"
    said = author.refused("new", "sales/plain_v1", "--sql", sql)
    assert "--input 'sales/raw_orders:column TYPE,column TYPE'" in said
    product = author.new("sales/plain_v1", "--sql", sql, "--input", "sales.raw_orders:order_id BIGINT,total VARCHAR")
    made = run(product, {"sales.raw_orders": [{"order_id": 1, "total": "2.50"}]})
    assert made.report.passed
    assert str(made.rows[0]["total"]) == "2.50"


def test_a_file_and_standard_input_are_read_too(author: Author) -> None:
    file = author.shop.root / "query.sql"
    file.write_text(REVENUE)
    author.new("marketing/one_v1", "--sql", str(file))
    code, answer, _ = author.call("new", "marketing/two_v1", "--sql", "-", "--dry-run", given=REVENUE)
    assert code == 0
    assert "would write" in answer


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT nothing FROM sales.orders_v1", "there is no column nothing"),
        ("SELECT day FROM sales.order_v1", "--sql:1:17: there is no product sales/order_v1: did you mean"),
        ("SELECT day FROM sales.raw_orders", "is no product"),
        ("DELETE FROM sales.orders_v1", "DELETE"),
        ("SELECT 1 AS one", "reads no product"),
        ("SELECT count(*) FROM sales.orders_v1", "has no name"),
        ("SELECT email FROM sales.customers_v1 WHERE email = $partition_key", "asks for $partition_key"),
        ("SELECT read_text('x') AS t FROM sales.customers_v1", "read_text"),
    ],
)
def test_a_query_that_cannot_be_a_product_says_why(reader: Author, sql: str, said: str) -> None:
    assert said in reader.refused("new", "sales/x_v1", "--sql", sql)
    assert not (reader.shop.domains / "sales" / "x_v1").exists()


def test_nothing_is_overwritten(reader: Author) -> None:
    before = reader.read(f"{reader.shop.package}/domains/sales/orders_v1/contract.odcs.yaml")
    said = reader.refused("new", "sales/orders_v1", "--sql", "SELECT email FROM sales.customers_v1", code=1)
    assert "is there already" in said
    assert reader.read(f"{reader.shop.package}/domains/sales/orders_v1/contract.odcs.yaml") == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("orders_v1", "write domain/name_v1"),
        ("sales/orders", "does not say its version; write sales/orders_v1"),
        ("Sales/orders_v1", "small letters"),
        ("sales/orders-now_v1", "small letters"),
        ("main/orders_v1", "DuckDB's own"),
        ("../x/orders_v1", "names no product"),
    ],
)
def test_a_name_that_cannot_be_a_products_is_refused(reader: Author, name: str, said: str) -> None:
    assert said in reader.refused("new", name, "--sql", REVENUE)


def test_just_one_source_is_wanted(reader: Author) -> None:
    assert "given was none of them" in reader.refused("new", "sales/x_v1")
    assert "--sql and --python" in reader.refused("new", "sales/x_v1", "--sql", REVENUE, "--python")
