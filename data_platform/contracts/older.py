"""ODCS 3.0, which 3.1 replaced: what it allowed, and its spellings as 3.1's.

What belongs here: what changed from 3.0 to 3.1. What does not: telling it (`validate`, `lint.older`), 3.2 (`schema`).

3.0's JSON Schema is derived from 3.1's by opening what 3.1 closed. So a file of 3.0 may use what 3.1 added; using it is
a warning, as is everything else that 3.1 refuses. Source: the changelog of the standard, "v3.1.0".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from data_platform.contracts.types.reading import UnknownTypeError, parse

VERSIONS: Final = ("v3.0.0", "v3.0.1", "v3.0.2")
"""Values of ``apiVersion`` of 3.0."""

METRICS: Final[Mapping[str, str]] = {"duplicateCount": "duplicateValues", "validValues": "invalidValues"}
"""Names of 3.0's examples for what became a metric of 3.1; others kept their names."""

_STILL_CLOSED: Final = frozenset({"SchemaObject", "SchemaProperty", "SchemaItemProperty"})
_CLOSINGS: Final = ("additionalProperties", "unevaluatedProperties")
_EXCLUSIVE: Final[Mapping[str, str]] = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_Raw = dict[str, Any]


def is_older(version: object) -> bool:
    """Whether an ``apiVersion`` is one of 3.0."""
    return version in VERSIONS


def take_back_to_3_0(schema: _Raw) -> None:
    """Make 3.1's JSON Schema, in place, one that takes whatever 3.0 allowed, and what 3.1 added."""
    definitions = schema["$defs"]
    for name, definition in definitions.items():
        for part in (definition, definition.get("items", {})):
            if name not in _STILL_CLOSED:
                _open(part)
    schema.pop("unevaluatedProperties", None)
    for name in ("CustomProperty", "TeamMember", "Team"):
        definitions[name].pop("required", None)
    definitions["SupportItem"]["required"] = ["channel"]
    library = definitions["DataQualityLibrary"]
    library["required"] = []
    library["properties"]["metric"] = {"type": "string"}
    operators = definitions["DataQualityOperators"]
    operators["properties"] = {
        key: limit for branch in operators.pop("oneOf") for key, limit in branch.get("properties", {}).items()
    }
    for options in _option_schemas(definitions):
        for key in _EXCLUSIVE.keys() & options.keys():
            options[key] = {"type": ["boolean", options[key]["type"]]}


def _open(definition: _Raw) -> None:
    for key in _CLOSINGS:
        definition.pop(key, None)


def _option_schemas(value: Any) -> Iterator[_Raw]:
    """The properties of every ``logicalTypeOptions`` in a part of the schema."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "logicalTypeOptions" and isinstance(inner, dict):
                yield inner.get("properties", {})
            yield from _option_schemas(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _option_schemas(inner)


def as_3_1(data: Mapping[str, Any]) -> _Raw:
    """A contract of 3.0 as 3.1 would write it; of another version, or of the wrong form, as it is.

    Args:
        data: The contract's document.

    Returns:
        The same, where every element still has the place that it was written at.
    """
    if not is_older(data.get("apiVersion")):
        return dict(data)
    return {**data, "schema": _each(data["schema"], _object)} if "schema" in data else dict(data)


def _each(value: Any, change: Callable[[_Raw], _Raw]) -> Any:
    return (
        [change(entry) if isinstance(entry, dict) else entry for entry in value] if isinstance(value, list) else value
    )


def _object(raw: _Raw) -> _Raw:
    parts = {"properties": _property, "quality": _rule}
    return {key: _each(value, parts[key]) if key in parts else value for key, value in raw.items()}


def _property(raw: _Raw) -> _Raw:
    changed = _object(raw)
    if isinstance(raw.get("items"), dict):
        changed["items"] = _property(raw["items"])
    if isinstance(raw.get("logicalTypeOptions"), dict):
        changed["logicalTypeOptions"] = _options(raw["logicalTypeOptions"])
    if is_moment(raw):
        changed["logicalType"] = "timestamp"
    return changed


def is_moment(raw: Mapping[str, Any]) -> bool:
    """Whether a property is a ``date`` that holds moments, for which 3.0 had no other logical type."""
    physical = raw.get("physicalType")
    if raw.get("logicalType") != "date" or not isinstance(physical, str):
        return False
    try:
        return parse(physical).family == "timestamp"
    except UnknownTypeError:
        return False


def _options(raw: _Raw) -> _Raw:
    """A flag ``exclusiveMinimum: true`` was said of ``minimum``; 3.1 writes the limit itself."""
    options = {key: value for key, value in raw.items() if key not in _EXCLUSIVE or not isinstance(value, bool)}
    for key, limit in _EXCLUSIVE.items():
        if raw.get(key) is True and limit in options:
            options[key] = options.pop(limit)
    return options


def _rule(raw: _Raw) -> _Raw:
    """``rule: rowCount`` is ``metric: rowCount``; a list of valid values leaves none that is invalid."""
    rule = raw.get("rule")
    if raw.get("metric") is not None or not isinstance(rule, str) or raw.get("type", "library") != "library":
        return raw
    changed = {**raw, "metric": METRICS.get(rule, rule)}
    if rule == "validValues" and "validValues" in raw:
        changed["arguments"] = {"validValues": raw["validValues"]}
        if not any(key.startswith("must") for key in raw):
            changed["mustBe"] = 0
    return changed
