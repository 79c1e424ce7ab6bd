"""From a contract to checks: the schema's own rules.

What belongs here: which check each key of the standard's schema becomes. What does not: quality rules
(``quality``), relationships and service levels (``promises``), running checks.

Severity: a rule of the schema is an error and blocks. A quality rule is what it says: ``error`` (the default) blocks,
``warning`` and ``info`` do not. A service level warns: holding a late batch back would make it later.
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.checks.compiling import promises, quality
from data_platform.contracts.checks.model import Check, Severity, TableChecks
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
from data_platform.contracts.checks.usual import Aspect, Usual
from data_platform.contracts.elements import Property, QualityRule, SchemaObject
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import ExtraColumns, LookBack, pseudonymisation, usual_nulls, usual_values
from data_platform.contracts.references import Resolver
from data_platform.contracts.stored_types import type_for_table
from data_platform.contracts.types.writing import written

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
    closed = contract.custom.extra_columns is ExtraColumns.REFUSE
    checks = [Check(names.give("columns"), _columns(table.properties, closed=closed), (), dimension="conformity",
                    description="The table has these columns and no others." if closed else
                    "The table has these columns; others are left out.")]  # fmt: skip
    for column in _stored(table.properties):
        checks += _property_checks(column, (column.column,), names)
    if table.primary_key:
        rule = PrimaryKey(tuple((column.column,) for column in table.primary_key))
        shown_key = ", ".join(column.column for column in table.primary_key)
        description = f"{shown_key}: the primary key, unique and not null."
        checks.append(Check(names.give("primary_key"), rule, (), dimension="uniqueness", description=description))
    for path, quality_rule, owner in quality_rules(table):
        checks.append(quality.check_of(quality_rule, path, owner, table, names))
    checks += _usual_checks(contract, table, names)
    checks += promises.relationship_checks(contract, table, names, resolver, _located(table))
    checks += promises.service_level_checks(contract, table, names)
    return TableChecks(table.name, tuple(checks), classified_columns(table))


def _usual_checks(contract: Contract, table: SchemaObject, names: Names) -> Iterator[Check]:
    """The checks that compare a batch with those before it; warnings, unless they are said to be errors."""
    looks: list[tuple[Aspect, Path, LookBack | None]] = [("rows", (), contract.custom.usual_rows)]
    for column in _stored(table.properties):
        looks += [("nulls", (column.column,), usual_nulls(column)), ("values", (column.column,), usual_values(column))]
    words = {"rows": "about as many rows", "nulls": "about as many nulls", "values": "values spread about"}
    for aspect, path, settings in looks:
        if settings is None:
            continue
        rule = Usual(aspect, settings.window, settings.least, settings.tolerance)
        severity = Severity.ERROR if settings.blocking else Severity.WARNING
        described = f"{shown(path) or table.name}: {words[aspect]} as in the batches before."
        name = names.give(shown(path), "usual", aspect)
        yield Check(name, rule, path, severity, settings.blocking, "accuracy", described)


def classified_columns(table: SchemaObject) -> frozenset[str]:
    """Top-level columns whose values must not be shown: where they or a part of them are classified."""
    return frozenset(
        column.column for column in table.properties if any(_is_classified(part) for part in column.walk())
    )


def _is_classified(column: Property) -> bool:
    word = (column.classification or "").strip().lower()
    return column.is_personal or word not in OPEN_CLASSIFICATIONS or pseudonymisation(column) is not None


def _table(contract: Contract, schema: str | None) -> SchemaObject:
    known = [table.name for table in contract.schemas]
    if schema is None and len(known) == 1:
        return contract.schemas[0]
    table = contract.schema(schema) if schema is not None else None
    if table is None:
        asked = f"has no table {schema!r}" if schema else "has several tables: name one"
        raise ValueError(
            f"contract {contract.id} " + (f"{asked}; its tables are {known}" if known else "has no tables")
        )
    return table


def _stored(properties: tuple[Property, ...]) -> list[Property]:
    """Properties that are columns; a measure (ODCS 3.2) is computed from them."""
    return [column for column in properties if column.semantic_type != "measure"]


def _columns(properties: tuple[Property, ...], *, closed: bool = True) -> Columns:
    columns = _stored(properties)
    optional = {
        column.column: written(type_for_table(column))
        for column in columns
        if not column.required and not column.primary_key
    }
    return Columns(tuple(column.column for column in columns), optional, closed)


def _located(table: SchemaObject) -> list[tuple[Path, Property]]:
    """All properties that a check can reach, with their paths."""

    def walk(column: Property, path: Path) -> Iterator[tuple[Path, Property]]:
        yield path, column
        for child in column.properties:
            yield from walk(child, (*path, child.column))
        if column.items:
            yield from walk(column.items, (*path, ITEMS))

    return [pair for column in _stored(table.properties) for pair in walk(column, (column.column,))]


def quality_rules(table: SchemaObject) -> Iterator[tuple[Path, QualityRule, Property | None]]:
    """The quality rules of a table and of all that a check can reach in it: path of the owner, rule, owner if any."""
    for path, column in _located(table):
        for rule in column.quality:
            yield path, rule, column
    for rule in table.quality:
        yield (), rule, None


def _property_checks(column: Property, path: Path, names: Names) -> list[Check]:
    element = shown(path)
    checks = [
        Check(names.give(element, suffix), rule, path, dimension=dimension, description=f"{element}: {words}.")
        for suffix, rule, dimension, words in _rules(column, path)
    ]
    if column.properties:
        checks.append(
            Check(names.give(element, "properties"), _columns(column.properties), path, dimension="conformity",
                  description=f"{element}: these properties and no others.")
        )  # fmt: skip
    for child in column.properties:
        checks += _property_checks(child, (*path, child.column), names)
    if column.items:
        checks += _property_checks(column.items, (*path, ITEMS), names)
    if any(part is not None and _narrowed(part) for part in (column.map_key, column.map_value)):
        reason = "rules about keys and values of a map are not evaluated"
        checks.append(Check(names.give(element, "map"), Unevaluated(reason), path, description=f"{element}: its map."))
    return checks


def _narrowed(column: Property) -> bool:
    return bool(column.logical_type_options or column.enum or column.required or column.properties or column.items)


def _rules(column: Property, path: Path) -> Iterator[tuple[str, Rule, str, str]]:
    """Suffix of the name, rule, dimension and words."""
    options = column.logical_type_options
    if column.logical_type:
        kept = {key: options[key] for key in ("timezone", "dimensions", "format") if key in options}
        in_json = column.column_type is not None and column.column_type.family == "json"
        words = f"of logical type {column.logical_type}"
        yield "type", LogicalType(column.logical_type, kept, in_json), "conformity", words
    if column.physical_type:
        physical = PhysicalType(column.physical_type, column.dialect)
        yield "physical_type", physical, "conformity", f"fits into {column.physical_type}"
    if column.required:
        yield "required", Required(), "completeness", "not null"
    if column.unique:
        rule: Rule = Unique((path,)) if ITEMS not in path else Unevaluated("unique inside an array has no one meaning")
        yield "unique", rule, "uniqueness", "unique"
    for suffix, option_rule, words in option_rules(column):
        yield suffix, option_rule, "conformity", words
    if column.enum:
        yield "enum", OneOf(column.enum, _zone(column)), "conformity", f"one of {len(column.enum)} values"


def _zone(column: Property) -> str:
    return str(column.logical_type_options.get("defaultTimezone", "UTC"))
