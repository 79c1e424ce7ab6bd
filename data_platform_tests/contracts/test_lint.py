"""Each rule of the lint, with a contract that breaks it and the line that the finding must name."""

from typing import NamedTuple

import pytest

from data_platform.contracts.findings import Finding
from data_platform.contracts.lint import RULES, lint
from data_platform_tests.contracts.examples import MOVIES, ORDERS, edited, line_of


class Case(NamedTuple):
    """An edit of the example, and the fragment of the edited text on whose line the finding stands."""

    rule: str
    old: str
    new: str
    at: str


RULE_OPEN = "      - name: Not empty\n        metric: rowCount\n        mustBeGreaterThan: 0\n"
SQL = "SELECT count(*) FROM {object} WHERE total < 0"

ABOUT = ORDERS[ORDERS.index("description:\n") : ORDERS.index("team:\n")]

FUNDAMENTALS = [
    Case("missing-identity", "id: urn:shop:sales:orders\n", "id: ''\n", "id: ''\n"),
    Case("missing-identity", "\nname: Orders\n", "\nname:   \n", "name:   \n"),
    Case("missing-identity", "domain: sales\n", "", "apiVersion"),
    Case("version-not-semver", "version: 1.2.0", "version: not-semver", "version: not-semver"),
    Case("version-not-semver", "version: 1.2.0", "version: '1.2'", "version: '1.2'"),
    Case("version-not-semver", "version: 1.2.0", "version: 1.02.0", "version: 1.02.0"),
    Case("unknown-status", "status: deprecated", "status: actve", "status: actve"),
    Case("unknown-status", "status: deprecated\n", "", "apiVersion"),
    Case(
        "no-owner",
        "  name: sales-team\n  members:\n    - username: ada@shop.example\n      role: owner\n",
        "  description: us\n",
        "team:",
    ),
    Case("house-property", "dataPlatform.publishMode", "dataPlatform.publishMod", "dataPlatform.publishMod"),
    Case("house-property", "value: replace\n", "value: replce\n", "value: replce\n"),
    Case("house-property", "value: 0.05", "value: 5", "value: 5"),
    Case("house-property", "value: 7d", "value: soon", "value: soon"),
    Case("house-property", "value: sales/orders_v2", "value: orders_v2", "value: orders_v2"),
    Case("house-property", "value: hash", "value: rot13", "value: rot13"),
    Case(
        "house-property",
        "dataPlatform.pseudonymise",
        "dataPlatform.publishMode",
        "- property: dataPlatform.publishMode\n            value: hash",
    ),
    Case(
        "house-property",
        "- to: customers.email\n",
        "- to: customers.email\n            customProperties: [{property: dataPlatform.severity, value: wrning}]\n",
        "value: wrning",
    ),
    Case(
        "house-property",
        "dataPlatform.pseudonymise\n            value: hash",
        "dataPlatform.severity\n            value: warning",
        "dataPlatform.severity",
    ),
    Case("house-property", "otherTool.setting", "dataPlatform.replacedBy", "dataPlatform.replacedBy\n    value: left"),
    Case("publish-mode-needs", "value: replace\n", "value: replace_partition\n", "  - id: customers_tbl"),
    Case("nothing-promised", "schema:\n", "otherSchema:\n", "apiVersion"),
    Case(
        "nothing-promised",
        "slaProperties:\n",
        "  - name: nothing\n    description: x\nslaProperties:\n",
        "- name: nothing",
    ),
    Case("deprecated-without-replacement", "dataPlatform.replacedBy", "otherTool.replacedBy", "status: deprecated"),
    Case("deprecated-without-sunset", "endOfSupport", "generalAvailability", "status: deprecated"),
]
NAMES = [
    Case(
        "duplicate-name",
        "name: order_day\n",
        "name: order_id\n",
        "name: order_id\n        logicalType: date\n        physicalType",
    ),
    Case("duplicate-name", "name: total\n", "name: STATUS\n", "name: STATUS\n"),
    Case("duplicate-name", "name: order_days", "name: Customers", "name: Customers"),
    Case("duplicate-physical-name", "physicalName: order_nr", "physicalName: Total", "id: total_col"),
    Case("duplicate-id", "id: total_col", "id: status_col", "id: status_col\n        name: total"),
    Case("unsafe-identifier", "name: lines\n", "name: 'lines; drop'\n", "lines; drop"),
    Case("unsafe-identifier", "physicalName: orders_v1", "physicalName: ../orders", "../orders"),
    Case("unsafe-identifier", "domain: sales", "domain: sa les", "sa les"),
    Case("unsafe-identifier", "name: sku\n", "name: '1st'\n", "1st"),
]
TYPES = [
    Case("unknown-logical-type", "logicalType: number", "logicalType: decimal", "logicalType: decimal"),
    Case("no-type", "        logicalType: number\n        physicalType: DECIMAL(10, 2)\n", "", "- id: total_col"),
    Case("unknown-physical-type", "VARCHAR(20)", "VARCHARS(20)", "VARCHARS(20)"),
    Case("types-differ", "DECIMAL(10, 2)", "VARCHAR", "physicalType: VARCHAR\n"),
    Case(
        "not-evaluated",
        "name: sku\n",
        "name: sku\n              unique: true\n",
        "unique: true\n              logicalType",
    ),
    Case("children-not-applicable", "logicalType: array", "logicalType: object", "items:"),
    Case(
        "children-not-applicable",
        "logicalType: number\n",
        "logicalType: number\n        properties: []\n",
        "properties: []",
    ),
]
OPTIONS = [
    Case("option-not-applicable", "multipleOf: 1\n", "minLength: 1\n", "minLength: 1\n"),
    Case("option-not-applicable", "maxItems: 100", "maxItms: 100", "maxItms: 100"),
    Case("minimum-above-maximum", "minimum: 1\n", "minimum: 99999999999\n", "minimum: 99999999999\n"),
    Case("minimum-above-maximum", "'2020-01-01'", "'2100-01-01'", "minimum: '2100-01-01'"),
    Case("minimum-above-maximum", "minLength: 2\n", "minLength: 21\n", "minLength: 21\n"),
    Case("minimum-above-maximum", "minItems: 1\n", "minItems: 101\n", "minItems: 101\n"),
    Case("wrong-limit", "'2020-01-01'", "yesterday", "minimum: yesterday"),
    Case("wrong-limit", "multipleOf: 1\n", "multipleOf: 0\n", "multipleOf: 0\n"),
    Case("wrong-limit", "minItems: 1\n", "minItems: -1\n", "minItems: -1\n"),
    Case("invalid-pattern", "'^[a-z]+$'", "a" * 3000, "pattern: aaa"),
    Case("wrong-limit", "minimum: '2020-01-01'", "minimum: 7", "minimum: 7"),
    Case("invalid-pattern", "'^[a-z]+$'", "'^[a-z+$'", "'^[a-z+$'"),
    Case("invalid-pattern", "'^[a-z]+$'", "'^(?=a)'", "'^(?=a)'"),
    Case("invalid-pattern", "'^[a-z]+$'", r"'(a)\1'", r"'(a)\1'"),
    Case("invalid-pattern", "'^[a-z]+$'", r'"a\0"', r'"a\0"'),
]
KEYS = [
    Case(
        "primary-key-nullable",
        "        primaryKeyPosition: 1\n        required: true\n        unique",
        "        primaryKeyPosition: 1\n        unique",
        "primaryKey: true\n        primaryKeyPosition: 1\n        unique",
    ),
    Case(
        "primary-key-nested",
        "name: sku\n",
        "name: sku\n              primaryKey: true\n",
        "primaryKey: true\n              logicalType",
    ),
    Case(
        "no-primary-key",
        "        classification: personal\n        primaryKey: true\n",
        "        classification: personal\n",
        "- id: customers_tbl",
    ),
    Case(
        "key-positions",
        "primaryKeyPosition: 2\n        partitioned",
        "primaryKeyPosition: 3\n        partitioned",
        "primaryKeyPosition: 3",
    ),
    Case(
        "key-positions",
        "primaryKeyPosition: 2\n        partitioned",
        "primaryKeyPosition: 1\n        partitioned",
        "primaryKeyPosition: 1\n        partitioned: true\n        partitionKey",
    ),
    Case(
        "key-positions",
        "        primaryKeyPosition: 2\n        partitioned",
        "        partitioned",
        "- id: order_day_pk",
    ),
    Case("key-positions", "name: total\n", "name: total\n        primaryKeyPosition: 3\n", "primaryKeyPosition: 3"),
]
RELATIONSHIPS = [
    Case("malformed-reference", "to: customers.email", "to: customers", "to: customers\n"),
    Case("malformed-reference", "to: customers.email", "to: some where#customers.email", "some where"),
    Case("dangling-reference", "to: customers.email", "to: customers.emial", "customers.emial"),
    Case("dangling-reference", "to: customers.email", "to: clients.email", "clients.email"),
    Case("dangling-reference", "order_days.day]", "order_days.dat]", "to: [order_days"),
    Case(
        "dangling-reference",
        "customers_tbl/properties/email_pk",
        "customers_tbl/properties/email",
        "properties/email\n",
    ),
    Case("mistyped-foreign-key", "to: customers.email", "to: orders.total", "to: orders.total"),
    Case(
        "mistyped-foreign-key",
        "[order_days.order_id, order_days.day]",
        "[order_days.day, order_days.order_id]",
        "to: [order_days",
    ),
    Case("foreign-key-target-not-unique", "to: customers.email", "to: orders.status", "to: orders.status"),
    Case("relationship-into-several-tables", "order_days.day]", "orders.order_day]", "to: [order_days"),
    Case("not-evaluated", "to: customers.email", "to: orders.lines.sku", "to: orders.lines.sku"),
    Case(
        "relationship-shape",
        "to: [order_days.order_id, order_days.day]",
        "to: [order_days.order_id]",
        "to: [order_days",
    ),
    Case(
        "relationship-shape",
        "from: [orders.order_id, orders",
        "from: [order_days.order_id, orders",
        "from: [order_days",
    ),
]
QUALITY = [
    Case("unknown-rule-type", "type: library", "type: libary", "type: libary"),
    Case("unknown-metric", "metric: rowCount", "metric: rowcount", "metric: rowcount"),
    Case("unknown-metric", "metric: rowCount", "rule: rowCount", "- name: Not empty"),
    Case("rule-operator", "        mustBeGreaterThan: 0\n", "", "- name: Not empty"),
    Case(
        "rule-operator", "mustBeGreaterThan: 0\n", "mustBeGreaterThan: 0\n        mustBe: 5\n", "mustBeGreaterThan: 0"
    ),
    Case("rule-operator", "mustBeGreaterThan: 0", "mustBeGreaterThan: plenty", "plenty"),
    Case("rule-operator", "[0, 10]", "[10]", "[10]"),
    Case("rule-operator", "[0, 10]", "[10, 0]", "[10, 0]"),
    Case("rule-operator", "mustBeLessThan: 5", "mustBeLessThan: 105", "mustBeLessThan: 105"),
    Case("unknown-unit", "unit: percent\n            dim", "unit: permille\n            dim", "unit: permille"),
    Case(
        "unknown-unit",
        "mustBeGreaterThan: 0\n",
        "mustBeGreaterThan: 0\n        unit: percent\n",
        "unit: percent\n      - name: One",
    ),
    Case("rule-query", f"        query: {SQL}\n", "", "- name: No negative total"),
    Case("rule-query", SQL, "SELECT 1 -- " + "x" * 30_000, "query: SELECT 1"),
    Case("rule-query", SQL, "SELECT " + "(" * 9_000 + "1" + ")" * 9_000, "query: SELECT ("),
    Case("rule-query", SQL, "DELETE FROM {object}", "DELETE FROM"),
    Case("rule-query", SQL, "SELECT 1; SELECT 2", "SELECT 1"),
    Case("rule-query", SQL, "COPY (SELECT 1) TO 'x'", "COPY"),
    Case("rule-query", SQL, "SELECT FROM WHERE (", "SELECT FROM"),
    Case("rule-query", SQL, "SELECT count(*) FROM {tabel}", "{tabel}"),
    Case("rule-query", SQL, "SELECT count({property}) FROM {object}", "{property}"),
    Case(
        "not-evaluated",
        RULE_OPEN,
        "      - type: custom\n        engine: soda\n        implementation: x\n",
        "- type: custom",
    ),
    Case("not-evaluated", RULE_OPEN, "      - type: text\n        description: all good\n", "- type: text"),
    Case("unknown-rule-severity", "severity: error", "severity: fatal", "severity: fatal"),
    Case("unknown-dimension", "dimension: conformity", "dimension: beauty", "dimension: beauty"),
    Case("duplicate-rule-name", "name: One row an order", "name: not-EMPTY", "name: not-EMPTY"),
    Case("metric-level", "metric: rowCount", "metric: nullValues", "metric: nullValues\n        must"),
    Case("metric-level", "metric: nullValues", "metric: rowCount", "metric: rowCount\n            must"),
    Case("unknown-argument", "validValues:", "validValue:", "validValue:"),
    Case(
        "missing-argument",
        "        arguments:\n          properties: [order_id, order_day]\n",
        "",
        "- name: One row an order",
    ),
    Case("invalid-argument", "missingValues: ['', N/A]", "missingValues: []", "missingValues: []"),
    Case("missing-argument", "metric: nullValues", "metric: invalidValues", "- name: Not too many unknown"),
    Case("invalid-argument", "[new, paid, shipped]", "[]", "validValues: []"),
    Case("invalid-argument", "[new, paid, shipped]", "[new, new]", "[new, new]"),
    Case("invalid-argument", "[new, paid, shipped]", "[new, 7]", "[new, 7]"),
    Case("invalid-argument", "[new, paid, shipped]", "[new, [paid]]", "[new, [paid]]"),
    Case("invalid-argument", "validValues: [new, paid, shipped]", "pattern: '('", "pattern: '('"),
    Case("invalid-argument", "validValues: [new, paid, shipped]", "pattern: 7", "pattern: 7"),
    Case("invalid-argument", "properties: [order_id, order_day]", "properties: [order_id, day]", "[order_id, day]"),
]
OTHERS = [
    Case("sla-missing-element", "element: orders.order_day", "element: orders.order_dya", "element: orders.order_dya"),
    Case("sla-missing-element", "element: orders.order_day", "element: order_day", "element: order_day"),
    Case("sla-unknown-property", "property: latency", "property: latncy", "property: latncy"),
    Case("sla-value", "value: 4", "value: four", "value: four"),
    Case("sla-value", "value: '2027-06-30'", "value: next summer", "next summer"),
    Case("sla-unit", "unit: h\n", "unit: m\n", "unit: m\n"),
    Case("sla-unit", "    unit: h\n", "", "- property: latency"),
    Case(
        "no-description",
        "        description: The order's number.\n        logicalTypeOptions",
        "        logicalTypeOptions",
        "- id: order_id_pk",
    ),
    Case(
        "no-description",
        ABOUT,
        "",
        "apiVersion",
    ),
    Case("no-description", "    description: One row is one customer.\n", "", "- id: customers_tbl"),
    Case(
        "unclassified-personal-data",
        "        classification: personal\n        primaryKey",
        "        primaryKey",
        "- id: email_pk",
    ),
    Case("bare-date", "'2027-06-30'", "2027-06-30", "2027-06-30"),
    Case("ambiguous-yaml", "[new, paid, shipped]", "[new, no]", "[new, no]"),
]
OLDER = [
    Case("older-api-version", "v3.1.0", "v3.0.2", "apiVersion"),
    Case("changed-in-3-1", "v3.1.0", "v3.0.0", "relationships:\n          - to: customers.email\n"),
]
ENUM = [
    Case("invalid-enum", "[{value: a}, {value: b}]", "[{value: a}, {value: a}]", "enum:"),
    Case("invalid-enum", "[{value: a}, {value: b}]", "[{value: 1}]", "enum:"),
    Case("invalid-enum", "[{value: a}, {value: b}]", "[]", "enum:"),
]
CASES = [*FUNDAMENTALS, *NAMES, *TYPES, *OPTIONS, *KEYS, *RELATIONSHIPS, *QUALITY, *OTHERS, *OLDER]
NEWER = edited("v3.1.0", "v3.2.0", edited("minLength: 2\n", "minLength: 1\n")).replace(
    "        quality:\n          - id: known_status",
    "        enum: [{value: a}, {value: b}]\n        quality:\n          - id: known_status",
)


