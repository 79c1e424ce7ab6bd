"""Which columns of a query's result tell its rows apart, given the keys of its inputs.

What belongs here: GROUP BY, DISTINCT, joins by key. What does not: whether such columns may be null (``nulls``).

A key is named only where it is sure: a join that may repeat rows adds the joined table's own key, and where that is not
part of the result there is none.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from data_platform.lineage.qualified import (
    Qualified,
    index_of,
    is_product,
    lateral_query,
    outputs,
    projections,
    source_of,
)
from data_platform.lineage.refusals import product_of
from data_platform.mesh.scaffold.nulls import many_groupings

_MANY_ROWS = (exp.Unnest, exp.Explode, exp.Inline)


class Keys:
    """The keys of a query's parts."""

    def __init__(self, query: Qualified, keys: Mapping[str, Sequence[str]]) -> None:
        """Remember the query, and the primary key of each input, in lower case; empty where there is none."""
        self._query, self._keys = query, keys
        self._known: dict[int, frozenset[int] | None] = {}

    def of(self, scope: Scope) -> frozenset[int] | None:
        """The numbers of the output columns that are a key of a part's result; None: none is known."""
        at = id(scope.expression)
        if at not in self._known:
            self._known[at] = None  # for a WITH that names itself
            self._known[at] = self._key_of_part(scope)
        return self._known[at]

    def _key_of_part(self, scope: Scope) -> frozenset[int] | None:  # noqa: PLR0911 - one line for each kind of query
        expression = scope.expression
        if isinstance(expression, exp.SetOperation):
            distinct = bool(expression.args.get("distinct"))  # also EXCEPT ALL and INTERSECT ALL repeat rows
            plain = distinct and not expression.args.get("by_name")
            return frozenset(range(len(outputs(expression)))) if plain else None
        selects = projections(scope)
        if not isinstance(expression, exp.Select) or any(projection.find(*_MANY_ROWS) for projection in selects):
            return None
        group, only = expression.args.get("group"), expression.args.get("distinct")
        if only is not None:
            on = only.args.get("on")
            return _at(selects, on.expressions) if on is not None else frozenset(range(len(selects)))
        if group is not None:
            return _grouped(scope, selects, group)
        if any(_aggregates(projection) for projection in selects):
            return None  # one row
        if (first := _first_of_each(expression)) is not None and (key := _at(selects, first)) is not None:
            return key
        return self._of_sources(scope, expression, selects)

    def _of_sources(self, scope: Scope, expression: exp.Select, selects: list[exp.Expr]) -> frozenset[int] | None:
        start = expression.args.get("from_")
        if start is None or expression.args.get("laterals"):
            return None
        names = [start.alias_or_name]
        first = self._key_of_source(scope, names[0])
        identity = None if first is None else {(names[0], column) for column in first}
        for join in expression.args.get("joins") or ():
            if identity is None or join.method or (join.side or "").upper() in ("RIGHT", "FULL"):
                return None
            name = join.alias_or_name
            if (join.kind or "").upper() in ("SEMI", "ANTI"):
                continue
            key = self._key_of_source(scope, name)
            if key is None:
                return None
            if not set(key) <= _equated(join, name):
                identity |= {(name, column) for column in key}
            names.append(name)
        return None if identity is None else _columns_at(selects, identity)

    def _key_of_source(self, scope: Scope, name: str) -> tuple[str, ...] | None:
        named = scope.sources.get(name)
        if named is None:
            return None
        source = lateral_query(named)
        if isinstance(source, Scope):
            key = self.of(source) if isinstance(source.expression, exp.Query) else None
            names = list(source.outer_columns) or outputs(source.expression)
            return None if key is None else tuple(names[number] for number in sorted(key))
        return (tuple(self._keys.get(product_of(source), ())) or None) if is_product(source) else None


def _grouped(scope: Scope, selects: list[exp.Expr], group: exp.Expr) -> frozenset[int] | None:
    if many_groupings(group):
        return None
    if group.args.get("all"):
        wanted = [projection for projection in selects if not _aggregates(projection)]
    else:
        wanted = list(group.expressions)
    return _at(selects, [value for value in wanted if not _is_constant(scope, value)] or wanted)


def _is_constant(scope: Scope, value: exp.Expr) -> bool:
    """Whether a column comes from a part that is one row, such as ``WITH known AS (SELECT max(day) …)``."""
    value = value.unalias()
    resolved = source_of(scope, value) if isinstance(value, exp.Column) else None
    if resolved is None or not isinstance(resolved[0], Scope):
        return False
    source, selects = resolved[0], projections(resolved[0])
    index = index_of(source, value.name)
    if not isinstance(source.expression, exp.Select) or index is None or index >= len(selects):
        return False
    one_row = source.expression.args.get("group") is None and any(_aggregates(projection) for projection in selects)
    return one_row or _is_constant(source, selects[index])


def _aggregates(projection: exp.Expr) -> bool:
    return any(
        aggregate.find_ancestor(exp.Window, exp.Subquery) is None for aggregate in projection.find_all(exp.AggFunc)
    )


def _at(selects: list[exp.Expr], wanted: Iterable[exp.Expr]) -> frozenset[int] | None:
    """The numbers of the projections that are these expressions; None where one is not among them."""
    plain = [projection.unalias() for projection in selects]
    at = [plain.index(value) if value in plain else None for value in (expression.unalias() for expression in wanted)]
    numbers = [number for number in at if number is not None]
    return frozenset(numbers) if numbers and len(numbers) == len(at) else None


def _columns_at(selects: list[exp.Expr], wanted: set[tuple[str, str]]) -> frozenset[int] | None:
    there = {
        column: at
        for at, projection in reversed(list(enumerate(selects)))
        if (column := _plain_column(projection)) is not None
    }
    return frozenset(there[column] for column in wanted) if wanted and wanted <= there.keys() else None


def _plain_column(projection: exp.Expr) -> tuple[str, str] | None:
    """The column that a projection is; of a join's USING the first table's, which is in every row of a LEFT JOIN."""
    value = projection.unalias()
    if isinstance(value, exp.Coalesce) and all(isinstance(column, exp.Column) for column in value.expressions):
        same = {column.name for column in value.expressions} == {value.this.name}
        value = value.this if same else value
    return (value.table, value.name) if isinstance(value, exp.Column) else None


def _equated(join: exp.Join, name: str) -> set[str]:
    """The columns of a joined source that ON equates with something of the sources before it."""
    on = join.args.get("on")
    terms = list(on.flatten()) if isinstance(on, exp.And) else [on] if on is not None else []
    equated = set()
    for term in terms:
        inner = term.unnest() if isinstance(term, exp.Paren) else term
        if isinstance(inner, exp.EQ):
            for own, other in ((inner.left, inner.right), (inner.right, inner.left)):
                mine = isinstance(own, exp.Column) and own.table == name
                if mine and all(column.table != name for column in other.find_all(exp.Column)):
                    equated.add(own.name)
    return equated


def _first_of_each(expression: exp.Select) -> list[exp.Expr] | None:
    """What ``QUALIFY row_number() OVER (PARTITION BY a, b …) = 1`` keeps one row of each of: ``a, b``."""
    qualify = expression.args.get("qualify")
    compared = qualify.this if qualify is not None else None
    if not isinstance(compared, exp.EQ) or not isinstance(compared.left, exp.Window):
        return None
    is_first = isinstance(compared.right, exp.Literal) and compared.right.name == "1"
    numbered = isinstance(compared.left.this, exp.RowNumber)
    return list(compared.left.args.get("partition_by") or ()) if is_first and numbered else None
