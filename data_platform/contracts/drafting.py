"""A contract drafted by a machine: columns found elsewhere (a query, a file, another tool's schema) as a mapping.

What belongs here: the keys that a contract of this mesh has, in their order, filled from what is known. What does not:
finding the columns, and writing the text (``writing``).

What a draft must say and nobody told is said as plainly as it is known, so that a draft passes the lint and can be used
at once: a column that sounds like personal data is classified as such until its owner says otherwise.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from data_platform.contracts.document import Document
from data_platform.contracts.lint.documentation import unclassified_personal_data
from data_platform.contracts.lint.rule import Subject
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.source import UNNAMED

_ORDER: Final = (
    "id", "name", "physicalName", "logicalType", "physicalType", "required", "primaryKey", "primaryKeyPosition",
    "unique", "partitioned", "partitionKeyPosition", "classification", "description", "logicalTypeOptions",
)  # fmt: skip


_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class ColumnDraft:
    """A column as far as it is known.

    Attributes:
        name: Its name.
        type: ``logicalType``, ``physicalType``, ``logicalTypeOptions``, ``properties``, ``items``: the standard's keys.
        description: What it means.
        required: Whether it is never null.
        classification: How its values are to be treated.
        more: Any other keys of the standard.
    """

    name: str
    type: Mapping[str, object]
    description: str = ""
    required: bool = False
    classification: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class TableDraft:
    """A table as far as it is known.

    Attributes:
        columns: Its columns, in their order.
        key: The primary key, in order; empty: not known.
        row: What one row is.
        partition: The partition column.
        quality: Rules of the table.
    """

    columns: tuple[ColumnDraft, ...]
    key: tuple[str, ...] = ()
    row: str = ""
    partition: str | None = None
    quality: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True)
class About:
    """Whose a product is, and what for.

    Attributes:
        domain: Its domain.
        product: Its name with the version: ``orders_v1``.
        version: Its version: ``1.0.0``.
        owner: The team; None: the domain's name.
        purpose: What it is for.
        status: Its place in the standard's life of a contract.
        limitations: What it is not for.
    """

    domain: str
    product: str
    version: str = "1.0.0"
    owner: str | None = None
    purpose: str = ""
    status: str = "active"
    limitations: str = ""

    @property
    def table(self) -> str:
        """The product's name without its version."""
        return self.product.rpartition("_v")[0] or self.product

    @property
    def title(self) -> str:
        """The same for people."""
        return self.table.replace("_", " ").capitalize()


def contract_mapping(about: About, table: TableDraft) -> dict[str, object]:
    """A contract as plain data, in the order in which it is written.

    Args:
        about: Whose it is.
        table: Its table.

    Returns:
        A mapping that follows ODCS 3.1.
    """
    custom = [{"property": "dataPlatform.publishMode", "value": "replace_partition" if table.partition else "replace"}]
    schema: dict[str, object] = {
        "name": about.table,
        "physicalType": "table",
        "description": table.row or _row_of(table),
        "properties": [_property(column, table) for column in _classified(about, table.columns)],
    }
    if table.quality:
        schema["quality"] = [dict(rule) for rule in table.quality]
    purpose = about.purpose or f"{about.title} of {about.domain}."
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"urn:data-platform:{about.domain}:{about.table.replace('_', '-')}",
        "name": about.title,
        "version": about.version,
        "status": about.status,
        "domain": about.domain,
        "dataProduct": about.product,
        "description": {"purpose": purpose, **({"limitations": about.limitations} if about.limitations else {})},
        "team": {"name": about.owner or about.domain},
        "schema": [schema],
        "customProperties": custom,
    }


def _row_of(table: TableDraft) -> str:
    if not table.key:
        return "One row is one record; nothing tells two of them apart."
    *others, last = (name.replace("_", " ") for name in table.key)
    return f"One row is one {', '.join(others)}{' and ' if others else ''}{last}."


def _property(column: ColumnDraft, table: TableDraft) -> dict[str, object]:
    mapping: dict[str, object] = {"name": column.name, **column.type, **column.more}
    if _IDENTIFIER.fullmatch(column.name):
        mapping.setdefault("id", column.name)  # which stays when the name changes, so that a rename is seen as one
    if column.required or column.name in table.key:
        mapping["required"] = True
    if column.name in table.key:
        mapping |= {"primaryKey": True, "primaryKeyPosition": table.key.index(column.name) + 1}
    if column.name == table.partition:
        mapping |= {"partitioned": True, "partitionKeyPosition": 1}
    if column.classification:
        mapping["classification"] = column.classification
    mapping["description"] = column.description or f"{column.name.replace('_', ' ').capitalize()}."
    return {**{key: mapping[key] for key in _ORDER if key in mapping}, **mapping}


def _classified(about: About, columns: Iterable[ColumnDraft]) -> list[ColumnDraft]:
    """The columns, those that sound like personal data classified as such, by the lint's own judgement."""
    columns = list(columns)
    raw = {"schema": [{"name": about.table, "properties": [_property(column, TableDraft(())) for column in columns]}]}
    subject = Subject(contract_of(Document(UNNAMED, raw, {})))
    paths = {problem.path for problem in unclassified_personal_data.check(subject)}
    return [
        replace(column, classification="personal") if ("schema", 0, "properties", at) in paths else column
        for at, column in enumerate(columns)
    ]


def personal_columns(about: About, columns: Iterable[ColumnDraft]) -> frozenset[str]:
    """The columns whose values may be shown nowhere, and so may not be written into a contract."""
    return frozenset(column.name for column in _classified(about, columns) if column.classification == "personal")
