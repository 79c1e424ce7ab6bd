"""Rules that nobody here can judge: prose, rules for other engines, and what cannot be understood."""

from dataclasses import dataclass

from data_platform.contracts.rules.model import Rule
from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.plans import Context, Status, Verdict
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import QualitySource


@rule_kind(390)
@dataclass(frozen=True)
class Unevaluated(Rule):
    """A rule that no machine can judge, or not this one: listed, never passed."""

    reason: str

    is_evaluated = False

    def plan(self, _: Path, __: Context) -> Verdict:
        """Nothing is asked."""
        return Verdict(Status.NOT_EVALUATED, reason=self.reason)

    @classmethod
    def of_quality(cls, source: QualitySource) -> "Unevaluated":
        """An entry that is of no other kind: why it is not."""
        entry = source.entry
        if entry.type == "text":
            return cls("a rule in prose")
        if entry.type == "custom":
            return cls(f"a rule for engine {entry.engine or 'unknown'}")
        return cls(f"rule type {entry.type!r} is not known")
