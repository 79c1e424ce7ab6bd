"""Contracts of others: judged by the standard alone, in 3.0's spelling, and files that are no contract at all."""

import pandas as pd
import pytest

from data_platform.contracts import older
from data_platform.contracts.checks.results import Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.findings import Basis, Finding, Severity
from data_platform.contracts.lint import RULES, lint
from data_platform.contracts.loading import load
from data_platform_tests.contracts.examples import MOVIES, ORDERS, edited

BARE = """\
apiVersion: v3.1.0
kind: DataContract
id: 7f5c1f0e-6a0a-4a53-9a0b-3c2b0f9e4d11
version: 2024-10
status: in production
"""
FOREIGN = {
    "no domain, name, owner or schema": BARE,
    "names that are legal": BARE
    + "schema:\n  - name: 100_inventory-events\n    physicalName: inventory.events.v1\n    properties:\n"
    "      - {name: 1_Merkmal_Code, logicalType: string, physicalType: 'nvarchar(10)'}\n"
    "      - {name: Post Code, logicalType: string, physicalType: string}\n"
    "      - {name: '^[0-5]$', logicalType: object, physicalType: record}\n",
    "open service levels": BARE + "slaProperties:\n"
    "  - {property: retention, value: P1Y}\n"
    "  - {property: latency, value: 500ms}\n"
    "  - {property: availability, value: 99.9%, unit: '%'}\n"
    "  - {property: generalAvailability, value: Available 24/7}\n"
    "  - {property: frequency, value: 1, unit: business days, element: tab1.txn_ref_dt}\n",
    "an open severity, other units and another dialect of SQL": BARE
    + "schema:\n  - name: t\n    properties:\n      - {name: a, physicalType: number}\n    quality:\n"
    "      - {metric: rowCount, mustBeGreaterThan: 1, severity: warn, unit: thousands}\n"
    "      - {type: sql, query: 'SELECT TOP 1 [a] FROM ${dataset}.t', mustBe: high, severity: critical}\n",
    "children of columns that have a physical type alone": BARE + "schema:\n  - name: t\n    properties:\n"
    "      - {name: a, physicalType: STRUCT, properties: [{name: b, logicalType: string}]}\n"
    "      - {name: c, physicalType: 'ARRAY<STRING>', items: {logicalType: string}}\n"
    "      - {name: d, properties: [{name: e}]}\n",
    "keys as others write them": BARE + "schema:\n  - name: t\n    properties:\n"
    "      - {name: a, logicalType: integer, physicalType: 'varchar[15]', primaryKey: true}\n"
    "      - {name: b, logicalType: date, physicalType: timestamp, primaryKey: true}\n"
    "      - {name: c, logicalType: string, relationships: [{to: elsewhere.id}]}\n"
    "      - {name: d, logicalType: string, logicalTypeOptions: {pattern: '(?=a)'}}\n"
    "    customProperties: [{property: dataPlatform.unheardOf, value: 1}]\n",
}
OLDER = edited("v3.1.0", "v3.0.2", MOVIES)
COLUMN = "      - {name: x, description: X., %s}\n"
PRODUCT = "apiVersion: v1.0.0\nkind: DataProduct\nid: a\nstatus: draft\noutputPorts: [{name: a, contractId: b}]\n"


