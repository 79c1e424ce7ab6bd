"""Rules on types: that they are there, and fit each other.

What belongs here: logical and physical types, and which children a type has. What does not: options (`options`).
"""

from collections.abc import Collection, Iterator
from typing import Final

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import quoted
from data_platform.contracts.lint.rule import POLICY, STANDARD, Problem, Rule, Subject, error, warning
from data_platform.contracts.schema import CHILDREN, TYPES_OF_3_2
from data_platform.contracts.schema import logical_types as types_of
from data_platform.contracts.suggest import closest, did_you_mean
from data_platform.contracts.types.holding import LOGICAL, logical_types, overlaps
from data_platform.contracts.types.reading import UnknownTypeError, parse


@error("unknown-logical-type", STANDARD)
def unknown_logical_type(subject: Subject) -> Iterator[Problem]:
    """The standard's eleven types are all there are."""
    known = types_of(subject.contract.api_version)
    for _, column in subject.contract.properties():
        written, place = column.logical_type, (*column.path, "logicalType")
        if written in TYPES_OF_3_2 - known:
            message = f"logicalType '{written}' came with ODCS 3.2"
            yield Problem(place, message, _newer(column))
        elif written is not None and written not in LOGICAL:
            yield Problem(place, f"logicalType {quoted(written)} is not known", _likely(written, known))


def _newer(column: Property) -> str:
    """A fix for a type of 3.2 that does not lead into what 3.2 demands of it."""
    if column.logical_type == "map" and "map" not in column.raw:
        whole = " and add map: {key: {logicalType: string}, value: {logicalType: string}}"
        return f"set apiVersion: v3.2.0{whole}; or write logicalType: object"
    return f"set apiVersion: v3.2.0; or write logicalType: {'object' if column.logical_type == 'map' else 'array'}"


def _likely(written: str, known: Collection[str]) -> str:
    """The likely type for a word that is none: a slip of the pen, or a type of SQL."""
    try:
        able = [logical for logical in logical_types(parse(written)) if logical in known]
    except UnknownTypeError:
        able = []
    if able and not closest(written, known):
        return f"write logicalType: {able[0]} and physicalType: {written}"
    return did_you_mean(written, known)


@warning("no-type", POLICY)
def no_type(subject: Subject) -> Iterator[Problem]:
    """A column without a type is checked for its presence only."""
    for _, column in subject.contract.properties():
        if "logicalType" not in column.raw and "physicalType" not in column.raw:
            message = f"property {quoted(column.name)} has no type, so its values are not checked"
            yield Problem(column.path, message, "add logicalType: string, integer, number, date, …")


@warning("unknown-physical-type", POLICY)
def unknown_physical_type(subject: Subject) -> Iterator[Problem]:
    """A physical type that the platform cannot map is not checked."""
    for _, column in subject.contract.properties():
        if column.physical_type is not None and column.column_type is None:
            message = f"physicalType {quoted(column.physical_type)} cannot be mapped, so it is not checked"
            fix = "use a type of DuckDB, such as VARCHAR, BIGINT, DECIMAL(10, 2), TIMESTAMP WITH TIME ZONE, INTEGER[]"
            yield Problem((*column.path, "physicalType"), message, fix)


@error("types-differ", POLICY)
def types_differ(subject: Subject) -> Iterator[Problem]:
    """No value can be of both types."""
    for _, column in subject.contract.properties():
        column_type, logical = column.column_type, column.logical_type
        if column_type is not None and logical is not None and not overlaps(logical, column_type):
            message = f"physicalType {quoted(column.physical_type)} cannot hold logicalType '{column.logical_type}'"
            able = logical_types(column_type)
            fix = f"make one follow the other: logicalType: {' or '.join(able)}" if able else "use another physicalType"
            yield Problem((*column.path, "physicalType"), message, fix)


@error("children-not-applicable", POLICY)
def children_not_applicable(subject: Subject) -> Iterator[Problem]:
    """Only an object has properties, only an array items, only a map a key and a value."""
    for _, column in subject.contract.properties():
        for key, logical_type in CHILDREN.items():
            if key in column.raw and column.logical_type != logical_type:
                message = f"`{key}` means nothing {_for_type(column)}"
                is_newer = logical_type not in types_of(subject.contract.api_version)
                first = "set apiVersion: v3.2.0 and" if is_newer else "set"
                yield Problem((*column.path, key), message, f"{first} logicalType: {logical_type}, or remove `{key}`")


def _for_type(column: Property) -> str:
    return "without a logicalType" if column.logical_type is None else f"for logicalType {quoted(column.logical_type)}"


@warning("not-evaluated", POLICY)
def not_evaluated_inside(subject: Subject) -> Iterator[Problem]:
    """Some promises about the inside of an array or a map are listed as not evaluated, never as passed."""
    for _, column in subject.contract.properties():
        if "items" in column.path and column.unique:
            message = f"unique inside an array is listed as not evaluated ({quoted(column.name)})"
            yield Problem(
                (*column.path, "unique"), message, "set uniqueItems: true on the array, or make a column of it"
            )
        for part in (column.map_key, column.map_value):
            if part and (part.logical_type_options or part.enum or part.required):
                message = f"a rule about a map's keys or values is listed as not evaluated ({quoted(column.name)})"
                yield Problem(part.path, message, "check it with a rule of type sql to have it enforced")


RULES: Final[tuple[Rule, ...]] = (
    unknown_logical_type,
    no_type,
    unknown_physical_type,
    types_differ,
    children_not_applicable,
    not_evaluated_inside,
)
