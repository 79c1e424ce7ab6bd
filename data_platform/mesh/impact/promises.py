"""What a consumer's own contract promises of a column that it hands on, and whether new values keep it.

What belongs here: comparing the two columns. What does not: which columns are handed on (``impact.graph``), the verdict
(``lineage.effects``).

The comparison is the one between two versions of a contract: what the producer's column may now hold and the
consumer's may not is a promise that may be broken. Only promises of the kind of the change count (types, nulls,
uniqueness, values): the others were broken, or kept by the query, before.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

from data_platform.contracts.compatibility.columns import Keys, property_changes
from data_platform.contracts.compatibility.kinds import Direction
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.model import Contract
from data_platform.lineage.effects import ColumnChange
from data_platform.mesh.impact.effects import TYPE, facet_of

_APART: Final = (TYPE, "required", "unique", "column")
_MORE: Final = (Direction.LOOSENS, Direction.BOTH, Direction.UNKNOWN)


def broken_promise(
    own: Contract, targets: Collection[str], source: Contract | None, change: ColumnChange
) -> str | None:
    """Why copies of a changed column may not keep what a consumer promises of them.

    Args:
        own: The consumer's contract.
        targets: The consumer's columns that are copies.
        source: The producer's contract with the change; ``None`` where nobody knows it.
        change: The change.

    Returns:
        The first reason by column, in words; ``None`` where all promises are kept.
    """
    table = own.schemas[0] if own.schemas else None
    if table is None:
        return "its own contract cannot be read"
    for target in sorted(targets):
        column = _column(table, target)
        if column is None:
            return f"its own contract has no column {target}"
        reason = next(_broken(table, column, source, change), None)
        if reason is not None:
            return f"its own contract promises more of {target} ({reason})"
    return None


def _broken(table: SchemaObject, own: Property, source: Contract | None, change: ColumnChange) -> Iterator[str]:
    given = source.schemas[0] if source is not None and source.schemas else None
    new = _column(given, change.column or "") if given is not None else None
    if given is None or new is None:
        yield "nobody knows what comes now"
        return
    keys = Keys.of(table, given)
    at = Where(table.name, (own.column,), (own.column,))
    for difference in property_changes(own, new, at, keys):
        if difference.direction in _MORE and (
            not change.facet or _group(facet_of(difference.kind)) == _group(change.facet)
        ):
            yield difference.message
    if change.facet in ("", "required") and own.column in keys.old and not (new.required or new.column in keys.new):
        yield "primary key"
    if own.quality or own.relationships or own.column in _looked_at(table):
        yield "a rule looks at its values"


def _group(facet: str) -> str:
    """Values are promised in several ways at once: an enum's new value may not match a pattern."""
    return facet if facet in _APART else "values"


def _looked_at(table: SchemaObject) -> set[str]:
    """The words of the table's rules: columns among them are looked at."""
    words = (re.findall(r"\w+", f"{rule.query} {rule.arguments}") for rule in table.quality)
    named = (end.rpartition(".")[2] for relationship in table.relationships for end in relationship.source)
    return {word for named_words in words for word in named_words} | set(named)


def _column(table: SchemaObject, name: str) -> Property | None:
    return next((column for column in table.properties if column.column == name), None)
