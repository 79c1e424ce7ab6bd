"""From relationships and service levels to checks.

What belongs here: reading references and durations. What does not: what they mean in general
(``contracts.references``, ``contracts.service_levels``), running checks.

Tables go by these names: another table of the contract by its own name, another product by ``domain/product``.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from data_platform.contracts import service_levels as sla
from data_platform.contracts.checks.model import Check, Severity
from data_platform.contracts.checks.names import Names
from data_platform.contracts.checks.rules import ITEMS, ForeignKey, Path, Rule, Timeliness, Unevaluated, shown
from data_platform.contracts.elements import Property, Relationship, SchemaObject
from data_platform.contracts.model import Contract, ServiceLevel
from data_platform.contracts.properties import relationship_severity
from data_platform.contracts.references import Reference, Resolver

_KINDS: Final[tuple[Literal["latency", "frequency", "retention"], ...]] = ("latency", "frequency", "retention")


def relationship_checks(
    contract: Contract,
    table: SchemaObject,
    names: Names,
    resolver: Resolver | None,
    located: Sequence[tuple[Path, Property]],
) -> Iterator[Check]:
    """The checks of a table's relationships, its properties' first.

    Args:
        contract: The contract.
        table: The table.
        names: Gives the names.
        resolver: Knows other products' contracts; without one, a reference by id is taken for one by name.
        located: The table's properties with their paths.
    """
    pairs: list[tuple[Relationship, tuple[Path, ...]]] = [
        (relationship, (path,)) for path, owner in located for relationship in owner.relationships
    ]
    pairs += [(relationship, _sources(relationship, table)) for relationship in table.relationships]
    for relationship, columns in pairs:
        rule = _foreign_key(relationship, columns, contract, resolver)
        keys = ", ".join(shown(path) for path in columns)
        severity = Severity(relationship_severity(relationship))
        yield Check(
            names.give(keys, relationship.id or "foreign_key"),
            rule,
            columns[0] if len(columns) == 1 else (),
            severity,
            blocking=severity is Severity.ERROR,
            dimension="consistency",
            description=f"{keys}: is in {', '.join(relationship.target)}.",
        )


def service_level_checks(contract: Contract, table: SchemaObject, names: Names) -> Iterator[Check]:
    """The checks of the service levels that are about this table's rows: latency, frequency, retention."""
    for level in contract.service_levels:
        kind = next((known for known in _KINDS if known == sla.kind(level)), None)
        if kind is None:
            continue
        for element in level.elements or ("",):
            path = _element(element, contract, table)
            if path is None:
                continue
            yield Check(
                names.give("sla", shown(path), kind),
                _timeliness(level, kind, path, table),
                path,
                Severity.WARNING,
                blocking=False,
                dimension="timeliness",
                description=level.description
                or f"{shown(path) or table.name}: {kind} {level.value} {level.unit or ''}",
            )


def _sources(relationship: Relationship, table: SchemaObject) -> tuple[Path, ...]:
    paths = []
    for text in relationship.source:
        name = text.rpartition("#")[2].rpartition("/" if "/" in text else ".")[2]
        column = next(
            (candidate.column for candidate in table.properties if name in (candidate.name, candidate.id)), name
        )
        paths.append((column,))
    return tuple(paths) or (("",),)


def _foreign_key(
    relationship: Relationship, columns: tuple[Path, ...], contract: Contract, resolver: Resolver | None
) -> Rule:
    if any(ITEMS in path for path in columns):
        return Unevaluated("a foreign key inside an array is not evaluated")
    if len(columns) != len(relationship.target) or not relationship.target:
        return Unevaluated(f"{len(columns)} columns refer to {len(relationship.target)}")
    ends = []
    for text in relationship.target:
        try:
            ends.append(_end(Reference.parse(text), contract, resolver))
        except ValueError as error:
            return Unevaluated(str(error))
    tables = {table for table, _ in ends}
    if len(tables) != 1:
        return Unevaluated(f"one foreign key into several tables: {sorted(tables)}")
    return ForeignKey(columns, tables.pop(), tuple(column for _, column in ends))


def _end(reference: Reference, contract: Contract, resolver: Resolver | None) -> tuple[str, str]:
    """Table and column at the far end."""
    other: Contract | None = contract
    if reference.product is not None:
        other = resolver.lookup(reference.product) if resolver else None
    target = reference.find(other) if other else None
    if len(reference.steps) != 2:  # noqa: PLR2004 - table and column
        raise ValueError("a foreign key to a nested property is not evaluated")
    if target is None and reference.product is None:
        raise ValueError(f"there is no {'.'.join(reference.steps)} in the contract")
    column = target[1].column if target else reference.steps[1]
    return reference.product or (target[0].name if target else reference.steps[0]), column


def _element(text: str, contract: Contract, table: SchemaObject) -> Path | None:
    """The path in this table; empty for the table itself; ``None`` where it is about another table."""
    steps = text.split(".") if text else []
    if steps and contract.schema(steps[0]) is not None:
        if steps[0] != table.name:
            return None
        steps = steps[1:]
    elif len(contract.schemas) > 1 and steps:
        return None
    return tuple(steps)


def _timeliness(
    level: ServiceLevel, kind: Literal["latency", "frequency", "retention"], path: Path, table: SchemaObject
) -> Rule:
    period = sla.duration(level)
    if not path:
        return Unevaluated("it names no column to measure")
    if period is None:
        return Unevaluated(f"{level.value!r} {level.unit or ''} is no duration")
    owner = table.find(path[0])
    zone = owner.logical_type_options.get("defaultTimezone", "UTC") if owner else "UTC"
    return Timeliness(kind, period, str(zone))
