"""Limits, allowed values and service levels of every type, right and wrong."""

import pytest

from data_platform.contracts.lint import lint
from data_platform.contracts.loading import load
from data_platform.contracts.service_levels import duration, sunset
from data_platform_tests.contracts.examples import MOVIES, edited

LIMITED = """\
      - name: limited
        description: A column with limits.
        logicalType: {type}
        logicalTypeOptions: {{minimum: {low}, maximum: {high}}}
"""
LISTED = """\
      - name: listed
        description: A column with allowed values.
        logicalType: {type}
        enum: [{{value: {value}}}]
"""
NEWER = edited("v3.1.0", "v3.2.0", MOVIES)


def _rules(text: str) -> list[str]:
    return [found.rule for found in lint(text)]


@pytest.mark.parametrize(
    ("logical_type", "low", "high"),
    [
        ("integer", "1", "2"),
        ("number", "1.5", "2"),
        ("date", "'2026-01-01'", "'2026-12-31'"),
        ("timestamp", "'2026-01-01T00:00:00'", "'2026-01-01T00:00:01Z'"),
        ("timestamp", "'2026-01-01T01:00:00+02:00'", "'2026-01-01T00:00:00Z'"),
        ("time", "'08:00'", "'09:00:00'"),
    ],
)
def test_limits_are_compared_as_values_of_their_type(logical_type: str, low: str, high: str) -> None:
    assert _rules(MOVIES + LIMITED.format(type=logical_type, low=low, high=high)) == []
    assert _rules(MOVIES + LIMITED.format(type=logical_type, low=high, high=low)) == ["minimum-above-maximum"]


@pytest.mark.parametrize(
    ("logical_type", "right", "wrong"),
    [
        ("string", "a", "1"),
        ("integer", "1", "1.5"),
        ("number", "1.5", "true"),
        ("boolean", "true", "'true'"),
        ("date", "'2026-01-31'", "'31.01.2026'"),
        ("timestamp", "'2026-01-31T00:00:00Z'", "soon"),
        ("time", "'08:00'", "'25:00'"),
    ],
)
def test_allowed_values_are_of_their_propertys_type(logical_type: str, right: str, wrong: str) -> None:
    assert _rules(NEWER + LISTED.format(type=logical_type, value=right)) == []
    assert _rules(NEWER + LISTED.format(type=logical_type, value=wrong)) == ["invalid-enum"]


def test_a_rule_about_a_maps_values_is_listed_as_not_evaluated() -> None:
    column = "      - {name: m, description: M., logicalType: map, map: {key: {logicalType: string}, value: %s}}\n"
    assert _rules(NEWER + column % "{logicalType: integer}") == []
    assert _rules(NEWER + column % "{logicalType: integer, required: true}") == ["not-evaluated"]


@pytest.mark.parametrize("element", ["movie_id", "top_movies", "top_movies.movie_id", "'top_movies.movie_id, title'"])
def test_an_element_of_the_only_object_may_leave_the_object_out(element: str) -> None:
    assert _rules(MOVIES + f"slaProperties: [{{property: latency, value: 1, unit: d, element: {element}}}]\n") == []


@pytest.mark.parametrize("value", ["true", "'-1'", "1e999", "nan", "''", "[1]", "-1"])
def test_a_latency_that_is_no_amount_of_time_is_refused(value: str) -> None:
    found = lint(MOVIES + f"slaProperties: [{{property: ly, value: {value}, unit: h}}]\n")
    assert "sla-value" in {one.rule for one in found}


@pytest.mark.parametrize(("value", "unit"), [("1e300", "y"), ("4", "percent")])
def test_an_amount_that_is_no_length_of_time_has_no_duration(value: str, unit: str) -> None:
    contract = load(MOVIES + f"slaProperties: [{{property: availability, value: {value}, unit: {unit}}}]\n")
    assert duration(contract.service_levels[0]) is None


@pytest.mark.parametrize("written", ["'2027-06-30T12:00:00+02:00'", "'2027-06-30T10:00:00'"])
def test_a_sunset_may_be_a_moment(written: str) -> None:
    found = sunset(load(MOVIES + f"slaProperties: [{{property: endOfLife, value: {written}}}]\n"))
    assert found is not None
    assert found.timestamp() == 1814349600


def test_the_owner_is_our_custom_property_before_the_team() -> None:
    custom = "customProperties: [{property: dataPlatform.owner, value: %s}]\n"
    assert load(MOVIES).owner == "movies-team"
    assert load(MOVIES + custom % "team:cinema").owner == "team:cinema"
    assert _rules(MOVIES + custom % "''") == ["house-property"]


def test_a_team_written_as_a_list_as_before_3_1_still_has_an_owner() -> None:
    text = edited("team: {name: movies-team}", "team: [{username: ada@shop.example, role: Owner}]", MOVIES)
    assert load(text).owner == "ada@shop.example"


def test_a_document_that_cannot_be_read_is_one_finding_of_the_lint() -> None:
    assert _rules("a: [\n") == ["unreadable"]
