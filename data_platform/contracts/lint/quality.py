"""Rules on quality rules: those that could not be evaluated must not look as if they had passed.

What belongs here: metric, operators, unit, query, severity, dimension, name. What does not: the metrics' arguments
(`quality_values`).
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from data_platform.contracts.checks.names import plain
from data_platform.contracts.elements import QualityRule
from data_platform.contracts.findings import quoted
from data_platform.contracts.lint.rule import POLICY, STANDARD, Problem, Rule, Subject, error, info, warning
from data_platform.contracts.older import METRICS as NEW_NAMES
from data_platform.contracts.older import is_older
from data_platform.contracts.reading import OPERATORS
from data_platform.contracts.rules.kinds.metric import ARGUMENTS
from data_platform.contracts.rules.patterns import query_problem
from data_platform.contracts.suggest import closest, did_you_mean

METRICS: Final = tuple(ARGUMENTS)
SEVERITIES: Final = ("error", "warning", "info")
DIMENSIONS: Final = (
    "accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness"
)  # fmt: skip
UNITS: Final = ("rows", "percent")
_TYPES: Final = ("library", "sql", "text", "custom")
_MOST: Final = 100
_OF_A_PROPERTY: Final = re.compile(r"\$?\{\s*(property|column|field)\s*\}", re.IGNORECASE)


@error("unknown-rule-type", STANDARD)
def unknown_rule_type(subject: Subject) -> Iterator[Problem]:
    """The standard's four types are all there are."""
    for _, _, rule in subject.contract.quality():
        if rule.type not in _TYPES:
            message = f"rule type {quoted(rule.type)} is not known"
            yield Problem((*rule.path, "type"), message, did_you_mean(rule.type, _TYPES))


@error("unknown-metric", STANDARD)
def unknown_metric(subject: Subject) -> Iterator[Problem]:
    """The metric is what a library rule measures."""
    if is_older(subject.contract.api_version):
        return  # 3.0 had no list of them: see `not_evaluated_older`
    for _, _, rule in subject.contract.quality():
        if rule.type != "library" or rule.metric in METRICS:
            continue
        if rule.metric is None:
            old = rule.raw.get("rule")
            metric = NEW_NAMES.get(old, old) if isinstance(old, str) else None
            known = f"write metric: {metric} instead of `rule`"
            hint = known if metric in METRICS else f"write metric: one of {', '.join(METRICS)}"
            yield Problem(rule.path, "a library rule has no metric", hint)
        else:
            message = f"metric {quoted(rule.metric)} is not known"
            yield Problem((*rule.path, "metric"), message, did_you_mean(rule.metric, METRICS))


@error("rule-operator", STANDARD)
def rule_operator(subject: Subject) -> Iterator[Problem]:
    """A measured value is compared with exactly one other."""
    for _, _, rule in subject.contract.quality():
        if rule.type not in {"library", "sql"}:
            continue
        if not rule.operators and not is_older(subject.contract.api_version):
            yield _without_operator(rule)
        for extra in rule.operators[1:]:
            message = f"the rule has {len(rule.operators)} operators, and only one can hold it"
            yield Problem(extra.path, message, "write a rule for each")


def _without_operator(rule: QualityRule) -> Problem:
    """That a rule compares with nothing; a misspelt operator is named."""
    slips = ((key, closest(key, OPERATORS)) for key in rule.raw if key.lower().startswith("must"))
    for key, near in slips:
        if near:
            return Problem((*rule.path, key), f"{quoted(key)} is no operator", f"did you mean '{near}'?")
    return Problem(rule.path, "the rule compares with nothing", f"write one of {', '.join(OPERATORS)}")


@error("rule-operator", POLICY)
def rule_operand(subject: Subject) -> Iterator[Problem]:
    """What is measured is a number, so it is compared with numbers that can be."""
    for _, _, rule in subject.contract.quality():
        for operator in rule.operators if rule.type in {"library", "sql"} else ():
            yield from (
                Problem(operator.path, *problem) for problem in _operand_problems(operator.name, operator.value, rule)
            )


def _operand_problems(name: str, value: Any, rule: QualityRule) -> Iterator[tuple[str, str]]:
    if name.endswith("Between"):
        pair = value if isinstance(value, list) else []
        if len(pair) != 2 or not all(map(_is_number, pair)):  # noqa: PLR2004 - a range has two ends
            yield f"{name} needs two numbers", f"write {name}: [smallest, largest]"
        elif pair[0] >= pair[1]:
            yield f"{name} [{pair[0]}, {pair[1]}] is empty", "write the smaller number first"
    elif not _is_number(value) and not (rule.type == "sql" and isinstance(value, bool)):
        yield f"{name} {quoted(value)} is no number", "write a number, without quotes"
    elif rule.unit == "percent" and not 0 <= value <= _MOST:
        yield f"{name} {value} is no percentage", "write a number from 0 to 100"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@error("unknown-unit", POLICY)
