"""The parts of a contract's schema as typed, frozen views: objects, properties, relationships, quality rules.

What belongs here: what one element says, under the standard's own terms (in Python's spelling). What does not: whether
it is right (`validate`, `lint`), and how it is read (`reading`).

A view never raises: a value of the wrong type reads as if it were missing, since the findings say so already. The
mapping that was written is kept in ``raw``, and ``path`` leads to the element's line (`Contract.position`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_platform.contracts.findings import KeyPath
from data_platform.contracts.types.model import ColumnType
from data_platform.contracts.types.names import Dialect
from data_platform.contracts.types.reading import UnknownTypeError, parse

PERSONAL_CLASSIFICATIONS: Final = frozenset({"personal", "sensitive", "pii"})
"""Values of ``classification`` (in any case) that mark personal data, which is masked wherever rows are shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """What every part of a contract has: its place, and the mapping that was written."""

    path: KeyPath
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class CustomProperty(Element):
    """A key and value that the standard does not know."""

    name: str
    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Operator(Element):
    """What the result of a rule is compared with, such as ``mustBeLessThan: 5``; ``raw`` is the rule's."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class QualityRule(Element):
    """One entry of ``quality``."""

    id: str | None
    name: str | None
    type: str
    metric: str | None
    arguments: Mapping[str, Any]
    operators: tuple[Operator, ...]
    unit: str | None
    query: str | None
    engine: str | None
    severity: str | None
    dimension: str | None
    description: str | None
    custom_properties: tuple[CustomProperty, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Relationship(Element):
    """A foreign key; ``source`` is the standard's ``from``, empty on a property, which is then the source itself."""

    id: str | None
    type: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    custom_properties: tuple[CustomProperty, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Property(Element):
    """A column, or a field of an object, the items of an array, the key or value of a map (these without a name).

    ``dialect`` is whose SQL the physical type is written in, by the contract's server.
    """

    id: str | None
    name: str
    physical_name: str | None
    logical_type: str | None
    physical_type: str | None
    dialect: Dialect
    logical_type_options: Mapping[str, Any]
    required: bool
    unique: bool
    primary_key: bool
    primary_key_position: int | None
    partitioned: bool
    partition_key_position: int | None
    classification: str | None
    encrypted_name: str | None
    semantic_type: str
    deprecated: bool
    description: str | None
    business_name: str | None
    tags: tuple[str, ...]
    enum: tuple[Any, ...]
    properties: tuple["Property", ...]
    items: "Property | None"
    map_key: "Property | None"
    map_value: "Property | None"
    relationships: tuple[Relationship, ...]
    quality: tuple[QualityRule, ...]
    custom_properties: tuple[CustomProperty, ...]

    @property
    def column(self) -> str:
        """The name in the table: ``physicalName``, else ``name``."""
        return self.physical_name or self.name

    @property
    def column_type(self) -> ColumnType | None:
        """What the physical type means; None where there is none, or none that is known."""
        try:
            return None if self.physical_type is None else parse(self.physical_type, self.dialect)
        except UnknownTypeError:
            return None

    @property
    def is_personal(self) -> bool:
        """Whether the classification marks personal data (see `PERSONAL_CLASSIFICATIONS`)."""
        return (self.classification or "").strip().lower() in PERSONAL_CLASSIFICATIONS

    def walk(self) -> Iterator["Property"]:
        """This property and all that is nested in it, outer ones first."""
        yield self
        nested = (self.items, self.map_key, self.map_value)
        for child in (*self.properties, *(part for part in nested if part)):
            yield from child.walk()


@dataclass(frozen=True, slots=True, eq=False)
class SchemaObject(Element):
    """A table, view, topic or file: one entry of ``schema``."""

    id: str | None
    name: str
    physical_name: str | None
    physical_type: str | None
    description: str | None
    business_name: str | None
    tags: tuple[str, ...]
    properties: tuple[Property, ...]
    relationships: tuple[Relationship, ...]
    quality: tuple[QualityRule, ...]
    custom_properties: tuple[CustomProperty, ...]

    @property
    def primary_key(self) -> tuple[Property, ...]:
        """The properties of the primary key by their position; those without one come last, as written."""
        keys = [column for column in self.properties if column.primary_key]
        return tuple(sorted(keys, key=lambda column: _rank(column.primary_key_position)))

    @property
    def partition_key(self) -> tuple[Property, ...]:
        """The properties that the table is partitioned by, by their position; those without one come last."""
        keys = [column for column in self.properties if column.partitioned]
        return tuple(sorted(keys, key=lambda column: _rank(column.partition_key_position)))

    def find(self, name: str) -> Property | None:
        """The property of that name on the top level, or None."""
        return next((column for column in self.properties if column.name == name), None)

    def walk(self) -> Iterator[Property]:
        """All properties, nested ones included, outer ones first."""
        for column in self.properties:
            yield from column.walk()


def _rank(position: int | None) -> float:
    return float("inf") if position is None or position < 1 else position
