"""Which columns of the inputs a query needs, and what for.

What belongs here: the walk from the output of a query through its parts to its inputs. What does not: what outputs are
made of (``origins``).

Every part (a SELECT, a set operation, an unnested list) passes down what is needed of it: a projection is needed for
what the outer parts use it for, everything else of a SELECT for its clause. What is not needed but named in the text
is passed down as ``NAMED``; what ``*`` was expanded to has no place in the text, so it is not. Needs only ever grow, so
the walk is repeated until nothing changes (twice, but for recursive WITH). sqlglot's ``pushdown_projections`` does
much the same to the query, but keeps no uses, and drops columns that ``INTERSECT ALL`` and ``EXCEPT ALL`` compare.
"""

from collections import defaultdict
from typing import Final

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from data_platform.lineage.model import Use
from data_platform.lineage.places import start_of
from data_platform.lineage.qualified import Qualified, index_of, is_product, outputs, source_of
from data_platform.lineage.refusals import product_of

_CLAUSES: Final = {
    "where": Use.FILTER,
    "having": Use.FILTER,
    "qualify": Use.FILTER,
    "limit": Use.FILTER,
    "offset": Use.FILTER,
    "joins": Use.JOIN,
    "from_": Use.JOIN,
    "laterals": Use.JOIN,
    "group": Use.GROUP,
    "distinct": Use.GROUP,
    "order": Use.ORDER,
    "windows": Use.WINDOW,
}
_INNER: Final = (
    (exp.Window, Use.WINDOW),
    (exp.Where, Use.FILTER),
    (exp.Having, Use.FILTER),
    (exp.Qualify, Use.FILTER),
    (exp.Join, Use.JOIN),
    (exp.Group, Use.GROUP),
)
_NAMED: Final = frozenset({Use.NAMED})


