"""The standard's JSON Schema for each version that is read.

What belongs here: getting the schema, mending its one mistake, and what 3.2 added to 3.1. What does not: validating,
and what 3.1 added to 3.0 (`older`).

The schema of 3.2.0 comes with ``open-data-contract-standard``, which bundles one version only: its own. 3.1 is derived
from it by taking away what 3.2 added; nothing that 3.1 allows was removed or narrowed in 3.2. Servers are judged by
3.2's wider list in both. The pydantic model of that package is not used: every field in it is optional, and importing
it costs more than all the rest of a load.

The mistake: branches such as ``if: {properties: {logicalType: {const: map}}}, then: {required: [map]}`` hold for a
property *without* ``logicalType`` as well, since ``properties`` says nothing of a missing key. So the published schema
demands ``map`` of it, and options that fit all types at once. Here each type's ``then`` is put into one mapping under
`BY_LOGICAL_TYPE`; choosing one of eleven by name also takes a third of the time of trying eleven conditions. A property
without a type, which may have a physical one, may have children of any kind (`UNTYPED`), as other tools write them.
"""

import copy
import functools
import importlib.resources
import json
from typing import Any, Final

from data_platform.contracts import older

VERSIONS: Final = ("v3.1.0", "v3.2.0")
"""Values of ``apiVersion`` that are current; those of `older.VERSIONS` are read too."""

NEWEST: Final = VERSIONS[-1]
BY_LOGICAL_TYPE: Final = "dataPlatform.byLogicalType"
"""Our keyword: for each logical type, the schema that a property of that type must meet as well."""

UNTYPED: Final = ""
"""The entry under `BY_LOGICAL_TYPE` for a property without a logical type."""

CHILDREN: Final = {"properties": "object", "items": "array", "map": "map"}
"""Keys that hold a property's children, and the logical type that has them."""

_ADDED_BY_3_2: Final = (
    ("properties", "context"),
    ("$defs", "SchemaObject", "properties", "context"),
    ("$defs", "CustomProperty", "properties", "vendor"),
    ("$defs", "SchemaBaseProperty", "properties", "enum"),
    ("$defs", "SchemaBaseProperty", "properties", "semanticType"),
    ("$defs", "SchemaElement", "properties", "synonyms"),
    ("$defs", "SchemaElement", "properties", "deprecated"),
    ("$defs", "RelationshipBase", "properties", "id"),
    ("$defs", "ServiceLevelAgreementProperty", "properties", "customProperties"),
    ("$defs", "ServiceLevelAgreementProperty", "properties", "authoritativeDefinitions"),
)
TYPES_OF_3_2: Final = frozenset({"map", "vector"})
LOGICAL_TYPES: Final = frozenset({
    "string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean", *TYPES_OF_3_2
})  # fmt: skip
_SHORTHAND_OF_3_1: Final = r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$"


@functools.cache
def json_schema(version: str) -> dict[str, Any]:
    """The JSON Schema (draft 2019-09) of a version of the standard.

    Args:
        version: One of `VERSIONS` or of `older.VERSIONS`.
    """
    schema = copy.deepcopy(_bundled())
    if version != NEWEST:
        _take_back_to_3_1(schema)
    if version in older.VERSIONS:
        older.take_back_to_3_0(schema)
    schema["properties"]["apiVersion"]["enum"] = [version]
    return schema


@functools.cache
def known_in_newest() -> frozenset[str]:
    """Keys that came with the newest version, to tell an old contract's author what a key needs."""
    return frozenset({*(path[-1] for path in _ADDED_BY_3_2), "map"})


def logical_types(version: str | None) -> frozenset[str]:
    """The logical types of a version; of one that is not read, those of the newest.

    Args:
        version: A contract's ``apiVersion``.
    """
    return LOGICAL_TYPES - TYPES_OF_3_2 if version in {VERSIONS[0], *older.VERSIONS} else LOGICAL_TYPES


def options(logical_type: str | None) -> frozenset[str]:
    """The ``logicalTypeOptions`` of a logical type; of none that is known, those of all."""
    branches = _bundled()["$defs"]["SchemaBaseProperty"][BY_LOGICAL_TYPE]
    chosen = [branches[logical_type]] if logical_type in branches else branches.values()
    described = (branch.get("properties", {}).get("logicalTypeOptions", {}) for branch in chosen)
    return frozenset(option for options in described for option in options.get("properties", {}))


@functools.cache
def _bundled() -> dict[str, Any]:
    text = importlib.resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    base = schema["$defs"]["SchemaBaseProperty"]
    base[BY_LOGICAL_TYPE] = {
        logical_type: branch["then"]
        for branch in base["allOf"]
        if "if" in branch
        for logical_type in _types_of(branch["if"])
    }
    base["allOf"] = [branch for branch in base["allOf"] if "if" not in branch]
    children = {key: base[BY_LOGICAL_TYPE][kind]["properties"][key] for key, kind in CHILDREN.items()}
    base[BY_LOGICAL_TYPE][UNTYPED] = {"properties": children}
    return schema


def _types_of(condition: dict[str, Any]) -> list[str]:
    """The logical types that a condition of the published schema is about."""
    return [alternative["properties"]["logicalType"]["const"] for alternative in condition.get("anyOf", [condition])]


def _take_back_to_3_1(schema: dict[str, Any]) -> None:
    for *parents, key in _ADDED_BY_3_2:
        holder = schema
        for parent in parents:
            holder = holder[parent]
        holder.pop(key, None)
    schema["required"] = [*schema["required"], "status"]
    logical_type = schema["$defs"]["SchemaBaseProperty"]["properties"]["logicalType"]
    logical_type["enum"] = [name for name in logical_type["enum"] if name not in TYPES_OF_3_2]
    for name in TYPES_OF_3_2:  # that the type is not there yet is enough to tell
        schema["$defs"]["SchemaBaseProperty"][BY_LOGICAL_TYPE][name].pop("required", None)
    schema["$defs"]["SchemaBaseProperty"][BY_LOGICAL_TYPE][UNTYPED]["properties"].pop("map")
    schema["$defs"]["ShorthandReference"]["pattern"] = _SHORTHAND_OF_3_1
