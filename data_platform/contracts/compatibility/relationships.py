"""Changes of foreign keys.

What belongs here: which relationship of the old table is which of the new one, and what became of it. What does not:
finding the tables that they lead to, which is for who runs the checks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from data_platform.contracts.checks.model import Check
from data_platform.contracts.checks.rules import ForeignKey, Path, Rule, shown
from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.implication import follows
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.pairing import pair
from data_platform.contracts.compatibility.rule_pairs import Ruled, TablePair, come, enforcement, gone, told_name


def relationship_changes(tables: TablePair, all_tables: Sequence[TablePair]) -> Iterator[Change]:
    """What became of the foreign keys of a table.

    Args:
        tables: The table in both versions.
        all_tables: All tables of both contracts, which foreign keys inside the contract lead to.
    """
    old = [_ruled(one, one.rule) for one in tables.old_checks if isinstance(one.rule, ForeignKey)]
    new = [_ruled(one, one.rule) for one in tables.new_checks if isinstance(one.rule, ForeignKey)]
    before = {id(one): _anew(one.check.rule, tables, all_tables) for one in old}

    def key(one: Ruled) -> ForeignKey:
        return before.get(id(one)) or _key(one.check.rule)

    pairs = pair(old, new, key, lambda one: key(one).columns)
    for one in pairs.removed:
        if all(tables.now(path) is not None for path in _key(one.check.rule).columns):
            yield gone(one, tables.where(one.check.path, one.check.path), one.check.name, Kind.FOREIGN_KEY_REMOVED)
    for one in pairs.added:
        if _columns_are_old(_key(one.check.rule).columns, tables):
            yield come(one, tables.where(one.check.path, one.check.path), one.check.name, Kind.FOREIGN_KEY_ADDED)
    for one, other in pairs.both:
        where = tables.where(one.check.path, other.check.path)
        names = (one.check.name, other.check.name)
        yield from enforcement(one, other, where, names)
        if not follows(other.check.rule, key(one)):
            kind = Kind.FOREIGN_KEY_CHANGED if one.check.blocking or other.check.blocking else Kind.WARNING_CHANGED
            message = f"foreign key {told_name(one)}: {one.written['to']} → {other.written['to']}"
            yield where.change(
                kind, message, one.written["to"], other.written["to"], old_check=names[0], new_check=names[1]
            )


def _ruled(check: Check, rule: Rule) -> Ruled:
    key = _key(rule)
    return Ruled(check, None, ", ".join(map(shown, key.columns)), {"to": f"{key.table}({', '.join(key.to_columns)})"})


def _key(rule: Rule) -> ForeignKey:
    assert isinstance(rule, ForeignKey)  # noqa: S101 - nothing else is put in
    return rule


def _columns_are_old(columns: Sequence[Path], tables: TablePair) -> bool:
    """Whether old data have some of the key: a key whose columns are all new is null there, which passes."""
    return any(path in tables.moved.values() for path in columns)


def _anew(rule: Rule, tables: TablePair, all_tables: Sequence[TablePair]) -> ForeignKey:
    """An old foreign key with both ends called as they are now."""
    told = _key(tables.told_anew(rule))
    other = next((one for one in all_tables if one.old_table.name == told.table), None)
    if other is None:
        return told
    ends = tuple(other.moved.get((name,), (name,))[0] for name in told.to_columns)
    return replace(told, table=other.new_table.name, to_columns=ends)
