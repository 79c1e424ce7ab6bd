"""For each rule on identity, names, types, options and keys a contract that breaks it, and its fix as an edit.

What belongs here: samples. What does not: tests, and samples of promises (`lint_fixes_of_promises`).
"""

from data_platform_tests.contracts.examples import MOVIES
from data_platform_tests.contracts.lint_sample import NEWER, Sample, custom, title, top, typed

FUNDAMENTALS = (
    Sample("missing_id", ("id: urn:shop:movies:top\n", ""), "write id:", (("name: Top", "id: urn:a:b\nname: Top"),)),
    Sample("missing_identity", ("domain: movies\n", ""), "write domain:", (("status:", "domain: movies\nstatus:"),)),
    Sample(
        "version_not_semver", ("version: 1.0.0", "version: '1'"), "such as 1.0.0", (("version: '1'", "version: 1.0.0"),)
    ),
    Sample("unknown_status", ("status: active", "status: actve"), "'active'"),
    Sample("unknown_status", ("status: active\n", ""), "write status:", (("domain:", "status: proposed\ndomain:"),)),
    Sample(
        "no_owner",
        ("team: {name: movies-team}\n", ""),
        "write team: {name:",
        (("schema:", "team: {name: a}\nschema:"),),
    ),
    Sample("house_property", custom("publishMod", "replace"), "'dataPlatform.publishMode'"),
    Sample("house_property", custom("publishMode", "apend"), "write one of replace", (("apend", "append"),)),
    Sample(
        "publish_mode_needs",
        custom("publishMode", "replace_partition"),
        "set partitioned: true",
        (("name: title\n", "name: title\n        partitioned: true\n"),),
    ),
    Sample(
        "nothing_promised",
        (MOVIES[MOVIES.index("    properties:") :], ""),
        "add properties: [{name:",
        (("One row is one movie.\n", "One row is one movie.\n    properties: [{name: a, logicalType: date}]\n"),),
    ),
    Sample(
        "deprecated_without_replacement",
        ("status: active", "status: deprecated"),
        "add the custom property dataPlatform.replacedBy",
        (custom("replacedBy", "movies/top_v2"),),
    ),
    Sample(
        "deprecated_without_sunset",
        ("status: active", "status: deprecated"),
        "endOfSupport, value: '2027-06-30'",
        (top("slaProperties: [{property: endOfSupport, value: '2027-06-30'}]"),),
    ),
)
NAMES = (
    Sample(
        "duplicate_name",
        ("name: title", "name: movie_id"),
        "rename one",
        (("name: movie_id\n        logicalType: string", "name: title\n        logicalType: string"),),
    ),
    Sample(
        "duplicate_physical_name",
        title("physicalName: movie_id"),
        "a physicalName of its own",
        (("physicalName: movie_id", "physicalName: movie_title"),),
    ),
    Sample(
        "duplicate_id",
        (
            "      - name: movie_id\n",
            "      - {name: b, id: x}\n      - {name: a, id: x}\n      - name: movie_id\n",
        ),
        "an id of its own",
        (("name: a, id: x", "name: a, id: y"),),
    ),
    Sample("unsafe_identifier", ("name: title", "name: Post Code"), "underscores", (("Post Code", "post_code"),)),
    Sample("unsafe_identifier", ("name: title", "name: 1_Merkmal"), "a letter first", (("1_Merkmal", "merkmal_1"),)),
)
TYPES = (
    Sample("unknown_logical_type", typed("logicalType: strng"), "'string'"),
    Sample(
        "unknown_logical_type",
        typed("logicalType: varchar"),
        "write logicalType: string and physicalType: varchar",
        (("logicalType: varchar", "logicalType: string\n        physicalType: varchar"),),
    ),
    Sample(
        "unknown_logical_type",
        typed("logicalType: map"),
        "set apiVersion: v3.2.0 and add map: {key: {logicalType: string}, value: {logicalType: string}}",
        (
            ("v3.1.0", "v3.2.0"),
            (
                "logicalType: map\n",
                "logicalType: map\n        map: {key: {logicalType: string}, value: {logicalType: string}}\n",
            ),
        ),
    ),
    Sample(
        "unknown_logical_type",
        typed("logicalType: map"),
        "or write logicalType: object",
        (("logicalType: map", "logicalType: object"),),
    ),
    Sample(
        "unknown_logical_type",
        typed("logicalType: map\nmap: {key: {logicalType: string}, value: {logicalType: date}}"),
        "set apiVersion: v3.2.0; or",
        (("v3.1.0", "v3.2.0"),),
    ),
    Sample(
        "no_type",
        typed("businessName: A title"),
        "add logicalType: string",
        (("businessName: A title", "logicalType: string"),),
    ),
    Sample("unknown_physical_type", title("physicalType: VARCHARS"), "such as VARCHAR", (("VARCHARS", "VARCHAR"),)),
    Sample("types_differ", title("physicalType: BLOB"), "use another physicalType", (("BLOB", "VARCHAR"),)),
    Sample(
        "types_differ",
        title("physicalType: DATE"),
        "logicalType: date",
        (("logicalType: string", "logicalType: date"),),
    ),
    Sample(
        "children_not_applicable",
        title("items: {logicalType: string}"),
        "set logicalType: array",
        (("logicalType: string\n        desc", "logicalType: array\n        desc"),),
    ),
    Sample(
        "children_not_applicable",
        typed("map: {key: {logicalType: string}, value: {logicalType: date}}"),
        "set apiVersion: v3.2.0 and logicalType: map",
        (("v3.1.0", "v3.2.0"), ("        map:", "        logicalType: map\n        map:")),
    ),
    Sample(
        "not_evaluated_inside",
        typed("logicalType: array\nitems: {logicalType: string, unique: true}"),
        "set uniqueItems: true on the array",
        ((", unique: true}", "}\n        logicalTypeOptions: {uniqueItems: true}"),),
    ),
)
OPTIONS = (
    Sample("option_not_applicable", title("logicalTypeOptions: {maxLenght: 3}"), "'maxLength'"),
    Sample(
        "option_not_applicable",
        title("logicalTypeOptions: {enum: [a]}"),
        "write a quality rule {metric: invalidValues, arguments: {validValues: […]}, mustBe: 0} of the property",
        (
            (
                "logicalTypeOptions: {enum: [a]}",
                "quality: [{metric: invalidValues, arguments: {validValues: [a]}, mustBe: 0}]",
            ),
        ),
    ),
    Sample(
        "option_not_applicable",
        title("logicalTypeOptions: {enum: [a]}"),
        "write enum: [{value: …}] at the property",
        (("logicalTypeOptions: {enum: [a]}", "enum: [{value: a}]"),),
        NEWER,
    ),
    Sample(
        "option_not_applicable",
        title("logicalTypeOptions: {required: true}"),
        "write required at the property itself",
        (("logicalTypeOptions: {required: true}", "required: true"),),
    ),
    Sample(
        "option_not_applicable",
        title("logicalTypeOptions: {multipleOf: 3}"),
        "remove it, since it applies to integer, number",
        (("        logicalTypeOptions: {multipleOf: 3}\n", ""),),
    ),
    Sample(
        "minimum_above_maximum",
        title("logicalTypeOptions: {minLength: 3, maxLength: 2}"),
        "write a smaller minLength",
        (("minLength: 3", "minLength: 2"),),
    ),
    Sample(
        "wrong_limit",
        typed("logicalType: date\nlogicalTypeOptions: {minimum: today}"),
        "write a date in quotes, such as '2026-01-31'",
        (("minimum: today", "minimum: '2026-01-31'"),),
    ),
    Sample(
        "invalid_pattern",
        title("logicalTypeOptions: {pattern: '(?=a)'}"),
        "no look-around",
        (("'(?=a)'", "'^a'"),),
    ),
    Sample(
        "invalid_enum", title("enum: [{value: 1}]"), "write a text, in quotes", (("value: 1", "value: '1'"),), NEWER
    ),
)
KEYS = (
    Sample(
        "primary_key_nullable",
        ("        primaryKey: true\n        required: true\n", "        primaryKey: true\n"),
        "add required: true",
        (("        primaryKey: true\n", "        primaryKey: true\n        required: true\n"),),
    ),
    Sample(
        "primary_key_nested",
        typed("logicalType: object\nproperties: [{name: a, description: A., logicalType: string, primaryKey: true}]"),
        "or remove primaryKey",
        ((", primaryKey: true}", "}"),),
    ),
    Sample(
        "no_primary_key",
        ("        primaryKey: true\n        required: true\n", ""),
        "set primaryKey: true and required: true",
        (("        description: TMDb", "        primaryKey: true\n        required: true\n        description: TMDb"),),
    ),
    Sample("key_positions", title("primaryKeyPosition: 1"), "or remove it", (("        primaryKeyPosition: 1\n", ""),)),
)
SAMPLES = (*FUNDAMENTALS, *NAMES, *TYPES, *OPTIONS, *KEYS)
