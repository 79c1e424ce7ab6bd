"""From quality rules to checks: library metrics, SQL, text, custom.

What belongs here: reading a quality rule. What does not: the schema's own rules (``contract``), running checks.
"""

from typing import Any, Final

from data_platform.contracts.checks.model import Check, Severity
from data_platform.contracts.checks.names import Names
from data_platform.contracts.checks.options import option_rules
from data_platform.contracts.checks.rules import ITEMS, Metric, OneOf, Path, Rule, Sql, Unevaluated, shown
from data_platform.contracts.checks.thresholds import Operator, Threshold, Unit
from data_platform.contracts.elements import Property, QualityRule, SchemaObject

_OF_A_PROPERTY: Final = ("nullValues", "missingValues", "invalidValues")
_DIMENSIONS: Final = {
    "nullValues": "completeness", "missingValues": "completeness", "invalidValues": "conformity",
    "duplicateValues": "uniqueness", "rowCount": "coverage",
}  # fmt: skip


def check_of(rule: QualityRule, path: Path, owner: Property | None, table: SchemaObject, names: Names) -> Check:
    """Make the check of a quality rule.

    Args:
        rule: The rule.
        path: The property that it is written at; empty for the table.
        owner: This property.
        table: The table, to which the properties that a rule names belong.
        names: Gives the name.
    """
    severity = Severity.ERROR if (rule.severity or "error").lower() == "error" else Severity.WARNING
    kind = rule.metric if rule.type == "library" and rule.metric else rule.type
    return Check(
        names.give(shown(path), rule.name or rule.id or kind),
        _rule(rule, path, owner, table),
        path,
        severity,
        blocking=severity is Severity.ERROR,
        dimension=rule.dimension or _DIMENSIONS.get(kind),
        description=rule.description or rule.name or f"{shown(path) or table.name}: {kind}",
    )


def _rule(rule: QualityRule, path: Path, owner: Property | None, table: SchemaObject) -> Rule:
    if rule.type == "text":
        return Unevaluated("a rule in prose")
    if rule.type == "custom":
        return Unevaluated(f"a rule for engine {rule.engine or 'unknown'}")
    if rule.type not in ("library", "sql"):
        return Unevaluated(f"rule type {rule.type!r} is not known")
    try:
        threshold = _threshold(rule)
    except (ValueError, TypeError) as error:
        return Unevaluated(f"its threshold cannot be read: {error}")
    if rule.type == "sql":
        return Sql(rule.query, threshold) if rule.query else Unevaluated("it has no query")
    return _metric(rule, path, owner, table, threshold)


def _threshold(rule: QualityRule) -> Threshold:
    if len(rule.operators) != 1:
        raise ValueError(f"{len(rule.operators)} operators; write one")
    operator = rule.operators[0]
    limits = tuple(operator.value) if isinstance(operator.value, list | tuple) else (operator.value,)
    if not all(isinstance(limit, int | float) for limit in limits):
        raise ValueError(f"{operator.name} {operator.value!r} is no number")
    if rule.unit not in (None, "rows", "percent") and rule.type == "library":
        raise ValueError(f"unit {rule.unit!r} is not known")
    unit: Unit = "percent" if rule.unit == "percent" and rule.type == "library" else "rows"
    return Threshold(Operator(operator.name), limits, unit)


def _metric(rule: QualityRule, path: Path, owner: Property | None, table: SchemaObject, threshold: Threshold) -> Rule:
    if rule.metric == "rowCount":
        return Metric("rowCount", threshold)
    if rule.metric == "duplicateValues":
        return _duplicates(rule, path, table, threshold)
    if rule.metric not in _OF_A_PROPERTY or owner is None:
        known = (
            f"{rule.metric} is measured of a property" if rule.metric in _OF_A_PROPERTY else "its metric is not known"
        )
        return Unevaluated(known)
    if rule.metric == "nullValues":
        return Metric("nullValues", threshold)
    if rule.metric == "missingValues":
        return Metric("missingValues", threshold, values=_listed(rule.arguments.get("missingValues")))
    return _invalid(rule, owner, threshold)


def _duplicates(rule: QualityRule, path: Path, table: SchemaObject, threshold: Threshold) -> Rule:
    listed = rule.arguments.get("properties") or []
    columns = tuple(_column(str(name), table) for name in listed) or ((path,) if path else ())
    if not columns or any(ITEMS in column for column in columns):
        return Unevaluated("nothing says which properties must differ")
    return Metric("duplicateValues", threshold, columns=columns)


def _invalid(rule: QualityRule, owner: Property, threshold: Threshold) -> Rule:
    """Without arguments, what the property's own options and enum say is valid."""
    values, pattern = _listed(rule.arguments.get("validValues")), rule.arguments.get("pattern")
    if values is not None or pattern is not None:
        return Metric("invalidValues", threshold, values, None if pattern is None else str(pattern))
    own = (*(option_rule for _, option_rule, _ in option_rules(owner)), *((OneOf(owner.enum),) if owner.enum else ()))
    return Metric("invalidValues", threshold, rules=own) if own else Unevaluated("nothing says which are valid")


def _listed(values: object) -> tuple[Any, ...] | None:
    return tuple(values) if isinstance(values, list | tuple) else None


def _column(name: str, table: SchemaObject) -> Path:
    column = table.find(name)
    return (column.column if column else name,)
