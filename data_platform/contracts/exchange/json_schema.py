"""Contracts as JSON Schema (draft 2020-12) of one row.

What belongs here: which keyword says what a property says. What does not: reading it (``json_schema_reading``).

What JSON Schema has no word for, keys above all, is in keywords that start with ``x-``, which validators leave alone. A
column that need not be there may be left out or null. Decimals are numbers: JSON knows no other.
"""

import json
from typing import Final

from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.rules.registry import kinds_with

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final = {
    "string": ("string", None), "integer": ("integer", None), "number": ("number", None), "boolean": ("boolean", None),
    "date": ("string", "date"), "timestamp": ("string", "date-time"), "time": ("string", "time"),
    "object": ("object", None), "map": ("object", None), "array": ("array", None), "vector": ("array", None),
}  # fmt: skip
_ANNOTATIONS: Final = {"physicalType": "x-physicalType", "classification": "x-classification", "id": "x-id"}
FORMATS: Final = ("email", "uuid", "uri", "hostname", "ipv4", "ipv6")


def exported(table: SchemaObject, title: str) -> str:
    """A table's row as JSON Schema.

    Args:
        table: The table.
        title: What people call it.
    """
    schema = {"$schema": DIALECT, "title": title, "x-name": table.name, **_object(table.properties)}
    if table.description:
        schema["description"] = table.description
    if table.primary_key:
        schema["x-primaryKey"] = [column.name for column in table.primary_key]
    if table.partition_key:
        schema["x-partitionKey"] = [column.name for column in table.partition_key]
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _object(properties: tuple[Property, ...]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {column.name: _property(column) for column in properties},
        "required": [column.name for column in properties if column.required or column.primary_key],
        "additionalProperties": False,
    }


def _property(column: Property) -> dict[str, object]:
    kind, form = _TYPES.get(column.logical_type or "", (None, None))
    schema: dict[str, object] = {}
    may_be_null = not (column.required or column.primary_key)
    if kind is not None:
        schema["type"] = [kind, "null"] if may_be_null else kind
    options = column.logical_type_options
    written = options.get("format")
    if form or (kind == "string" and written in FORMATS):
        schema["format"] = form or written
    for rule_kind in kinds_with("json_schema"):
        schema |= rule_kind.json_schema(column)
    if column.logical_type == "object" and column.properties:
        schema |= {key: value for key, value in _object(column.properties).items() if key != "type"}
    if column.items:
        schema["items"] = _property(column.items)
    schema |= {name: column.raw[key] for key, name in _ANNOTATIONS.items() if column.raw.get(key)}
    if column.unique:
        schema["x-unique"] = True
    if options.get("timezone") is False:
        schema["x-timezone"] = False
        if "format" in schema:
            schema["x-format"] = schema.pop("format")  # RFC 3339 demands an offset
    if column.description:
        schema["description"] = column.description
    return schema
