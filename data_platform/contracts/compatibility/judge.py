"""Whether a version of a contract may follow the earlier ones.

What belongs here: which earlier versions bind under a mode, whom the changes break, and which version they demand. What
does not: finding changes (``compare``), the verdicts (``modes``), where earlier versions are kept (``registry``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.compare import compare
from data_platform.contracts.compatibility.effects import Verdict
from data_platform.contracts.compatibility.kinds import Grade
from data_platform.contracts.compatibility.modes import cell, grade_under, is_transitive, joined
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import CompatibilityMode
from data_platform.contracts.semver import SemanticVersion


@dataclass(frozen=True)
class JudgedChange:
    """A change with what it means for those whom the mode protects.

    Attributes:
        change: The change.
        verdict: What it means.
        reason: Why.
        grade: Which part of the version it demands under the mode.
    """

    change: Change
    verdict: Verdict
    reason: str
    grade: Grade


@dataclass(frozen=True)
class Comparison:
    """A version against one earlier one.

    Attributes:
        version: The earlier version.
        changes: Every change since.
        free: Why this version binds nobody, so that its changes are told and refuse nothing; ``None``: it binds.
    """

    version: str
    changes: tuple[JudgedChange, ...]
    free: str | None = None

    @property
    def grade(self) -> Grade | None:
        """The part of the version that the changes demand; ``None``: nothing changed."""
        return max((judged.grade for judged in self.changes), default=None)


@dataclass(frozen=True)
class Judgement:
    """Whether a version may follow the earlier ones.

    Attributes:
        version: The version given.
        mode: Under which mode.
        comparisons: One for each earlier version that was looked at, the newest first.
        newest: The newest version that binds; ``None``: none does.
    """

    version: str
    mode: CompatibilityMode
    comparisons: tuple[Comparison, ...]
    newest: SemanticVersion | None = None

    @cached_property
    def needed(self) -> Grade | None:
        """The part of the version that the changes demand; ``None``: nothing changed, or nothing binds."""
        bound = [comparison.grade for comparison in self.comparisons if comparison.free is None]
        grades = [*bound[:1], *(grade for grade in bound[1:] if grade is Grade.MAJOR)]
        return max((grade for grade in grades if grade), default=None)

    @cached_property
    def required(self) -> SemanticVersion | None:
        """The least version that will do; ``None``: any will."""
        return None if self.newest is None else raised(self.newest, self.needed)

    @cached_property
    def breaking(self) -> tuple[tuple[str, JudgedChange], ...]:
        """What breaks somebody, each with the earlier version that it breaks."""
        return self._of(Verdict.BREAKS)

    @cached_property
    def doubtful(self) -> tuple[tuple[str, JudgedChange], ...]:
        """What may break somebody, each with the earlier version."""
        return self._of(Verdict.MAY_BREAK)

    @property
    def restating(self) -> tuple[JudgedChange, ...]:
        """Changes since the newest earlier version that what was published by it does not show: it needs restatement.

        By the new contract what is there may not be allowed, or a column that is new is empty in it.
        """
        own = (comparison for comparison in self.comparisons if _major(comparison.version) == _major(self.version))
        newest = next(own, None)
        return tuple(judged for judged in newest.changes if judged.change.needs_restatement) if newest else ()

    @property
    def suffices(self) -> bool:
        """Whether the version given is at least the one required."""
        if self.required is None:
            return True
        try:
            given = SemanticVersion.parse(self.version)
        except ValueError:
            return False
        return _numbers(given) >= _numbers(self.required)

    @property
    def compatible(self) -> bool:
        """Whether nothing breaks; what may break does not count."""
        return not self.breaking

    def _of(self, verdict: Verdict) -> tuple[tuple[str, JudgedChange], ...]:
        binding = (comparison for comparison in self.comparisons if comparison.free is None)
        return tuple(
            (comparison.version, judged)
            for comparison in binding
            for judged in comparison.changes
            if judged.verdict is verdict
        )


def judge(new: Contract, earlier: Sequence[Contract], mode: CompatibilityMode | None = None) -> Judgement:
    """Judge whether a version may follow the earlier ones.

    Under a transitive mode every earlier version of the same major binds, else the newest of them. What binds nobody is
    compared and told as well: the newest version of an earlier major (a new major is another product, its consumers
    stay where they are), a pre-release, and a proposed or draft version.

    Args:
        new: The version to judge.
        earlier: The earlier ones, in any order, among them perhaps later ones than ``new``, which then bind it too.
        mode: Whom to protect; ``None``: see ``mode_of``.

    Returns:
        The judgement.
    """
    mode = mode or mode_of(new, earlier)
    ordered = sorted(earlier, key=_order, reverse=True)
    binding = [contract for contract in ordered if _why_free(contract, new) is None]
    looked_at = binding if is_transitive(mode) else binding[:1]
    free = [contract for contract in ordered if _why_free(contract, new) is not None]
    chosen = sorted([*looked_at, *free[:1]], key=_order, reverse=True)
    comparisons = tuple(compared(contract, new, mode, free=_why_free(contract, new)) for contract in chosen)
    return Judgement(new.version_text, mode, comparisons, binding[0].version if binding else None)


def mode_of(new: Contract, earlier: Sequence[Contract]) -> CompatibilityMode:
    """Whom a version must not break: those whom it protects, and those whom the newest one before it promised to.

    So whoever lifts the protection does so one version before making use of it.
    """
    binding = [contract for contract in earlier if _why_free(contract, new) is None]
    if not binding:
        return new.custom.compatibility
    return joined(max(binding, key=_order).custom.compatibility, new.custom.compatibility)


def compared(old: Contract, new: Contract, mode: CompatibilityMode, *, free: str | None = None) -> Comparison:
    """Every change from one version to another, judged under a mode."""
    changes = []
    for change in compare(old, new):
        table_cell = cell(change.kind, mode)
        changes.append(JudgedChange(change, table_cell.verdict, table_cell.reason, grade_under(change, mode)))
    return Comparison(old.version_text, tuple(changes), free)


def raised(version: SemanticVersion, grade: Grade | None) -> SemanticVersion:
    """The least version after one that says what changed."""
    major, minor, patch = _numbers(version)
    if grade is Grade.MAJOR:
        return SemanticVersion(major + 1, 0, 0)
    if grade is Grade.MINOR:
        return SemanticVersion(major, minor + 1, 0)
    return SemanticVersion(major, minor, patch + 1 if grade is Grade.PATCH else patch)


def why_no_promise(contract: Contract) -> str | None:
    """Why a version of a contract promises nothing: it is a pre-release, proposed or a draft; ``None``: it does."""
    if contract.version is not None and contract.version.prerelease:
        return "a pre-release promises nothing"
    if contract.status in ("proposed", "draft"):
        return f"a {contract.status} version promises nothing"
    return None


def _why_free(old: Contract, new: Contract) -> str | None:
    """Why an earlier version binds nobody, or ``None`` where it does."""
    if old.version is None:
        return f"{old.version_text!r} is no semantic version"
    if new.version and old.version.major != new.version.major:
        return f"version {new.version.major} stands beside version {old.version.major}, whose consumers stay there"
    return why_no_promise(old)


def _major(version: str) -> int | None:
    """The major version; another one is another product, so nothing of this one was published by it."""
    try:
        return SemanticVersion.parse(version).major
    except ValueError:
        return None


def _numbers(version: SemanticVersion) -> tuple[int, int, int]:
    return version.major, version.minor, version.patch


def _order(contract: Contract) -> SemanticVersion:
    return contract.version or SemanticVersion(0, 0, 0)
