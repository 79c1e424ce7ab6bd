"""Changes of foreign keys.

What belongs here: which relationship of the old table is which of the new one, and what became of it. What does not:
finding the tables that they lead to, which is for who runs the checks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from data_platform.contracts.checks.model import Check
from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.pairing import pair
from data_platform.contracts.compatibility.rule_pairs import (
    RuleEntry,
    TablePair,
    addition,
    enforcement,
    quoted_name,
    removal,
)
from data_platform.contracts.rules.kinds.foreign_key import ForeignKey
from data_platform.contracts.rules.model import Rule, follows
from data_platform.contracts.rules.paths import Path, shown


def relationship_changes(tables: TablePair, all_tables: Sequence[TablePair]) -> Iterator[Change]:
    """What became of the foreign keys of a table.

    Args:
        tables: The table in both versions.
        all_tables: All tables of both contracts, which foreign keys inside the contract lead to.
    """
    old = [_entry(check, check.rule) for check in tables.old_checks if isinstance(check.rule, ForeignKey)]
    new = [_entry(check, check.rule) for check in tables.new_checks if isinstance(check.rule, ForeignKey)]
    before = {id(entry): _renamed(entry.check.rule, tables, all_tables) for entry in old}

    def key(entry: RuleEntry) -> ForeignKey:
        return before.get(id(entry)) or _key(entry.check.rule)

    pairs = pair(old, new, key, lambda entry: key(entry).columns)
    for entry in pairs.removed:
        if all(tables.now(path) is not None for path in _key(entry.check.rule).columns):
            yield removal(
                entry, tables.where(entry.check.path, entry.check.path), entry.check.name, Kind.FOREIGN_KEY_REMOVED
            )
    for entry in pairs.added:
        if _columns_are_old(_key(entry.check.rule).columns, tables):
            yield addition(
                entry, tables.where(entry.check.path, entry.check.path), entry.check.name, Kind.FOREIGN_KEY_ADDED
            )
    for entry, other in pairs.both:
        where = tables.where(entry.check.path, other.check.path)
        names = (entry.check.name, other.check.name)
        yield from enforcement(entry, other, where, names)
        if not follows(other.check.rule, key(entry)):
            kind = Kind.FOREIGN_KEY_CHANGED if entry.check.blocking or other.check.blocking else Kind.WARNING_CHANGED
            message = f"foreign key {quoted_name(entry)}: {entry.written['to']} → {other.written['to']}"
            yield where.change(
                kind, message, entry.written["to"], other.written["to"], old_check=names[0], new_check=names[1]
            )


def _entry(check: Check, rule: Rule) -> RuleEntry:
    key = _key(rule)
    target = f"{key.table}({', '.join(key.to_columns)})"
    return RuleEntry(check, None, ", ".join(map(shown, key.columns)), {"to": target})


def _key(rule: Rule) -> ForeignKey:
    assert isinstance(rule, ForeignKey)  # noqa: S101 - nothing else is put in
    return rule


def _columns_are_old(columns: Sequence[Path], tables: TablePair) -> bool:
    """Whether old data have some of the key: a key whose columns are all new is null there, which passes."""
    return any(path in tables.moved.values() for path in columns)


def _renamed(rule: Rule, tables: TablePair, all_tables: Sequence[TablePair]) -> ForeignKey:
    """An old foreign key with both ends called as they are now."""
    foreign_key = _key(tables.renamed(rule))
    other = next((table_pair for table_pair in all_tables if table_pair.old_table.name == foreign_key.table), None)
    if other is None:
        return foreign_key
    ends = tuple(other.moved.get((name,), (name,))[0] for name in foreign_key.to_columns)
    return replace(foreign_key, table=other.new_table.name, to_columns=ends)
