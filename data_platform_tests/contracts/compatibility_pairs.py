"""Pairs of contracts, one or more for each kind of change, with what is expected of it, written down independently.

What belongs here: the pairs as data. What does not: tests.
"""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.loading import load
from data_platform.contracts.model import Contract

Raw = dict[str, Any]
OTHER: Final = "../../sales/customers_v1/contract.odcs.yaml#/schema/customers/properties/id"
BASE: Final[Raw] = {
    "apiVersion": "v3.2.0",
    "kind": "DataContract",
    "id": "urn:test:things",
    "name": "Things",
    "version": "1.0.0",
    "status": "active",
    "domain": "sales",
    "dataProduct": "things_v1",
    "description": {"purpose": "To be compared."},
    "team": {"name": "sales-team"},
    "schema": [
        {
            "name": "things",
            "physicalType": "table",
            "description": "One row is one thing.",
            "properties": [
                {"name": "key", "logicalType": "integer", "primaryKey": True, "required": True, "description": "Key."},
                {"name": "n", "id": "n-id", "logicalType": "integer", "description": "A whole number."},
                {"name": "x", "logicalType": "number", "description": "A number."},
                {"name": "s", "logicalType": "string", "description": "A text."},
                {"name": "at", "logicalType": "timestamp", "description": "An instant."},
                {"name": "day", "logicalType": "date", "description": "A day."},
                {"name": "list", "logicalType": "array", "description": "A list.", "items": {"logicalType": "string"}},
                {
                    "name": "place",
                    "logicalType": "object",
                    "description": "An object.",
                    "properties": [
                        {"name": "city", "logicalType": "string", "description": "A city."},
                        {"name": "code", "logicalType": "string", "description": "A code."},
                    ],
                },
            ],
        }
    ],
}


@dataclass(frozen=True)
class Edit:
    """Changes of the base.

    Attributes:
        columns: Keys by column; ``None`` takes the column away; an unknown column is put at the end.
        table: Keys of the table; ``None`` takes one away.
        top: Keys of the contract.
        change: Whatever else.
    """

    columns: Mapping[str, Raw | None] = field(default_factory=dict)
    table: Raw = field(default_factory=dict)
    top: Raw = field(default_factory=dict)
    change: Callable[[Raw], None] | None = None

    def text(self) -> str:
        """The contract as JSON, which is YAML."""
        raw = copy.deepcopy(BASE)
        table = raw["schema"][0]
        for name, keys in self.columns.items():
            known = next((one for one in table["properties"] if one["name"] == name), None)
            if keys is None:
                table["properties"].remove(known)
            elif known is None:
                table["properties"].append({"name": name, "description": "New.", **keys})
            else:
                known.update(keys)
        table.update(self.table)
        raw.update(self.top)
        if self.change:
            self.change(raw)
        return json.dumps(_without_nones(raw))

    def contract(self) -> Contract:
        """The contract, without any error."""
        return load(self.text())


@dataclass(frozen=True)
class Case:
    """A pair with the one kind of change between its two contracts.

    Attributes:
        kind: The kind.
        old: The old contract.
        new: The new one.
        expected: Direction (``t``, ``l``, ``b``, ``?``, ``=``), then the verdict on old readers with new data, then
            that on the new contract with old data (``f`` fine, ``m`` may break, ``b`` breaks), then the grade
            (``1`` patch, ``2`` minor, ``3`` major).
    """

    kind: Kind
    old: Edit
    new: Edit
    expected: str


def _without_nones(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nones(one) for key, one in value.items() if one is not None}
    return [_without_nones(one) for one in value] if isinstance(value, list) else value


def column(name: str, /, **keys: Any) -> Edit:
    return Edit(columns={name: keys})


def options(name: str, /, **keys: Any) -> Edit:
    return Edit(columns={name: {"logicalTypeOptions": keys} if keys else {}})


def rule(**keys: Any) -> Edit:
    return Edit(table={"quality": [{"name": "Rule", "type": "library", **keys}]})


def sql(query: str, **keys: Any) -> Edit:
    return rule(type="sql", query=query, **keys)


def custom(**keys: Any) -> Edit:
    return Edit(top={"customProperties": [{"property": f"dataPlatform.{k}", "value": v} for k, v in keys.items()]})