class Needs:
    """The needs of a query.

    Attributes:
        uses: For each product and column, in lower case, the uses. ``NAMED`` stands alone or not at all.
    """

    def __init__(self, query: Qualified) -> None:
        self._query = query
        self._reads: dict[tuple[str, str], set[Use]] = defaultdict(set)
        self._outputs: dict[tuple[int, int], set[Use]] = defaultdict(set)
        self._live: set[int] = set()
        self._grown = True
        self._need_part(query.root, {Use.SELECT})
        while self._grown:
            self._grown = False
            for scope in reversed(query.scopes):
                self._visit(scope)
        self._name_of_stars()
        self.uses: dict[str, dict[str, set[Use]]] = defaultdict(dict)
        for (product, column), uses in self._reads.items():
            self.uses[product][column] = uses - _NAMED or set(_NAMED)

    def _visit(self, scope: Scope) -> None:
        expression = scope.expression
        if isinstance(expression, exp.SetOperation):
            self._visit_set(scope, expression)
        elif isinstance(expression, exp.Select):
            self._visit_select(expression)
        for _, source in scope.selected_sources.values():
            if isinstance(source, Scope) and id(expression) in self._live:
                self._need_part(source, set())
        for column in scope.columns:
            self._need_column(scope, column, self._uses_at(scope, column))
        for subquery in scope.subquery_scopes:
            self._need_subquery(scope, subquery)

    def _visit_set(self, scope: Scope, expression: exp.SetOperation) -> None:
        """Pass needs on to both sides; all columns are compared, but for UNION ALL."""
        names = outputs(expression)
        compared = not isinstance(expression, exp.Union) or bool(expression.args.get("distinct"))
        within = expression.find_ancestor(exp.With) if isinstance(expression.parent, exp.CTE) else None
        recursive = within is not None and bool(within.recursive)
        live = id(expression) in self._live
        for index, name in enumerate(names):
            uses = set(self._outputs[id(expression), index])
            if live and (compared or recursive):
                uses.add(Use.GROUP if compared else Use.SELECT)
            for side in scope.set_operation_scopes:
                at = index_of(side, name) if expression.args.get("by_name") else index
                if at is not None:
                    self._grow(self._outputs[id(side.expression), at], uses)
        for side in scope.set_operation_scopes if live else ():
            self._need_part(side, set())
        self._need_ordered(expression)

    def _visit_select(self, expression: exp.Select) -> None:
        distinct, group = expression.args.get("distinct"), expression.args.get("group")
        compared = distinct is not None and distinct.args.get("on") is None
        grouped = group is not None and group.args.get("all")
        if id(expression) in self._live:
            for index, projection in enumerate(expression.selects):
                if compared or (grouped and projection.find(exp.AggFunc) is None):
                    self._grow(self._outputs[id(expression), index], {Use.GROUP})
        self._need_ordered(expression)

    def _need_ordered(self, expression: exp.Query) -> None:
        """ORDER BY may name what the SELECT makes; those columns have no table."""
        order = expression.args.get("order")
        names = outputs(expression)
        if order is None or id(expression) not in self._live:
            return
        by_all = any(isinstance(term.this, exp.Var) and term.name.lower() == "all" for term in order.expressions)
        named = {column.name for column in order.find_all(exp.Column) if not column.table}
        for index, name in enumerate(names):
            if by_all or name in named:
                self._grow(self._outputs[id(expression), index], {Use.ORDER})

    def _uses_at(self, scope: Scope, node: exp.Expr) -> set[Use]:
        """What a node of a part is used for, by where it stands in it; empty where nothing needs it."""
        inner: set[Use] = set()
        child = node
        while child.parent is not None and child.parent is not scope.expression:
            child = child.parent
            inner |= {use for kind, use in _INNER if isinstance(child, kind)}
        if id(scope.expression) not in self._live:
            return set()
        if not isinstance(scope.expression, exp.Query):
            return {Use.JOIN} | self._outputs[id(scope.expression), 0]
        if child.arg_key != "expressions":
            return {_CLAUSES.get(child.arg_key or "", Use.FILTER)} | inner
        needed = self._outputs[id(scope.expression), child.index or 0]
        return needed | inner if needed - _NAMED else set(needed)

    def _need_column(self, scope: Scope, column: exp.Column, uses: set[Use]) -> None:
        if not uses and start_of(column) is not None:
            uses = set(_NAMED)
        resolved = source_of(scope, column) if column.table and uses else None
        if resolved is None:
            return
        source, _ = resolved
        if isinstance(source, Scope):
            # What an unnested list makes of its argument counts as one.
            index = index_of(source, column.name) if isinstance(source.expression, exp.Query) else 0
            if uses != _NAMED:
                self._need_part(source, set())
            if index is not None:
                self._grow(self._outputs[id(source.expression), index], uses)
        elif is_product(source):
            self._grow(self._reads[product_of(source), column.name], uses)

    def _need_subquery(self, scope: Scope, inner: Scope) -> None:
        """A subquery is needed for what the place is needed for where it stands; of EXISTS only the rows are."""
        uses = self._uses_at(scope, inner.expression)
        if not uses - _NAMED:
            return
        holder = inner.expression.parent
        while isinstance(holder, exp.Subquery | exp.Paren):
            holder = holder.parent
        only_rows = isinstance(
            holder, exp.Exists | exp.Lateral
        )  # a lateral query's columns are needed where it is named
        self._need_part(inner, set() if only_rows else uses)

    def _need_part(self, scope: Scope, uses: set[Use]) -> None:
        """Mark a part as needed, and all its outputs as needed for some uses."""
        if id(scope.expression) not in self._live:
            self._live.add(id(scope.expression))
            self._grown = True
        for index in range(len(outputs(scope.expression))):
            self._grow(self._outputs[id(scope.expression), index], uses)

    def _grow(self, known: set[Use], uses: set[Use]) -> None:
        if not uses <= known:
            known |= uses
            self._grown = True

    def _name_of_stars(self) -> None:
        """``* EXCLUDE (x)``, ``REPLACE`` and ``RENAME`` name columns, of whichever input has them."""
        tree = self._query.select.tree
        parts = (part for star in tree.find_all(exp.Star) for key in ("except_", "replace", "rename")
                 for part in star.args.get(key) or ())  # fmt: skip
        names = {(part.alias if part.key == "alias" and part.arg_key == "replace" else _first_name(part)).lower()
                 for part in parts}  # fmt: skip
        for product, columns in self._query.schemas.items():
            for name in {column.lower() for column in columns} & names:
                self._reads[product, name].add(Use.NAMED)


def _first_name(node: exp.Expr) -> str:
    return node.this.name if isinstance(node, exp.Alias) else node.name
