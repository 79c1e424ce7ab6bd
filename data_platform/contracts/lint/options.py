"""Rules on ``logicalTypeOptions`` and ``enum``: limits that no value, or every value, would meet.

What belongs here: what narrows a type. What does not: the type itself (`types`), patterns (`patterns` knows RE2).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import KeyPath, quoted
from data_platform.contracts.lint.patterns import pattern_problem
from data_platform.contracts.lint.rule import POLICY, STANDARD, Problem, Rule, Subject, error
from data_platform.contracts.lint.values import TEMPORAL, comparable, fits, kind_of
from data_platform.contracts.schema import NEWEST
from data_platform.contracts.schema import logical_types as types_of
from data_platform.contracts.suggest import closest

_LIMITS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_NUMBERS: Final = ("multipleOf", *_LIMITS, "format")
_VECTOR: Final = (
    "dimensions",
    "elementType",
    "distanceMetric",
    "embeddingModel",
    "embeddingModelVersion",
    "normalized",
)
_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "date": (*_LIMITS, "format"),
    "timestamp": (*_LIMITS, "format", "timezone", "defaultTimezone"),
    "time": (*_LIMITS, "format", "timezone", "defaultTimezone"),
    "integer": _NUMBERS,
    "number": _NUMBERS,
    "object": ("minProperties", "maxProperties", "required"),
    "array": ("minItems", "maxItems", "uniqueItems"),
    "vector": _VECTOR,
}
_BOUNDS: Final = (
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minimum", "maximum"),
    ("minimum", "exclusiveMaximum"),
    ("exclusiveMinimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
)
_OF_THE_PROPERTY: Final = frozenset({"required", "unique", "primaryKey", "classification", "description", "examples"})
_SIZES: Final = frozenset({"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"})


def _option(column: Property, key: str) -> KeyPath:
    return (*column.path, "logicalTypeOptions", key)


@error("option-not-applicable", STANDARD)
def option_not_applicable(subject: Subject) -> Iterator[Problem]:
    """An option of another type would be ignored in silence."""
    for _, column in subject.contract.properties():
        for key in column.logical_type_options:
            known = _OPTIONS.get(column.logical_type or "", ())
            owners = [name for name, keys in _OPTIONS.items() if key in keys]
            if key in known or (column.logical_type is None and owners):
                continue
            message = f"option '{key[:60]}' means nothing for logicalType {quoted(column.logical_type)}"
            yield Problem(_option(column, key), message, _elsewhere(subject, column, key, owners))


def _elsewhere(subject: Subject, column: Property, key: str, owners: list[str]) -> str:
    """Where to write an option that its type does not have."""
    known = _OPTIONS.get(column.logical_type or "", ())
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
    for _, column in subject.contract.properties():
        options = column.logical_type_options
        for lower, upper in _BOUNDS:
            kind = "integer" if lower in _SIZES else column.logical_type
            low, high = comparable(options.get(lower), kind), comparable(options.get(upper), kind)
            if low is None or high is None:
                continue
            touching = low == high and "exclusive" in f"{lower}{upper}"
            if low > high or touching:
                message = f"{lower} {quoted(options[lower])} leaves nothing below {upper} {quoted(options[upper])}"
                yield Problem(_option(column, lower), message, f"write a smaller {lower} or a larger {upper}")


@error("wrong-limit", POLICY)
def wrong_limit(subject: Subject) -> Iterator[Problem]:
    """A limit must be a value of the property's own type, and a step or size must be possible."""
    for _, column in subject.contract.properties():
        options = column.logical_type_options
        for key in _LIMITS:
            if options.get(key) is not None and column.logical_type in {*TEMPORAL, "integer", "number"}:
                yield from _limit_problems(column, key, options[key])
        step = options.get("multipleOf")
        if isinstance(step, int | float) and step <= 0:
            yield Problem(
                _option(column, "multipleOf"), f"multipleOf {step} has no multiples", "write a number above 0"
            )
        for key in _SIZES & options.keys():
            if isinstance(options[key], int | float) and options[key] < 0:
                yield Problem(_option(column, key), f"{key} {options[key]} is below 0", "write 0 or more")


def _limit_problems(column: Property, key: str, limit: object) -> Iterator[Problem]:
    number_kind = "number" if column.logical_type in {"integer", "number"} else column.logical_type
    if comparable(limit, number_kind) is None:
        message = f"{key} {quoted(limit)} is not a value of logicalType '{column.logical_type}'"
        yield Problem(_option(column, key), message, f"write {kind_of(column.logical_type)}")


@error("invalid-pattern", POLICY)
def invalid_pattern(subject: Subject) -> Iterator[Problem]:
    """A pattern is run by DuckDB, whose engine is RE2."""
    for _, column in subject.contract.properties():
        pattern = column.logical_type_options.get("pattern")
        problem = pattern_problem(pattern) if isinstance(pattern, str) else None
        if problem:
            yield Problem(_option(column, "pattern"), *problem)


@error("invalid-enum", POLICY)
def invalid_enum(subject: Subject) -> Iterator[Problem]:
    """The allowed values are values of the property's type, each once."""
    for _, column in subject.contract.properties():
        if column.raw.get("enum") == []:
            yield Problem((*column.path, "enum"), "enum allows no value", "list the values, or remove it")
        yield from value_problems(column.enum, column.logical_type, (*column.path, "enum"))


def value_problems(
    values: tuple[object, ...], logical_type: str | None, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    """Values of the wrong type or listed twice; the position is that of the list's entry."""
    seen: set[tuple[type, object]] = set()
    for index, value in enumerate(values):
        if isinstance(value, dict | list):
            yield Problem((*path, index), f"{quoted(value)} is no single value", "write one value an entry")
            continue
        if (type(value), value) in seen:
            yield Problem((*path, index), f"{quoted(value)} is listed twice", "remove one of the two")
        seen.add((type(value), value))
        if value is not None and not fits(value, logical_type):
            message = f"{quoted(value)} is not a value of logicalType '{logical_type}'"
            yield Problem((*path, index), message, f"write {kind_of(logical_type)}")


RULES: Final[tuple[Rule, ...]] = (
    option_not_applicable,
    minimum_above_maximum,
    wrong_limit,
    invalid_pattern,
    invalid_enum,
)
