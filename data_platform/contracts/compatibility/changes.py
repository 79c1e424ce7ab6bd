"""What a change between two versions of a contract is.

What belongs here: the kinds of change, and one change with its place. What does not: whom a kind breaks (``table``),
finding changes (``compare``).
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any


class Direction(StrEnum):
    """What a change does to the set of data that the contract allows."""

    TIGHTENS = "tightens"
    """The new version allows less."""
    LOOSENS = "loosens"
    """The new version allows more."""
    BOTH = "both"
    """Each allows what the other does not."""
    UNKNOWN = "unknown"
    """Nobody can tell from the contracts: a pattern, a query, a word whose meaning is not defined."""
    NEUTRAL = "neutral"
    """The allowed data are the same."""


class Grade(IntEnum):
    """Which part of the version a change demands, seen from the reader's side."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Kind(StrEnum):
    """The kinds of change; ``table.TABLE`` says what each means."""

    CONTRACT_ID_CHANGED = "contract-id-changed"
    DOMAIN_CHANGED = "domain-changed"
    DATA_PRODUCT_CHANGED = "data-product-changed"
    TENANT_CHANGED = "tenant-changed"
    CONTRACT_RENAMED = "contract-renamed"
    STATUS_ADVANCED = "status-advanced"
    STATUS_DEPRECATED = "status-deprecated"
    STATUS_RETIRED = "status-retired"
    STATUS_WITHDRAWN = "status-withdrawn"
    OWNER_CHANGED = "owner-changed"
    REPLACEMENT_CHANGED = "replacement-changed"
    SERVER_ADDED = "server-added"
    SERVER_MOVED = "server-moved"
    SERVER_REMOVED = "server-removed"
    ROLES_CHANGED = "roles-changed"
    PUBLISH_MODE_CHANGED = "publish-mode-changed"
    QUARANTINE_SHARE_RAISED = "quarantine-share-raised"
    QUARANTINE_SHARE_LOWERED = "quarantine-share-lowered"
    VERSION_RETENTION_SHORTENED = "version-retention-shortened"
    VERSION_RETENTION_LENGTHENED = "version-retention-lengthened"
    COMPATIBILITY_WEAKENED = "compatibility-weakened"
    COMPATIBILITY_STRENGTHENED = "compatibility-strengthened"
    DESCRIPTION_CHANGED = "description-changed"
    BUSINESS_NAME_CHANGED = "business-name-changed"
    TAGS_CHANGED = "tags-changed"
    OTHER_CHANGED = "other-changed"

    TABLE_ADDED = "table-added"
    TABLE_REMOVED = "table-removed"
    TABLE_RENAMED = "table-renamed"
    TABLE_KIND_CHANGED = "table-kind-changed"
    PRIMARY_KEY_ADDED = "primary-key-added"
    PRIMARY_KEY_REMOVED = "primary-key-removed"
    PRIMARY_KEY_CHANGED = "primary-key-changed"
    PRIMARY_KEY_REORDERED = "primary-key-reordered"
    PARTITIONING_CHANGED = "partitioning-changed"

    COLUMN_ADDED_OPTIONAL = "column-added-optional"
    COLUMN_ADDED_REQUIRED = "column-added-required"
    COLUMN_REMOVED = "column-removed"
    COLUMN_RENAMED = "column-renamed"
    COLUMN_ALIAS_CHANGED = "column-alias-changed"
    COLUMNS_REORDERED = "columns-reordered"
    COLUMN_DEPRECATED = "column-deprecated"
    COLUMN_UNDEPRECATED = "column-undeprecated"
    REQUIRED_ADDED = "required-added"
    REQUIRED_REMOVED = "required-removed"
    UNIQUE_ADDED = "unique-added"
    UNIQUE_REMOVED = "unique-removed"
    CLASSIFICATION_RAISED = "classification-raised"
    CLASSIFICATION_LOWERED = "classification-lowered"
    CLASSIFICATION_CHANGED = "classification-changed"
    PSEUDONYMISATION_ADDED = "pseudonymisation-added"
    PSEUDONYMISATION_REMOVED = "pseudonymisation-removed"
    PSEUDONYMISATION_CHANGED = "pseudonymisation-changed"
    ENCRYPTION_CHANGED = "encryption-changed"

    LOGICAL_TYPE_WIDENED = "logical-type-widened"
    LOGICAL_TYPE_NARROWED = "logical-type-narrowed"
    LOGICAL_TYPE_CHANGED = "logical-type-changed"
    PHYSICAL_TYPE_WIDENED = "physical-type-widened"
    PHYSICAL_TYPE_NARROWED = "physical-type-narrowed"
    PHYSICAL_TYPE_LOOSENED = "physical-type-loosened"
    PHYSICAL_TYPE_CHANGED = "physical-type-changed"
    PHYSICAL_TYPE_UNDECIDED = "physical-type-undecided"
    PHYSICAL_TYPE_RESPELLED = "physical-type-respelled"
    TEXT_LENGTHENED = "text-lengthened"
    TEXT_SHORTENED = "text-shortened"
    DEFAULT_TIMEZONE_CHANGED = "default-timezone-changed"
    CHILDREN_DECLARED = "children-declared"
    CHILDREN_UNDECLARED = "children-undeclared"

    ENUM_ADDED = "enum-added"
    ENUM_REMOVED = "enum-removed"
    ENUM_NARROWED = "enum-narrowed"
    ENUM_WIDENED = "enum-widened"
    ENUM_CHANGED = "enum-changed"
    RANGE_NARROWED = "range-narrowed"
    RANGE_WIDENED = "range-widened"
    RANGE_CHANGED = "range-changed"
    SIZE_NARROWED = "size-narrowed"
    SIZE_WIDENED = "size-widened"
    SIZE_CHANGED = "size-changed"
    PATTERN_ADDED = "pattern-added"
    PATTERN_REMOVED = "pattern-removed"
    PATTERN_CHANGED = "pattern-changed"
    FORMAT_NARROWED = "format-narrowed"
    FORMAT_WIDENED = "format-widened"
    FORMAT_CHANGED = "format-changed"
    MULTIPLE_OF_NARROWED = "multiple-of-narrowed"
    MULTIPLE_OF_WIDENED = "multiple-of-widened"
    MULTIPLE_OF_CHANGED = "multiple-of-changed"
    UNIQUE_ITEMS_ADDED = "unique-items-added"
    UNIQUE_ITEMS_REMOVED = "unique-items-removed"
    PRESENCE_NARROWED = "presence-narrowed"
    PRESENCE_WIDENED = "presence-widened"
    PRESENCE_CHANGED = "presence-changed"

    FOREIGN_KEY_ADDED = "foreign-key-added"
    FOREIGN_KEY_REMOVED = "foreign-key-removed"
    FOREIGN_KEY_CHANGED = "foreign-key-changed"
    RULE_ADDED = "rule-added"
    RULE_REMOVED = "rule-removed"
    RULE_TIGHTENED = "rule-tightened"
    RULE_LOOSENED = "rule-loosened"
    RULE_CHANGED = "rule-changed"
    RULE_UNDECIDED = "rule-undecided"
    RULE_ENFORCED = "rule-enforced"
    RULE_NO_LONGER_ENFORCED = "rule-no-longer-enforced"
    RULE_RENAMED = "rule-renamed"
    WARNING_CHANGED = "warning-changed"
    UNEVALUATED_RULE_CHANGED = "unevaluated-rule-changed"

    LATENCY_LENGTHENED = "latency-lengthened"
    LATENCY_SHORTENED = "latency-shortened"
    FREQUENCY_LOWERED = "frequency-lowered"
    FREQUENCY_RAISED = "frequency-raised"
    RETENTION_SHORTENED = "retention-shortened"
    RETENTION_LENGTHENED = "retention-lengthened"
    END_ANNOUNCED = "end-announced"
    END_EARLIER = "end-earlier"
    END_LATER = "end-later"
    SERVICE_LEVEL_ADDED = "service-level-added"
    SERVICE_LEVEL_REMOVED = "service-level-removed"
    SERVICE_LEVEL_WEAKENED = "service-level-weakened"
    SERVICE_LEVEL_STRENGTHENED = "service-level-strengthened"
    SERVICE_LEVEL_CHANGED = "service-level-changed"


