"""JSON Schema of one row, read as a draft of a table.

What belongs here: which keyword becomes what of a column. What does not: writing it (``json_schema``).
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from data_platform.contracts.drafting import ColumnDraft, TableDraft
from data_platform.contracts.exchange.errors import ExchangeError
from data_platform.contracts.exchange.json_schema import BOUNDS, BY_TYPE, FORMATS

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
    columns = tuple(_column(name, each, root, file, name in required) for name, each in properties.items())
    key = tuple(each for each in row.get("x-primaryKey") or () if each in properties)
    parts = [each for each in row.get("x-partitionKey") or () if each in properties]
    name = row.get("x-name") or row.get("title") or ""
    return str(name), TableDraft(columns, key, str(row.get("description") or ""), next(iter(parts), None))


def _column(name: str, raw: Any, root: Mapping[str, Any], file: str, required: bool) -> ColumnDraft:
    schema = _resolved(raw, root, file)
    kinds = schema.get("type")
    many = kinds if isinstance(kinds, list) else [kinds]
    kind = next((each for each in many if each not in (None, "null")), None)
    more: dict[str, Any] = {"id": schema["x-id"]} if schema.get("x-id") else {}
    values = [each for each in schema.get("enum") or () if each is not None]
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
        logical = _BACK.get(str(schema.get("format")), "string")
    made: dict[str, Any] = {"logicalType": logical or {"object": "object", "array": "array"}.get(kind or "", "string")}
    if schema.get("x-timezone") is False:
        made["logicalType"] = "timestamp"
    if schema.get("x-physicalType"):
        made["physicalType"] = schema["x-physicalType"]
    if made["logicalType"] == "object" and isinstance(schema.get("properties"), dict):
        needed = schema.get("required") or ()
        inner = [_column(name, each, root, file, name in needed) for name, each in schema["properties"].items()]
        made["properties"] = [_nested(one) for one in inner]
    if made["logicalType"] == "array":
        made["items"] = _nested(_column("item", schema.get("items") or {"type": "string"}, root, file, False))
    if options := _options(schema, made["logicalType"]):
        made["logicalTypeOptions"] = options
    return made


def _options(schema: Mapping[str, Any], logical: str) -> dict[str, Any]:
    options = {key: schema[key] for key in BY_TYPE.get(logical, ()) if key in schema}
    options |= {key: schema[f"x-{key}"] for key in BOUNDS if f"x-{key}" in schema}
    if logical == "string" and schema.get("format") in FORMATS:
        options["format"] = schema["format"]
    return options | ({"timezone": False} if schema.get("x-timezone") is False else {})


def _nested(one: ColumnDraft) -> dict[str, Any]:
    said = {"name": one.name, **one.type, **({"required": True} if one.required else {})}
    return {**said, "description": one.description or f"{one.name.replace('_', ' ').capitalize()}."}


def _resolved(schema: Any, root: Mapping[str, Any], file: str) -> Mapping[str, Any]:
    """A schema with a reference to another part of the file followed, and the one alternative to null taken."""
    seen = 0
    while isinstance(schema, dict):
        others = [each for each in schema.get("anyOf") or schema.get("oneOf") or () if each != {"type": "null"}]
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
    found: Any = root
    for part in filter(None, reference.removeprefix("#").split("/")):
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    if not reference.startswith("#") or found is None:
        raise ExchangeError(f"{file}: {reference} leads nowhere in this file; put what it means into it")
    return found