def pseudonymised(how: str) -> Edit:
    custom = [{"property": "dataPlatform.pseudonymise", "value": how}]
    return column("s", customProperties=custom, classification="personal")


def service(name: str, value: Any, unit: str | None = None, element: str | None = None, **keys: Any) -> Edit:
    return Edit(top={"slaProperties": [{"property": name, "value": value, "unit": unit, "element": element, **keys}]})


def reference(to: str, severity: str = "error") -> Edit:
    custom = [{"property": "dataPlatform.severity", "value": severity}]
    return column("n", relationships=[{"to": to, "customProperties": custom}])


def served(**keys: Any) -> Edit:
    server = {"server": "lake", "type": "s3", "location": "s3://mesh/things", "format": "delta", **keys}
    return Edit(top={"servers": [server]})


def top(**keys: Any) -> Edit:
    return Edit(top=keys)


def second_table(raw: Raw) -> None:
    raw["schema"].append({**copy.deepcopy(raw["schema"][0]), "name": "others"})


def reordered(raw: Raw) -> None:
    raw["schema"][0]["properties"].reverse()


def place(*properties: Raw) -> Edit:
    always = {"logicalType": "string", "description": "A part."}
    return column("place", properties=[{**always, **one} for one in properties])


def typed(name: str, physical: str) -> Edit:
    return column(name, physicalType=physical)


def one_of(*values: Any) -> Edit:
    return column("s", enum=[{"value": value} for value in values])


NOTHING: Final = Edit()
LENIENT: Final = custom(extraColumns="ignore")
PERSONAL: Final = column("s", classification="personal")
KEYED: Final = Edit(columns={"key": {"primaryKey": True, "primaryKeyPosition": 1},
                             "n": {"primaryKey": True, "primaryKeyPosition": 2, "required": True}})  # fmt: skip
KEYED_BACK: Final = Edit(columns={"key": {"primaryKey": True, "primaryKeyPosition": 2},
                                  "n": {"primaryKey": True, "primaryKeyPosition": 1, "required": True}})  # fmt: skip
N_REQUIRED: Final = column("n", required=True)
NO_KEY: Final = column("key", primaryKey=False)


def _both_ways(forth: Kind, back: Kind, old: Edit, new: Edit, there: str, home: str) -> list[Case]:
    return [Case(forth, old, new, there), Case(back, new, old, home)]


T, L, B, U = "tfb2", "lbf3", "bbb3", "?mm2"
"""A rule that tightens, loosens, does both, cannot be compared."""

