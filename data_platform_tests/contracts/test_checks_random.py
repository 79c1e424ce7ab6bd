"""The executor against a plain-Python reading of the same rule, on random tables."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.results import Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.rules.paths import ITEMS
from data_platform.contracts.rules.thresholds import Operator, Threshold
from data_platform_tests.contracts import rule_kinds as rules
from data_platform_tests.contracts.checks_reading import breaking, surplus
from data_platform_tests.examples import examples

SCHEMA = pa.schema(
    {
        "i": pa.int64(),
        "u": pa.uint8(),
        "d": pa.decimal128(12, 3),
        "f": pa.float64(),
        "s": pa.string(),
        "b": pa.bool_(),
        "day": pa.date32(),
        "at": pa.timestamp("us"),
        "atz": pa.timestamp("us", "UTC"),
        "t": pa.time64("us"),
        "l": pa.list_(pa.int64()),
        "o": pa.struct([("a", pa.int64()), ("b", pa.string())]),
        "lo": pa.list_(pa.struct([("a", pa.int64()), ("t", pa.string())])),
    }
)
INTEGERS = st.one_of(st.integers(-3, 3), st.sampled_from([2**63 - 1, -(2**63), 255, 256, -128, 1000]))
TEXTS = st.one_of(
    st.sampled_from(["", "a", "b", "ab", "A", "it's", "N/A", "é", "e\u0301", "👍🏽", "a\n", "\n",
                     "0", " a", '"', "\\", "\0"]),
    st.sampled_from(["1.2.3.4", "01.2.3.4", "256.1.1.1", "::", "::1", "1::2:3", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::",
                     ":::",
                     "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "::1:2:3:4:5:6:7", "1::2::3", "12345::", "1:2:3:4:5:6:7",
                     "1:2::3:4:5:6:7:8", "2024-02-29", "2023-02-29", "2024-2-9", "2024-13-01",
                     "123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-42661417400G"]),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=4),
)  # fmt: skip
FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 0.1, 0.3, 0.1 + 0.2, 1.0, float("nan"), float("inf"), float("-inf"), 2.5, 100.0]),
    st.floats(-1e6, 1e6),
    st.integers(-1000, 1000).map(lambda number: number / 100),
)
DECIMALS = st.one_of(st.sampled_from([Decimal("0.300"), Decimal("0.301"), Decimal("-0.000")]),
                     st.integers(-5000, 5000).map(lambda number: Decimal(number).scaleb(-3)))  # fmt: skip
DAYS = st.dates(date(2023, 12, 30), date(2024, 1, 3))
MIDNIGHT = datetime(2024, 1, 1)  # noqa: DTZ001 - of the column without a zone
MOMENTS = st.integers(-7200, 7200).map(lambda seconds: MIDNIGHT + timedelta(seconds=seconds)) | st.just(MIDNIGHT)
TIMES = st.sampled_from([time(0), time(12, 30), time(12, 30, 0, 1), time(23, 59, 59)])
OBJECTS = st.fixed_dictionaries({"a": st.none() | INTEGERS, "b": st.none() | TEXTS})
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "i": INTEGERS,
    "u": st.integers(0, 255),
    "d": DECIMALS,
    "f": FLOATS,
    "s": TEXTS,
    "b": st.booleans(),
    "day": DAYS,
    "at": MOMENTS,
    "atz": MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC)),
    "t": TIMES,
    "l": st.lists(st.none() | st.integers(0, 3), max_size=4),
    "o": OBJECTS,
    "lo": st.lists(st.none() | st.fixed_dictionaries({"a": st.none() | INTEGERS, "t": st.none() | TEXTS}), max_size=3),
}
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | value for name, value in VALUES.items()}), max_size=12)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])
INSTANTS = st.sampled_from(
    ["2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:30:00+02:00", "2023-12-31T23:00:00Z", "2024-01-02"]
)
PATTERNS = [
    "a",
    "^a$",
    "^[a-z]+$",
    "^a|b$",
    r"\d",
    "^.$",
    "it's",
    "[^a]",
    "^(a|b)*$",
    r"\w",
    "^$",
    r"\\",
    '"',
    "^(?:a|b)$",
]
BOUND = st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"])
NUMBERS = st.sampled_from([0, 1, -1, 0.1, 0.3, 1.5, -0.001, 255, 2**63 - 1, 10**20, 0.301])


def thresholds() -> st.SearchStrategy[Threshold]:
    limits = st.sampled_from([0, 1, 2, 0.5, 33.3, 50, 100])
    units = st.sampled_from(["rows", "percent"])

    def build(operator: Operator, first: float, second: float, unit: Any) -> Threshold:
        pair = tuple(sorted((first, second)))
        return Threshold(operator, pair if operator in (Operator.BETWEEN, Operator.NOT_BETWEEN) else (first,), unit)

    return st.builds(build, st.sampled_from(Operator), limits, limits, units)


def metric(*names: Any, values: st.SearchStrategy[Any]) -> st.SearchStrategy[rules.Rule]:
    return st.builds(rules.Metric, st.sampled_from(names), thresholds(), values)


def listed(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, min_size=1, max_size=4).map(tuple)


def rules_of(path: rules.Path, values: st.SearchStrategy[Any], kind: str) -> st.SearchStrategy[rules.Rule]:
    known: list[st.SearchStrategy[rules.Rule]] = [st.just(rules.Required()), metric("nullValues", values=st.none())]
    if kind not in ("l", "o", "lo"):
        mixed = st.one_of(values, st.none(), st.sampled_from(["x", 1, 0.5, True]))
        known += [st.builds(rules.OneOf, listed(mixed)), metric("missingValues", "invalidValues", values=listed(mixed))]
    if kind in ("i", "u", "d", "f"):
        known.append(st.builds(rules.Bound, BOUND, NUMBERS))
        steps = ["1", "3", "0.1", "0.01", "0.3", "2.5"] if kind != "f" else ["1", "0.1", "0.01", "0.5", "3"]
        known.append(st.sampled_from(steps).map(lambda step: rules.MultipleOf(Decimal(step))))
    if kind in ("i", "u"):
        known.append(st.sampled_from(["i8", "u8", "i16", "u16", "i64", "u64"]).map(rules.Formatted))
    if kind in ("day", "at", "atz"):
        known.append(st.builds(rules.Bound, BOUND, INSTANTS, ZONES))
        known.append(st.builds(rules.OneOf, listed(INSTANTS), ZONES))
    if kind == "t":
        known.append(st.builds(rules.Bound, BOUND, st.sampled_from(["12:30", "12:30:00.000001", "00:00:00"])))
    if kind == "s":
        known.append(
            st.builds(rules.Size, st.just("length"), st.sampled_from(["minimum", "maximum"]), st.integers(0, 3))
        )
        known.append(st.sampled_from(PATTERNS).map(rules.Matches))
        known.append(st.sampled_from(["ipv4", "ipv6", "uuid", "yyyy-MM-dd"]).map(rules.Formatted))
        known.append(st.builds(lambda pattern, limit: rules.Metric("invalidValues", limit, None, pattern),
                               st.sampled_from(PATTERNS), thresholds()))  # fmt: skip
    if kind in ("l", "lo"):
        known.append(
            st.builds(rules.Size, st.just("items"), st.sampled_from(["minimum", "maximum"]), st.integers(0, 3))
        )
    if kind == "l":
        known.append(st.just(rules.UniqueItems()))
    if kind == "o":
        sizes = st.builds(rules.Size, st.just("properties"), st.sampled_from(["minimum", "maximum"]), st.integers(0, 2))
        known += [sizes, st.sampled_from([("a",), ("b", "a")]).map(rules.HasProperties)]
    return st.one_of(known)


PLACES: list[tuple[rules.Path, st.SearchStrategy[Any], str]] = [
    *(((name,), values, name) for name, values in VALUES.items()),
    (("o", "a"), INTEGERS, "i"),
    (("o", "b"), TEXTS, "s"),
    (("l", ITEMS), st.integers(0, 3), "i"),
    (("lo", ITEMS), st.nothing(), "lo_item"),
    (("lo", ITEMS, "a"), INTEGERS, "i"),
    (("lo", ITEMS, "t"), TEXTS, "s"),
]
ABOUT_VALUES = st.one_of(
    [
        st.tuples(st.just(path), st.just(rules.Required()) if kind == "lo_item" else rules_of(path, values, kind))
        for path, values, kind in PLACES
    ]
)
KEYS = st.lists(
    st.sampled_from([("i",), ("f",), ("s",), ("d",), ("b",), ("day",), ("atz",), ("o", "a")]),
    min_size=1, max_size=3, unique=True,
).map(tuple)  # fmt: skip
ABOUT_ROWS = st.one_of(
    st.tuples(st.just(()), st.builds(rules.Unique, KEYS)),
    st.tuples(st.just(()), st.builds(rules.PrimaryKey, KEYS)),
    st.tuples(
        st.just(()),
        st.builds(lambda limit, keys: rules.Metric("duplicateValues", limit, columns=keys), thresholds(), KEYS),
    ),
    st.tuples(st.just(()), st.just(rules.ForeignKey((("i",),), "other", ("i",)))),
    st.tuples(st.just(()), st.just(rules.ForeignKey((("s",), ("b",)), "other", ("s", "b")))),
    st.tuples(st.just(()), st.just(rules.ForeignKey((("f",),), "other", ("f",)))),
)


@settings(max_examples=examples(100), suppress_health_check=list(HealthCheck))
@given(
    rows=ROWS,
    other=ROWS,
    ruled=st.lists(ABOUT_VALUES | ABOUT_ROWS, min_size=1, max_size=12),
    engine=st.sampled_from(["arrow", "chunked", "polars", "reader"]),
)
def test_the_executor_finds_exactly_the_rows_that_a_plain_reading_finds(
    rows: list[dict[str, Any]], other: list[dict[str, Any]], ruled: list[tuple[rules.Path, rules.Rule]], engine: str
) -> None:
    table = pa.Table.from_pylist(rows, SCHEMA)
    checks = TableChecks("t", tuple(Check(f"c{n}", rule, path) for n, (path, rule) in enumerate(ruled)))
    data = {
        "arrow": lambda: table,
        "chunked": lambda: pa.concat_tables([table.slice(0, 5), table.slice(5)]),
        "polars": lambda: pl.from_arrow(table),
        "reader": lambda: table.to_reader(3),
    }[engine]()

    report = check(checks, data, others={"other": pa.Table.from_pylist(other, SCHEMA)})

    for result, (path, rule) in zip(report.results, ruled, strict=True):
        broken = breaking(rule, path, rows, other)
        assert result.status in (Status.PASSED, Status.FAILED), result
        failing, kept = len(broken), not broken
        if isinstance(rule, rules.Metric):
            failing = surplus(rule, rows) if rule.metric == "duplicateValues" else failing
            kept = rule.threshold.holds_count(failing, len(rows))
        assert (result.failing, result.status is Status.PASSED) == (failing, kept), (result, rule)
        if result.status is Status.FAILED:
            assert result.sample_rows == tuple(sorted(broken)[:20]), rule
            if result.row_level:
                flags = report.failing_rows.column(result.check.name).to_pylist()
                found = {row for row, flag in zip(report.failing_rows["row"].to_pylist(), flags, strict=True) if flag}
                assert found == broken, rule


@settings(max_examples=examples(200))
@given(threshold=thresholds(), count=st.integers(0, 30), more=st.integers(0, 30))
def test_a_threshold_that_tolerates_none_is_kept_by_no_row_and_broken_by_any(
    threshold: Threshold, count: int, more: int
) -> None:
    total = count + more
    if threshold.tolerates_none:
        assert threshold.holds_count(count, total) == (count == 0)


@pytest.mark.parametrize("rows", [120_000])
def test_asking_once_a_distinct_text_counts_as_asking_once_a_row(rows: int) -> None:
    texts = ["a@b.de", "no", None, "x@y.org"]
    table = pa.table({"s": [texts[number % 4] for number in range(rows)], "k": pa.array(range(rows), pa.int32())})
    ruled = (Check("format", rules.Formatted("email"), ("s",)), Check("pattern", rules.Matches("^[a-z]+$"), ("s",)),
             Check("unique", rules.Unique((("k",),))), Check("required", rules.Required(), ("s",)))  # fmt: skip

    report = check(TableChecks("t", ruled), table)

    assert [one.failing for one in report.results] == [rows // 4, rows // 2, 0, rows // 4]
