"""What the walk of ``impact`` asks for, and what it answers.

What belongs here: the question and the answer as plain types. What does not: the walk.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from data_platform.lineage.edges import Column, Edge, KnownBy
from data_platform.lineage.effects import ColumnChange, Reference, Verdict
from data_platform.lineage.model import Use


class Readers(Protocol):
    """Who reads what. ``graph.Graph`` is one through ``mesh``; names are ``domain.name``."""

    def consumers(self, product: str) -> Collection[str]:
        """Those that depend on a product, or whose contract's rules look at it."""

    def reads(self, consumer: str) -> Sequence[Edge]:
        """The edges to a consumer."""

    def columns(self, product: str) -> Sequence[str]:
        """The columns of a product."""

    def references(self, consumer: str) -> Sequence[Reference]:
        """The rules of a consumer's contract that look at other products."""

    def needs(self, consumer: str) -> Collection[str]:
        """The products that a consumer cannot be made without."""

    def broken_promise(self, edges: Collection[Edge], change: ColumnChange) -> str | None:
        """What the consumer's own contract promises of its copies of a column that a change may not keep."""

    def rebinding(self, consumer: str, change: ColumnChange) -> tuple[Verdict, str] | None:
        """What a new column does to a consumer's query: it may be ambiguous now, or mean something else."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a consumer has its verdict.

    Attributes:
        verdict: What this alone would mean.
        text: In words.
        source: The product that it comes from, one that the consumer depends on.
        column: The column of it; ``None`` where it is about the product.
        uses: What the consumer uses the column for.
        known_by: How that is known; ``None`` where no column is read.
        path: The columns from the changed one to the consumer's, where there is such a path.
    """

    verdict: Verdict
    text: str
    source: str
    column: str | None = None
    uses: frozenset[Use] = frozenset()
    known_by: KnownBy | None = None
    path: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Affected:
    """A consumer and what becomes of it.

    Attributes:
        consumer: The consumer.
        verdict: The worst of the reasons.
        reasons: The reasons, the worst first; for one that is unaffected, why it is.
        distance: How many steps from a changed product: 1 for who reads one.
    """

    consumer: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    distance: int
