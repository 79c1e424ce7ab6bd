"""Keys that people bring from other tools, and what ODCS calls them.

What belongs here: words of dbt, JSON Schema, SQL, earlier versions of the standard and the Data Contract
Specification. What does not: slips of the pen (`suggest`), and whole files of other kinds (`foreign`).
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from data_platform.contracts.findings import quoted
from data_platform.contracts.schema import LOGICAL_TYPES, options
from data_platform.contracts.suggest import closest
from data_platform.contracts.types.holding import logical_types
from data_platform.contracts.types.reading import UnknownTypeError, parse

_TYPES: Final = frozenset({"type", "data_type", "dataType", "datatype", "columnType", "field_type"})
_NULLABLE: Final = frozenset({"nullable", "isNullable", "is_nullable", "null", "optional"})
_SAME: Final[Mapping[str, str]] = {
    "not_null": "required", "notNull": "required", "isRequired": "required", "mandatory": "required",
    "primary_key": "primaryKey", "isPrimaryKey": "primaryKey", "isPrimary": "primaryKey", "primary": "primaryKey",
    "is_unique": "unique", "isUnique": "unique", "columns": "properties", "fields": "properties",
    "tests": "quality", "data_tests": "quality", "rules": "quality", "checks": "quality", "title": "name",
    "models": "schema", "tables": "schema", "owner": "team", "slas": "slaProperties", "sla": "slaProperties",
    "servicelevels": "slaProperties", "stakeholders": "team", "references": "relationships",
    "foreignKey": "relationships", "meta": "customProperties", "sampleValues": "examples", "column": "name",
    "rule": "metric", "sql": "query", "sensitivity": "classification",
}  # fmt: skip


def meant(key: str, holder: Mapping[str, Any], known: Collection[str]) -> str | None:
    """How to write what a key of another tool says.

    Args:
        key: The key, which the standard does not know at its place.
        holder: The mapping that it is in.
        known: The keys that the standard knows there.

    Returns:
        A fix, or None for a word that no tool is known for.
    """
    if key in _TYPES and "logicalTypeOptions" in known:
        return _of_type(holder[key])
    if key in _TYPES and "physicalType" in known:
        return f"did you mean 'physicalType'? write physicalType: {holder[key]}"
    if key in _NULLABLE and "required" in known:
        written_value = f": {str(not holder[key]).lower()}" if isinstance(holder[key], bool) else ""
        return f"did you mean 'required'? write required{written_value}, which says the opposite"
    if key in options(None) and "logicalTypeOptions" in known:
        if key not in options(holder.get("logicalType")):
            return f"remove it, since logicalType {quoted(holder['logicalType'])} has no such option"
        return f"did you mean 'logicalTypeOptions'? write logicalTypeOptions: {{{key}: …}}"
    word = _SAME.get(key)
    return f"did you mean '{word}'?" if word in known else None


def _of_type(written: object) -> str:
    """A logical type, or a type of SQL with the logical type that it is of."""
    if not isinstance(written, str):
        return "did you mean 'logicalType'?"
    if written in LOGICAL_TYPES:
        return f"did you mean 'logicalType'? write logicalType: {written}"
    try:
        able = logical_types(parse(written))
    except UnknownTypeError:
        able = ()
    if able:
        return f"did you mean 'logicalType'? write logicalType: {able[0]} and physicalType: {written}"
    near = closest(written, LOGICAL_TYPES)
    return f"did you mean 'logicalType'? write logicalType: {near or '…'}"