@dataclass(frozen=True)
class Change:
    """One change from an old contract to a new one.

    Attributes:
        kind: What happened.
        path: Where, as people write it: ``orders.address.city``, ``orders``; empty for the contract itself. By the
            old names, where there is an old one.
        message: What happened in words, without whom it breaks.
        table: The table, by its old name if it has one; ``None`` for the contract itself.
        column: The top-level column of the old table that the change is about or inside of; ``None`` for a new one.
        new_column: The same in the new table; ``None`` for one that is gone.
        before: The old value as plain data; ``None`` where there was none.
        after: The new value.
        old_check: The old check (``checks.model.Check.name``) that the change is about, if any.
        new_check: The new one.
    """

    kind: Kind
    path: str
    message: str
    table: str | None = None
    column: str | None = None
    new_column: str | None = None
    before: Any = None
    after: Any = None
    old_check: str | None = None
    new_check: str | None = None

    @cached_property
    def direction(self) -> Direction:
        """What it does to the data that the contract allows."""
        from data_platform.contracts.compatibility.table import TABLE  # noqa: PLC0415 - the table names the kinds

        return TABLE[self.kind].direction

    @cached_property
    def grade(self) -> Grade:
        """Which part of the version it demands, seen from the reader's side."""
        from data_platform.contracts.compatibility.table import TABLE  # noqa: PLC0415 - the table names the kinds

        return TABLE[self.kind].grade
