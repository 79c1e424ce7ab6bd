"""Batches of many partitions, checked at once: nobody can tell but by the time it takes."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.checks.division import divided
from data_platform.contracts.checks.duckdb.counts import counted_by
from data_platform.contracts.checks.duckdb.parts import execute_parts
from data_platform.contracts.checks.duckdb.session import Limits
from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.results import Report, Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.checks.sources import UnreadableDataError, from_frame
from data_platform.contracts.checks.together import check_together
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.rules.thresholds import Operator, Threshold
from data_platform.contracts.source import read
from data_platform_tests.contracts import rule_kinds as rules
from data_platform_tests.contracts.examples import ORDERS
from data_platform_tests.contracts.test_checks_random import (
    ABOUT_ROWS,
    ABOUT_VALUES,
    MOMENTS,
    ROWS,
    SCHEMA,
    thresholds,
)
from data_platform_tests.examples import examples

NOW = datetime(2024, 1, 2, tzinfo=UTC)
PARTITIONS = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]
QUERIES = [
    "SELECT count(*) FROM {object}",
    "SELECT count(*) FROM {object} WHERE i > 0",
    "SELECT count(s) FROM {object} o WHERE lower(o.s) <> 'a' OR o.b",
    "SELECT count(DISTINCT s) FILTER (WHERE b) FROM {object}",
    "SELECT count(*) FROM {object} WHERE s::INTEGER > 0",
    "SELECT count(*) FROM {object} WHERE CASE WHEN i BETWEEN 0 AND 2 THEN u % 2 = 0 ELSE d IS NULL END",
    "SELECT count(*) FROM {object} WHERE day < DATE '2024-01-01' AND p IN ('2024-01-01', '2024-01-02')",
    "SELECT count(*) = 0 FROM {object}",
    "SELECT CAST(count(*) FILTER (WHERE i IS NULL) > 1 + count(*) / 5 AS INTEGER) FROM {object}",
    "SELECT count(b) / count(*) FROM {object}",
    "SELECT nullif(count(*), 2) FROM {object}",
    "SELECT count(*)::VARCHAR FROM {object}",
    "SELECT count(*) FROM {object} GROUP BY b",
    "SELECT count(*) FROM {object} HAVING count(*) > 1",
    "SELECT count(*) FROM {object} LIMIT 0",
    "SELECT count(*) FROM {object} WHERE i > (SELECT avg(i) FROM {object})",
    "SELECT count(*) FROM {object} JOIN other USING (i)",
    "SELECT count(*) FROM (SELECT s FROM {object} QUALIFY row_number() OVER (PARTITION BY s) = 1)",
    "WITH t AS (SELECT 1 AS i) SELECT count(*) FROM t",
    "SELECT coalesce(sum(f), 0) FROM {object}",
    "SELECT max(f) FROM {object}",
    "SELECT s FROM {object}",
    "SELECT count(*) FROM nowhere",
    'SELECT count(*) FROM {object} WHERE "#part" = 0',
    "DROP TABLE {object}",
]
COLUMN_RULES = st.sampled_from(
    [
        ((), rules.Columns(("i", "u"))),
        ((), rules.Columns((*SCHEMA.names, "p"))),
        (("o",), rules.Columns(("a", "b"))),
        (("i",), rules.LogicalType("integer")),
        (("i",), rules.LogicalType("string")),
        (("s",), rules.PhysicalType("VARCHAR(2)")),
        (("d",), rules.PhysicalType("DECIMAL(12, 3)")),
        (("nothing",), rules.Required()),
        (("l",), rules.MultipleOf(3)),
        (("s",), rules.Formatted("password")),
        ((), rules.Unevaluated("a rule in prose")),
    ]
)
TABLE_RULES = st.one_of(
    st.builds(lambda limit: ((), rules.Metric("rowCount", limit)), thresholds()),
    st.builds(lambda query, limit: ((), rules.Sql(query, limit)), st.sampled_from(QUERIES), thresholds()),
    st.builds(
        lambda name, kind, hours, zone: ((name,), rules.Timeliness(kind, timedelta(hours=hours), zone)),
        st.sampled_from(["day", "at", "atz", "s"]),
        st.sampled_from(["latency", "frequency", "retention"]),
        st.sampled_from([0, 1, 24, 100]),
        st.sampled_from(["UTC", "Europe/Berlin"]),
    ),
    st.sampled_from(
        [
            ((), rules.ForeignKey((("i",),), "t", ("u",))),
            ((), rules.ForeignKey((("s",), ("i",)), "t", ("s", "u"))),
            ((), rules.ForeignKey((("i",),), "missing", ("i",))),
            ((), rules.ForeignKey((("i",),), "other", ("s",))),
            ((), rules.PrimaryKey((("p",), ("i",)))),
            ((), rules.Unique((("p",), ("s",)))),
        ]
    ),
)
RULED = st.lists(ABOUT_VALUES | ABOUT_ROWS | COLUMN_RULES | TABLE_RULES, min_size=1, max_size=8)


def told(report: Report) -> str:
    """All that a report says."""
    whole = [one.to_dict() | {"row_level": one.row_level} for one in report.results]
    return repr((report, whole, report.failing_rows.schema, report.failing_rows.to_pylist()))


def alone(
    checks: TableChecks, table: pa.Table, column: str, others: Mapping[str, pa.Table] | None = None
) -> dict[str, Report]:
    keys = [str(one) for one in table.column(column).to_pylist()]
    return {
        part: check(checks, table.filter(pa.array([key == part for key in keys], pa.bool_())), others=others, now=NOW,
                    partition=part)
        for part in PARTITIONS
    }  # fmt: skip


@pytest.mark.slow
@settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
@given(
    rows=ROWS,
    parts=st.lists(st.sampled_from(PARTITIONS[:3]), min_size=12, max_size=12),
    other=ROWS,
    ruled=RULED,
    given_others=st.sampled_from(["none", "no table", "a table", "a reader", "one of the same name"]),
    form=st.sampled_from(["sorted", "mixed", "chunked", "reader", "dates"]),
    classified=st.sampled_from([frozenset(), frozenset({"s"})]),
)
def test_each_partition_gets_the_report_that_it_gets_alone(
    rows: list[dict[str, Any]],
    parts: list[str],
    other: list[dict[str, Any]],
    ruled: list[tuple[rules.Path, rules.Rule]],
    given_others: str,
    form: str,
    classified: frozenset[str],
) -> None:
    parts = sorted(parts) if form == "sorted" else parts
    table = pa.Table.from_pylist(rows, SCHEMA).append_column("p", pa.array(parts[: len(rows)], pa.string()))
    if form == "dates":
        table = table.set_column(len(SCHEMA), "p", table.column("p").cast(pa.date32()))
    checks = TableChecks("t", tuple(Check(f"c{n}", rule, path) for n, (path, rule) in enumerate(ruled)), classified)
    tables = {"other": pa.Table.from_pylist(other, SCHEMA)}
    tables |= {"T": tables["other"]} if given_others == "one of the same name" else {}
    others = {"none": None, "no table": {}}.get(given_others, tables)
    data = {
        "chunked": lambda: pa.concat_tables([table.slice(0, 5), table.slice(5)]),
        "reader": lambda: table.to_reader(3),
    }.get(form, lambda: table)()
    given_now = {"other": tables["other"].to_reader(2)} if given_others == "a reader" else others

    reports = check_together(checks, data, column="p", partitions=PARTITIONS, others=given_now, now=NOW)

    expected = alone(checks, table, "p", others)
    assert list(reports) == PARTITIONS
    for part, report in reports.items():
        assert told(report) == told(expected[part])


@settings(max_examples=examples(15), suppress_health_check=list(HealthCheck))
@given(
    moments=st.lists(MOMENTS, max_size=12),
    parts=st.lists(st.sampled_from(PARTITIONS[:3]), min_size=12, max_size=12),
    bad=st.booleans(),
)
def test_a_whole_contract_says_the_same_together(moments: list[datetime], parts: list[str], bad: bool) -> None:
    count = len(moments)
    days = [date.fromisoformat(part) for part in parts[:count]]
    checks = compile_checks(contract_of(read(ORDERS)), "orders")
    table = pa.table(
        {
            "order_nr": pa.array(range(1, count + 1), pa.int64()),
            "order_day": pa.array(days, pa.date32()),
            "status": pa.array(["lost" if bad and number == 1 else "paid" for number in range(count)], pa.string()),
            "customer_email": pa.array(["a@shop.example"] * count, pa.string()),
            "total": pa.array([1] * count, pa.decimal128(10, 2)),
            "lines": pa.array([[{"sku": "x"}]] * count, pa.list_(pa.struct([("sku", pa.string())]))),
        }
    )

    reports = check_together(checks, table, column="order_day", partitions=PARTITIONS, now=NOW)

    expected = alone(checks, table, "order_day")
    assert {part: told(one) for part, one in reports.items()} == {part: told(one) for part, one in expected.items()}


def test_a_csv_file_of_many_partitions_is_read_as_the_contract_says(tmp_path: Any) -> None:
    lines = ["2024-01-01,1", "2024-01-02,x", "2024-01-01,2", "2024-01-03,", "2024-01-03,7"]
    checks = TableChecks(
        "t",
        (
            Check("day", rules.LogicalType("date"), ("day",)),
            Check("n", rules.LogicalType("integer"), ("n",)),
            Check("bound", rules.Bound("maximum", 2), ("n",)),
        ),
    )

    def written(name: str, kept: list[str]) -> str:
        path = tmp_path / name
        path.write_text("\n".join(["day,n", *kept, ""]))
        return str(path)

    reports = check_together(checks, written("all.csv", lines), column="day", partitions=PARTITIONS[:3])

    for part, report in reports.items():
        own = check(checks, written(f"{part}.csv", [line for line in lines if line.startswith(part)]), partition=part)
        assert told(report) == told(own)
    assert [one.passed for one in reports.values()] == [True, False, False]


def test_only_partitions_with_failing_rows_are_left_to_be_checked_alone() -> None:
    table = pa.table({"p": ["a", "a", "b", "b", "c"], "n": [1, 2, 3, 3, 4]})
    least = rules.Metric("rowCount", Threshold(Operator.GREATER, (1,)))
    checks = TableChecks("t", (Check("unique", rules.Unique((("n",),))), Check("rows", least)))

    found = execute_parts(checks, divided(from_frame(table), "p", ["a", "b", "c", "d"]), None, NOW, Limits())

    assert [None if one is None else [each.status for each in one.results] for one in found] == [
        [Status.PASSED, Status.PASSED],
        None,
        [Status.PASSED, Status.FAILED],
        [Status.PASSED, Status.FAILED],
    ]


@pytest.mark.parametrize(
    ("query", "counts"),
    [
        ("SELECT count(*) FROM t", True),
        ("SELECT count(*) FROM T AS o WHERE o.a < o.b AND a IN (1, 2)", True),
        ("SELECT count(a) FILTER (WHERE b LIKE 'x%') FROM t WHERE NOT (a IS NULL)", True),
        ("SELECT count(DISTINCT a) FROM t WHERE abs(a) > 1.5 OR CASE WHEN b THEN a END = 1", True),
        ("SELECT count(*) FROM other", False),
        ("SELECT count(*) FROM s.t", False),
        ("SELECT count(*), 1 FROM t", False),
        ("SELECT CAST(count(*) FILTER (WHERE a > 1) > 10 + count(*) / 5 AS INTEGER) FROM t", True),
        ("SELECT 1 FROM t", False),
        ("SELECT count(*) + a FROM t", False),
        ("SELECT count(*) + max(a) FROM t", False),
        ("SELECT count(*) FROM t ORDER BY 1", False),
        ("SELECT sum(a) FROM t", False),
        ("SELECT avg(a) FROM t", False),
        ("SELECT count(*) OVER () FROM t", False),
        ("SELECT count(*) FROM t GROUP BY a", False),
        ("SELECT count(*) FROM t GROUP BY ALL", False),
        ("SELECT count(*) FROM t HAVING true", False),
        ("SELECT count(*) FROM t LIMIT 1", False),
        ("SELECT DISTINCT count(*) FROM t", False),
        ("SELECT count(*) FROM t TABLESAMPLE 50%", False),
        ("SELECT count(*) FROM t USING SAMPLE 1", False),
        ("SELECT count(*) FROM t AS o(x)", False),
        ("SELECT count(*) FROM t, t AS o", False),
        ("SELECT count(*) FROM t UNION ALL SELECT 1", False),
        ("SELECT count(*) FROM (SELECT * FROM t)", False),
        ("WITH t AS (SELECT 1) SELECT count(*) FROM t", False),
        ("SELECT count(*) FROM t WHERE a = (SELECT max(a) FROM t)", False),
        ("SELECT count(*) FROM t WHERE a IN (SELECT a FROM t)", False),
        ("SELECT count(*) FROM t WHERE random() < 0.5", False),
        ("SELECT count(*) FROM t WHERE a < now()", False),
        ("SELECT count(columns(*)) FROM t", False),
        ("SELECT count(*) FROM t WHERE columns(*) > 1", False),
        ('SELECT count(*) FROM t WHERE "#part" = 1', False),
    ],
)
def test_a_sql_rule_is_counted_by_partition_only_if_each_row_counts_by_itself(query: str, counts: bool) -> None:
    found = counted_by(duckdb.connect(), query, "t", "#part")

    assert (found is not None) == counts
    if found is not None:
        assert found.endswith('GROUP BY "#part"')


@pytest.mark.parametrize(
    ("table", "error", "says"),
    [
        ({"p": ["a", "z"]}, ValueError, "z"),
        ({"p": ["a", None]}, ValueError, "None"),
        ({"q": ["a"]}, UnreadableDataError, "no one column 'p'"),
        ({"p": [1.5]}, UnreadableDataError, "text or a date"),
    ],
)
def test_rows_of_no_partition_are_an_error(table: dict[str, list[Any]], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        check_together(TableChecks("t", ()), pa.table(table), column="p", partitions=["a", "b"])


def test_no_partitions_and_a_now_without_a_zone() -> None:
    table = pa.table({"p": pa.array([], pa.string())})
    assert check_together(TableChecks("t", ()), table, column="p", partitions=[]) == {}
    with pytest.raises(ValueError, match="time zone"):
        check_together(TableChecks("t", ()), table, column="p", partitions=["a"], now=datetime(2024, 1, 1))  # noqa: DTZ001