CASES: Final[list[Case]] = [
    # the contract as a whole
    Case(Kind.CONTRACT_ID_CHANGED, NOTHING, top(id="urn:test:stuff"), B),
    Case(Kind.DOMAIN_CHANGED, NOTHING, top(domain="marketing"), B),
    Case(Kind.DATA_PRODUCT_CHANGED, NOTHING, top(dataProduct="things_v2"), B),
    Case(Kind.TENANT_CHANGED, NOTHING, top(tenant="shop"), U),
    Case(Kind.CONTRACT_RENAMED, NOTHING, top(name="Stuff"), "=ff1"),
    Case(Kind.STATUS_ADVANCED, top(status="draft"), NOTHING, "=ff2"),
    Case(Kind.STATUS_ADVANCED, top(status="proposed"), top(status="draft"), "=ff2"),
    Case(Kind.STATUS_DEPRECATED, NOTHING, top(status="deprecated"), "=ff2"),
    Case(Kind.STATUS_ADVANCED, top(status="deprecated"), NOTHING, "=ff2"),
    Case(Kind.STATUS_RETIRED, top(status="deprecated"), top(status="retired"), "=mm2"),
    Case(Kind.STATUS_WITHDRAWN, NOTHING, top(status="draft"), "lmf2"),
    Case(Kind.STATUS_WITHDRAWN, top(status="draft"), top(status="proposed"), "lmf2"),
    Case(Kind.OWNER_CHANGED, NOTHING, top(team={"name": "others"}), "=ff1"),
    Case(Kind.REPLACEMENT_CHANGED, NOTHING, custom(replacedBy="sales/things_v2"), "=ff1"),
    *_both_ways(Kind.SERVER_ADDED, Kind.SERVER_REMOVED, NOTHING, served(), "=ff2", "=mf2"),
    Case(Kind.SERVER_MOVED, served(), served(location="s3://mesh/elsewhere"), "=mf2"),
    Case(Kind.ROLES_CHANGED, NOTHING, top(roles=[{"role": "reader", "access": "read"}]), U),
    Case(Kind.PUBLISH_MODE_CHANGED, NOTHING, custom(publishMode="append"), U),
    *_both_ways(Kind.QUARANTINE_SHARE_RAISED, Kind.QUARANTINE_SHARE_LOWERED, custom(quarantineShare=0.01),
                custom(quarantineShare=0.05), "lmf2", "tfb2"),
    *_both_ways(Kind.VERSION_RETENTION_SHORTENED, Kind.VERSION_RETENTION_LENGTHENED, NOTHING,
                custom(versionRetention="7d"), "lmf2", "=ff2"),
    Case(Kind.VERSION_RETENTION_SHORTENED, custom(versionRetention="2w"), custom(versionRetention="7d"), "lmf2"),
    *_both_ways(Kind.RESTATED_DAYS_SHORTENED, Kind.RESTATED_DAYS_LENGTHENED, NOTHING, custom(restatedDays=45),
                "tfm2", "lmf2"),
    Case(Kind.RESTATED_DAYS_LENGTHENED, custom(restatedDays=30), custom(restatedDays=45), "lmf2"),
    Case(Kind.RESTATE_CHANGED, NOTHING, custom(restate="all"), "=ff2"),
    *_both_ways(Kind.EXTRA_COLUMNS_IGNORED, Kind.EXTRA_COLUMNS_REFUSED, NOTHING, custom(extraColumns="ignore"),
                "lff2", "tfb2"),
    *_both_ways(Kind.COMPATIBILITY_WEAKENED, Kind.COMPATIBILITY_STRENGTHENED, NOTHING, custom(compatibility="NONE"),
                "=ff2", "=ff2"),
    Case(Kind.COMPATIBILITY_WEAKENED, NOTHING, custom(compatibility="PRODUCER"), "=ff2"),
    Case(Kind.COMPATIBILITY_STRENGTHENED, NOTHING, custom(compatibility="CONSUMER_TRANSITIVE"), "=ff2"),
    Case(Kind.DESCRIPTION_CHANGED, NOTHING, top(description={"purpose": "Another."}), "=ff1"),
    Case(Kind.DESCRIPTION_CHANGED, NOTHING, column("n", description="Another."), "=ff1"),
    Case(Kind.BUSINESS_NAME_CHANGED, NOTHING, column("n", businessName="Number"), "=ff1"),
    Case(Kind.TAGS_CHANGED, NOTHING, top(tags=["shop"]), "=ff1"),
    Case(Kind.OTHER_CHANGED, NOTHING, column("n", examples=[1]), "=ff1"),
    Case(Kind.OTHER_CHANGED, NOTHING, top(customProperties=[{"property": "tool.key", "value": 1}]), "=ff1"),
    # tables
    *_both_ways(Kind.TABLE_ADDED, Kind.TABLE_REMOVED, NOTHING, Edit(change=second_table), T, L),
    Case(Kind.TABLE_RENAMED, NOTHING, Edit(table={"name": "stuff"}), B),
    Case(Kind.TABLE_KIND_CHANGED, NOTHING, Edit(table={"physicalType": "view"}), "=ff1"),
    *_both_ways(Kind.PRIMARY_KEY_ADDED, Kind.PRIMARY_KEY_REMOVED, NO_KEY, NOTHING, T, L),
    Case(Kind.PRIMARY_KEY_CHANGED, N_REQUIRED, KEYED, B),
    Case(Kind.PRIMARY_KEY_REORDERED, KEYED, KEYED_BACK, "=ff1"),
    Case(Kind.PARTITIONING_CHANGED, NOTHING, column("day", partitioned=True), B),
    # columns
    *_both_ways(Kind.COLUMN_ADDED_OPTIONAL, Kind.COLUMN_REMOVED, NOTHING, column("new", logicalType="string"),
                "=ff2", B),
    Case(Kind.COLUMN_IGNORED, Edit(columns=column("new", logicalType="string").columns, top=LENIENT.top), LENIENT, L),
    Case(Kind.COLUMN_ADDED_REQUIRED, NOTHING, column("new", logicalType="string", required=True), T),
    Case(Kind.COLUMN_RENAMED, NOTHING, column("n", name="number"), B),
    Case(Kind.COLUMN_RENAMED, NOTHING, column("x", physicalName="amount"), B),
    Case(Kind.COLUMN_ALIAS_CHANGED, column("s", physicalName="text"), column("s", name="t", physicalName="text"),
         "=ff2"),
    Case(Kind.COLUMNS_REORDERED, NOTHING, Edit(change=reordered), "=ff1"),
    *_both_ways(Kind.COLUMN_DEPRECATED, Kind.COLUMN_UNDEPRECATED, NOTHING, column("n", deprecated=True), "=ff2",
                "=ff2"),
    *_both_ways(Kind.REQUIRED_ADDED, Kind.REQUIRED_REMOVED, NOTHING, N_REQUIRED, T, L),
    *_both_ways(Kind.UNIQUE_ADDED, Kind.UNIQUE_REMOVED, NOTHING, column("s", unique=True), T, L),
    *_both_ways(Kind.CLASSIFICATION_RAISED, Kind.CLASSIFICATION_LOWERED, column("s", classification="internal"),
                PERSONAL, "=mf2", "=ff2"),
    Case(Kind.CLASSIFICATION_CHANGED, PERSONAL, column("s", classification="tier-7"), U),
    *_both_ways(Kind.PSEUDONYMISATION_ADDED, Kind.PSEUDONYMISATION_REMOVED, PERSONAL, pseudonymised("hash"),
                "=mf2", "=ff2"),
    Case(Kind.PSEUDONYMISATION_CHANGED, pseudonymised("hash"), pseudonymised("mask"), "=mf2"),
    Case(Kind.ENCRYPTION_CHANGED, NOTHING, column("s", encryptedName="s_enc"), U),
    # types
    *_both_ways(Kind.LOGICAL_TYPE_NARROWED, Kind.LOGICAL_TYPE_WIDENED, NOTHING, column("x", logicalType="integer"),
                T, L),
    *_both_ways(Kind.LOGICAL_TYPE_NARROWED, Kind.LOGICAL_TYPE_WIDENED, NOTHING, options("at", timezone=True), T, L),
    Case(Kind.LOGICAL_TYPE_CHANGED, NOTHING, column("n", logicalType="string"), B),
    Case(Kind.LOGICAL_TYPE_CHANGED, options("at", timezone=True), options("at", timezone=False), B),
    *_both_ways(Kind.PHYSICAL_TYPE_WIDENED, Kind.PHYSICAL_TYPE_NARROWED, typed("n", "INT"),
                typed("n", "BIGINT"), L, T),
    *_both_ways(Kind.PHYSICAL_TYPE_WIDENED, Kind.PHYSICAL_TYPE_NARROWED, typed("x", "DECIMAL(10,2)"),
                typed("x", "DECIMAL(14,4)"), L, T),
    *_both_ways(Kind.PHYSICAL_TYPE_WIDENED, Kind.PHYSICAL_TYPE_NARROWED, typed("x", "FLOAT"), typed("x", "DOUBLE"),
                L, T),
    Case(Kind.PHYSICAL_TYPE_WIDENED, typed("x", "DECIMAL(10,2)"), typed("x", "DOUBLE"), L),
    Case(Kind.PHYSICAL_TYPE_CHANGED, typed("at", "TIMESTAMP"), typed("at", "TIMESTAMPTZ"), B),
    *_both_ways(Kind.PHYSICAL_TYPE_NARROWED, Kind.PHYSICAL_TYPE_WIDENED, NOTHING, typed("x", "DOUBLE"), T, L),
    Case(Kind.PHYSICAL_TYPE_CHANGED, typed("x", "DECIMAL(18,2)"), typed("x", "DOUBLE"), B),
    Case(Kind.PHYSICAL_TYPE_CHANGED, typed("x", "DECIMAL(10,2)"), typed("x", "DECIMAL(10,4)"),
         B),
    Case(Kind.PHYSICAL_TYPE_CHANGED, typed("list", "ARRAY<INT>"), typed("list", "ARRAY<TEXT>"), B),
    *_both_ways(Kind.PHYSICAL_TYPE_WIDENED, Kind.PHYSICAL_TYPE_NARROWED, typed("list", "INT[]"),
                typed("list", "BIGINT[]"), L, T),
    Case(Kind.PHYSICAL_TYPE_UNDECIDED, NOTHING, typed("x", "GEOGRAPHY"), U),
    Case(Kind.PHYSICAL_TYPE_REPLACED, column("n", physicalType="INT", logicalTypeOptions={"minimum": -9, "maximum": 9}),
         column("n", physicalType="BIGINT", logicalTypeOptions={"minimum": -9, "maximum": 9}), "=ff2"),
    Case(Kind.PHYSICAL_TYPE_REPLACED, column("s", physicalType="VARCHAR(9)", logicalTypeOptions={"maxLength": 7}),
         column("s", physicalType="VARCHAR(11)", logicalTypeOptions={"maxLength": 7}), "=ff2"),
    Case(Kind.PHYSICAL_TYPE_WIDENED, typed("n", "BIGINT"), typed("n", "DECIMAL(38,0)"), L),
    Case(Kind.PHYSICAL_TYPE_RESPELLED, typed("n", "INT"), typed("n", "INTEGER"), "=ff1"),
    *_both_ways(Kind.TEXT_LENGTHENED, Kind.TEXT_SHORTENED, typed("s", "VARCHAR(20)"),
                typed("s", "VARCHAR(40)"), L, T),
    Case(Kind.TEXT_LENGTHENED, typed("s", "VARCHAR(20)"), typed("s", "TEXT"), L),
    Case(Kind.TEXT_SHORTENED, NOTHING, typed("s", "VARCHAR(20)"), T),
    Case(Kind.PHYSICAL_TYPE_REPLACED, NOTHING, typed("s", "TEXT"), "=ff2"),
    Case(Kind.DEFAULT_TIMEZONE_CHANGED, NOTHING, options("at", defaultTimezone="Europe/Berlin"), B),
    *_both_ways(Kind.CHILDREN_DECLARED, Kind.CHILDREN_UNDECLARED, column("list", items=None), NOTHING, T, L),
    *_both_ways(Kind.CHILDREN_DECLARED, Kind.CHILDREN_UNDECLARED, column("place", properties=None), NOTHING, T, L),
    # values
    *_both_ways(Kind.ENUM_ADDED, Kind.ENUM_REMOVED, NOTHING, one_of("a"), T, L),
    *_both_ways(Kind.ENUM_WIDENED, Kind.ENUM_NARROWED, one_of("a"),
                one_of("b", "a"), L, T),
    Case(Kind.ENUM_CHANGED, one_of("a"), one_of("b"), B),
    *_both_ways(Kind.RANGE_NARROWED, Kind.RANGE_WIDENED, NOTHING, options("n", minimum=0), T, L),
    *_both_ways(Kind.RANGE_NARROWED, Kind.RANGE_WIDENED, options("x", minimum=0), options("x", exclusiveMinimum=0),
                T, L),
    *_both_ways(Kind.RANGE_NARROWED, Kind.RANGE_WIDENED, options("day", minimum="2024-01-01"),
                options("day", minimum="2024-06-01"), T, L),
    Case(Kind.RANGE_CHANGED, options("n", minimum=0, maximum=9), options("n", minimum=1, maximum=10), B),
    *_both_ways(Kind.SIZE_NARROWED, Kind.SIZE_WIDENED, options("s", maxLength=9), options("s", maxLength=8), T, L),
    *_both_ways(Kind.SIZE_NARROWED, Kind.SIZE_WIDENED, NOTHING, options("list", minItems=1), T, L),
    Case(Kind.SIZE_CHANGED, options("s", minLength=1, maxLength=9), options("s", minLength=2, maxLength=10), B),
    *_both_ways(Kind.PATTERN_ADDED, Kind.PATTERN_REMOVED, NOTHING, options("s", pattern="^a"), T, L),
    Case(Kind.PATTERN_CHANGED, options("s", pattern="^a"), options("s", pattern="^[ab]"), U),
    *_both_ways(Kind.FORMAT_NARROWED, Kind.FORMAT_WIDENED, NOTHING, options("s", format="email"), T, L),
    *_both_ways(Kind.FORMAT_NARROWED, Kind.FORMAT_WIDENED, options("n", format="i64"), options("n", format="u32"), T,
                L),
    Case(Kind.FORMAT_CHANGED, options("s", format="email"), options("s", format="uuid"), B),
    Case(Kind.FORMAT_CHANGED, options("n", format="i32"), options("n", format="u32"), B),
    *_both_ways(Kind.MULTIPLE_OF_NARROWED, Kind.MULTIPLE_OF_WIDENED, options("x", multipleOf=0.1),
                options("x", multipleOf=0.3), T, L),
    Case(Kind.MULTIPLE_OF_CHANGED, options("n", multipleOf=2), options("n", multipleOf=3), B),
    *_both_ways(Kind.UNIQUE_ITEMS_ADDED, Kind.UNIQUE_ITEMS_REMOVED, NOTHING, options("list", uniqueItems=True), T, L),
    *_both_ways(Kind.PRESENCE_NARROWED, Kind.PRESENCE_WIDENED, options("place", required=["city"]),
                options("place", required=["code", "city"]), T, L),
    Case(Kind.PRESENCE_CHANGED, options("place", required=["city"]), options("place", required=["code"]), B),
    # inside of objects
    Case(Kind.COLUMN_REMOVED, NOTHING, place({"name": "city", "description": "A city."}), B),
    Case(Kind.REQUIRED_ADDED, place({"name": "city"}), place({"name": "city", "required": True}), T),
    Case(Kind.COLUMN_RENAMED, place({"name": "city", "id": "city-id"}), place({"name": "town", "id": "city-id"}), B),
    # references and rules
    *_both_ways(Kind.FOREIGN_KEY_ADDED, Kind.FOREIGN_KEY_REMOVED, NOTHING, reference(OTHER), T, L),
    Case(Kind.FOREIGN_KEY_CHANGED, reference(OTHER), reference(OTHER.replace("customers_v1", "customers_v2")), B),
    *_both_ways(Kind.RULE_ENFORCED, Kind.RULE_NO_LONGER_ENFORCED, reference(OTHER, "warning"), reference(OTHER), T, L),
    *_both_ways(Kind.RULE_ADDED, Kind.RULE_REMOVED, NOTHING, rule(metric="rowCount", mustBeGreaterThan=0), T, L),
    *_both_ways(Kind.RULE_TIGHTENED, Kind.RULE_LOOSENED, rule(metric="rowCount", mustBeGreaterThan=0),
                rule(metric="rowCount", mustBeBetween=[1, 9]), T, L),
    *_both_ways(Kind.RULE_TIGHTENED, Kind.RULE_LOOSENED, sql("SELECT count(*) FROM {object}", mustBeLessThan=9),
                sql("SELECT  count(*)\nFROM {object}", mustBe=3), T, L),
    *_both_ways(Kind.RULE_TIGHTENED, Kind.RULE_LOOSENED,
                rule(metric="duplicateValues", arguments={"properties": ["n", "s"]}, mustBeLessThan=5),
                rule(metric="duplicateValues", arguments={"properties": ["n"]}, mustBeLessOrEqualTo=3), T, L),
    Case(Kind.RULE_CHANGED, rule(metric="rowCount", mustBe=1), rule(metric="rowCount", mustNotBe=1), B),
    Case(Kind.RULE_UNDECIDED, sql("SELECT 0", mustBe=0), sql("SELECT 1", mustBe=0), U),
    Case(Kind.RULE_UNDECIDED, rule(metric="duplicateValues", arguments={"properties": ["n"]}, mustBeLessThan=5),
         rule(metric="duplicateValues", arguments={"properties": ["n"]}, mustBeLessThan=5, unit="percent"), U),
    *_both_ways(Kind.RULE_ENFORCED, Kind.RULE_NO_LONGER_ENFORCED,
                rule(metric="rowCount", mustBe=1, severity="warning"), rule(metric="rowCount", mustBe=1), T, L),
    Case(Kind.RULE_RENAMED, rule(metric="rowCount", mustBe=1), rule(metric="rowCount", mustBe=1, name="Other"), "=ff1"),
    Case(Kind.WARNING_CHANGED, NOTHING, rule(metric="rowCount", mustBe=1, severity="warning"), "=ff1"),
    Case(Kind.WARNING_CHANGED, rule(metric="rowCount", mustBe=1, severity="info"),
         rule(metric="rowCount", mustBe=2, severity="info"), "=ff1"),
    Case(Kind.UNEVALUATED_RULE_CHANGED, NOTHING, rule(type="text", description="Be nice."), U),
    # service levels
    *_both_ways(Kind.LATENCY_LENGTHENED, Kind.LATENCY_SHORTENED, service("latency", 24, "h", "things.at"),
                service("ly", 2, "d", "things.at"), "lmf2", "tfm2"),
    *_both_ways(Kind.FREQUENCY_LOWERED, Kind.FREQUENCY_RAISED, service("frequency", 1, "h", "things.at"),
                service("frequency", 1, "d", "things.at"), "lmf2", "tfm2"),
    *_both_ways(Kind.RETENTION_SHORTENED, Kind.RETENTION_LENGTHENED, service("retention", 2, "y", "things.at"),
                service("retention", 1, "y", "things.at"), L, "tfm2"),
    *_both_ways(Kind.RETENTION_SHORTENED, Kind.RETENTION_LENGTHENED, NOTHING, service("retention", 1, "y", "things.at"),
                L, "tfm2"),
    *_both_ways(Kind.END_ANNOUNCED, Kind.END_LATER, NOTHING, service("endOfSupport", "2030-01-01"), "=ff2", "tfm2"),
    *_both_ways(Kind.END_EARLIER, Kind.END_LATER, service("endOfSupport", "2030-01-01"),
                service("endOfSupport", "2029-01-01"), "lmf2", "tfm2"),
    *_both_ways(Kind.SERVICE_LEVEL_ADDED, Kind.SERVICE_LEVEL_REMOVED, NOTHING, service("availability", 99, "percent"),
                "tfm2", "lmf2"),
    *_both_ways(Kind.SERVICE_LEVEL_WEAKENED, Kind.SERVICE_LEVEL_STRENGTHENED, service("availability", 99.9, "percent"),
                service("availability", 99, "percent"), "lmf2", "tfm2"),
    *_both_ways(Kind.SERVICE_LEVEL_WEAKENED, Kind.SERVICE_LEVEL_STRENGTHENED, service("timeToRepair", 1, "h"),
                service("timeToRepair", 1, "d"), "lmf2", "tfm2"),
    Case(Kind.SERVICE_LEVEL_CHANGED, service("timeOfAvailability", "09:00"), service("timeOfAvailability", "10:00"), U),
    Case(Kind.SERVICE_LEVEL_CHANGED, service("latency", 1, "d", "things.at"), service("latency", 1, "d",
         "things.day"), U),
]  # fmt: skip

UNCHANGED: Final[list[tuple[Edit, Edit]]] = [
    (NOTHING, NOTHING),
    (options("n", exclusiveMinimum=4), options("n", minimum=5)),
    (options("s", minLength=0), NOTHING),
    (service("latency", 24, "h", "things.at"), service("latency", 1, "d", "things.at")),
    (service("latency", 1, "d", "things.at"), service("ly", 1, "d", "things.at")),
    (column("x", enum=[{"value": 1}, {"value": 2}]), column("x", enum=[{"value": 2.0}, {"value": 1}])),
    (rule(metric="rowCount", mustBeGreaterThan=0), rule(metric="rowCount", mustBeGreaterOrEqualTo=1)),
    (rule(metric="rowCount", mustBeLessThan=1), rule(metric="rowCount", mustBe=0)),
    (sql("SELECT 1", mustBe=1), sql("SELECT\n 1", mustBe=1)),
    (top(tags=["a", "b"]), top(tags=["b", "a"])),
    (custom(publishMode="replace"), NOTHING),
    (column("s", classification="internal"), column("s", classification=" Internal")),
    (NOTHING, top(version="1.0.1")),
]
"""Pairs that are written otherwise and say the same."""
