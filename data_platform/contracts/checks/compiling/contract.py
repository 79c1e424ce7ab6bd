"""From a contract to checks: the schema's own rules.

What belongs here: which check each key of the standard's schema becomes. What does not: quality rules
(``quality``), relationships and service levels (``promises``), running checks.

Severity: a rule of the schema is an error and blocks. A quality rule is what it says: ``error`` (the default) blocks,
``warning`` and ``info`` do not. A service level warns: holding a late batch back would make it later.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from data_platform.contracts.checks.compiling import promises, quality
from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.names import Names
from data_platform.contracts.checks.options import option_rules
from data_platform.contracts.checks.rules import (
    ITEMS,
    Columns,
    LogicalType,
    OneOf,
    Path,
    PhysicalType,
    PrimaryKey,
    Required,
    Rule,
    Unevaluated,
    Unique,
    shown,
)
from data_platform.contracts.elements import Property, QualityRule, SchemaObject
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import pseudonymisation
from data_platform.contracts.references import Resolver

OPEN_CLASSIFICATIONS: Final = frozenset({"", "public", "open", "internal", "none", "unclassified", "unrestricted"})
"""Classifications whose values may be shown. All others are masked: what a word means is not guessed."""


def compile_checks(contract: Contract, schema: str | None = None, *, resolver: Resolver | None = None) -> TableChecks:
    """Make the checks of a table.

    Args:
        contract: A loaded contract; of an invalid one, what cannot be understood becomes a check that cannot be run.
        schema: Which of its tables; may be left out where there is one.
        resolver: Knows the contracts of other products, for references by id.

    Returns:
        The checks, in the order of the contract.

    Raises:
        ValueError: There is no such table, or none was named and there are several.
    """
    table = _table(contract, schema)
    names = Names()
    checks = [Check(names.give("columns"), _columns(table.properties), (), dimension="conformity",
                    description="The table has these columns and no others.")]  # fmt: skip
    for one in _stored(table.properties):
        checks += _property_checks(one, (one.column,), names)
    if table.primary_key:
        rule = PrimaryKey(tuple((one.column,) for one in table.primary_key))
        shown_key = ", ".join(one.column for one in table.primary_key)
        description = f"{shown_key}: the primary key, unique and not null."
        checks.append(Check(names.give("primary_key"), rule, (), dimension="uniqueness", description=description))
    for path, quality_rule, owner in _qualities(table):
        checks.append(quality.check_of(quality_rule, path, owner, table, names))
    checks += promises.relationship_checks(contract, table, names, resolver, _located(table))
    checks += promises.service_level_checks(contract, table, names)
    return TableChecks(table.name, tuple(checks), classified_columns(table))


def classified_columns(table: SchemaObject) -> frozenset[str]:
    """Top-level columns whose values must not be shown: where they or a part of them are classified."""
    return frozenset(one.column for one in table.properties if any(_is_classified(part) for part in one.walk()))


def _is_classified(one: Property) -> bool:
    word = (one.classification or "").strip().lower()
    return one.is_personal or word not in OPEN_CLASSIFICATIONS or pseudonymisation(one) is not None


def _table(contract: Contract, schema: str | None) -> SchemaObject:
    known = [one.name for one in contract.schemas]
    if schema is None and len(known) == 1:
        return contract.schemas[0]
    found = contract.schema(schema) if schema is not None else None
    if found is None:
        asked = f"has no table {schema!r}" if schema else "has several tables: name one"
        raise ValueError(f"contract {contract.id} {asked}; its tables are {known}")
    return found


def _stored(properties: tuple[Property, ...]) -> list[Property]:
    """Properties that are columns; a measure (ODCS 3.2) is computed from them."""
    return [one for one in properties if one.semantic_type != "measure"]


def _columns(properties: tuple[Property, ...]) -> Columns:
    return Columns(tuple(one.column for one in _stored(properties)))


def _located(table: SchemaObject) -> list[tuple[Path, Property]]:
    """All properties that a check can reach, with their paths."""

    def walk(one: Property, path: Path) -> Iterator[tuple[Path, Property]]:
        yield path, one
        for child in one.properties:
            yield from walk(child, (*path, child.column))
        if one.items:
            yield from walk(one.items, (*path, ITEMS))

    return [found for one in _stored(table.properties) for found in walk(one, (one.column,))]


def _qualities(table: SchemaObject) -> Iterator[tuple[Path, QualityRule, Property | None]]:
    for path, one in _located(table):
        for rule in one.quality:
            yield path, rule, one
    for rule in table.quality:
        yield (), rule, None


def _property_checks(one: Property, path: Path, names: Names) -> list[Check]:
    element = shown(path)
    checks = [
        Check(names.give(element, suffix), rule, path, dimension=dimension, description=f"{element}: {words}.")
        for suffix, rule, dimension, words in _rules(one, path)
    ]
    if one.properties:
        checks.append(
            Check(names.give(element, "properties"), _columns(one.properties), path, dimension="conformity",
                  description=f"{element}: these properties and no others.")
        )  # fmt: skip
    for child in one.properties:
        checks += _property_checks(child, (*path, child.column), names)
    if one.items:
        checks += _property_checks(one.items, (*path, ITEMS), names)
    if any(part is not None and _narrowed(part) for part in (one.map_key, one.map_value)):
        reason = "rules about keys and values of a map are not evaluated"
        checks.append(Check(names.give(element, "map"), Unevaluated(reason), path, description=f"{element}: its map."))
    return checks


def _narrowed(one: Property) -> bool:
    return bool(one.logical_type_options or one.enum or one.required or one.properties or one.items)


def _rules(one: Property, path: Path) -> Iterator[tuple[str, Rule, str, str]]:
    """Suffix of the name, rule, dimension and words."""
    options = one.logical_type_options
    if one.logical_type:
        kept = {key: options[key] for key in ("timezone", "dimensions") if key in options}
        yield "type", LogicalType(one.logical_type, kept), "conformity", f"of logical type {one.logical_type}"
    if one.physical_type:
        yield "physical_type", PhysicalType(one.physical_type), "conformity", f"fits into {one.physical_type}"
    if one.required:
        yield "required", Required(), "completeness", "not null"
    if one.unique:
        rule: Rule = Unique((path,)) if ITEMS not in path else Unevaluated("unique inside an array has no one meaning")
        yield "unique", rule, "uniqueness", "unique"
    for suffix, found, words in option_rules(one):
        yield suffix, found, "conformity", words
    if one.enum:
        yield "enum", OneOf(one.enum, _zone(one)), "conformity", f"one of {len(one.enum)} values"


def _zone(one: Property) -> str:
    return str(one.logical_type_options.get("defaultTimezone", "UTC"))


def only(checks: TableChecks, *names: str) -> TableChecks:
    """The same table with some of its checks."""
    return replace(checks, checks=tuple(one for one in checks.checks if one.name in names))
