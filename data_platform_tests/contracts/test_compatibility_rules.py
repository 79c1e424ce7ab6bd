"""Which rule follows from which, and what a pair of tables is put together from."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.contracts.compatibility.compare import compare
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.rules.comparing import thresholds
from data_platform.contracts.rules.kinds.sql_query import same_query
from data_platform.contracts.rules.model import follows
from data_platform.contracts.rules.thresholds import Operator, Threshold
from data_platform_tests.contracts import rule_kinds as rules
from data_platform_tests.contracts.compatibility_pairs import BASE, Edit, column, reference, rule, sql
from data_platform_tests.examples import examples

ZERO = Threshold(Operator.BE, (0,))
LIMITS = [0, 1, 2, 3, 0.5, 2.5, 50, 100]


def known_thresholds() -> st.SearchStrategy[Threshold]:
    limits = st.sampled_from(LIMITS)

    def build(operator: Operator, first: float, second: float) -> Threshold:
        between = operator in (Operator.BETWEEN, Operator.NOT_BETWEEN)
        return Threshold(operator, tuple(sorted((first, second))) if between else (first,))

    return st.builds(build, st.sampled_from(Operator), limits, limits)


@settings(max_examples=examples(300))
@given(
    premise=known_thresholds(), conclusion=known_thresholds(), domain=st.sampled_from(["counts", "shares", "numbers"])
)
def test_one_threshold_implies_another_exactly_where_no_number_tells_them_apart(
    premise: Threshold, conclusion: Threshold, domain: thresholds.Domain
) -> None:
    finest = {"counts": [Fraction(one) for one in range(105)]}
    halves = [Fraction(one, 4) for one in range(-8, 420)]
    numbers = finest.get(domain, halves if domain == "numbers" else [one for one in halves if 0 <= one <= 100])

    told_apart = any(premise.holds(one) and not conclusion.holds(one) for one in numbers)

    kept = [thresholds.kept_by(one, domain) for one in (premise, conclusion)]
    assert thresholds.implies(*kept) is not told_apart


@pytest.mark.parametrize(
    ("premise", "conclusion", "expected"),
    [
        (rules.OneOf(("a",)), rules.OneOf(("a", "b")), True),
        (rules.OneOf(("a", None)), rules.OneOf(("a",)), True),
        (rules.OneOf((1,)), rules.OneOf(("1",)), False),
        (rules.OneOf((True,)), rules.OneOf((1,)), False),
        (rules.Bound("exclusiveMinimum", 4), rules.Bound("minimum", 5), False),
        (rules.Bound("minimum", "soon"), rules.Bound("minimum", 5), None),
        (rules.Bound("minimum", 0.10000000001), rules.Bound("exclusiveMinimum", 0.1), False),
        (rules.Size("length", "maximum", 3), rules.Size("length", "minimum", 3), False),
        (rules.Matches("a"), rules.Matches("a"), True),
        (rules.Matches("aa"), rules.Matches("a"), None),
        (rules.Formatted("i8"), rules.Formatted("i16"), True),
        (rules.Formatted("u8"), rules.Formatted("i8"), False),
        (rules.Formatted("f32"), rules.Formatted("f64"), True),
        (rules.Formatted("ipv4"), rules.Formatted("hostname"), True),
        (rules.Formatted("email"), rules.Formatted("password"), True),
        (rules.Unevaluated("prose"), rules.Unevaluated("prose"), None),
        (rules.Required(), rules.Matches("a"), None),
        (rules.Metric("missingValues", ZERO), rules.Metric("missingValues", ZERO, values=(None,)), True),
        (rules.Metric("missingValues", ZERO, values=(None,)), rules.Metric("missingValues", ZERO), False),
        (rules.Metric("invalidValues", ZERO, pattern="a"), rules.Metric("invalidValues", ZERO, pattern="b"), None),
        (rules.Metric("invalidValues", ZERO, ("a",), "x"), rules.Metric("invalidValues", ZERO, ("a", "b"), "x"), True),
        (
            rules.Metric("invalidValues", ZERO, rules=(rules.Bound("minimum", 5),)),
            rules.Metric("invalidValues", ZERO, rules=(rules.Bound("minimum", 3),)),
            True,
        ),
        (
            rules.Metric("nullValues", ZERO),
            rules.Metric("nullValues", Threshold(Operator.LESS, (5,), "percent")),
            True,
        ),
        (
            rules.Metric("nullValues", Threshold(Operator.LESS, (5,))),
            rules.Metric("nullValues", Threshold(Operator.LESS, (5,), "percent")),
            None,
        ),
        (
            rules.Metric("duplicateValues", Threshold(Operator.GREATER, (3,)), columns=(("a",), ("b",))),
            rules.Metric("duplicateValues", Threshold(Operator.GREATER, (2,)), columns=(("a",),)),
            True,
        ),
    ],
)
def test_a_rule_follows_from_another(premise: rules.Rule, conclusion: rules.Rule, expected: bool | None) -> None:
    assert follows(premise, conclusion) is expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("SELECT  1\n", "SELECT 1", True),
        ("SELECT 1;", "SELECT 1", True),
        ("SELECT 'a  b'", "SELECT 'a b'", False),
        ('SELECT "a  b"', 'SELECT "a b"', False),
        ("SELECT 'it''s  so' , 1", "SELECT 'it''s  so' ,   1", True),
    ],
)
def test_queries_are_the_same_but_for_space_outside_of_quotes(one: str, other: str, same: bool) -> None:
    assert same_query(one, other) is same


def kinds(old: Edit, new: Edit) -> list[tuple[Kind, str]]:
    return [(one.kind, one.path) for one in compare(old.contract(), new.contract())]


def test_rules_follow_a_column_through_its_rename() -> None:
    quality = [{"name": "Rule", "type": "library", "metric": "nullValues", "mustBe": 0}]
    duplicates = rule(metric="duplicateValues", arguments={"properties": ["n"]}, mustBe=0).table
    duplicates_now = rule(metric="duplicateValues", arguments={"properties": ["number"]}, mustBe=0).table
    old = Edit(columns={"n": {"quality": quality, "required": True}}, table=duplicates)
    new = Edit(columns={"n": {"name": "number", "quality": quality, "required": True}}, table=duplicates_now)

    assert kinds(old, new) == [(Kind.COLUMN_RENAMED, "things.n")]


def test_two_columns_that_swap_their_names_are_two_renames() -> None:
    old = Edit(columns={"n": {"id": "a"}, "x": {"id": "b", "logicalType": "integer"}})
    new = Edit(columns={"n": {"id": "b"}, "x": {"id": "a", "logicalType": "integer"}})
    renames = [one for one in kinds(old, new) if one[0] is Kind.COLUMN_RENAMED]
    assert renames == [(Kind.COLUMN_RENAMED, "things.n"), (Kind.COLUMN_RENAMED, "things.x")]


def test_a_rename_without_an_id_is_a_column_gone_and_another_come() -> None:
    assert sorted(kinds(Edit(), column("x", name="y"))) == [
        (Kind.COLUMN_ADDED_OPTIONAL, "things.y"),
        (Kind.COLUMN_REMOVED, "things.x"),
    ]


def test_a_rule_about_a_column_that_is_gone_goes_with_it_and_one_that_nulls_break_comes_with_a_new_one() -> None:
    of_x = Edit(columns={"x": {"quality": [{"name": "Rule", "metric": "nullValues", "mustBe": 0}]}})
    without = Edit(columns={"x": None})

    assert kinds(of_x, without) == [(Kind.COLUMN_REMOVED, "things.x")]
    assert kinds(without, of_x) == [(Kind.COLUMN_ADDED_OPTIONAL, "things.x"), (Kind.RULE_ADDED, "things.x")]


def test_a_column_that_is_the_primary_key_promises_nothing_more_when_it_says_unique() -> None:
    assert kinds(Edit(), column("key", unique=True)) == kinds(column("key", unique=True), Edit()) == []


def test_a_foreign_key_inside_the_contract_follows_the_rename_of_its_far_end() -> None:
    old, new = reference("things.key"), Edit(columns={**reference("things.number").columns,
                                                      "key": {"id": "key-id", "name": "number"}})  # fmt: skip
    before = Edit(columns={**old.columns, "key": {"id": "key-id"}})
    assert kinds(before, new) == [(Kind.COLUMN_RENAMED, "things.key")]


def test_what_is_inside_arrays_objects_and_maps_is_compared_to_the_bottom() -> None:
    def nested(minimum: int, value: str) -> Edit:
        inner = {"name": "a", "logicalType": "integer", "logicalTypeOptions": {"minimum": minimum}}
        items = {"logicalType": "object", "properties": [inner]}
        entries = {"key": {"logicalType": "string"}, "value": {"logicalType": value}}
        return Edit(columns={"list": {"items": items}, "m": {"logicalType": "map", "map": entries}})

    assert sorted(kinds(nested(1, "integer"), nested(0, "number"))) == [
        (Kind.LOGICAL_TYPE_WIDENED, "things.m.{value}"),
        (Kind.RANGE_WIDENED, "things.list[].a"),
    ]


def test_a_rule_that_no_machine_reads_any_more_is_gone_and_only_people_know_the_new_one() -> None:
    old, new = sql("SELECT 1", mustBe=1), rule(type="text", description="One.")
    assert sorted(kind for kind, _ in kinds(old, new)) == [Kind.RULE_REMOVED, Kind.UNEVALUATED_RULE_CHANGED]


def test_changes_carry_the_column_before_and_after() -> None:
    (renamed,) = compare(Edit().contract(), column("n", name="number").contract())
    (gone,) = compare(Edit().contract(), Edit(columns={"x": None}).contract())
    (nested,) = compare(
        Edit().contract(), column("place", properties=BASE["schema"][0]["properties"][7]["properties"][:1]).contract()
    )
    assert (renamed.table, renamed.column, renamed.new_column) == ("things", "n", "number")
    assert (gone.column, gone.new_column) == ("x", None)
    assert (nested.path, nested.column, nested.new_column) == ("things.place.code", "place", "place")


@pytest.mark.parametrize("pair", list(itertools.combinations(["INT", "BIGINT", "DECIMAL(12,0)", "SMALLINT"], 2)))
def test_of_two_physical_types_a_way_and_the_way_back_never_both_widen(pair: tuple[str, str]) -> None:
    there, back = (
        compare(column("n", physicalType=one).contract(), column("n", physicalType=other).contract())
        for one, other in (pair, pair[::-1])
    )
    assert {there[0].direction, back[0].direction} in ({"loosens", "tightens"}, {"both"})
