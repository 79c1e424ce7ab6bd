"""What changes of a contract do to the columns that others read.

What belongs here: from contract changes to ``lineage.effects``. What does not: finding the changes
(``contracts.compatibility``), and what an effect means for a reader (``lineage.effects``).

A change that readers do not notice, by the table of compatibility, has no effect. A change inside of a column (a field
of an object, the items of a list) is one of the column's type.
"""

from collections.abc import Iterable
from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.effects import Verdict
from data_platform.contracts.compatibility.kinds import Direction, Kind
from data_platform.contracts.compatibility.table import TABLE
from data_platform.lineage.effects import ColumnChange, Effect

TYPE: Final = "type"
_KINDS: Final = {
    Kind.COLUMN_REMOVED: Effect.GONE,
    Kind.COLUMN_IGNORED: Effect.GONE,
    Kind.COLUMN_RENAMED: Effect.GONE,
    Kind.COLUMN_ADDED_OPTIONAL: Effect.ADDED,
    Kind.COLUMN_ADDED_REQUIRED: Effect.ADDED,
    Kind.LOGICAL_TYPE_WIDENED: Effect.WIDENED,
    Kind.LOGICAL_TYPE_NARROWED: Effect.WIDENED,
    Kind.LOGICAL_TYPE_CHANGED: Effect.RETYPED,
    Kind.PHYSICAL_TYPE_WIDENED: Effect.WIDENED,
    Kind.PHYSICAL_TYPE_NARROWED: Effect.WIDENED,
    Kind.PHYSICAL_TYPE_CHANGED: Effect.RETYPED,
    Kind.PHYSICAL_TYPE_UNDECIDED: Effect.RETYPED,
    Kind.DEFAULT_TIMEZONE_CHANGED: Effect.RETYPED,
    Kind.CHILDREN_DECLARED: Effect.WIDENED,
    Kind.CHILDREN_UNDECLARED: Effect.RETYPED,
}
"""A narrower type is another type as well: arithmetic may overflow where it did not."""

_GONE: Final = (Kind.TABLE_REMOVED, Kind.STATUS_RETIRED)
_TYPES: Final = frozenset({"logical", "physical", "text", "default", "children"})


def column_changes(product: str, changes: Iterable[Change]) -> tuple[ColumnChange, ...]:
    """What contract changes of a product do to those that read it.

    Args:
        product: The product, ``domain.name``.
        changes: The changes of its contract.

    Returns:
        The effects, each once; columns by their old names.
    """
    return tuple(dict.fromkeys(effect for change in changes for effect in _of(product, change)))


def facet_of(kind: Kind) -> str:
    """Which promise a kind is about: ``required``, ``enum``, ``range``; ``type`` for everything about types."""
    word = kind.value.partition("-")[0]
    return TYPE if word in _TYPES else word


def _of(product: str, change: Change) -> Iterable[ColumnChange]:
    inside = change.table is not None and change.path not in (
        f"{change.table}.{change.column}", f"{change.table}.{change.new_column}", change.table
    )  # fmt: skip
    column = change.column or change.new_column
    facet = facet_of(change.kind)
    if change.kind in _GONE:
        yield ColumnChange(product, None, Effect.GONE, "is retired" if facet == "status" else "is removed")
    elif inside and change.kind in _KINDS:
        yield ColumnChange(product, column, Effect.RETYPED, f"has another type inside ({change.message})", TYPE)
    elif change.kind is Kind.COLUMN_RENAMED:
        yield ColumnChange(product, change.column, Effect.GONE, f"is renamed to {change.new_column}")
        yield ColumnChange(product, change.new_column, Effect.ADDED, "is added")
    elif change.kind in _KINDS:
        words = {Effect.GONE: "is dropped", Effect.ADDED: "is added"}
        effect = _KINDS[change.kind]
        yield ColumnChange(product, column, effect, words.get(effect, f"changes ({change.message})"), facet)
    elif TABLE[change.kind].consumer.verdict is not Verdict.FINE:
        yield ColumnChange(product, column, Effect.LOOSENED, f"changes ({change.message})", facet)
    elif change.direction is Direction.TIGHTENS and column is not None:
        yield ColumnChange(product, column, Effect.TIGHTENED, f"changes ({change.message})", facet)
