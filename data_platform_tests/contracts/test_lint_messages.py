"""What the lint's findings say, together: all at once, in order, once each, with a suggestion."""

import pytest

from data_platform.contracts.findings import Severity
from data_platform.contracts.lint import lint
from data_platform_tests.contracts.examples import edited


def test_all_mistakes_of_a_contract_are_listed_at_once_and_by_line() -> None:
    text = edited("version: 1.2.0", "version: not-semver")
    text = edited("status: deprecated", "status: foo", text)
    text = edited("to: customers.email", "to: customers.nope", text)
    text = edited("name: total\n", "name: status\n", text)
    text = edited("'^[a-z]+$'", "'['", text)
    text = edited("minLength: 2\n", "minLength: 30\n", text)
    text = edited("element: orders.order_day", "element: orders.nope", text)
    errors = [finding for finding in lint(text) if finding.severity is Severity.ERROR]
    assert [finding.rule for finding in errors] == [
        "version-not-semver",
        "unknown-status",
        "minimum-above-maximum",
        "invalid-pattern",
        "dangling-reference",
        "duplicate-name",
        "sla-missing-element",
    ]
    assert [finding.line for finding in errors] == sorted(finding.line for finding in errors)


def test_a_mistake_is_not_said_twice_where_the_json_schema_sees_it_too() -> None:
    for old, new in (("metric: rowCount", "metric: rows"), ("maxItems: 100", "maxItms: 100"), ("[0, 10]", "[10]")):
        assert len([one for one in lint(edited(old, new)) if one.severity is Severity.ERROR]) == 1


@pytest.mark.parametrize(
    ("old", "new", "suggestion"),
    [
        ("status: deprecated", "status: Deprecatd", "deprecated"),
        ("metric: rowCount", "metric: row_count", "rowCount"),
        ("maxItems: 100", "maxItms: 100", "maxItems"),
        ("description: Who ordered.", "descripton: Who ordered.", "description"),
        ("to: customers.email", "to: customers.e_mail", "customers.email"),
        ("dataPlatform.compatibility", "dataPlatform.compatability", "dataPlatform.compatibility"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_likely_one(old: str, new: str, suggestion: str) -> None:
    assert f"did you mean '{suggestion}'?" in {finding.fix for finding in lint(edited(old, new))}


def test_country_code_no_is_text_and_not_false() -> None:
    text = edited("[new, paid, shipped]", "[se, no]")
    assert [finding.rule for finding in lint(text)] == ["ambiguous-yaml"]