def _found(text: str, rule: str) -> list[Finding]:
    return [finding for finding in lint(text) if finding.rule == rule]


@pytest.mark.parametrize("text", [ORDERS, MOVIES, NEWER], ids=["orders", "movies", "3.2"])
def test_a_valid_contract_that_uses_every_section_has_no_findings_at_all(text: str) -> None:
    assert [str(finding) for finding in lint(text)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.new.strip()[:30]}")
def test_a_broken_contract_is_reported_by_the_rule_at_its_line(case: Case) -> None:
    text = edited(case.old, case.new)
    assert line_of(case.at, text) in {finding.line for finding in _found(text, case.rule)}, lint(text)


@pytest.mark.parametrize("case", ENUM, ids=lambda case: case.new)
def test_an_enumeration_that_no_value_or_the_wrong_value_meets_is_reported(case: Case) -> None:
    text = edited(case.old, case.new, NEWER)
    assert {finding.line for finding in _found(text, case.rule)} == {line_of(case.at, text)}


def test_a_team_without_a_name_is_no_owner_unless_a_member_has_that_role() -> None:
    assert lint(edited("  name: sales-team\n", "")) == []
    assert [one.rule for one in lint(edited("  name: sales-team\n", "", edited("role: owner", "role: steward")))] == [
        "no-owner"
    ]


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in RULES} == {case.rule for case in (*CASES, *ENUM)}


def test_every_rule_says_what_it_is_for() -> None:
    assert [rule.id for rule in RULES if not rule.check.__doc__] == []
