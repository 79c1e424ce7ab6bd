"""JSON Schema of one row, read as a draft of a table.

What belongs here: which keyword becomes what of a column. What does not: writing it (``json_schema``).
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from data_platform.contracts.drafting import ColumnDraft, TableDraft
from data_platform.contracts.exchange.errors import ExchangeError
from data_platform.contracts.exchange.json_schema import FORMATS
from data_platform.contracts.rules.registry import keywords_of

_BACK: Final = {"date": "date", "date-time": "timestamp", "time": "time"}


def imported(text: str, file: str) -> tuple[str, TableDraft]:
    """The table that a JSON Schema of a row describes.

    Args:
        text: The schema; of an array, that of its items; local references are followed.
        file: What errors call it.

    Returns:
        The table's name and columns.

    Raises:
        ExchangeError: It is no JSON Schema of an object.
    """
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise ExchangeError(f"{file} is no JSON: {error}; give a JSON Schema of one row") from error
    root = schema if isinstance(schema, dict) else {}
    row = _resolved(root, root, file)
    if row.get("type") == "array":
        row = _resolved(row.get("items") or {}, root, file)
    properties = row.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise ExchangeError(f"{file} describes no object with properties; give a JSON Schema of one row")
    required = row.get("required") or []
    columns = tuple(_column(name, raw, root, file, name in required) for name, raw in properties.items())
    key = tuple(name for name in row.get("x-primaryKey") or () if name in properties)
    parts = [name for name in row.get("x-partitionKey") or () if name in properties]
    name = row.get("x-name") or row.get("title") or ""
    return str(name), TableDraft(columns, key, str(row.get("description") or ""), next(iter(parts), None))


def _column(name: str, raw: object, root: Mapping[str, Any], file: str, required: bool) -> ColumnDraft:
    schema = _resolved(raw, root, file)
    kinds = schema.get("type")
    many = kinds if isinstance(kinds, list) else [kinds]
    kind = next((candidate for candidate in many if candidate not in (None, "null")), None)
    more: dict[str, Any] = {"id": schema["x-id"]} if schema.get("x-id") else {}
    values = [value for value in schema.get("enum") or () if value is not None]
    if values:
        more["quality"] = [valid_values(values)]
    if schema.get("x-unique"):
        more["unique"] = True
    nullable = "null" in many or None in (schema.get("enum") or ())
    return ColumnDraft(
        name,
        _type(schema, kind, root, file),
        str(schema.get("description") or ""),
        required=required and not nullable,
        classification=schema.get("x-classification"),
        more=more,
    )


def valid_values(values: list[Any]) -> dict[str, Any]:
    """The rule that no other values are there."""
    return {
        "name": "Known",
        "type": "library",
        "metric": "invalidValues",
        "arguments": {"validValues": values},
        "mustBe": 0,
    }


def _type(schema: Mapping[str, Any], kind: str | None, root: Mapping[str, Any], file: str) -> dict[str, Any]:
    logical = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean"}.get(kind or "")
    if kind == "string":
        logical = _BACK.get(str(schema.get("format") or schema.get("x-format")), "string")
    type_keys: dict[str, Any] = {
        "logicalType": logical or {"object": "object", "array": "array"}.get(kind or "", "string")
    }
    if schema.get("x-physicalType"):
        type_keys["physicalType"] = schema["x-physicalType"]
    if type_keys["logicalType"] == "object" and isinstance(schema.get("properties"), dict):
        needed = schema.get("required") or ()
        inner = [_column(name, raw, root, file, name in needed) for name, raw in schema["properties"].items()]
        type_keys["properties"] = [_nested(column) for column in inner]
    if type_keys["logicalType"] == "array":
        type_keys["items"] = _nested(_column("item", schema.get("items") or {"type": "string"}, root, file, False))
    if options := _options(schema, type_keys["logicalType"]):
        type_keys["logicalTypeOptions"] = options
    return type_keys


def _options(schema: Mapping[str, Any], logical: str) -> dict[str, Any]:
    options = {key: schema[key] for key in keywords_of(logical) if key in schema}
    options |= {key: schema[f"x-{key}"] for key in keywords_of("number") if f"x-{key}" in schema}
    if logical == "string" and schema.get("format") in FORMATS:
        options["format"] = schema["format"]
    return options | ({"timezone": False} if schema.get("x-timezone") is False else {})


def _nested(column: ColumnDraft) -> dict[str, Any]:
    entry = {"name": column.name, **column.type, **({"required": True} if column.required else {})}
    return {**entry, "description": column.description or f"{column.name.replace('_', ' ').capitalize()}."}


def _resolved(schema: object, root: Mapping[str, Any], file: str) -> Mapping[str, Any]:
    """A schema with a reference to another part of the file followed, and the one alternative to null taken."""
    seen = 0
    while isinstance(schema, dict):
        others = [
            alternative
            for alternative in schema.get("anyOf") or schema.get("oneOf") or ()
            if alternative != {"type": "null"}
        ]
        if isinstance(schema.get("$ref"), str):
            schema = _referenced(schema["$ref"], root, file)
        elif len(others) == 1 and "type" not in schema:
            schema = {**_resolved(others[0], root, file), "description": schema.get("description")}
            kinds = schema.get("type")
            return {**schema, "type": [*(kinds if isinstance(kinds, list) else [kinds]), "null"]}
        else:
            return schema
        if (seen := seen + 1) > 50:  # noqa: PLR2004 - deeper than anybody writes: a circle
            raise ExchangeError(f"{file}: its references go in a circle; a row cannot hold itself")
    return {}


def _referenced(reference: str, root: Mapping[str, Any], file: str) -> Any:
    target: Any = root
    for part in filter(None, reference.removeprefix("#").split("/")):
        target = target.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
    if not reference.startswith("#") or target is None:
        raise ExchangeError(f"{file}: {reference} leads nowhere in this file; put what it means into it")
    return target
