"""Whether a query over the rows of many partitions gives, for each of them, what it gives over its rows alone.

What belongs here: that judgement, by the parsed query. What does not: running it (``sql_transform``).

It is a list of what is known to be so; whatever else a query has makes it run for each partition by itself: one SELECT
without subqueries, which reads one input partition by partition and looks up others that are read whole, whose rows
carry the input's partition, and whose groups are within one.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import sqlglot
from sqlglot import exp

_ACROSS_ROWS: Final = (
    exp.With, exp.Subquery, exp.SetOperation, exp.Window, exp.Limit, exp.Offset, exp.Fetch, exp.Qualify,
    exp.TableSample, exp.Parameter, exp.Placeholder, exp.Lateral, exp.Unnest, exp.Explode, exp.Pivot, exp.Into,
)  # fmt: skip
"""What may look at rows of several partitions, or gives other rows each time."""

_CHANGING: Final = (
    exp.Rand, exp.Randn, exp.Uuid, exp.CurrentDate, exp.CurrentDatetime, exp.CurrentTime, exp.CurrentTimestamp,
)  # fmt: skip
_LOOKED_UP: Final = {"", "LEFT"}
_JOINS: Final = {"", "INNER", "CROSS", "SEMI", "ANTI", "OUTER"}


@lru_cache(maxsize=256)
def _parsed(query: str) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(query, dialect="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError):
        return None


def is_separable(query: str, inputs: Mapping[str, str | None], column: str) -> bool:
    """Whether a query may be run once over the rows of many partitions.

    Args:
        query: One SELECT, in DuckDB's dialect.
        inputs: The tables that it reads, ``domain.name``, each with the column that it is partitioned by and read by;
            ``None``: all of it is read for every partition.
        column: Which column of the result says what partition a row is of.
    """
    tree = _parsed(query)
    if (
        not isinstance(tree, exp.Select)
        or tree.find(*_ACROSS_ROWS, *_CHANGING)
        or len(list(tree.find_all(exp.Select))) > 1
    ):
        return False
    sources = _sources(tree, inputs)
    if sources is None:
        return False
    (first, by), *others = sources
    if by is None or any(other_by is not None for _, other_by in others):
        return False
    if any(_is(node, "rowid") for node in tree.find_all(exp.Column)):
        return False
    return _carries(tree, first, by, column, alone=not others) and _groups_within(tree, first, by, alone=not others)


def _sources(tree: exp.Select, inputs: Mapping[str, str | None]) -> list[tuple[str, str | None]] | None:
    """The tables in their order: each one's name in the query, and what it is read by; None: something else is read."""
    from_ = tree.args.get("from_") or tree.args.get("from")
    joins = tree.args.get("joins") or []
    if not isinstance(from_, exp.From):
        return None
    for join in joins:
        side, kind, method = (str(join.args.get(name) or "").upper() for name in ("side", "kind", "method"))
        if side not in _LOOKED_UP or kind not in _JOINS or method:
            return None
    folded = {name.casefold(): by for name, by in inputs.items()}
    sources = []
    for table in (from_.this, *(join.this for join in joins)):
        if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
            return None
        name = f"{table.db}.{table.name}".casefold()
        if name not in folded or table.catalog:
            return None
        sources.append((table.alias_or_name.casefold(), folded[name]))
    return sources


def _carries(tree: exp.Select, first: str, by: str, column: str, *, alone: bool) -> bool:
    """Whether every row of the result has its partition in the column, as it is in the input."""
    distinct = tree.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        return False
    said = [node for node in tree.expressions if node.alias_or_name.casefold() == column.casefold()]
    if not said:
        (star,) = tree.expressions if len(tree.expressions) == 1 else (None,)
        plain = isinstance(star, exp.Star) and not any(star.args.values())
        return alone and plain and by.casefold() == column.casefold()
    return len(said) == 1 and _is_partition(said[0].unalias(), first, by, alone=alone)


def _groups_within(tree: exp.Select, first: str, by: str, *, alone: bool) -> bool:
    """Whether no group has rows of two partitions."""
    group = tree.args.get("group")
    if group is None:
        # A function that is not known may be an aggregate.
        return not tree.find(exp.AggFunc, exp.Anonymous, exp.AnonymousAggFunc) and not tree.args.get("having")
    if any(group.args.get(name) for name in ("grouping_sets", "cube", "rollup", "totals")):
        return False
    # With GROUP BY ALL the partition is among them, since every row carries it.
    named = any(_is_partition(node, first, by, alone=alone) for node in group.expressions)
    return bool(group.args.get("all")) or named


def _is_partition(node: exp.Expr, first: str, by: str, *, alone: bool) -> bool:
    if not isinstance(node, exp.Column) or not _is(node, by):
        return False
    return node.table.casefold() == first if node.table else alone


def _is(node: exp.Column, name: str) -> bool:
    return node.name.casefold() == name.casefold()
