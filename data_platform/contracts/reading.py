"""A document as a contract: the plain mapping turned into `model`'s typed view.

What belongs here: which key becomes which attribute. What does not: judgement. Nothing here raises on a document: a
value of the wrong type reads as missing, since validation reports it at its line.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from data_platform.contracts.document import Document
from data_platform.contracts.elements import CustomProperty, Operator, Property, QualityRule, Relationship, SchemaObject
from data_platform.contracts.findings import KeyPath
from data_platform.contracts.model import Contract, Description, Server, ServiceLevel, Team, TeamMember
from data_platform.contracts.raw import entries, flag, integer, mapping, plain_list, text, texts
from data_platform.contracts.semver import SemanticVersion

OPERATORS: Final = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)
_Raw = dict[str, Any]
_Part = TypeVar("_Part")


def contract(document: Document) -> Contract:
    """The contract that a document holds, with what is missing or of the wrong type left empty."""
    raw = dict(document.data)
    version = text(raw, "version") or ""
    return Contract(
        document=document,
        api_version=text(raw, "apiVersion") or "",
        id=text(raw, "id") or "",
        name=text(raw, "name") or "",
        version_text=version,
        version=_version(version),
        status=text(raw, "status") or "",
        domain=text(raw, "domain") or "",
        data_product=text(raw, "dataProduct"),
        tenant=text(raw, "tenant"),
        tags=texts(raw, "tags"),
        description=_one(raw, (), "description", _description),
        team=_team(raw),
        servers=_many(raw, (), "servers", _server),
        schemas=_many(raw, (), "schema", _schema),
        service_levels=_many(raw, (), "slaProperties", _service_level),
        custom_properties=_many(raw, (), "customProperties", _custom_property),
    )


def _version(version: str) -> SemanticVersion | None:
    try:
        return SemanticVersion.parse(version)
    except ValueError:
        return None


def _many(raw: _Raw, path: KeyPath, key: str, build: Callable[[_Raw, KeyPath], _Part]) -> tuple[_Part, ...]:
    return tuple(build(item, (*path, key, index)) for index, item in entries(raw, key))


def _one(raw: _Raw, path: KeyPath, key: str, build: Callable[[_Raw, KeyPath], _Part]) -> _Part | None:
    return build(mapping(raw, key), (*path, key)) if isinstance(raw.get(key), dict) else None


def _description(raw: _Raw, path: KeyPath) -> Description:
    return Description(path, raw, text(raw, "purpose"), text(raw, "usage"), text(raw, "limitations"))


def _team(raw: _Raw) -> Team | None:
    if isinstance(raw.get("team"), list):  # as versions before 3.1 wrote it
        return Team(("team",), {}, None, None, _many(raw, (), "team", _member))
    return _one(raw, (), "team", _named_team)


def _named_team(raw: _Raw, path: KeyPath) -> Team:
    return Team(path, raw, text(raw, "name"), text(raw, "description"), _many(raw, path, "members", _member))


def _member(raw: _Raw, path: KeyPath) -> TeamMember:
    return TeamMember(path, raw, text(raw, "username"), text(raw, "name"), text(raw, "role"))


def _server(raw: _Raw, path: KeyPath) -> Server:
    return Server(path, raw, text(raw, "server"), text(raw, "type"), text(raw, "environment"))


def _service_level(raw: _Raw, path: KeyPath) -> ServiceLevel:
    return ServiceLevel(
        path=path,
        raw=raw,
        property=text(raw, "property") or "",
        value=raw.get("value"),
        value_ext=raw.get("valueExt"),
        unit=text(raw, "unit"),
        elements=tuple(filter(None, (part.strip() for part in (text(raw, "element") or "").split(",")))),
        driver=text(raw, "driver"),
        description=text(raw, "description"),
        schedule=text(raw, "schedule"),
    )


def _custom_property(raw: _Raw, path: KeyPath) -> CustomProperty:
    return CustomProperty(path, raw, text(raw, "property") or "", raw.get("value"))


def _schema(raw: _Raw, path: KeyPath) -> SchemaObject:
    return SchemaObject(
        path=path,
        raw=raw,
        id=text(raw, "id"),
        name=text(raw, "name") or "",
        physical_name=text(raw, "physicalName"),
        physical_type=text(raw, "physicalType"),
        description=text(raw, "description"),
        business_name=text(raw, "businessName"),
        granularity=text(raw, "dataGranularityDescription"),
        tags=texts(raw, "tags"),
        properties=_many(raw, path, "properties", _property),
        relationships=_many(raw, path, "relationships", _relationship),
        quality=_many(raw, path, "quality", _quality_rule),
        custom_properties=_many(raw, path, "customProperties", _custom_property),
        deprecated=flag(raw, "deprecated"),
    )


def _property(raw: _Raw, path: KeyPath) -> Property:
    keys = mapping(raw, "map")
    return Property(
        path=path,
        raw=raw,
        id=text(raw, "id"),
        name=text(raw, "name") or "",
        physical_name=text(raw, "physicalName"),
        logical_type=text(raw, "logicalType"),
        physical_type=text(raw, "physicalType"),
        logical_type_options=mapping(raw, "logicalTypeOptions"),
        required=flag(raw, "required"),
        unique=flag(raw, "unique"),
        primary_key=flag(raw, "primaryKey"),
        primary_key_position=integer(raw, "primaryKeyPosition"),
        partitioned=flag(raw, "partitioned"),
        partition_key_position=integer(raw, "partitionKeyPosition"),
        classification=text(raw, "classification"),
        critical=flag(raw, "criticalDataElement"),
        encrypted_name=text(raw, "encryptedName"),
        semantic_type=text(raw, "semanticType") or "column",
        deprecated=flag(raw, "deprecated"),
        description=text(raw, "description"),
        business_name=text(raw, "businessName"),
        tags=texts(raw, "tags"),
        examples=plain_list(raw, "examples"),
        enum=tuple(item["value"] for _, item in entries(raw, "enum") if "value" in item),
        transform_source_objects=texts(raw, "transformSourceObjects"),
        transform_logic=text(raw, "transformLogic"),
        transform_description=text(raw, "transformDescription"),
        properties=_many(raw, path, "properties", _property),
        items=_one(raw, path, "items", _property),
        map_key=_one(keys, (*path, "map"), "key", _property),
        map_value=_one(keys, (*path, "map"), "value", _property),
        relationships=_many(raw, path, "relationships", _relationship),
        quality=_many(raw, path, "quality", _quality_rule),
        custom_properties=_many(raw, path, "customProperties", _custom_property),
    )


def _relationship(raw: _Raw, path: KeyPath) -> Relationship:
    ends = [texts(raw, key) or tuple(filter(None, [text(raw, key)])) for key in ("from", "to")]
    custom = _many(raw, path, "customProperties", _custom_property)
    return Relationship(path, raw, text(raw, "id"), text(raw, "type") or "foreignKey", ends[0], ends[1], custom)


def _quality_rule(raw: _Raw, path: KeyPath) -> QualityRule:
    return QualityRule(
        path=path,
        raw=raw,
        id=text(raw, "id"),
        name=text(raw, "name"),
        type=text(raw, "type") or "library",
        metric=text(raw, "metric"),
        arguments=mapping(raw, "arguments"),
        operators=tuple(Operator((*path, key), raw, key, raw[key]) for key in OPERATORS if key in raw),
        unit=text(raw, "unit"),
        query=text(raw, "query"),
        engine=text(raw, "engine"),
        severity=text(raw, "severity"),
        dimension=text(raw, "dimension"),
        description=text(raw, "description"),
        custom_properties=_many(raw, path, "customProperties", _custom_property),
    )
