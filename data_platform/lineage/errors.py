"""Errors of lineage, each carrying everything that is wrong rather than the first thing.

What belongs here: the exception tree, and how a problem reads. What does not: how problems are found.

::

    LineageError           (a ValueError)
    ├── InvalidSelect      text that is not one SELECT over products, or names what is not there
    └── CyclicLineage      products that need each other
"""
# ruff: noqa: N818 - the names say what is wrong, as in `except InvalidSelect`

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with a query.

    Attributes:
        line: Its line, from 1.
        column: Its column, from 1.
        message: What is wrong.
        fix: What to do.
        file: The file, for messages.
    """

    line: int
    column: int
    message: str
    fix: str
    file: str = "<sql>"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}. Fix: {self.fix}"


class LineageError(ValueError):
    """Anything that is wrong with lineage."""


class InvalidSelect(LineageError):
    """A text that is not one SELECT over products, or that names a product or column that is not there.

    Attributes:
        problems: All of them, in the order of the text.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class CyclicLineage(LineageError):
    """Products that need each other, so that none of them could ever be first.

    Attributes:
        cycle: The products, each read by the next, the last by the first.
    """

    def __init__(self, cycle: Iterable[str]) -> None:
        self.cycle: tuple[str, ...] = tuple(cycle)
        super().__init__(" -> ".join([*self.cycle, self.cycle[0]]))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A fix for an unknown word: the likely one, else all that are known."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower()[:100], by_lower, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{by_lower[near[0]]}'?"
    return f"use one of {', '.join(sorted(by_lower.values()))}" if by_lower else "remove it: there is none to name"
