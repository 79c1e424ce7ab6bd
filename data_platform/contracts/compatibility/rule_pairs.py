"""Two versions of a table, and the rules of the old one told in the names of the new one.

What belongs here: what ``quality`` and ``relationships`` share: paths followed through renames, the compiled checks,
and what became of a rule that blocks or warns. What does not: which rules belong together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.checks.model import Check
from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.pairing import moved_paths
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.elements import SchemaObject
from data_platform.contracts.model import Contract
from data_platform.contracts.rules.model import Rule
from data_platform.contracts.rules.paths import Path


@dataclass(frozen=True)
class TablePair:
    """A table in both versions.

    Attributes:
        old: The old contract.
        new: The new one.
        old_table: The table there.
        new_table: The table here.
        moved: Where each path of the old table that is still there is in the new one.
    """

    old: Contract
    new: Contract
    old_table: SchemaObject
    new_table: SchemaObject
    moved: Mapping[Path, Path]

    @classmethod
    def of(cls, old: Contract, new: Contract, old_table: SchemaObject, new_table: SchemaObject) -> "TablePair":
        """A table in both versions."""
        return cls(old, new, old_table, new_table, moved_paths(old_table.properties, new_table.properties))

    @cached_property
    def old_checks(self) -> tuple[Check, ...]:
        """The checks of the old table."""
        return compile_checks(self.old, self.old_table.name).checks

    @cached_property
    def new_checks(self) -> tuple[Check, ...]:
        """The checks of the new table."""
        return compile_checks(self.new, self.new_table.name).checks

    def now(self, path: Path) -> Path | None:
        """Where a path of the old table is; ``None``: it is gone."""
        return self.moved.get(path) if path else ()

    def renamed(self, rule: Rule) -> Rule:
        """A rule of the old table with the columns that it names called as they are now."""
        return rule.renamed(self.moved)

    def where(self, old: Path | None, new: Path | None) -> Where:
        """A place in the table."""
        return Where.at(self.old_table.name, old, new)


@dataclass(frozen=True)
class RuleEntry:
    """One rule of one version, as a check.

    Attributes:
        check: The check; its name is that of the compiled one.
        id: The element's ``id``.
        title: The element's ``name``.
        written: What was written.
    """

    check: Check
    id: str | None
    title: str | None
    written: Mapping[str, object]

    @property
    def is_unevaluated(self) -> bool:
        """Whether no machine can judge it."""
        return not self.check.rule.is_evaluated


def compiled_name(checks: tuple[Check, ...], check: Check) -> str | None:
    """The name that the compiled checks give the same rule."""
    return next(
        (candidate.name for candidate in checks if (candidate.path, candidate.rule) == (check.path, check.rule)), None
    )


def quoted_name(entry: RuleEntry) -> str:
    """A rule as a message calls it."""
    return f"'{entry.title or entry.id or entry.check.name}'"


def removal(entry: RuleEntry, where: Where, name: str | None, kind: Kind) -> Change:
    """A rule that is there no more."""
    return where.change(
        _kind(entry, kind), f"rule {quoted_name(entry)} is gone", dict(entry.written), None, old_check=name
    )


def addition(entry: RuleEntry, where: Where, name: str | None, kind: Kind) -> Change:
    """A rule that was not there."""
    return where.change(
        _kind(entry, kind), f"rule {quoted_name(entry)} is new", None, dict(entry.written), new_check=name
    )


def _kind(entry: RuleEntry, kind: Kind) -> Kind:
    """The kind of a change of a rule, which counts for less where the rule does not block."""
    if entry.is_unevaluated:
        return Kind.UNEVALUATED_RULE_CHANGED
    return kind if entry.check.blocking else Kind.WARNING_CHANGED


def enforcement(
    before: RuleEntry, after: RuleEntry, where: Where, names: tuple[str | None, str | None]
) -> Iterator[Change]:
    """Whether a rule that blocked warns, or the other way round."""
    if before.check.blocking == after.check.blocking or before.is_unevaluated or after.is_unevaluated:
        return
    kind = Kind.RULE_ENFORCED if after.check.blocking else Kind.RULE_NO_LONGER_ENFORCED
    severities = [entry.check.severity.value for entry in (before, after)]
    message = f"rule {quoted_name(after)}: severity {severities[0]} → {severities[1]}"
    yield where.change(kind, message, *severities, old_check=names[0], new_check=names[1])
