"""What a kind of change does: one row of the table.

What belongs here: the shape of a row, its verdicts, and short ways to write the usual ones. What does not: the rows
(``table`` and its sections), and what the eight modes make of a row (``modes``).

Two readings decide every row. *Old readers, new data*: whoever reads by the old contract meets data published under
the new one. *New contract, old data*: whoever reads by the new contract meets data published under the old one, and
whoever still delivers by the old contract is checked by the new one. In both, a reader takes the columns it knows by
name, and a column that is missing and optional reads as null.
"""

from dataclasses import dataclass
from enum import StrEnum

from data_platform.contracts.compatibility.kinds import Direction, Grade


class Verdict(StrEnum):
    """What a change means for those whom a mode protects."""

    FINE = "fine"
    MAY_BREAK = "may break"
    """It cannot be told from the contracts."""
    BREAKS = "breaks"


@dataclass(frozen=True, slots=True)
class Cell:
    """One verdict with its reason, which ends without a full stop."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of the table.

    Attributes:
        meaning: What the kind is, in words.
        direction: What it does to the data that the contract allows.
        grade: Which part of the version it demands, seen from the reader's side.
        consumer: Old readers, new data.
        producer: New contract, old data.
    """

    meaning: str
    direction: Direction
    grade: Grade
    consumer: Cell
    producer: Cell


def fine(reason: str) -> Cell:
    """Nobody notices."""
    return Cell(Verdict.FINE, reason)


def breaks(reason: str) -> Cell:
    """Somebody may rightly complain."""
    return Cell(Verdict.BREAKS, reason)


def may_break(reason: str) -> Cell:
    """Nobody can tell."""
    return Cell(Verdict.MAY_BREAK, reason)


def tightens(meaning: str, readers: str, producers: str) -> Effect:
    """The new contract allows less: readers are safe, what was allowed before may not be any more."""
    return Effect(meaning, Direction.TIGHTENS, Grade.MINOR, fine(readers), breaks(producers))


def loosens(meaning: str, readers: str, producers: str) -> Effect:
    """The new contract allows more: readers meet what they did not expect, old data still fit."""
    return Effect(meaning, Direction.LOOSENS, Grade.MAJOR, breaks(readers), fine(producers))


def both(meaning: str, readers: str, producers: str) -> Effect:
    """Each contract allows what the other does not."""
    return Effect(meaning, Direction.BOTH, Grade.MAJOR, breaks(readers), breaks(producers))


def unknown(meaning: str, readers: str, producers: str) -> Effect:
    """Nobody can tell from the contracts."""
    return Effect(meaning, Direction.UNKNOWN, Grade.MINOR, may_break(readers), may_break(producers))


def neutral(meaning: str, reason: str, grade: Grade = Grade.PATCH) -> Effect:
    """The data that are allowed stay the same, for both sides for the same reason."""
    return Effect(meaning, Direction.NEUTRAL, grade, fine(reason), fine(reason))
