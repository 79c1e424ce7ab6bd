"""What became of a rule from one version of a contract to the next.

What belongs here: one difference, and the words for a changed value. What does not: finding rules to compare, which
kinds do of a column and ``contracts.compatibility`` of whatever else, and what a difference does to whom (there as
well).
"""

from collections.abc import Mapping
from typing import NamedTuple

from data_platform.contracts.findings import quoted

Answer = bool | None
"""Whether data that keep one rule keep another: always, not always, or nobody can tell."""


class Difference(NamedTuple):
    """One difference, at a place that whoever looks for it knows.

    Attributes:
        kind: The kind of change, as ``docs/compatibility.md`` names it: ``range-narrowed``.
        message: What happened, in words.
        before: What was written.
        after: What is.
    """

    kind: str
    message: str
    before: object = None
    after: object = None

    @classmethod
    def turned(cls, kind: str, what: str, before: object, after: object) -> "Difference":
        """A difference of one value, told as ``what: before → after``."""
        return cls(kind, f"{what}: {shown_value(before)} → {shown_value(after)}", before, after)

    @classmethod
    def of_limits(cls, kind: str, before: Mapping[str, object], after: Mapping[str, object]) -> "Difference":
        """A difference of several limits by their names, of which those that moved are told."""
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        message = "; ".join(f"{name}: {before.get(name, 'none')} → {after.get(name, 'none')}" for name in names)
        return cls(kind, message, before or None, after or None)


def shown_value(value: object) -> str:
    """A value as a message shows it."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) if value else "none"
    return "none" if value is None else quoted(value)


def kind_of_difference(narrower: Answer, wider: Answer, kinds: tuple[str, str, str]) -> str:
    """Which of three kinds of change it is: narrower, wider, or another."""
    return kinds[0] if narrower else kinds[1] if wider else kinds[2]
