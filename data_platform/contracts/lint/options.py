"""Rules on ``logicalTypeOptions`` and ``enum``: limits that no value, or every value, would meet.

What belongs here: which option a type has. What does not: the type itself (`types`), and what is wrong with an option,
which the kind of rule that comes of it says (`contracts.rules.kinds`).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import quoted
from data_platform.contracts.lint.by_kinds import told_by_kinds
from data_platform.contracts.lint.rule import POLICY, STANDARD, Problem, Rule, Subject, error
from data_platform.contracts.rules.registry import options_of
from data_platform.contracts.schema import NEWEST
from data_platform.contracts.schema import logical_types as types_of
from data_platform.contracts.suggest import closest

_TYPES: Final = ("string", "date", "timestamp", "time", "integer", "number", "object", "array", "vector")
_WITHOUT_RULE: Final[Mapping[str, tuple[str, ...]]] = {
    "timestamp": ("timezone", "defaultTimezone"),
    "time": ("timezone", "defaultTimezone"),
    "vector": (
        "dimensions", "elementType", "distanceMetric", "embeddingModel", "embeddingModelVersion", "normalized",
    ),
}  # fmt: skip
"""Options that no rule comes of, by the type that has them."""
_OF_THE_PROPERTY: Final = frozenset({"required", "unique", "primaryKey", "classification", "description", "examples"})


@cache
def _options() -> Mapping[str, tuple[str, ...]]:
    """The options of each logical type."""
    return {logical: (*options_of(logical), *_WITHOUT_RULE.get(logical, ())) for logical in _TYPES}


@error("option-not-applicable", STANDARD)
def option_not_applicable(subject: Subject) -> Iterator[Problem]:
    """An option of another type would be ignored in silence."""
    for _, column in subject.contract.properties():
        for key in column.logical_type_options:
            known = _options().get(column.logical_type or "", ())
            owners = [name for name, keys in _options().items() if key in keys]
            if key in known or (column.logical_type is None and owners):
                continue
            message = f"option '{key[:60]}' means nothing for logicalType {quoted(column.logical_type)}"
            yield Problem((*column.path, "logicalTypeOptions", key), message, _elsewhere(subject, column, key, owners))


def _elsewhere(subject: Subject, column: Property, key: str, owners: list[str]) -> str:
    """Where to write an option that its type does not have."""
    known = _options().get(column.logical_type or "", ())
    allowed = types_of(subject.contract.api_version)
    if key == "enum":
        rule = "a quality rule {metric: invalidValues, arguments: {validValues: […]}, mustBe: 0} of the property"
        return f"write {rule}" if subject.contract.api_version != NEWEST else "write enum: [{value: …}] at the property"
    if key in _OF_THE_PROPERTY and column.logical_type != "object":
        return f"write {key} at the property itself"
    if near := closest(key, known):
        return f"did you mean '{near}'?"
    able = [owner for owner in owners if owner in allowed]
    return f"remove it, since it applies to {', '.join(able)}; or change logicalType" if able else "remove it"


@error("minimum-above-maximum", STANDARD)
def minimum_above_maximum(subject: Subject) -> Iterator[Problem]:
    """No value would pass."""
    yield from told_by_kinds(subject, "minimum-above-maximum")


@error("wrong-limit", POLICY)
def wrong_limit(subject: Subject) -> Iterator[Problem]:
    """A limit must be a value of the property's own type, and a step or size must be possible."""
    yield from told_by_kinds(subject, "wrong-limit")


@error("invalid-pattern", POLICY)
def invalid_pattern(subject: Subject) -> Iterator[Problem]:
    """A pattern is run by DuckDB, whose engine is RE2."""
    yield from told_by_kinds(subject, "invalid-pattern")


@error("invalid-enum", POLICY)
def invalid_enum(subject: Subject) -> Iterator[Problem]:
    """The allowed values are values of the property's type, each once."""
    yield from told_by_kinds(subject, "invalid-enum")


RULES: Final[tuple[Rule, ...]] = (
    option_not_applicable,
    minimum_above_maximum,
    wrong_limit,
    invalid_pattern,
    invalid_enum,
)
