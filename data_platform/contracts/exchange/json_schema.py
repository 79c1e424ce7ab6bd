"""Contracts as JSON Schema (draft 2020-12) of one row.

What belongs here: which keyword says what a property says. What does not: reading it (``json_schema_reading``).

What JSON Schema has no word for, keys above all, is in keywords that start with ``x-``, which validators leave alone. A
column that need not be there may be left out or null. Decimals are numbers: JSON knows no other.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from data_platform.contracts.elements import Property, SchemaObject

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final = {
    "string": ("string", None), "integer": ("integer", None), "number": ("number", None), "boolean": ("boolean", None),
    "date": ("string", "date"), "timestamp": ("string", "date-time"), "time": ("string", "time"),
    "object": ("object", None), "map": ("object", None), "array": ("array", None), "vector": ("array", None),
}  # fmt: skip
BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
BY_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "integer": BOUNDS,
    "number": BOUNDS,
    "string": ("minLength", "maxLength", "pattern"),
    "array": ("minItems", "maxItems", "uniqueItems"),
    "object": ("minProperties", "maxProperties"),
}
_ANNOTATIONS: Final = {"physicalType": "x-physicalType", "classification": "x-classification", "id": "x-id"}
FORMATS: Final = ("email", "uuid", "uri", "hostname", "ipv4", "ipv6")


def exported(table: SchemaObject, title: str) -> str:
    """A table's row as JSON Schema.

    Args:
        table: The table.
        title: What people call it.
    """
    made = {"$schema": DIALECT, "title": title, "x-name": table.name, **_object(table.properties)}
    if table.description:
        made["description"] = table.description
    if table.primary_key:
        made["x-primaryKey"] = [one.name for one in table.primary_key]
    if table.partition_key:
        made["x-partitionKey"] = [one.name for one in table.partition_key]
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _object(properties: tuple[Property, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {one.name: _property(one) for one in properties},
        "required": [one.name for one in properties if one.required or one.primary_key],
        "additionalProperties": False,
    }


def _property(one: Property) -> dict[str, Any]:
    kind, form = _TYPES.get(one.logical_type or "", (None, None))
    made: dict[str, Any] = {}
    may_be_null = not (one.required or one.primary_key)
    if kind is not None:
        made["type"] = [kind, "null"] if may_be_null else kind
    options = one.logical_type_options
    written = options.get("format")
    if form or (kind == "string" and written in FORMATS):
        made["format"] = form or written
    made |= {key: options[key] for key in BY_TYPE.get(one.logical_type or "", ()) if key in options}
    made |= _temporal_bounds(one)
    if values := _allowed(one):
        made["enum"] = [*values, None] if may_be_null else values
    if one.logical_type == "object" and one.properties:
        made |= {key: value for key, value in _object(one.properties).items() if key != "type"}
    if one.items:
        made["items"] = _property(one.items)
    made |= {name: one.raw[key] for key, name in _ANNOTATIONS.items() if one.raw.get(key)}
    if one.unique:
        made["x-unique"] = True
    if options.get("timezone") is False:
        made["x-timezone"] = False
        made.pop("format", None)  # RFC 3339 demands an offset
    if one.description:
        made["description"] = one.description
    return made


def _temporal_bounds(one: Property) -> dict[str, Any]:
    """Bounds of dates are no keywords of JSON Schema."""
    if one.logical_type not in ("date", "timestamp", "time"):
        return {}
    return {f"x-{key}": str(one.logical_type_options[key]) for key in BOUNDS if key in one.logical_type_options}


def _allowed(one: Property) -> list[Any]:
    """The values that may be there, by ``enum`` or by a rule that lets no other through."""
    if one.enum:
        return list(one.enum)
    for rule in one.quality:
        values = rule.arguments.get("validValues")
        strict = rule.severity in (None, "error") and any(
            each.name == "mustBe" and each.value == 0 for each in rule.operators
        )
        if rule.metric == "invalidValues" and isinstance(values, list) and strict and len(rule.arguments) == 1:
            return list(values)
    return []
