"""Rules on the arguments of the standard's metrics, and on which element each metric can measure.

What belongs here: ``arguments`` and levels. What does not: operators, units, queries (`quality`).
"""

from collections.abc import Iterator
from itertools import starmap
from typing import Final

from data_platform.contracts.elements import Property, QualityRule, SchemaObject
from data_platform.contracts.findings import KeyPath, quoted
from data_platform.contracts.lint.rule import POLICY, STANDARD, Problem, Rule, Subject, error
from data_platform.contracts.rules.kinds.metric import ARGUMENTS, OF_A_PROPERTY
from data_platform.contracts.rules.patterns import pattern_problem
from data_platform.contracts.rules.written import value_problems
from data_platform.contracts.suggest import did_you_mean


def _rules(subject: Subject) -> Iterator[tuple[SchemaObject, Property | None, QualityRule]]:
    for schema, column, rule in subject.contract.quality():
        if rule.type == "library" and rule.metric in ARGUMENTS:
            yield schema, column, rule


def _argument(rule: QualityRule, key: str) -> KeyPath:
    return (*rule.path, "arguments", key)


@error("metric-level", STANDARD)
def metric_level(subject: Subject) -> Iterator[Problem]:
    """Rows are counted in an object, values in a property."""
    for _, column, rule in _rules(subject):
        place = (*rule.path, "metric")
        if column is None and rule.metric in OF_A_PROPERTY:
            yield Problem(place, f"{rule.metric} of a whole object cannot be counted", "move the rule to a property")
        if column is not None and rule.metric == "rowCount":
            yield Problem(place, "rowCount of a property cannot be counted", "move the rule to the object")


@error("unknown-argument", POLICY)
def unknown_argument(subject: Subject) -> Iterator[Problem]:
    """An argument that the metric does not take would be ignored in silence."""
    for _, _, rule in _rules(subject):
        known = ARGUMENTS[rule.metric or ""]
        for key in rule.arguments:
            if key not in known:
                message = f"{rule.metric} takes no argument '{key[:60]}'"
                yield Problem(_argument(rule, key), message, did_you_mean(key, known))


@error("missing-argument", POLICY)
def missing_argument(subject: Subject) -> Iterator[Problem]:
    """Without them there is nothing to measure against."""
    for _, column, rule in _rules(subject):
        arguments = rule.arguments
        narrowed = column is None or column.enum or column.logical_type_options
        if rule.metric == "invalidValues" and not arguments and not narrowed:
            fix = "add arguments: {validValues: […]} or {pattern: …}"
            yield Problem(rule.path, "nothing says which values are valid", fix)
        if rule.metric == "duplicateValues" and column is None and not arguments.get("properties"):
            fix = "add arguments: {properties: [tenant_id, order_id]}"
            yield Problem(rule.path, "nothing says which properties must differ", fix)


@error("invalid-argument", POLICY)
def invalid_argument(subject: Subject) -> Iterator[Problem]:
    """Arguments are lists of values of the property's type, names of properties, and patterns that run."""
    for schema, column, rule in _rules(subject):
        arguments = {key: rule.arguments[key] for key in ARGUMENTS[rule.metric or ""] if key in rule.arguments}
        for key, value in arguments.items():
            if key == "pattern":
                yield from _pattern_problems(rule, value)
            elif not isinstance(value, list) or not value:
                yield Problem(_argument(rule, key), f"{key} is not a list of values", f"write {key}: [a, b]")
            elif key == "properties":
                yield from _property_problems(rule, schema, value)
            else:
                # What counts as missing is often of another type than the column, such as 'N/A' among numbers.
                logical_type = column.logical_type if column and key == "validValues" else None
                yield from starmap(Problem, value_problems(tuple(value), logical_type, _argument(rule, key)))


def _pattern_problems(rule: QualityRule, pattern: object) -> Iterator[Problem]:
    if not isinstance(pattern, str):
        yield Problem(_argument(rule, "pattern"), f"{quoted(pattern)} is no pattern", "write it in quotes")
    elif problem := pattern_problem(pattern):
        yield Problem(_argument(rule, "pattern"), *problem)


def _property_problems(rule: QualityRule, schema: SchemaObject, listed: list[object]) -> Iterator[Problem]:
    known = [column.name for column in schema.properties]
    for index, name in enumerate(listed):
        if not isinstance(name, str) or name not in known:
            message = f"{quoted(name)} is no property of {quoted(schema.name)}"
            yield Problem((*_argument(rule, "properties"), index), message, did_you_mean(str(name), known))


RULES: Final[tuple[Rule, ...]] = (metric_level, unknown_argument, missing_argument, invalid_argument)
