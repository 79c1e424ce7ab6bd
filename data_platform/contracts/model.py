"""A contract as a typed, frozen view: what the standard's other sections say, around the schema's `elements`.

What belongs here: the contract and its sections. What does not: whether they are right (`validate`, `lint`), how they
are read (`reading`), and the meaning of our own custom properties (`properties`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from data_platform.contracts.document import Document
from data_platform.contracts.elements import CustomProperty, Element, Property, QualityRule, SchemaObject
from data_platform.contracts.findings import KeyPath, Position
from data_platform.contracts.properties import CustomProperties
from data_platform.contracts.semver import SemanticVersion

STATUSES: Final = ("proposed", "draft", "active", "deprecated", "retired")
"""The standard's life of a contract, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Description(Element):
    """What the data is for and what it is not for."""

    purpose: str | None
    usage: str | None
    limitations: str | None


@dataclass(frozen=True, slots=True, eq=False)
class TeamMember(Element):
    """A person of the owning team."""

    username: str | None
    role: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Team(Element):
    """The team; a contract may have members and no name."""

    name: str | None
    members: tuple[TeamMember, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Server(Element):
    """Where the data is; what a type of server has of its own is in ``raw``."""

    server: str | None
    type: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ServiceLevel(Element):
    """One entry of ``slaProperties``; ``elements`` is the standard's comma-separated ``element``."""

    property: str
    value: object
    value_ext: object
    unit: str | None
    elements: tuple[str, ...]
    description: str | None


@dataclass(frozen=True, eq=False)
class Contract:
    """What a data product promises."""

    document: Document
    id: str
    name: str
    version_text: str
    version: SemanticVersion | None
    status: str
    domain: str
    data_product: str | None
    tenant: str | None
    tags: tuple[str, ...]
    description: Description | None
    team: Team | None
    servers: tuple[Server, ...]
    schemas: tuple[SchemaObject, ...]
    service_levels: tuple[ServiceLevel, ...]
    custom_properties: tuple[CustomProperty, ...]

    @property
    def file(self) -> str:
        """The file that the contract was read from, as findings name it."""
        return self.document.file

    @property
    def raw(self) -> Mapping[str, Any]:
        """The mapping that was written."""
        return self.document.data

    @property
    def api_version(self) -> str | None:
        """The version of the standard that it is written in; None where that is no text."""
        version = self.document.data.get("apiVersion")
        return version if isinstance(version, str) else None

    @property
    def owner(self) -> str | None:
        """Who answers for the product: ``dataPlatform.owner``, else the team's name, else its member of role owner."""
        if self.custom.owner or self.team is None:
            return self.custom.owner
        owners = [member.username for member in self.team.members if (member.role or "").strip().lower() == "owner"]
        return self.team.name or next(filter(None, owners), None)

    @cached_property
    def custom(self) -> CustomProperties:
        """What our own custom properties say."""
        return CustomProperties.of(self.custom_properties)

    def position(self, path: KeyPath) -> Position:
        """Line and column of the element at a key path."""
        return self.document.position(path)

    def schema(self, name: str) -> SchemaObject | None:
        """The schema object of that name, or None."""
        return next((schema for schema in self.schemas if schema.name == name), None)

    def properties(self) -> Iterator[tuple[SchemaObject, Property]]:
        """All properties of all objects, nested ones included."""
        for schema in self.schemas:
            for column in schema.walk():
                yield schema, column

    def quality(self) -> Iterator[tuple[SchemaObject, Property | None, QualityRule]]:
        """All quality rules with the object, and the property where the rule is a property's."""
        for schema in self.schemas:
            for rule in schema.quality:
                yield schema, None, rule
            for column in schema.walk():
                for rule in column.quality:
                    yield schema, column, rule
