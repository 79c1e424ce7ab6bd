"""For each rule on what is promised about data a contract that breaks it, and its fix as an edit.

What belongs here: samples, also of what the JSON Schema refuses. What does not: tests, and samples of what data is
(`lint_fixes_of_data`).
"""

from data_platform_tests.contracts.examples import ORDERS
from data_platform_tests.contracts.lint_sample import (
    NEWER,
    OLDER,
    TITLE,
    Sample,
    rule,
    table,
    table_rule,
    title,
    top,
    typed,
)

RELATIONSHIPS = (
    Sample(
        "malformed_reference",
        title("relationships: [{to: nowhere}]"),
        "write table.column",
        (("nowhere", "top_movies.title"),),
    ),
    Sample(
        "dangling_reference",
        title("relationships: [{to: top_movies.titel}]"),
        "'top_movies.title'",
        (("titel", "title"),),
    ),
    Sample(
        "mistyped_foreign_key",
        title("relationships: [{to: top_movies.movie_id}]"),
        "the same logicalType",
        (("logicalType: string", "logicalType: integer"),),
    ),
    Sample(
        "foreign_key_target_not_unique",
        title("relationships: [{to: top_movies.title}]"),
        "set unique: true there",
        (("name: title\n", "name: title\n        unique: true\n"),),
    ),
    Sample(
        "relationship_shape",
        table("    relationships: [{from: [top_movies.title, top_movies.movie_id], to: [top_movies.title]}]\n"),
        "as many columns in both",
        (("[top_movies.title, top_movies.movie_id]", "[top_movies.title]"),),
    ),
    Sample(
        "relationship_into_several_tables",
        ("[order_days.order_id, order_days.day]", "[order_days.order_id, orders.order_day]"),
        "name columns of one table",
        (("order_days.order_id, orders.order_day", "order_days.order_id, order_days.day"),),
        ORDERS,
    ),
    Sample(
        "not_evaluated_relationship",
        ("to: customers.email", "to: orders.lines.sku"),
        "make a column of it",
        (("to: orders.lines.sku", "to: customers.email"),),
        ORDERS,
    ),
)
_COUNT = "metric: rowCount, mustBeGreaterThan: 0"
QUALITY = (
    Sample("unknown_rule_type", table_rule(f"type: libary, {_COUNT}"), "'library'"),
    Sample("unknown_metric", table_rule("metric: rowcount, mustBe: 1"), "'rowCount'"),
    Sample(
        "unknown_metric",
        table_rule("rule: rowCount, mustBe: 1"),
        "write metric: rowCount instead of `rule`",
        (("rule: rowCount", "metric: rowCount"),),
    ),
    Sample("rule_operator", table_rule("metric: rowCount, mustBeGreaterThen: 0"), "'mustBeGreaterThan'"),
    Sample(
        "rule_operator",
        table_rule("metric: rowCount"),
        "write one of mustBe",
        (("{metric: rowCount}", "{metric: rowCount, mustBe: 1}"),),
    ),
    Sample(
        "rule_operator",
        table_rule("metric: rowCount, mustNotBe: 3, mustBeLessThan: 9"),
        "write a rule for each",
        ((", mustBeLessThan: 9}", "}\n      - {metric: rowCount, mustBeLessThan: 9}"),),
    ),
    Sample("rule_operand", table_rule("metric: rowCount, mustBe: '1'"), "without quotes", (("'1'", "1"),)),
    Sample(
        "rule_operand",
        table_rule("metric: rowCount, mustBeBetween: [1]"),
        "write mustBeBetween: [smallest, largest]",
        (("[1]", "[1, 2]"),),
    ),
    Sample("rule_operand", rule("metric: nullValues, mustBe: 101, unit: percent"), "from 0 to 100", (("101", "100"),)),
    Sample("unknown_unit", rule("metric: nullValues, mustBe: 1, unit: percnt"), "'percent'"),
    Sample(
        "unknown_unit",
        table_rule(f"{_COUNT}, unit: percent"),
        "write unit: rows",
        (("unit: percent", "unit: rows"),),
    ),
    Sample(
        "rule_query",
        table_rule("type: sql, mustBe: 0"),
        "write query: SELECT count(*) FROM {object}",
        (("type: sql", "type: sql, query: 'SELECT count(*) FROM {object} WHERE title IS NULL'"),),
    ),
    Sample(
        "rule_query",
        table_rule("type: sql, query: DROP TABLE x, mustBe: 0"),
        "write a single SELECT",
        (("DROP TABLE x", "SELECT 0"),),
    ),
    Sample(
        "not_evaluated_custom",
        table_rule("type: custom, engine: soda, implementation: x"),
        "write it as type library or sql",
        (("type: custom, engine: soda, implementation: x", _COUNT),),
    ),
    Sample(
        "not_evaluated_text",
        table_rule("type: text, description: There are some."),
        "or write it as type library or sql",
        (("type: text", f"type: library, {_COUNT}"),),
    ),
    Sample(
        "not_evaluated_older",
        table_rule("rule: freshness, mustBe: 0"),
        "write metric: one of nullValues",
        (("rule: freshness", "metric: rowCount"),),
        OLDER,
    ),
    Sample("unknown_rule_severity", table_rule(f"{_COUNT}, severity: eror"), "'error'"),
    Sample("unknown_dimension", table_rule(f"{_COUNT}, dimension: coverag"), "'coverage'"),
    Sample(
        "duplicate_rule_name",
        table_rule(f"{_COUNT}, name: a}}\n      - {{{_COUNT}, name: A"),
        "rename one of the two",
        (("name: A}", "name: B}"),),
    ),
    Sample(
        "metric_level",
        table_rule("metric: nullValues, mustBe: 0"),
        "move the rule to a property",
        (
            ("    quality:\n      - {metric: nullValues, mustBe: 0}\n", ""),
            (TITLE, TITLE + "        quality: [{metric: nullValues, mustBe: 0}]\n"),
        ),
    ),
    Sample("unknown_argument", rule("metric: invalidValues, mustBe: 0, arguments: {validValue: [a]}"), "'validValues'"),
    Sample(
        "unknown_argument",
        rule("metric: nullValues, mustBe: 0, arguments: {validValues: [a]}"),
        "remove it",
        ((", arguments: {validValues: [a]}", ""),),
    ),
    Sample(
        "missing_argument",
        rule("metric: invalidValues, mustBe: 0"),
        "add arguments: {validValues: […]}",
        (("mustBe: 0", "mustBe: 0, arguments: {validValues: [a]}"),),
    ),
    Sample(
        "invalid_argument",
        rule("metric: invalidValues, mustBe: 0, arguments: {validValues: a}"),
        "write validValues: [a, b]",
        (("validValues: a", "validValues: [a, b]"),),
    ),
)
_LATENCY = "property: latency, value: 1, unit: d"
OTHERS = (
    Sample("sla_missing_element", top(f"slaProperties: [{{{_LATENCY}, element: top_movie}}]"), "'top_movies'"),
    Sample("sla_unknown_property", top("slaProperties: [{property: latncy, value: 1, unit: d}]"), "'latency'"),
    Sample(
        "sla_value",
        top("slaProperties: [{property: latency, value: 1d}]"),
        "under `unit`",
        (("value: 1d", "value: 1, unit: d"),),
    ),
    Sample(
        "sla_unit",
        top("slaProperties: [{property: latency, value: 1}]"),
        "add unit: ms",
        (("value: 1}", "value: 1, unit: d}"),),
    ),
    Sample(
        "no_description",
        ("        description: The title.\n", ""),
        "say what it means",
        (("name: title\n", "name: title\n        description: T.\n"),),
    ),
    Sample(
        "unclassified_personal_data",
        ("name: title", "name: email"),
        "add classification: personal",
        (("name: email\n", "name: email\n        classification: personal\n"),),
    ),
    Sample("bare_date", title("examples: [2026-01-31]"), "'2026-01-31'", (("2026-01-31", "'2026-01-31'"),)),
    Sample("ambiguous_yaml", title("examples: [no]"), "put it in quotes", (("[no]", "['no']"),)),
    Sample("older_api_version", ("v3.1.0", "v3.0.1"), "set apiVersion: v3.1.0", (("v3.0.1", "v3.1.0"),)),
    Sample(
        "changed_in_3_1",
        ("team: {name: movies-team}", "team: [{username: ada, role: owner}]"),
        "write team: {name: …, members: […]}",
        (("team: [{username: ada, role: owner}]", "team: {name: a, members: [{username: ada, role: owner}]}"),),
        OLDER,
    ),
)
OF_THE_SCHEMA = (
    Sample("json-schema", ("version: 1.0.0\n", ""), "add version: 1.0.0", (("status:", "version: 1.0.0\nstatus:"),)),
    Sample("json-schema", ("required: true", "required: 'yes'"), "write true or false", (("'yes'", "true"),)),
    Sample(
        "json-schema",
        typed("logicalType: map"),
        "add map: {key:",
        (("Type: map\n", "Type: map\n        map: {key: {logicalType: string}, value: {logicalType: string}}\n"),),
        NEWER,
    ),
    Sample("json-schema", title("enum: [a]"), "write it as {value: a}", (("[a]", "[{value: a}]"),), NEWER),
    Sample("unknown-key", ("        description: The title.", "        descripton: The title."), "'description'"),
    Sample(
        "unknown-key",
        title("enum: [a]"),
        "a quality rule: {metric: invalidValues, arguments: {validValues: […]}, mustBe: 0}",
        (("enum: [a]", "quality: [{metric: invalidValues, arguments: {validValues: [a]}, mustBe: 0}]"),),
    ),
    Sample(
        "unknown-key",
        title("enum: [a]"),
        "set apiVersion: v3.2.0 and write each value as {value: …}",
        (("v3.1.0", "v3.2.0"), ("[a]", "[{value: a}]")),
    ),
    Sample(
        "unknown-key",
        typed("type: VARCHAR(20)"),
        "did you mean 'logicalType'? write logicalType: string and physicalType: VARCHAR(20)",
        (("type: VARCHAR(20)", "logicalType: string\n        physicalType: VARCHAR(20)"),),
    ),
    Sample(
        "unknown-key",
        typed("type: integer"),
        "write logicalType: integer",
        (("        type: integer", "        logicalType: integer"),),
    ),
    Sample(
        "unknown-key",
        title("nullable: false"),
        "did you mean 'required'? write required: true",
        (("nullable: false", "required: true"),),
    ),
    Sample(
        "unknown-key",
        title("primary_key: true\nrequired: true"),
        "'primaryKey'",
        (
            ("primary_key", "primaryKey"),
            (
                "        primaryKey: true\n        required: true\n        description: TMDb",
                "        description: TMDb",
            ),
        ),
    ),
    Sample(
        "unknown-key",
        title("maxLength: 3"),
        "write logicalTypeOptions: {maxLength: …}",
        (("maxLength: 3", "logicalTypeOptions: {maxLength: 3}"),),
    ),
    Sample("unknown-key", title("minimum: 3"), "remove it", (("        minimum: 3\n", ""),)),
    Sample("unknown-key", ("    properties:\n", "    columns:\n"), "'properties'"),
    Sample("unsupported-api-version", ("v3.1.0", "v4.0.0"), "write apiVersion: v3.1.0", (("v4.0.0", "v3.1.0"),)),
    Sample(
        "changed-in-3-1",
        table_rule("rule: rowCount, mustBe: 1, unit: rows"),
        "write metric: rowCount",
        (("rule: rowCount", "metric: rowCount"),),
        OLDER,
    ),
)
SAMPLES = (*RELATIONSHIPS, *QUALITY, *OTHERS)
