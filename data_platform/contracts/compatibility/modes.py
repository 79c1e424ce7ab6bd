"""What the eight compatibility modes make of a kind of change.

What belongs here: whom each mode protects, the cell of a kind under a mode, and the grade that a change has under it.
What does not: the rows (``table``), and several versions (``judge``).
"""

from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.effects import Cell, Verdict
from data_platform.contracts.compatibility.kinds import Grade, Kind
from data_platform.contracts.compatibility.table import TABLE
from data_platform.contracts.properties import CompatibilityMode as Mode

_RANK: Final = {Verdict.FINE: 0, Verdict.MAY_BREAK: 1, Verdict.BREAKS: 2}
_NOBODY: Final = Cell(Verdict.FINE, "this mode protects nobody")


def is_transitive(mode: Mode) -> bool:
    """Whether it holds against every earlier version."""
    return mode.endswith("_TRANSITIVE")


def base_of(mode: Mode) -> Mode:
    """The mode without ``_TRANSITIVE``."""
    return Mode(mode.removesuffix("_TRANSITIVE"))


def cell(kind: Kind, mode: Mode) -> Cell:
    """The verdict on a kind of change under a mode, with its reason."""
    effect, base = TABLE[kind], base_of(mode)
    if base is Mode.NONE:
        return _NOBODY
    if base is Mode.FULL:
        return _worse(effect.consumer, effect.producer)
    return effect.consumer if base is Mode.CONSUMER else effect.producer


def grade_under(change: Change, mode: Mode) -> Grade:
    """Which part of the version a change demands of a product of that mode.

    Major where it breaks somebody whom the mode protects, and never major where it does not: a product's major version
    is in its name, so that a major change is another product, which nobody is asked for who promised less.
    """
    if cell(change.kind, mode).verdict is Verdict.BREAKS:
        return Grade.MAJOR
    return min(change.grade, Grade.MINOR)


def joined(first: Mode, second: Mode) -> Mode:
    """The weakest mode that protects everybody whom either protects."""
    bases = {base_of(first), base_of(second)} - {Mode.NONE}
    base = Mode.NONE if not bases else bases.pop() if len(bases) == 1 else Mode.FULL
    transitive = any(is_transitive(mode) and base_of(mode) is not Mode.NONE for mode in (first, second))
    return Mode(f"{base}_TRANSITIVE") if transitive else base


def _worse(first: Cell, second: Cell) -> Cell:
    if first.verdict is second.verdict and first.reason != second.reason:
        return Cell(first.verdict, f"readers: {first.reason}; old data: {second.reason}")
    return max(first, second, key=lambda candidate: _RANK[candidate.verdict])
