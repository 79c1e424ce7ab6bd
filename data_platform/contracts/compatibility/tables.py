"""Changes of the tables of a contract.

What belongs here: tables that came and went, their keys and partitions, and what a pair of tables is put together from.
What does not: columns (``columns``), rules and references (``quality``, ``relationships``).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.columns import Keys, children_changes
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.pairing import moved_paths, pair_tables
from data_platform.contracts.compatibility.quality import quality_changes
from data_platform.contracts.compatibility.relationships import relationship_changes
from data_platform.contracts.compatibility.rule_pairs import TablePair
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.compatibility.words import other_changes, word_changes
from data_platform.contracts.elements import SchemaObject
from data_platform.contracts.model import Contract

_READ: Final = frozenset(
    ("id", "name", "physicalName", "physicalType", "description", "businessName", "tags", "properties",
     "relationships", "quality", "customProperties")
)  # fmt: skip


def table_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """What became of the tables of a contract."""
    pairs = pair_tables(old.schemas, new.schemas)
    for table in pairs.removed:
        yield Where(table.name).change(Kind.TABLE_REMOVED, "removed", table.name)
    for table in pairs.added:
        yield Where(table.name).change(Kind.TABLE_ADDED, "added", None, table.name)
    tables = tuple(TablePair.of(old, new, table, other) for table, other in pairs.both)
    for table_pair in tables:
        yield from _pair_changes(table_pair.old_table, table_pair.new_table)
        yield from relationship_changes(table_pair, tables)
        yield from quality_changes(table_pair)


def _pair_changes(old: SchemaObject, new: SchemaObject) -> Iterator[Change]:
    where = Where(old.name)
    for key, before, after in (("name", old.name, new.name), ("physicalName", old.physical_name, new.physical_name)):
        if before != after:
            yield where.turned(Kind.TABLE_RENAMED, key, before, after)
    if old.physical_type != new.physical_type:
        yield where.turned(Kind.TABLE_KIND_CHANGED, "physicalType", old.physical_type, new.physical_type)
    yield from _primary_key(old, new, where)
    yield from _partitions(old, new, where)
    yield from children_changes(old.properties, new.properties, where, Keys.of(old, new))
    yield from word_changes(old, new, where)
    yield from other_changes(old.raw, new.raw, _READ, where)


def _primary_key(old: SchemaObject, new: SchemaObject, where: Where) -> Iterator[Change]:
    moved = moved_paths(old.properties, new.properties)
    before, after = ([column.column for column in table.primary_key] for table in (old, new))
    kept = [moved.get((name,), ("",))[0] for name in before]  # a column that is gone is none of the new key
    if kept == after:
        return
    kind = Kind.PRIMARY_KEY_REORDERED if sorted(kept) == sorted(after) else Kind.PRIMARY_KEY_CHANGED
    kind = Kind.PRIMARY_KEY_ADDED if not before else Kind.PRIMARY_KEY_REMOVED if not after else kind
    yield where.turned(kind, "primary key", before, after)


def _partitions(old: SchemaObject, new: SchemaObject, where: Where) -> Iterator[Change]:
    moved = moved_paths(old.properties, new.properties)
    before, after = ([column.column for column in table.partition_key] for table in (old, new))
    if [moved.get((name,), ("",))[0] for name in before] != after:
        yield where.turned(Kind.PARTITIONING_CHANGED, "partitioned by", before, after)