def unknown_unit(subject: Subject) -> Iterator[Problem]:
    """A metric counts rows, or their share."""
    for _, _, rule in subject.contract.quality():
        if rule.type != "library" or rule.unit is None:
            continue
        place = (*rule.path, "unit")
        if rule.unit not in UNITS:
            yield Problem(place, f"unit {quoted(rule.unit)} is not known", did_you_mean(rule.unit, UNITS))
        elif rule.unit == "percent" and rule.metric == "rowCount":
            yield Problem(place, "the row count is no share of anything", "write unit: rows, and the number of rows")


@error("rule-query", POLICY)
def rule_query(subject: Subject) -> Iterator[Problem]:
    """An SQL rule is one SELECT and nothing else: it runs on the batch before anyone has looked at it."""
    for _, column, rule in subject.contract.quality():
        if rule.type != "sql":
            continue
        if not (rule.query or "").strip():
            place = (*rule.path, "query")
            yield Problem(place, "the SQL rule has no query", "write query: SELECT count(*) FROM {object} WHERE …")
            continue
        problem = query_problem(rule.query or "")
        if problem is None and column is None and _OF_A_PROPERTY.search(rule.query or ""):
            message = "{property} means nothing in a rule of a whole object"
            problem = (message, "name the column, or move the rule to it")
        if problem:
            yield Problem((*rule.path, "query"), *problem)


@warning("not-evaluated", POLICY)
def not_evaluated_custom(subject: Subject) -> Iterator[Problem]:
    """A rule for another engine is listed as not evaluated, never as passed."""
    for _, _, rule in subject.contract.quality():
        if rule.type == "custom":
            message = f"a rule for engine {quoted(rule.engine)} is listed as not evaluated"
            yield Problem(rule.path, message, "write it as type library or sql to have it enforced")


@info("not-evaluated", POLICY)
def not_evaluated_text(subject: Subject) -> Iterator[Problem]:
    """A rule in prose is listed as not evaluated, never as passed."""
    for _, _, rule in subject.contract.quality():
        if rule.type == "text":
            fix = "leave it for people, or write it as type library or sql to have it enforced"
            yield Problem(rule.path, "a rule in prose is listed as not evaluated", fix)


@warning("not-evaluated", STANDARD)
def not_evaluated_older(subject: Subject) -> Iterator[Problem]:
    """In ODCS 3.0 any word was a rule, and a rule needed no operator; what 3.1 does not know is not evaluated."""
    if not is_older(subject.contract.api_version):
        return
    for _, _, rule in subject.contract.quality():
        if rule.type == "library" and rule.metric not in METRICS:
            message = f"rule {quoted(rule.raw.get('rule'))} of ODCS 3.0 is listed as not evaluated"
            yield Problem(rule.path, message, f"write metric: one of {', '.join(METRICS)}")
        elif rule.type in {"library", "sql"} and not rule.operators:
            message = "the rule compares with nothing, so it is listed as not evaluated"
            yield Problem(rule.path, message, f"write one of {', '.join(OPERATORS)}")


@error("unknown-rule-severity", POLICY)
def unknown_rule_severity(subject: Subject) -> Iterator[Problem]:
    """The severity decides whether a broken rule keeps the batch out."""
    for _, _, rule in subject.contract.quality():
        if rule.severity is not None and rule.severity not in SEVERITIES:
            message = f"severity {quoted(rule.severity)} is not known"
            yield Problem((*rule.path, "severity"), message, did_you_mean(rule.severity, SEVERITIES))


@error("unknown-dimension", STANDARD)
def unknown_dimension(subject: Subject) -> Iterator[Problem]:
    """The standard's seven dimensions are all there are."""
    for _, _, rule in subject.contract.quality():
        if rule.dimension is not None and rule.dimension not in DIMENSIONS:
            message = f"dimension {quoted(rule.dimension)} is not known"
            yield Problem((*rule.path, "dimension"), message, did_you_mean(rule.dimension, DIMENSIONS))


@error("duplicate-rule-name", POLICY)
def duplicate_rule_name(subject: Subject) -> Iterator[Problem]:
    """Each rule becomes a check, and a check's name is unique."""
    seen: dict[tuple[object, str], QualityRule] = {}
    for schema, column, rule in subject.contract.quality():
        key = (column.path if column else schema.path, plain(rule.name or ""))
        first = seen.setdefault(key, rule)
        if rule.name and first is not rule:
            line = subject.contract.position(first.path).line
            message = f"rule name {quoted(rule.name)} becomes the check '{key[1]}', as the one on line {line} does"
            yield Problem((*rule.path, "name"), message, "rename one of the two")


RULES: Final[tuple[Rule, ...]] = (
    unknown_rule_type,
    unknown_metric,
    rule_operator,
    rule_operand,
    unknown_unit,
    rule_query,
    not_evaluated_custom,
    not_evaluated_text,
    not_evaluated_older,
    unknown_rule_severity,
    unknown_dimension,
    duplicate_rule_name,
)
