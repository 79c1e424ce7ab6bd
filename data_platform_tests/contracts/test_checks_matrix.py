"""Every kind of rule × a batch that keeps it, one that breaks it, one of nulls, and an empty one."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.results import Report, Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.rules.paths import ITEMS
from data_platform.contracts.rules.thresholds import Operator, Threshold
from data_platform_tests.contracts import rule_kinds as rules

NOW = datetime(2024, 1, 10, tzinfo=UTC)
NONE = Threshold(Operator.BE, (0,))
FEW = Threshold(Operator.LESS, (50,), "percent")
PASSED, FAILED, ERROR, SKIPPED = Status.PASSED, Status.FAILED, Status.ERROR, Status.NOT_EVALUATED
TEXT, INT, REAL = pa.string(), pa.int64(), pa.float64()
LIST, DAY, MOMENT = pa.list_(pa.int64()), pa.date32(), pa.timestamp("us")
OBJECT = pa.struct([("a", INT), ("b", TEXT)])
CUSTOMERS = pa.table({"id": [1, 2], "zone": ["x", "y"]})


def naive(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - the zone is what the rules are about


@dataclass(frozen=True)
class Case:
    """A rule about column ``v``, and values that keep and break it."""

    rule: rules.Rule
    kind: Any
    good: tuple[Any, ...]
    bad: tuple[Any, ...]
    failing: int | None = 1
    nulls: Status = PASSED
    empty: Status = PASSED
    path: rules.Path = ("v",)


def sql(query: str, operator: Operator, limit: float) -> rules.Sql:
    return rules.Sql(query, Threshold(operator, (limit,)))


CASES = {
    "logical type, timestamp with zone": Case(
        rules.LogicalType("timestamp", {"timezone": False}), MOMENT, (naive(2024, 1, 1),), (), None
    ),
    "physical type VARCHAR(2)": Case(rules.PhysicalType("VARCHAR(2)"), TEXT, ("ab", "👍🏽"), ("ab", "abc")),
    "required": Case(rules.Required(), INT, (1,), (1, None), nulls=FAILED),
    "unique": Case(rules.Unique((("v",),)), TEXT, ("a", "A", None, None), ("a", "a", "b"), 2),
    "unique floats": Case(rules.Unique((("v",),)), REAL, (1.0, float("nan")), (0.0, -0.0, 1.0), 2),
    "unique texts in an object": Case(
        rules.Unique((("v", "b"),)), OBJECT, ({"a": 1, "b": "x"}, {"a": 1, "b": "y"}, None), ({"b": "x"}, {"b": "x"}), 2
    ),
    "primary key": Case(rules.PrimaryKey((("v",),)), INT, (1, 2), (1, 1, None, 2), 3, nulls=FAILED),
    "enum": Case(rules.OneOf(("a", "it's", 1)), TEXT, ("a", "it's"), ("a", "A")),
    "enum of numbers": Case(rules.OneOf((0.1, 2)), REAL, (0.1, 2.0), (0.1, float("nan"))),
    "enum with infinity": Case(rules.OneOf((float("-inf"), float("nan"))), REAL, (float("-inf"),), (float("nan"),)),
    "enum of decimals": Case(rules.OneOf((0.1, 2)), pa.decimal128(5, 2), (Decimal("0.10"),), (Decimal("0.11"),)),
    "enum of booleans": Case(rules.OneOf((True,)), pa.bool_(), (True,), (False,)),
    "enum of dates": Case(rules.OneOf(("2024-01-01",)), DAY, (date(2024, 1, 1),), (date(2024, 1, 2),)),
    "enum that no value of the type is in": Case(rules.OneOf(("x",)), INT, (), (1,)),
    "minimum": Case(rules.Bound("minimum", 1), INT, (1, 2), (0, 1)),
    "minimum beyond 64 bits": Case(rules.Bound("minimum", 10**25), INT, (), (2**63 - 1,)),
    "minimum of floats": Case(rules.Bound("minimum", 0.1), REAL, (0.1, float("inf")), (float("nan"), 0.1)),
    "minimum of half floats": Case(rules.Bound("minimum", 0.5), pa.float16(), (0.5, 1.0), (0.25,)),
    "maximum of 32-bit floats": Case(rules.Bound("maximum", 0.1), pa.float32(), (0.1,), (0.2,)),
    "maximum of floats": Case(rules.Bound("maximum", 1), REAL, (1.0, -0.0), (float("nan"), 1.0)),
    "exclusive minimum of decimals": Case(
        rules.Bound("exclusiveMinimum", 0.1), pa.decimal128(5, 2), (Decimal("0.11"),), (Decimal("0.10"),)
    ),
    "exclusive maximum of dates": Case(
        rules.Bound("exclusiveMaximum", "2024-01-02"), DAY, (date(2024, 1, 1),), (date(2024, 1, 2),)
    ),
    "maximum of instants with zone": Case(
        rules.Bound("maximum", "2024-01-01T00:00:00+02:00"),
        pa.timestamp("us", "Europe/Berlin"),
        (datetime(2023, 12, 31, 22, tzinfo=UTC),),
        (datetime(2023, 12, 31, 22, 0, 1, tzinfo=UTC),),
    ),
    "maximum of instants without zone, in a zone": Case(
        rules.Bound("maximum", "2024-01-01T00:00:00Z", "Europe/Berlin"),
        pa.timestamp("ms"),
        (naive(2024, 1, 1, 1),),
        (naive(2024, 1, 1, 1, 1),),
    ),
    "minimum of nanoseconds": Case(
        rules.Bound("minimum", "2024-01-01"), pa.timestamp("ns"), (naive(2024, 1, 1),), (naive(2023, 12, 31),)
    ),
    "minimum of times": Case(rules.Bound("minimum", "12:00"), pa.time64("us"), (time(12),), (time(11, 59),)),
    "minimum length": Case(rules.Size("length", "minimum", 2), TEXT, ("ab", "e\u0301"), ("👍", "ab")),
    "maximum length": Case(rules.Size("length", "maximum", 2), TEXT, ("ab", "👍👍"), ("abc",)),
    "pattern, anywhere": Case(rules.Matches("b+"), TEXT, ("abc",), ("ac",)),
    "pattern, whole": Case(rules.Matches("^(?:a|b)$"), TEXT, ("a", "b"), ("ab", "a\n"), 2),
    "pattern, alternatives at the ends": Case(rules.Matches("^a|b$"), TEXT, ("ax", "xb"), ("xax",)),
    "pattern with a class of metacharacters": Case(rules.Matches("^[$|^]$"), TEXT, ("$", "|"), ("a",)),
    "minimum of times in nanoseconds": Case(rules.Bound("minimum", "12:00"), pa.time64("ns"), (time(12),), (time(11),)),
    "pattern with a quote": Case(rules.Matches("^it's; DROP$"), TEXT, ("it's; DROP",), ("its",)),
    "format email": Case(rules.Formatted("email"), TEXT, ("a.b+c@d.example",), ("a@b@c", "a b@c.de", "@x"), 3),
    "format uri": Case(rules.Formatted("uri"), TEXT, ("https://a.de/x?y#z", "urn:isbn:1"), ("a.de", "http://a b"), 2),
    "format uuid": Case(rules.Formatted("uuid"), TEXT, ("123e4567-e89b-12d3-a456-426614174000",), ("123e4567",)),
    "format ipv4": Case(rules.Formatted("ipv4"), TEXT, ("1.2.3.4",), ("1.2.3.256", "01.2.3.4"), 2),
    "format ipv6": Case(rules.Formatted("ipv6"), TEXT, ("::1", "1:2:3:4:5:6:7:8"), (":::", "1::2::3"), 2),
    "format hostname": Case(rules.Formatted("hostname"), TEXT, ("a-b.example",), ("-a.de", "a." * 130 + "de"), 2),
    "format byte": Case(rules.Formatted("byte"), TEXT, ("", "YQ==", "YWJj"), ("YQ=",)),
    "format of a date in text": Case(
        rules.Formatted("dd.MM.yyyy"), TEXT, ("29.02.2024",), ("29.02.2023", "1.2.2024", "2024-01-01"), 3
    ),
    "format of a date": Case(rules.Formatted("yyyy-MM-dd"), DAY, (date(2024, 1, 1),), (), None),
    "format i8": Case(rules.Formatted("i8"), INT, (127, -128), (128,)),
    "format u8": Case(rules.Formatted("u8"), INT, (255, 0), (-1,)),
    "format f32": Case(rules.Formatted("f32"), REAL, (1.5, float("inf"), float("nan")), (1e39,)),
    "multiple of integers": Case(rules.MultipleOf(Decimal(5)), INT, (0, -5, 10), (3,)),
    "multiple of a fraction": Case(rules.MultipleOf(Decimal("2.5")), INT, (5, -10), (4,)),
    "multiple of floats": Case(
        rules.MultipleOf(Decimal("0.1")), REAL, (0.3, 0.7, -0.0), (0.35, float("inf"), float("nan")), 3
    ),
    "multiple of decimals": Case(
        rules.MultipleOf(Decimal("0.05")), pa.decimal128(38, 10), (Decimal("0.15"),), (Decimal("0.1500000001"),)
    ),
    "minimum items": Case(rules.Size("items", "minimum", 1), LIST, ([1], [None]), ([],)),
    "maximum items": Case(rules.Size("items", "maximum", 1), LIST, ([1], []), ([1, 2],)),
    "unique items": Case(rules.UniqueItems(), LIST, ([1, 2, None], []), ([1, 1], [None, None]), 2),
    "rule inside an array": Case(
        rules.Bound("minimum", 0), LIST, ([0, None], []), ([1, -1], [-1]), 2, path=("v", ITEMS)
    ),
    "required inside an array": Case(rules.Required(), LIST, ([1], []), ([1, None],), path=("v", ITEMS)),
    "minimum properties": Case(rules.Size("properties", "minimum", 1), OBJECT, ({"a": 1},), ({},)),
    "maximum properties": Case(rules.Size("properties", "maximum", 1), OBJECT, ({"a": 1},), ({"a": 1, "b": "x"},)),
    "required properties": Case(rules.HasProperties(("a",)), OBJECT, ({"a": 1},), ({"b": "x"},)),
    "required inside an object": Case(rules.Required(), OBJECT, ({"a": 1}, None), ({"b": "x"},), path=("v", "a")),
    "metric nullValues": Case(rules.Metric("nullValues", NONE), INT, (1,), (None, 1), nulls=FAILED),
    "metric nullValues in percent": Case(rules.Metric("nullValues", FEW), INT, (1, 1, None), (None, 1), nulls=FAILED),
    "metric missingValues": Case(
        rules.Metric("missingValues", NONE, (None, "", "N/A")), TEXT, ("a",), ("", "N/A", None, "a"), 3, nulls=FAILED
    ),
    "metric missingValues without null": Case(rules.Metric("missingValues", NONE, (-1, "N/A")), INT, (1,), (-1,)),
    "metric invalidValues, listed": Case(rules.Metric("invalidValues", NONE, ("kg",)), TEXT, ("kg", None), ("KG",)),
    "metric invalidValues, pattern": Case(
        rules.Metric("invalidValues", NONE, None, "^[A-Z]{2}"), TEXT, ("DE1",), ("D", "de"), 2
    ),
    "metric invalidValues, own rules": Case(
        rules.Metric("invalidValues", NONE, rules=(rules.Bound("minimum", 0), rules.Bound("maximum", 9))), INT, (5,),
        (-1, 10), 2,
    ),
    "metric duplicateValues": Case(
        rules.Metric("duplicateValues", NONE, columns=(("v",),)), INT, (1, 2, None, None), (1, 1, 1, 2), 2
    ),
    "metric rowCount": Case(
        rules.Metric("rowCount", Threshold(Operator.BETWEEN, (1, 2))), INT, (1, 2), (1, 2, 3), None, empty=FAILED
    ),
    "sql": Case(sql("SELECT count(*) FROM {object} WHERE {property} < 0", Operator.BE, 0), INT, (1,), (-1,), None),
    "sql of a boolean": Case(
        sql("SELECT coalesce(bool_and(${column} > 0), true) FROM ${table}", Operator.BE, True), INT, (1,), (-1,), None
    ),
    "sql that gives null": Case(
        sql("SELECT min({field}) FROM {model}", Operator.GREATER, 0), INT, (1,), (-1,), None, nulls=ERROR, empty=ERROR
    ),
    "foreign key": Case(rules.ForeignKey((("v",),), "customers", ("id",)), INT, (1, 2, None), (3, 1)),
    "latency": Case(
        rules.Timeliness("latency", timedelta(days=1)), MOMENT, (naive(2024, 1, 9), naive(2023, 1, 1)),
        (naive(2024, 1, 8, 23),), None, nulls=SKIPPED, empty=SKIPPED,
    ),
    "frequency": Case(
        rules.Timeliness("frequency", timedelta(days=1)), DAY, (date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 2)),
        (date(2024, 1, 1), date(2024, 1, 3)), None, nulls=SKIPPED, empty=SKIPPED,
    ),
    "retention": Case(
        rules.Timeliness("retention", timedelta(days=1)), pa.timestamp("us", "UTC"),
        (datetime(2024, 1, 9, tzinfo=UTC),), (datetime(2024, 1, 8, 23, tzinfo=UTC),),
    ),
}  # fmt: skip


def run(case: Case, values: tuple[Any, ...]) -> Report:
    table = pa.table({"v": pa.array(values, case.kind)})
    checks = TableChecks("t", (Check("rule", case.rule, case.path),))
    return check(checks, table, others={"customers": CUSTOMERS}, now=NOW)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.good])
def test_a_batch_that_keeps_the_rule_passes(name: str) -> None:
    report = run(CASES[name], CASES[name].good)

    assert report["rule"].status is PASSED, report
    assert report.passed
    assert len(report.failing_rows) == 0


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.bad])
def test_a_batch_that_breaks_the_rule_fails_with_the_number_of_rows(name: str) -> None:
    case = CASES[name]

    report = run(case, case.bad)

    assert (report["rule"].status, report["rule"].failing) == (FAILED, case.failing), report
    assert not report.passed
    if case.failing is not None and case.rule != CASES["metric nullValues in percent"].rule:
        assert report["rule"].share == case.failing / len(case.bad)
        again = run(case, tuple(v for v, bad in zip(case.bad, report.mask().to_pylist(), strict=True) if not bad))
        assert again["rule"].status is PASSED, "leaving the rejected rows out is enough"


@pytest.mark.parametrize("name", CASES)
def test_nulls_pass_unless_the_rule_is_about_them(name: str) -> None:
    assert run(CASES[name], (None,))["rule"].status is CASES[name].nulls


@pytest.mark.parametrize("name", CASES)
def test_an_empty_table_keeps_every_rule_that_is_not_about_its_size(name: str) -> None:
    report = run(CASES[name], ())

    assert report["rule"].status is CASES[name].empty
    assert report.total_rows == 0
    assert report["rule"].share in (None, 0.0)


@pytest.mark.parametrize(
    ("operator", "limits", "kept", "broken"),
    [
        (Operator.BE, (2,), [2], [1, 3]),
        (Operator.NOT_BE, (2,), [1, 3], [2]),
        (Operator.GREATER, (2,), [3], [2]),
        (Operator.GREATER_OR_EQUAL, (2,), [2], [1]),
        (Operator.LESS, (2,), [1], [2]),
        (Operator.LESS_OR_EQUAL, (2,), [2], [3]),
        (Operator.BETWEEN, (1, 3), [1, 3], [0, 4]),
        (Operator.NOT_BETWEEN, (1, 3), [0, 4], [1, 3]),
    ],
)
@pytest.mark.parametrize("unit", ["rows", "percent"])
def test_each_operator_judges_nulls_in_rows_and_percent(
    operator: Operator, limits: tuple[int, ...], kept: list[int], broken: list[int], unit: Any
) -> None:
    scale = 10 if unit == "percent" else 1  # of ten rows, n are 10 n percent
    rule = rules.Metric("nullValues", Threshold(operator, tuple(limit * scale for limit in limits), unit))
    for count in (*kept, *broken):
        table = pa.table({"v": pa.array([None] * count + [1] * (10 - count), INT)})
        report = check(TableChecks("t", (Check("rule", rule, ("v",)),)), table)
        assert report.passed == (count in kept), report
        assert report["rule"].value == count * scale


TYPES = [
    ("string", TEXT, True), ("string", pa.large_string(), True), ("string", pa.dictionary(pa.int32(), TEXT), True),
    ("string", INT, False), ("integer", pa.uint8(), True), ("integer", pa.decimal128(5, 0), True),
    ("number", INT, True), ("number", REAL, True),
    ("number", TEXT, False), ("boolean", pa.bool_(), True), ("boolean", INT, False), ("date", DAY, True),
    ("date", MOMENT, False), ("timestamp", MOMENT, True), ("timestamp", DAY, False), ("time", pa.time32("s"), True),
    ("time", MOMENT, False), ("object", OBJECT, True), ("object", LIST, False), ("array", LIST, True),
    ("array", OBJECT, False), ("map", pa.map_(TEXT, INT), True), ("vector", pa.list_(REAL, 3), True),
    ("string", pa.null(), True), ("date", pa.null(), True),
]  # fmt: skip
PHYSICAL = [
    ("BIGINT", pa.int32(), True),
    ("DOUBLE", pa.float32(), True),
    ("DOUBLE", pa.int32(), True),
    ("DECIMAL(10,2)", pa.decimal128(9, 2), True),
    ("decimal(10,2)", pa.int16(), True),
    ("NUMERIC", pa.decimal128(38, 9), True),
    ("VARCHAR(255)", TEXT, True),
    ("TEXT", INT, False),
    ("STRING", pa.large_string(), True),
    ("TIMESTAMP", MOMENT, True),
    ("TIMESTAMPTZ", MOMENT, False),
    ("TIMESTAMP WITH TIME ZONE", pa.timestamp("us", "UTC"), True),
    ("TIMESTAMP_NTZ", pa.timestamp("us", "UTC"), False),
    ("DATE", DAY, True),
    ("BOOLEAN", pa.bool_(), True),
    ("ARRAY<INT>", LIST, True),
    ("INTEGER[]", LIST, True),
    ("STRUCT<a INT, b TEXT>", OBJECT, True),
    ("BLOB", pa.binary(), True),
    ("VARCHAR", pa.null(), True),
]


@pytest.mark.parametrize(("logical", "kind", "fits"), TYPES)
def test_a_logical_type_is_judged_by_the_arrow_type(logical: str, kind: Any, fits: bool) -> None:
    case = Case(rules.LogicalType(logical), kind, (), ())
    assert run(case, (None,))["rule"].status is (PASSED if fits else FAILED)


@pytest.mark.parametrize(("physical", "kind", "fits"), PHYSICAL)
def test_a_physical_type_takes_what_fits_without_loss(physical: str, kind: Any, fits: bool) -> None:
    case = Case(rules.PhysicalType(physical), kind, (), ())
    assert run(case, (None,))["rule"].status is (PASSED if fits else FAILED)


def test_columns_are_matched_in_any_order_and_with_their_case() -> None:
    checks = TableChecks("t", (Check("columns", rules.Columns(("a", "b"))),))

    assert check(checks, pa.table({"b": [1], "a": [1]})).passed
    assert check(checks, pa.table({"a": [1], "B": [1]}))["columns"].reason == "missing: b; unexpected: B"
    assert check(checks, pa.table([pa.array([1])] * 3, ["a", "b", "a"]))["columns"].reason == "twice: a"


def test_a_composite_key_is_unique_as_a_whole() -> None:
    rule = rules.PrimaryKey((("a",), ("b",)))
    table = pa.table({"a": [1, 1, 1, None], "b": ["x", "y", "x", "x"]})

    report = check(TableChecks("t", (Check("key", rule),)), table)

    assert report.rejected_rows().tolist() == [0, 2, 3]


def test_a_composite_foreign_key_with_a_null_in_it_passes() -> None:
    rule = rules.ForeignKey((("a",), ("b",)), "customers", ("id", "zone"))
    table = pa.table({"a": [1, 1, 9, 9], "b": ["x", "y", None, "x"]})

    report = check(TableChecks("t", (Check("key", rule),)), table, others={"customers": CUSTOMERS})

    assert report.rejected_rows().tolist() == [1, 3]


def test_a_table_refers_to_itself() -> None:
    rule = rules.ForeignKey((("parent",),), "t", ("id",))

    report = check(TableChecks("t", (Check("key", rule),)), pa.table({"id": [1, 2], "parent": [None, 7]}))

    assert report.rejected_rows().tolist() == [1]


@pytest.mark.parametrize(
    ("rule", "others", "status"),
    [
        (rules.ForeignKey((("v",),), "customers", ("id",)), None, SKIPPED),
        (rules.ForeignKey((("v",),), "customers", ("id",)), {}, ERROR),
        (rules.ForeignKey((("v",),), "customers", ("nothing",)), {"customers": CUSTOMERS}, ERROR),
        (rules.ForeignKey((("v",),), "customers", ("zone",)), {"customers": CUSTOMERS}, ERROR),
        (rules.Unevaluated("prose"), None, SKIPPED),
        (rules.PhysicalType("GEOGRAPHY"), None, SKIPPED),
        (rules.Formatted("password"), None, ERROR),
        (rules.Matches("a"), None, ERROR),
        (rules.Bound("minimum", "soon"), None, ERROR),
        (rules.Metric("rowCount", Threshold(Operator.BE, (1,), "percent")), None, ERROR),
        (rules.Unique((("nothing",),)), None, ERROR),
        (sql("SELECT id FROM t WHERE false", Operator.BE, 0), None, ERROR),
        (sql("SELECT 1, 2", Operator.BE, 0), None, ERROR),
        (sql("SELECT 'a'", Operator.BE, 0), None, ERROR),
        (sql("SELECT unnest([1, 2])", Operator.BE, 0), None, ERROR),
        (sql("SELECT nothing FROM {object}", Operator.BE, 0), None, ERROR),
        (sql("SELECT 'nan'::DOUBLE", Operator.BE, 0), None, ERROR),
    ],
)
def test_what_cannot_be_judged_never_passes(rule: rules.Rule, others: Any, status: Status) -> None:
    good = Check("good", rules.Required(), ("v",))
    checks = TableChecks("t", (Check("rule", rule, ("v",)), good))

    report = check(checks, pa.table({"v": [1]}), others=others)

    if rule == rules.Formatted("password"):
        status = SKIPPED
    assert report["rule"].status is status
    assert report["rule"].reason
    assert report["good"].status is PASSED
    assert report.passed == (status is SKIPPED)


def test_a_rule_that_breaks_while_it_runs_spoils_no_other() -> None:
    checks = TableChecks(
        "t", (Check("bad", rules.Matches("(?=x)"), ("v",)), Check("good", rules.Size("length", "maximum", 1), ("v",)))
    )

    report = check(checks, pa.table({"v": ["a", "ab"]}))

    assert report["bad"].status is ERROR
    assert report["good"].failing == 1
