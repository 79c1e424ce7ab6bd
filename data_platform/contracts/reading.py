"""A document as a contract: the plain mapping turned into `model`'s typed view.

What belongs here: which key becomes which attribute. What does not: judgement. Nothing here raises on a document: a
value of the wrong type reads as missing, since validation reports it at its line. A contract of ODCS 3.0 reads as 3.1
would write it (`older`).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from data_platform.contracts.document import Document
from data_platform.contracts.elements import CustomProperty, Operator, Property, QualityRule, Relationship, SchemaObject
from data_platform.contracts.findings import KeyPath
from data_platform.contracts.model import Contract, Description, Server, ServiceLevel, Team, TeamMember
from data_platform.contracts.older import as_3_1
from data_platform.contracts.raw import entries, flag, integer, mapping, text, texts
from data_platform.contracts.semver import SemanticVersion
from data_platform.contracts.types.names import Dialect, dialect_of_server

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
    raw = as_3_1(document.data)
    version = text(raw, "version") or ""
    servers = _parts(raw, (), "servers", _server)
    dialect = dialect_of_server(servers[0].type if servers else None)
    return Contract(
        document=document,
        id=text(raw, "id") or "",
        name=text(raw, "name") or "",
        version_text=version,
        version=_version(version),
        status=text(raw, "status") or "",
        domain=text(raw, "domain") or "",
        data_product=text(raw, "dataProduct"),
        tenant=text(raw, "tenant"),
        tags=texts(raw, "tags"),
        description=_part(raw, (), "description", _description),
        team=_team(raw),
        servers=servers,
        schemas=_parts(raw, (), "schema", partial(_schema, dialect=dialect)),
        service_levels=_parts(raw, (), "slaProperties", _service_level),
        custom_properties=_parts(raw, (), "customProperties", _custom_property),
    )


def _version(version: str) -> SemanticVersion | None:
    try:
        return SemanticVersion.parse(version)
    except ValueError:
        return None


def _parts(raw: _Raw, path: KeyPath, key: str, build: Callable[[_Raw, KeyPath], _Part]) -> tuple[_Part, ...]:
    return tuple(build(item, (*path, key, index)) for index, item in entries(raw, key))


def _part(raw: _Raw, path: KeyPath, key: str, build: Callable[[_Raw, KeyPath], _Part]) -> _Part | None:
    return build(mapping(raw, key), (*path, key)) if isinstance(raw.get(key), dict) else None


def _description(raw: _Raw, path: KeyPath) -> Description:
    return Description(path, raw, text(raw, "purpose"), text(raw, "usage"), text(raw, "limitations"))


def _team(raw: _Raw) -> Team | None:
    if isinstance(raw.get("team"), list):  # as versions before 3.1 wrote it
        return Team(("team",), {}, None, _parts(raw, (), "team", _member))
    return _part(raw, (), "team", _named_team)


def _named_team(raw: _Raw, path: KeyPath) -> Team:
    return Team(path, raw, text(raw, "name"), _parts(raw, path, "members", _member))


def _member(raw: _Raw, path: KeyPath) -> TeamMember:
    return TeamMember(path, raw, text(raw, "username"), text(raw, "role"))


def _server(raw: _Raw, path: KeyPath) -> Server:
    return Server(path, raw, text(raw, "server"), text(raw, "type"))


def _service_level(raw: _Raw, path: KeyPath) -> ServiceLevel:
    return ServiceLevel(
        path=path,
        raw=raw,
        property=text(raw, "property") or "",
        value=raw.get("value"),
        value_ext=raw.get("valueExt"),
        unit=text(raw, "unit"),
        elements=tuple(filter(None, (part.strip() for part in (text(raw, "element") or "").split(",")))),
        description=text(raw, "description"),
    )


def _custom_property(raw: _Raw, path: KeyPath) -> CustomProperty:
    return CustomProperty(path, raw, text(raw, "property") or "", raw.get("value"))


def _schema(raw: _Raw, path: KeyPath, dialect: Dialect) -> SchemaObject:
    return SchemaObject(
        path=path,
        raw=raw,
        id=text(raw, "id"),
        name=text(raw, "name") or "",
        physical_name=text(raw, "physicalName"),
        physical_type=text(raw, "physicalType"),
        description=text(raw, "description"),
        business_name=text(raw, "businessName"),
        tags=texts(raw, "tags"),
        properties=_parts(raw, path, "properties", partial(_property, dialect=dialect)),
        relationships=_parts(raw, path, "relationships", _relationship),
        quality=_parts(raw, path, "quality", _quality_rule),
        custom_properties=_parts(raw, path, "customProperties", _custom_property),
    )


def _property(raw: _Raw, path: KeyPath, dialect: Dialect) -> Property:
    keys = mapping(raw, "map")
    nested = partial(_property, dialect=dialect)
    return Property(
        path=path,
        raw=raw,
        id=text(raw, "id"),
        name=text(raw, "name") or "",
        physical_name=text(raw, "physicalName"),
        logical_type=text(raw, "logicalType"),
        physical_type=text(raw, "physicalType"),
        dialect=dialect,
        logical_type_options=mapping(raw, "logicalTypeOptions"),
        required=flag(raw, "required"),
        unique=flag(raw, "unique"),
        primary_key=flag(raw, "primaryKey"),
        primary_key_position=integer(raw, "primaryKeyPosition"),
        partitioned=flag(raw, "partitioned"),
        partition_key_position=integer(raw, "partitionKeyPosition"),
        classification=text(raw, "classification"),
        encrypted_name=text(raw, "encryptedName"),
        semantic_type=text(raw, "semanticType") or "column",
        deprecated=flag(raw, "deprecated"),
        description=text(raw, "description"),
        business_name=text(raw, "businessName"),
        tags=texts(raw, "tags"),
        enum=tuple(item["value"] for _, item in entries(raw, "enum") if "value" in item),
        properties=_parts(raw, path, "properties", nested),
        items=_part(raw, path, "items", nested),
        map_key=_part(keys, (*path, "map"), "key", nested),
        map_value=_part(keys, (*path, "map"), "value", nested),
        relationships=_parts(raw, path, "relationships", _relationship),
        quality=_parts(raw, path, "quality", _quality_rule),
        custom_properties=_parts(raw, path, "customProperties", _custom_property),
    )


def _relationship(raw: _Raw, path: KeyPath) -> Relationship:
    ends = [texts(raw, key) or tuple(filter(None, [text(raw, key)])) for key in ("from", "to")]
    custom = _parts(raw, path, "customProperties", _custom_property)
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
        custom_properties=_parts(raw, path, "customProperties", _custom_property),
    )
