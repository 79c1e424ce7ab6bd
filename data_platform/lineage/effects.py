"""What a change does to a column, and what that means for who reads it.

What belongs here: the effects, the verdicts, and one judgement of one use of one column. What does not: the walk from
product to product (``impact``), and what contracts say (``mesh.impact.effects``).

============ ===================================================================================================
effect       what it means for a reader
============ ===================================================================================================
gone         whoever reads or only names the column breaks
retyped      a copy whose contract has the old type breaks; every other use may break: a function may refuse the type
widened      a copy is safe where the reader's own contract has room for it; every other use may break
loosened     a copy is safe where the reader's own contract allows as much; a filter, join, group, order, window or
             computation meets values that it was not written for, and may break; naming it is safe
changed      other values within the same promise: whoever reads them may change; nothing stops being published
tightened    every reader is safe; a contract's rule that refers to the column may break
added        safe, unless the reader's query then means something else, which the caller finds out
============ ===================================================================================================
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from data_platform.lineage.edges import Edge, KnownBy
from data_platform.lineage.model import Use


class Effect(StrEnum):
    """What a change does to a column; to all rows, where it is about no column."""

    GONE = "gone"
    RETYPED = "retyped"
    """Another type, which not every old value fits or behaves alike in."""
    WIDENED = "widened"
    """A type that holds all that the old one did, and more."""
    LOOSENED = "loosened"
    """Values that were ruled out before."""
    CHANGED = "changed"
    """Other values, within what was promised before."""
    TIGHTENED = "tightened"
    """Fewer values than before."""
    ADDED = "added"


class Verdict(StrEnum):
    """What becomes of a consumer, the mildest first."""

    UNAFFECTED = "unaffected"
    MAY_BREAK = "may break"
    BREAKS = "breaks"

    @property
    def rank(self) -> int:
        """How bad it is, from 0."""
        return list(Verdict).index(self)


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """One change of a product.

    Attributes:
        product: The product, ``domain.name``.
        column: The column, by its old name; ``None`` for what is about all rows, or the whole product.
        effect: What it does.
        what: It in words: ``is dropped``, ``may be null``.
        facet: Which promise it is about, for who knows promises: ``required``, ``enum``; empty: any.
    """

    product: str
    column: str | None
    effect: Effect
    what: str
    facet: str = ""

    def __str__(self) -> str:
        return f"{self.product}{f'.{self.column}' if self.column else ''} {self.what}"


@dataclass(frozen=True, slots=True)
class Reference:
    """That a rule of a product's contract looks at another product.

    Attributes:
        consumer: The product whose contract it is.
        product: The product that is looked at.
        columns: Its columns that are looked at; ``None``: nobody knows which.
        rule: The rule in words: ``foreign key customer_id``.
    """

    consumer: str
    product: str
    columns: frozenset[str] | None
    rule: str


_SAFE: Final[Mapping[Effect, str]] = {
    Effect.TIGHTENED: "every value that comes was allowed before",
    Effect.ADDED: "it takes the columns that it knows",
}


def judge(edges: Collection[Edge], change: ColumnChange, promise: str | None) -> tuple[Verdict, str]:
    """What a change of a column means for one consumer.

    Args:
        edges: All edges of the consumer from that column.
        change: The change.
        promise: What the consumer's own contract promises of its copies of the column that the new values may not
            keep, in words; ``None`` where it promises nothing such.

    Returns:
        The verdict, and why.
    """
    uses = frozenset().union(*(edge.uses for edge in edges))
    if change.effect in _SAFE:
        return Verdict.UNAFFECTED, _SAFE[change.effect]
    if any(edge.known_by is KnownBy.UNKNOWN for edge in edges):
        return Verdict.MAY_BREAK, "nobody knows what it reads, so it counts as reading everything"
    if change.effect is Effect.GONE:
        reason = "it names the column, though no value of it matters" if uses == {Use.NAMED} else "it reads the column"
        return Verdict.BREAKS, reason
    if uses == {Use.NAMED} and change.effect in (Effect.LOOSENED, Effect.CHANGED):
        return Verdict.UNAFFECTED, "it names the column, and no value of it matters"
    if change.effect is Effect.CHANGED:
        return Verdict.MAY_BREAK, "it reads values that may be others"
    return _judged_by_copy(edges, uses, change.effect, promise)


def _judged_by_copy(
    edges: Collection[Edge], uses: frozenset[Use], effect: Effect, promise: str | None
) -> tuple[Verdict, str]:
    if promise is not None:
        return (Verdict.BREAKS if effect is Effect.RETYPED else Verdict.MAY_BREAK), promise
    only_copies = uses == {Use.SELECT} and all(edge.copied for edge in edges)
    if only_copies and effect is not Effect.RETYPED:
        return Verdict.UNAFFECTED, "it hands the values on as they are, and its own contract allows them"
    what = "a type that it was" if effect in (Effect.RETYPED, Effect.WIDENED) else "values that it was"
    return Verdict.MAY_BREAK, f"it meets {what} not written for ({how(edges)})"


def judge_rule(reference: Reference, change: ColumnChange) -> tuple[Verdict, str] | None:
    """What a change means for a rule that looks at the product; ``None`` where it does not look at that column."""
    exact = reference.columns is not None
    if change.column is not None and reference.columns is not None and change.column not in reference.columns:
        return None
    if change.effect is Effect.ADDED:
        return None
    if change.effect is Effect.GONE:
        return (Verdict.BREAKS if exact else Verdict.MAY_BREAK), f"{reference.rule} of its contract looks at it"
    if change.effect is Effect.LOOSENED and exact:
        return Verdict.UNAFFECTED, f"{reference.rule} of its contract holds as before"
    return Verdict.MAY_BREAK, f"{reference.rule} of its contract looks at it, and may find less or something else"


def how(edges: Collection[Edge]) -> str:
    """How a consumer uses a column: ``copied``, ``computed``, ``filter``, ``join``, …; in the order of ``Use``."""
    uses = frozenset().union(*(edge.uses for edge in edges))
    targeted = [edge for edge in edges if edge.target is not None]
    words = ["copied"] if any(edge.copied for edge in targeted) else []
    words += ["computed"] if any(not edge.copied for edge in targeted) else []
    if Use.SELECT in uses and not targeted:
        words.append(Use.SELECT.value)
    return ", ".join([*words, *(use.value for use in Use if use in uses and use is not Use.SELECT)])