def _errors(findings: list[Finding]) -> list[str]:
    return [str(finding) for finding in findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("version", ["v3.1.0", "v3.2.0"])
def test_a_contract_that_is_valid_by_the_standard_has_no_error_under_it(text: str, version: str) -> None:
    text = edited("v3.1.0", version, text)
    assert _errors(lint(text, standard=True)) == []
    assert {finding.basis for finding in lint(text) if finding.severity is Severity.ERROR} == {Basis.POLICY}


def test_by_the_standard_alone_what_the_standard_refuses_is_still_told() -> None:
    text = edited("status: deprecated", "status: unheard of", edited("maxItems: 100", "maxItms: 100"))
    text = edited("metric: rowCount", "metric: rows", edited("name: Orders", "nam: Orders", text))
    found = lint(text, standard=True)
    assert {finding.rule for finding in found} == {"option-not-applicable", "unknown-metric", "unknown-key"}
    assert {finding.basis for finding in found} == {Basis.STANDARD}


def test_policy_and_the_schema_are_of_one_mind_where_both_refuse_an_element() -> None:
    for old, new in (("multipleOf: 1\n", "multipleOf: 0\n"), ("[0, 10]", "[10]"), ("status: deprecated\n", "")):
        (finding,) = (found for found in lint(edited(old, new)) if found.severity is Severity.ERROR)
        assert (finding.basis, finding.rule != "json-schema") == (Basis.STANDARD, True)


def test_each_finding_says_who_demands_it() -> None:
    (finding,) = lint(edited("version: 1.2.0", "version: '1.2'"))
    assert str(finding).endswith("[policy]")
    (finding,) = lint(edited("maxItems: 100", "maxItms: 100"))
    assert str(finding).endswith("[standard]")
    assert {rule.basis for rule in RULES} == set(Basis)


@pytest.mark.parametrize("version", older.VERSIONS)
def test_a_contract_of_3_0_is_read_and_says_what_to_move_to(version: str) -> None:
    found = lint(edited("v3.1.0", version, MOVIES))
    assert [(finding.rule, finding.severity) for finding in found] == [("older-api-version", Severity.WARNING)]
    assert load(edited("v3.1.0", version, MOVIES)).name == "Top movies"


@pytest.mark.parametrize(
    ("old", "new", "fix"),
    [
        ("team: {name: movies-team}", "team: [{username: ada, role: owner}]", "write team: {name: …, members: […]}"),
        ("team: {name: movies-team}", "team: [{username: ada, role: owner, comment: x}]", "use one of"),
        ("team: {name: movies-team}", "team: {name: a}\nslaDefaultElement: title", "write element: …"),
        ("team: {name: movies-team}", "team: {name: a}\nroles: [{role: a, costCentre: 7}]", "use one of"),
        ("logicalType: string", "logicalType: date\n        physicalType: timestamp", "write logicalType: timestamp"),
        ("logicalType: string", "logicalType: timestamp", "set apiVersion: v3.1.0"),
        (
            "logicalType: string",
            "logicalType: integer\n        logicalTypeOptions: {minimum: 1, exclusiveMinimum: true}",
            "write a number",
        ),
        (
            "logicalType: string",
            "logicalType: string\n        quality: [{rule: validValues, validValues: [a]}]",
            "invalidValues",
        ),
    ],
)
def test_what_3_1_changed_is_a_warning_of_a_contract_of_3_0(old: str, new: str, fix: str) -> None:
    text = edited(old, new, OLDER)
    assert _errors(lint(text)) == []
    changed = [finding for finding in lint(text) if finding.rule == "changed-in-3-1"]
    assert any(fix in finding.fix for finding in changed), lint(text)
    assert {finding.basis for finding in changed} == {Basis.STANDARD}


def test_what_neither_3_0_nor_3_1_allows_is_an_error_once() -> None:
    found = lint(edited("        description: The title.", "        descripton: The title.", OLDER))
    assert [finding.rule for finding in found if finding.path[-1] == "descripton"] == ["unknown-key"]


@pytest.mark.parametrize("text", [ORDERS, MOVIES])
def test_whatever_3_1_allows_may_be_in_a_contract_of_3_0_too(text: str) -> None:
    assert _errors(lint(edited("v3.1.0", "v3.0.2", text))) == []


def test_rules_and_limits_of_3_0_are_checked_as_3_1_would_write_them() -> None:
    text = (
        OLDER
        + "        quality: [{rule: duplicateCount, mustBe: 0, name: once}]\n"
        + COLUMN % "logicalType: integer, logicalTypeOptions: {minimum: 1, exclusiveMinimum: true, maximum: 5}"
        + "      - {name: y, logicalType: string, quality: [{rule: validValues, validValues: [a], name: a}]}\n"
        + "    quality: [{rule: rowCount, mustBe: 9, name: nine}, {rule: freshness, name: fresh}]\n"
    )
    contract = load(text)
    data = pd.DataFrame({"movie_id": [1, 2], "title": ["a", "a"], "x": [1, 5], "y": ["a", "b"]})
    status = {result.check.description: result.status for result in check(contract, data).results}
    assert [status[name] for name in ("once", "a", "nine")] == [Status.FAILED] * 3
    assert status["fresh"] is Status.NOT_EVALUATED
    of_x = {result.check.name: result.status for result in check(contract, data).results if "x" in result.check.name}
    assert of_x["x_exclusive_minimum"] is Status.FAILED
    assert of_x["x_maximum"] is Status.PASSED


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PRODUCT, "Open Data Product Standard"),
        ("schema: https://opendataproducts.org/v4.1/schema/odps.yaml\nversion: 4.1\nproduct: {}\n", "Linux Foundation"),
        ("dataContractSpecification: 1.1.0\nid: a\nmodels: {}\n", "Data Contract Specification"),
        ("type: data_platform.DataProduct\nattributes: {}\n", "defs.yaml"),
        ("version: 2\nmodels: [{name: a}]\n", "dbt file"),
        ("$schema: https://json-schema.org/draft/2020-12/schema\ntype: object\n", "JSON Schema"),
        ("apiVersion: v1\nkind: ConfigMap\n", "of kind 'ConfigMap'"),
    ],
)
@pytest.mark.parametrize("standard", [True, False])
def test_a_file_of_another_kind_is_named_for_what_it_is_and_nothing_else(text: str, told: str, standard: bool) -> None:
    (finding,) = lint(text, standard=standard)
    assert (finding.rule, told in finding.message) == ("not-a-contract", True), finding


def test_a_misspelt_kind_is_still_a_contract() -> None:
    assert "did you mean 'DataContract'?" in {
        finding.fix for finding in lint(edited("kind: DataContract", "kind: DataContrct"))
    }


@pytest.mark.parametrize("query", ["SELECT 1 / 0", "SELECT CAST('nan' AS DOUBLE)"])
def test_a_rule_that_divides_by_zero_says_so_in_words_of_sql(query: str) -> None:
    contract = load(MOVIES + f'    quality: [{{type: sql, name: ratio, query: "{query}", mustBe: 0}}]\n')
    report = check(contract, pd.DataFrame({"movie_id": [1], "title": ["a"]}))
    (reason,) = (result.reason or "" for result in report.results if result.status is Status.ERROR)
    assert "a division by zero gives it" in reason
    assert "Fraction" not in reason
