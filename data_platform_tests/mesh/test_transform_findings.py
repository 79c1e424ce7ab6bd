"""A contract that its transform, or a rule that its table, cannot keep is told before anything runs."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data_platform_tests.mesh.authoring import Author, an_author

REVENUE = """\
- {name: day, logicalType: date, required: true, primaryKey: true, description: The day.}
- {name: revenue, logicalType: number, physicalType: "DECIMAL(18, 2)", required: true, description: Of all orders.}
- {name: note, logicalType: string, description: Anything.}
"""
SUM = "SELECT day, CAST(sum(total) AS DECIMAL(18, 2)) AS revenue, '' AS note FROM sales.orders_v1 GROUP BY day"


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    with an_author(tmp_path) as author:
        yield author


def told(author: Author, sql: str, columns: str = REVENUE, **more: Any) -> list[tuple[str, str, int, str]]:
    """Severity, file, line and message of what `lint` says of a product with this query."""
    author.shop.product("sales/revenue_v1", columns, sql=sql, **more)
    _, answer, _ = author.call("lint", "sales/revenue_v1", "--json")
    return [
        (finding["severity"], Path(finding["file"]).name, finding["line"], finding["message"])
        for finding in json.loads(answer)["findings"]
    ]


def test_a_transform_that_keeps_its_contract_has_no_finding(author: Author) -> None:
    assert told(author, SUM) == []


def test_a_column_by_another_name_is_told_from_both_sides(author: Author) -> None:
    assert told(author, SUM.replace("AS revenue", "AS turnover").replace(", CAST", ",\nCAST")) == [
        ("error", "contract.odcs.yaml", 17, "the transform does not make revenue"),
        ("error", "transform.sql", 2, "the transform makes turnover, which is not in the contract"),
    ]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("CAST(sum(total) AS VARCHAR)", "the transform makes revenue a VARCHAR, and the contract says DECIMAL(18, 2)"),
        ("max(day)", "the transform makes revenue a DATE, and the contract says DECIMAL(18, 2)"),
        ("list(total)", "the transform makes revenue a DECIMAL(10, 2)[], and the contract says DECIMAL(18, 2)"),
    ],
)
def test_a_type_that_no_value_of_the_contract_has_is_told(author: Author, expression: str, message: str) -> None:
    sql = f"SELECT day, {expression} AS revenue, '' AS note FROM sales.orders_v1 GROUP BY day"
    assert told(author, sql) == [("error", "transform.sql", 1, message)]


@pytest.mark.parametrize("expression", ["sum(total)", "count(*)", "avg(total)", "CAST(sum(total) AS DOUBLE)", "NULL"])
def test_a_type_whose_values_may_fit_is_left_to_the_data(author: Author, expression: str) -> None:
    sql = f"SELECT day, {expression} AS revenue, '' AS note FROM sales.orders_v1 GROUP BY day"
    assert told(author, sql) == []


def test_columns_of_a_raw_asset_are_followed_by_the_text(author: Author) -> None:
    raw = {"defs": "inputs: {sales.raw_days: {columns: [day, money, note]}}"}
    author.shop.write("sales/more.py", "def raw_days(): ...\n")
    assert told(author, "SELECT day, money AS revenue, note FROM sales.raw_days", **raw) == []
    assert told(author, "SELECT day, money AS turnover, note FROM sales.raw_days", **raw)[0][3] == (
        "the transform does not make revenue"
    )
    assert told(author, "SELECT day, CAST(money AS VARCHAR) AS revenue, note FROM sales.raw_days", **raw)[0][3] == (
        "the transform makes revenue a VARCHAR, and the contract says DECIMAL(18, 2)"
    )


def test_an_optional_column_that_is_not_made_is_a_doubt_and_an_extra_one_may_be_ignored(author: Author) -> None:
    without = SUM.replace(", '' AS note", "")
    assert [(severity, message) for severity, _, _, message in told(author, without)] == [
        ("warning", "the transform does not make note, which is then null in every row")
    ]
    more = SUM.replace("AS note", "AS note, 1 AS more")
    assert told(author, more)[0][3] == "the transform makes more, which is not in the contract"
    assert told(author, more, custom={"extraColumns": "ignore"}) == []


def test_what_duckdb_refuses_whatever_the_rows_are_is_told_at_its_line(author: Author) -> None:
    ((severity, file, line, message),) = told(author, SUM.replace("sum(total)", "\nsum(country)"))
    assert (severity, file, line) == ("error", "transform.sql", 2)
    assert "No function matches the given name and argument types 'sum(VARCHAR)'" in message


def test_a_required_column_from_one_that_may_be_null_is_a_doubt(author: Author) -> None:
    columns = """\
