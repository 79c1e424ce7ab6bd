"""From a contract to checks.

What belongs here: the order of a table's checks, and a check of each rule. What does not: which rule comes of which
key, which the kinds of rules say (``contracts.rules.kinds``), and running checks (``duckdb``).

Severity: a rule of the schema is an error and blocks. A quality rule is what it says: ``error`` (the default) blocks,
``warning`` and ``info`` do not. A service level warns: holding a late batch back would make it later.
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.checks.model import Check, Severity, TableChecks
from data_platform.contracts.checks.names import Names
from data_platform.contracts.elements import Property, QualityRule, SchemaObject
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import pseudonymisation
from data_platform.contracts.references import Resolver
from data_platform.contracts.rules.kinds.columns import Columns
from data_platform.contracts.rules.kinds.unevaluated import Unevaluated
from data_platform.contracts.rules.model import Declared, Rule
from data_platform.contracts.rules.paths import ITEMS, Path, located, shown, stored
from data_platform.contracts.rules.registry import PROPERTIES, QUALITY, dimension_of, kinds_with
from data_platform.contracts.rules.sources import QualitySource, TableSource

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
    names, source = Names(), TableSource(contract, table, resolver)
    steps = [(kind.position, kind.of_table(source)) for kind in kinds_with("of_table")]
    steps += [(PROPERTIES, _of_properties(table)), (QUALITY, _of_quality(table))]
    declared = (rule for _, rules in sorted(steps, key=lambda step: step[0]) for rule in rules)
    return TableChecks(table.name, tuple(_check(rule, names) for rule in declared), classified_columns(table))


def check_of(entry: QualityRule, path: Path, owner: Property | None, table: SchemaObject, names: Names) -> Check:
    """Make the check of an entry of ``quality``.

    Args:
        entry: The entry.
        path: The property that it is written at; empty for the table.
        owner: This property.
        table: The table, to which the properties that an entry names belong.
        names: Gives the name.
    """
    return _check(_declared(QualitySource(entry, path, owner, table)), names)


def quality_rules(table: SchemaObject) -> Iterator[tuple[Path, QualityRule, Property | None]]:
    """The quality rules of a table and of all that a check can reach in it: path of the owner, rule, owner if any."""
    for path, column in located(table.properties):
        for rule in column.quality:
            yield path, rule, column
    for rule in table.quality:
        yield (), rule, None


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


def _check(declared: Declared, names: Names) -> Check:
    severity = Severity.WARNING if declared.warns else Severity.ERROR
    return Check(
        names.give(*declared.parts),
        declared.rule,
        declared.path,
        severity,
        blocking=not declared.warns,
        dimension=declared.dimension,
        description=declared.description,
    )


def _of_properties(table: SchemaObject) -> Iterator[Declared]:
    for column in stored(table.properties):
        yield from _of_property(column, (column.column,))


def _of_property(column: Property, path: Path) -> Iterator[Declared]:
    """The rules of a property and of all that is nested in it."""
    for kind in kinds_with("of_property"):
        yield from kind.of_property(column, path)
    if column.properties:
        yield from Columns.of_object(column, path)
    for child in column.properties:
        yield from _of_property(child, (*path, child.column))
    if column.items:
        yield from _of_property(column.items, (*path, ITEMS))
    if any(part is not None and _narrowed(part) for part in (column.map_key, column.map_value)):
        rule, element = Unevaluated("rules about keys and values of a map are not evaluated"), shown(path)
        yield Declared(rule, path, (element, "map"), f"{element}: its map.")


def _narrowed(column: Property) -> bool:
    return bool(column.logical_type_options or column.enum or column.required or column.properties or column.items)


def _of_quality(table: SchemaObject) -> Iterator[Declared]:
    for path, entry, owner in quality_rules(table):
        yield _declared(QualitySource(entry, path, owner, table))


def _declared(source: QualitySource) -> Declared:
    entry, element = source.entry, shown(source.path)
    name = entry.metric if entry.type == "library" and entry.metric else entry.type
    return Declared(
        _quality_rule(source),
        source.path,
        (element, entry.name or entry.id or name),
        entry.description or entry.name or f"{element or source.table.name}: {name}",
        entry.dimension or dimension_of(name),
        warns=(entry.severity or "error").lower() != "error",
    )


def _quality_rule(source: QualitySource) -> Rule:
    try:
        rules = (kind.of_quality(source) for kind in kinds_with("of_quality"))
        return next((rule for rule in rules if rule is not None), Unevaluated("no kind of rule knows it"))
    except (ValueError, TypeError) as error:
        return Unevaluated(f"its threshold cannot be read: {error}")
