"""Rules on types: that they are there, and fit each other.

What belongs here: logical and physical types, and which children a type has. What does not: options (`options`).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.findings import quoted
from data_platform.contracts.lint.rule import Problem, Rule, Subject, error, warning
from data_platform.contracts.physical_types import logical_types_of
from data_platform.contracts.suggest import did_you_mean

_LOGICAL_TYPES: Final = (
    "string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean", "map", "vector"
)  # fmt: skip
_CHILDREN: Final = {"properties": "object", "items": "array", "map": "map"}


@error("unknown-logical-type")
def unknown_logical_type(subject: Subject) -> Iterator[Problem]:
    """The standard's eleven types are all there are."""
    for _, one in subject.contract.properties():
        if one.logical_type is not None and one.logical_type not in _LOGICAL_TYPES:
            message = f"logicalType {quoted(one.logical_type)} is not known"
            yield Problem((*one.path, "logicalType"), message, did_you_mean(one.logical_type, _LOGICAL_TYPES))


@warning("no-type")
def no_type(subject: Subject) -> Iterator[Problem]:
    """A column without a type is checked for its presence only."""
    for _, one in subject.contract.properties():
        if "logicalType" not in one.raw and "physicalType" not in one.raw:
            message = f"property {quoted(one.name)} has no type, so its values are not checked"
            yield Problem(one.path, message, "add logicalType: string, integer, number, date, …")


@warning("unknown-physical-type")
def unknown_physical_type(subject: Subject) -> Iterator[Problem]:
    """A physical type that the platform cannot map is not checked."""
    for _, one in subject.contract.properties():
        if one.physical_type is not None and logical_types_of(one.physical_type) is None:
            message = f"physicalType {quoted(one.physical_type)} cannot be mapped, so it is not checked"
            fix = "use a type of DuckDB, such as VARCHAR, BIGINT, DECIMAL(10, 2), TIMESTAMP WITH TIME ZONE, INTEGER[]"
            yield Problem((*one.path, "physicalType"), message, fix)


@error("types-differ")
def types_differ(subject: Subject) -> Iterator[Problem]:
    """No value can be of both types."""
    for _, one in subject.contract.properties():
        fitting = logical_types_of(one.physical_type) if one.physical_type else None
        if fitting and one.logical_type in _LOGICAL_TYPES and one.logical_type not in fitting:
            message = f"physicalType {quoted(one.physical_type)} cannot hold logicalType '{one.logical_type}'"
            fix = f"make one follow the other: logicalType {' or '.join(sorted(fitting))}"
            yield Problem((*one.path, "physicalType"), message, fix)


@error("children-not-applicable")
def children_not_applicable(subject: Subject) -> Iterator[Problem]:
    """Only an object has properties, only an array items, only a map a key and a value."""
    for _, one in subject.contract.properties():
        for key, logical_type in _CHILDREN.items():
            if key in one.raw and one.logical_type != logical_type:
                message = f"`{key}` means nothing for logicalType {quoted(one.logical_type)}"
                yield Problem((*one.path, key), message, f"set logicalType: {logical_type}, or remove `{key}`")


@warning("not-evaluated")
def not_evaluated_inside(subject: Subject) -> Iterator[Problem]:
    """Some promises about the inside of an array or a map are listed as not evaluated, never as passed."""
    for _, one in subject.contract.properties():
        if "items" in one.path and one.unique:
            message = f"unique inside an array is listed as not evaluated ({quoted(one.name)})"
            yield Problem((*one.path, "unique"), message, "set uniqueItems: true on the array, or make a column of it")
        for part in (one.map_key, one.map_value):
            if part and (part.logical_type_options or part.enum or part.required):
                message = f"a rule about a map's keys or values is listed as not evaluated ({quoted(one.name)})"
                yield Problem(part.path, message, "check it with a rule of type sql to have it enforced")


RULES: Final[tuple[Rule, ...]] = (
    unknown_logical_type,
    no_type,
    unknown_physical_type,
    types_differ,
    children_not_applicable,
    not_evaluated_inside,
)