- {name: order_id, logicalType: integer, required: true, primaryKey: true, description: The number.}
- {name: campaign, logicalType: string, required: true, description: What brought it.}
"""
    sql = "SELECT order_id, campaign FROM sales.orders_v1"
    assert [(severity, message) for severity, _, _, message in told(author, sql, columns)] == [
        ("warning", "campaign is required, and the query takes it from sales/orders_v1.campaign, which may be null")
    ]
    assert told(author, f"{sql} WHERE campaign IS NOT NULL", columns) == []


def test_a_key_that_is_not_that_of_the_groups_is_a_doubt(author: Author) -> None:
    by_country = SUM.replace("'' AS note", "country AS note").replace("GROUP BY day", "GROUP BY day, country")
    assert [(severity, message) for severity, _, _, message in told(author, by_country)] == [
        ("warning", "the query's rows are told apart by day, note, and the primary key is day")
    ]
    one_row = "WITH known AS (SELECT max(day) AS until FROM sales.orders_v1) " + SUM.replace(
        "'' AS note", "CAST(until AS VARCHAR) AS note"
    ).replace("FROM sales.orders_v1 GROUP BY day", "FROM sales.orders_v1 CROSS JOIN known GROUP BY day, until")
    assert told(author, one_row) == []


PYTHON = """
import pandas as pd


def revenue(orders: pd.DataFrame) -> pd.DataFrame:
    sums = orders.groupby("day", as_index=False)["total"].sum()
    return sums.rename(columns={"total": "NAME"}).assign(note="")
"""


@pytest.mark.parametrize(("name", "messages"), [
    ("revenue", []),
    ("turnover", ["the transform does not make revenue", "the transform makes turnover, which is not in the contract"]),
])  # fmt: skip
def test_a_function_is_called_without_rows_and_doubted(author: Author, name: str, messages: list[str]) -> None:
    defs = "inputs: {orders: {asset: sales/orders_v1, columns: [day, total]}}"
    author.shop.product("sales/revenue_v1", REVENUE, python=PYTHON.replace("NAME", name), defs=defs)
    findings = author.json("lint", "sales/revenue_v1")["findings"]
    assert [finding["message"] for finding in findings] == messages
    assert {finding["severity"] for finding in findings} <= {"warning"}


def test_a_function_that_does_not_take_frames_without_rows_is_not_doubted(author: Author) -> None:
    defs = "inputs: {orders: {asset: sales/orders_v1, columns: [day, total]}}"
    python = PYTHON.replace("    sums =", "    first = orders.iloc[0]\n    print(first)\n    sums =")
    author.shop.product("sales/revenue_v1", REVENUE, python=python, defs=defs)
    assert author.json("lint", "sales/revenue_v1")["findings"] == []


@pytest.mark.parametrize(
    ("query", "severity", "message"),
    [
        ("SELECT count(*) FROM {object} WHERE revenu < 0", "error", 'Referenced column "revenu" not found'),
        ("SELECT count(*) FROM read_csv('/etc/passwd')", "error", "read_csv"),
        ("SELECT count(*), 1 FROM {object}", "error", "a SQL rule gives one number"),
        ("SELECT sum(revenue) / count(*) FROM {object}", "warning", "gave null"),
        ("SELECT max(note) FROM {object}", "warning", "gave null"),
        ("SELECT count(*) FROM {object} WHERE lower(revenue) = ''", "error", "lower"),
        ("DELETE FROM {object}", "error", "SELECT"),
    ],
)
def test_a_sql_rule_that_cannot_be_answered_is_told_at_its_line(
    author: Author, query: str, severity: str, message: str
) -> None:
    quality = f"- name: Rule\n  type: sql\n  query: {query!r}\n  mustBe: 0\n"
    ((own_severity, file, line, own_message),) = told(author, SUM, quality=textwrap.dedent(quality))
    assert (own_severity, file, line) == (severity, "contract.odcs.yaml", 22)
    assert message in own_message


def test_a_sql_rule_inside_a_column_is_tried_as_well(author: Author) -> None:
    columns = textwrap.dedent("""\
        - {name: country, logicalType: string, required: true, primaryKey: true, description: A country.}
        - name: place
          logicalType: object
          description: Where.
          properties:
            - name: city
              logicalType: string
              description: A city.
              quality:
                - {name: Whole, type: sql, query: "SELECT count(*) FROM {object} WHERE {property} = ''", mustBe: 0}
                - {name: Broken, type: sql, query: "SELECT count(*) FROM {object} WHERE town = ''", mustBe: 0}
        """)
    sql = "SELECT country, {'city': country} AS place FROM sales.orders_v1 GROUP BY country"
    ((severity, file, line, message),) = told(author, sql, columns)
    assert (severity, file, line) == ("error", "contract.odcs.yaml", 26)
    assert 'Referenced column "town" not found' in message
