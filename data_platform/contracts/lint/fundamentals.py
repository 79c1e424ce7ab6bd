"""Rules on a contract's identity, life and owner.

What belongs here: the top-level keys and our own custom properties. What does not: the schema and service levels.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from data_platform.contracts.elements import CustomProperty
from data_platform.contracts.findings import quoted
from data_platform.contracts.lint.by_kinds import told_by_kinds
from data_platform.contracts.lint.rule import POLICY, STANDARD, Problem, Rule, Subject, error, warning
from data_platform.contracts.model import STATUSES
from data_platform.contracts.properties import (
    CONTRACT_LEVEL,
    PREFIX,
    PROPERTY_LEVEL,
    RELATIONSHIP_LEVEL,
    RULE_LEVEL,
    PublishMode,
)
from data_platform.contracts.rules.custom_keys import parsers
from data_platform.contracts.rules.registry import custom_keys
from data_platform.contracts.service_levels import sunset
from data_platform.contracts.suggest import did_you_mean

_Parsers = Mapping[str, Callable[[object], Any]]
_EXAMPLES: Final[Mapping[str, str]] = {
    "name": "what people call the product, such as Orders",
    "domain": "the domain's folder, such as sales",
}


@error("missing-identity", STANDARD)
def missing_id(subject: Subject) -> Iterator[Problem]:
    """A contract is told from every other by its id."""
    yield from _missing(subject, "id", "a text that never changes again, such as urn:shop:sales:orders")


@error("missing-identity", POLICY)
def missing_identity(subject: Subject) -> Iterator[Problem]:
    """A product is found by its name and domain."""
    for key, example in _EXAMPLES.items():
        yield from _missing(subject, key, example)


def _missing(subject: Subject, key: str, example: str) -> Iterator[Problem]:
    value = subject.contract.raw.get(key)
    if value is None or (isinstance(value, str) and not value.strip()):
        yield Problem((key,), f"the contract has no {key}", f"write {key}: {example}")


@error("version-not-semver", POLICY)
def version_not_semver(subject: Subject) -> Iterator[Problem]:
    """Compatibility is judged by version, so it must have an order."""
    contract = subject.contract
    if contract.version is None and isinstance(contract.raw.get("version"), str):
        message = f"version '{contract.version_text[:60]}' is no semantic version"
        yield Problem(("version",), message, "write major.minor.patch, such as 1.0.0")


@error("unknown-status", POLICY)
def unknown_status(subject: Subject) -> Iterator[Problem]:
    """The status decides who may read the product."""
    raw, status = subject.contract.raw.get("status"), subject.contract.status
    if raw is None or raw == "":
        yield Problem(("status",), "the contract has no status", f"write status: one of {', '.join(STATUSES)}")
    elif isinstance(raw, str) and status not in STATUSES:
        yield Problem(("status",), f"status '{status[:60]}' is not known", did_you_mean(status, STATUSES))


@error("no-owner", POLICY)
def no_owner(subject: Subject) -> Iterator[Problem]:
    """Alerts go to the owner."""
    if not (subject.contract.owner or "").strip():
        fix = "write team: {name: …}, or a team member with role: owner, or the custom property dataPlatform.owner"
        yield Problem(("team",), "nobody owns the contract", fix)


@error("house-property", POLICY)
def house_property(subject: Subject) -> Iterator[Problem]:
    """A misspelt or mistyped property of ours would otherwise be ignored in silence."""
    contract = subject.contract
    of_contract = {**CONTRACT_LEVEL, **parsers(custom_keys(), "contract")}
    of_property = {**PROPERTY_LEVEL, **parsers(custom_keys(), "property")}
    levels: list[tuple[tuple[CustomProperty, ...], _Parsers]] = [(contract.custom_properties, of_contract)]
    levels += [(schema.custom_properties, {}) for schema in contract.schemas]
    levels += [(column.custom_properties, of_property) for _, column in contract.properties()]
    relationships = [relationship for schema in contract.schemas for relationship in schema.relationships]
    relationships += [relationship for _, column in contract.properties() for relationship in column.relationships]
    levels += [(relationship.custom_properties, RELATIONSHIP_LEVEL) for relationship in relationships]
    levels += [(rule.custom_properties, RULE_LEVEL) for _, _, rule in contract.quality()]
    for custom, known in levels:
        seen: set[str] = set()
        for entry in custom:
            if entry.name.startswith(PREFIX):
                yield from _house_problems(entry, known, seen)
                seen.add(entry.name)
    yield from told_by_kinds(subject, "house-property")


def _house_problems(entry: CustomProperty, known: _Parsers, seen: set[str]) -> Iterator[Problem]:
    parser = known.get(entry.name)
    if parser is None:
        yield Problem(
            (*entry.path, "property"), f"'{entry.name[:60]}' is not known here", did_you_mean(entry.name, known)
        )
        return
    if entry.name in seen:
        yield Problem((*entry.path, "property"), f"'{entry.name}' is written twice", "keep one of the two")
    try:
        parser(entry.value)
    except ValueError as problem:
        message, _, fix = str(problem).partition("; ")
        yield Problem((*entry.path, "value"), f"{entry.name}: {message}", fix)


@error("publish-mode-needs", POLICY)
def publish_mode_needs(subject: Subject) -> Iterator[Problem]:
    """Some ways to publish need a key of the table."""
    contract = subject.contract
    needs = {
        PublishMode.UPSERT: ("a primary key", "primaryKey: true", "primary_key"),
        PublishMode.REPLACE_PARTITION: ("a partition key", "partitioned: true", "partition_key"),
    }
    if contract.custom.publish_mode not in needs:
        return
    what, key, attribute = needs[contract.custom.publish_mode]
    for schema in contract.schemas:
        if not getattr(schema, attribute):
            message = f"publish mode {contract.custom.publish_mode} needs {what}, and '{schema.name}' has none"
            yield Problem(schema.path, message, f"set {key} on a property")


@error("nothing-promised", POLICY)
def nothing_promised(subject: Subject) -> Iterator[Problem]:
    """The standard allows a contract without a table, and a table without columns; neither can be published."""
    contract = subject.contract
    if not contract.schemas:
        yield Problem(("schema",), "the contract has no schema object", "add schema: [{name: …, properties: […]}]")
    for schema in contract.schemas:
        if not schema.properties:
            message = f"schema object {quoted(schema.name)} has no properties"
            yield Problem(schema.path, message, "add properties: [{name: …, logicalType: …}]")


@warning("deprecated-without-replacement", POLICY)
def deprecated_without_replacement(subject: Subject) -> Iterator[Problem]:
    """Consumers of a deprecated product are told where to go."""
    contract = subject.contract
    if contract.status == "deprecated" and contract.custom.replaced_by is None:
        fix = "add the custom property dataPlatform.replacedBy, such as sales/orders_v2"
        yield Problem(("status",), "the contract is deprecated and names no replacement", fix)


@warning("deprecated-without-sunset", POLICY)
def deprecated_without_sunset(subject: Subject) -> Iterator[Problem]:
    """Consumers of a deprecated product are told how long they have."""
    contract = subject.contract
    if contract.status == "deprecated" and sunset(contract) is None:
        fix = "add to slaProperties: {property: endOfSupport, value: '2027-06-30'}"
        yield Problem(("status",), "the contract is deprecated and does not say until when it is served", fix)


RULES: Final[tuple[Rule, ...]] = (
    missing_id,
    missing_identity,
    version_not_semver,
    unknown_status,
    no_owner,
    house_property,
    publish_mode_needs,
    nothing_promised,
    deprecated_without_replacement,
    deprecated_without_sunset,
)
