"""What is proposed for a contract.

What belongs here: proposals as data, in words, and as a difference of texts. What does not: making them (``proposing``,
``levels``).
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from data_platform.contracts.findings import KeyPath, key_text


class Action(StrEnum):
    """What becomes of a promise."""

    NEW = "new"
    TIGHTER = "tighter"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Proposal:
    """One promise.

    Attributes:
        action: What becomes of it.
        subject: What it is about, as people call it.
        told: What is promised, in words.
        why: What was seen.
        path: The list that it is added to, or the rule that it replaces.
        entry: The rule or service level, as the contract has it.
    """

    action: Action
    subject: str
    told: str
    why: str
    path: KeyPath
    entry: Mapping[str, object]

    def __str__(self) -> str:
        return f"{self.action:<9}  {self.subject}: {self.told} ({self.why})"

    def to_dict(self) -> dict[str, object]:
        """The proposal as plain data."""
        about = {"action": self.action.value, "subject": self.subject, "told": self.told, "why": self.why}
        return {**about, "path": key_text(self.path), "entry": dict(self.entry)}


@dataclass(frozen=True)
class Promise:
    """What a product's history allows to be promised.

    Attributes:
        product: Its key.
        file: Its contract's file.
        batches: How many batches were looked at.
        proposals: What is proposed, in the order of the contract.
        notes: What else is to be known.
        before: The contract's text.
        after: The same with what is proposed.
        written: Whether that was written.
    """

    product: str
    file: str
    batches: int
    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...]
    before: str
    after: str
    written: bool = False

    def diff(self) -> str:
        """The difference of the two texts, as ``git diff`` shows it; empty: there is none."""
        old, new = (text.splitlines(keepends=True) for text in (self.before, self.after))
        name = self.file.lstrip("/")
        changed = difflib.unified_diff(old, new, fromfile=f"a/{name}", tofile=f"b/{name}")
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in changed)

    def to_dict(self) -> dict[str, object]:
        """The same as plain data."""
        return {
            "product": self.product,
            "file": self.file,
            "batches": self.batches,
            "proposals": [proposal.to_dict() for proposal in self.proposals],
            "notes": list(self.notes),
            "diff": self.diff(),
            "written": self.written,
        }
