"""Changes of quality rules: library metrics, SQL, prose.

What belongs here: which rule of the old table is which of the new one, and what became of it. What does not: which rule
follows from which (``rules.kinds``), foreign keys (``relationships``).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.checks.compiling import check_of
from data_platform.contracts.checks.names import Names
from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.pairing import pair
from data_platform.contracts.compatibility.rule_pairs import (
    RuleEntry,
    TablePair,
    addition,
    compiled_name,
    enforcement,
    quoted_name,
    removal,
)
from data_platform.contracts.compatibility.words import other_changes
from data_platform.contracts.elements import Property, QualityRule, SchemaObject
from data_platform.contracts.rules.model import follows
from data_platform.contracts.rules.paths import Path, located

_READ: Final = frozenset(
    ("id", "name", "type", "metric", "rule", "arguments", "unit", "query", "engine", "implementation",
     "severity", "description", "mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo",
     "mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween")
)  # fmt: skip
_WORDS: Final = frozenset({"id", "name", "description", "dimension", "tags", "severity"})


def quality_changes(tables: TablePair) -> Iterator[Change]:
    """What became of the quality rules of a table."""
    old, new = list(_rules(tables.old_table)), list(_rules(tables.new_table))
    is_old = {id(entry) for entry in old}

    def at(entry: RuleEntry) -> Path | None:
        return tables.now(entry.check.path) if id(entry) in is_old else entry.check.path

    def rule(entry: RuleEntry) -> str | None:
        own = entry.check.rule
        return None if entry.is_unevaluated else repr(tables.renamed(own) if id(entry) in is_old else own)

    pairs = pair(
        old,
        new,
        lambda entry: entry.id,
        lambda entry: (at(entry), entry.title) if entry.title else None,
        lambda entry: (at(entry), rule(entry)) if rule(entry) else None,
        lambda entry: (at(entry), type(entry.check.rule).__name__, getattr(entry.check.rule, "metric", None)),
    )
    for entry in pairs.removed:
        path = tables.now(entry.check.path)
        if path is not None:  # what was about a column that is gone went with it
            name = compiled_name(tables.old_checks, entry.check)
            yield removal(entry, tables.where(entry.check.path, path), name, Kind.RULE_REMOVED)
    before = {after: path for path, after in tables.moved.items()}
    for entry in pairs.added:
        path = before.get(entry.check.path) if entry.check.path else ()
        if path is not None or not entry.check.rule.kept_by_nulls:  # a new column is null in old data
            name = compiled_name(tables.new_checks, entry.check)
            yield addition(entry, tables.where(path, entry.check.path), name, Kind.RULE_ADDED)
    for entry, other in pairs.both:
        yield from _pair_changes(entry, other, tables)


def _rules(table: SchemaObject) -> Iterator[RuleEntry]:
    for path, owner in located(table.properties):
        for rule in owner.quality:
            yield _entry(rule, path, owner, table)
    for rule in table.quality:
        yield _entry(rule, (), None, table)


def _entry(rule: QualityRule, path: Path, owner: Property | None, table: SchemaObject) -> RuleEntry:
    return RuleEntry(check_of(rule, path, owner, table, Names()), rule.id, rule.name, dict(rule.raw))


def _pair_changes(old: RuleEntry, new: RuleEntry, tables: TablePair) -> Iterator[Change]:
    where = tables.where(old.check.path, new.check.path)
    names = compiled_name(tables.old_checks, old.check), compiled_name(tables.new_checks, new.check)
    if old.is_unevaluated != new.is_unevaluated:
        yield removal(old, where, names[0], Kind.RULE_REMOVED)
        yield addition(new, where, names[1], Kind.RULE_ADDED)
        return
    yield from enforcement(old, new, where, names)
    kind = _kind(old, new, tables)
    if kind is not None:
        message = f"rule {quoted_name(new)}: {_difference(old, new)}"
        yield where.change(kind, message, old.written, new.written, old_check=names[0], new_check=names[1])
    if (old.title, old.id) != (new.title, new.id):
        message = f"rule {quoted_name(old)} is called {quoted_name(new)}"
        yield where.change(Kind.RULE_RENAMED, message, old.title or old.id, new.title or new.id)
    words = (old.written.get("description"), new.written.get("description"))
    if words[0] != words[1]:
        yield where.turned(Kind.DESCRIPTION_CHANGED, f"description of rule {quoted_name(new)}", *words)
    yield from other_changes(old.written, new.written, _READ, where)


def _kind(old: RuleEntry, new: RuleEntry, tables: TablePair) -> Kind | None:
    """What became of the rule itself; ``None``: nothing."""
    if old.is_unevaluated:
        return None if _rest(old) == _rest(new) else Kind.UNEVALUATED_RULE_CHANGED
    owner = next((column for path, column in located(tables.new_table.properties) if path == new.check.path), None)
    logical = owner.logical_type if owner else None
    before, after = tables.renamed(old.check.rule), new.check.rule
    narrower, wider = follows(after, before, logical), follows(before, after, logical)
    if narrower and wider:
        return None
    if not (old.check.blocking or new.check.blocking):
        return Kind.WARNING_CHANGED
    if narrower:
        return Kind.RULE_TIGHTENED
    if wider:
        return Kind.RULE_LOOSENED
    return Kind.RULE_UNDECIDED if narrower is None else Kind.RULE_CHANGED


def _difference(old: RuleEntry, new: RuleEntry) -> str:
    thresholds = [getattr(entry.check.rule, "threshold", None) for entry in (old, new)]
    if thresholds[0] != thresholds[1]:
        return f"{thresholds[0]} → {thresholds[1]}"
    before, after = _rest(old), _rest(new)
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return f"another {', '.join(sorted(keys))}" if keys else "what its column promises is another"


def _rest(entry: RuleEntry) -> dict[str, object]:
    """What was written, without the words about it."""
    return {key: value for key, value in entry.written.items() if key not in _WORDS}
