"""Which columns of a query's result can never be null, given which of its inputs' can not.

What belongs here: the rules of SQL about null. What does not: reading the query (``lineage``).

What is not known to keep nulls out is taken to let them through: a promise is suggested only where it is sure.
"""

from collections.abc import Collection, Mapping
from typing import Final

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from data_platform.lineage.qualified import Qualified, index_of, is_product, projections, source_of
from data_platform.lineage.refusals import product_of

_NEVER: Final = (exp.Literal, exp.Boolean, exp.Count, exp.Is, exp.Exists, exp.RowNumber, exp.CurrentDate)
_STRICT: Final = (
    *(exp.Upper, exp.Lower, exp.Trim, exp.Length, exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Neg, exp.Paren),
    *(exp.Add, exp.Sub, exp.Mul, exp.DPipe, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And, exp.Or),
    *(exp.Not, exp.Between, exp.DateTrunc, exp.TimestampTrunc, exp.Year, exp.Month, exp.Day, exp.Extract, exp.Alias),
    exp.Interval,
)
"""Null only where an argument is."""
_SETTLED: Final = (exp.Sum, exp.Min, exp.Max, exp.Avg)
"""Of a group, null only where all of its values are."""
_COMPARED: Final = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.In, exp.Between)
_NO_VALUE: Final = (exp.DataType, exp.Var, exp.Identifier, exp.TableAlias)


class Nulls:
    """What can be null in a query."""

    def __init__(self, query: Qualified, required: Mapping[str, Collection[str]]) -> None:
        """Remember the query, and for each input the columns, in lower case, that are never null."""
        self._query, self._required = query, required
        self._known: dict[tuple[int, int], bool] = {}

    def never(self, scope: Scope, index: int) -> bool:
        """Whether a column of a part's result is never null."""
        at = (id(scope.expression), index)
        if at not in self._known:
            self._known[at] = False  # for a WITH that names itself
            self._known[at] = self._output(scope, index)
        return self._known[at]

    def _output(self, scope: Scope, index: int) -> bool:
        if isinstance(scope.expression, exp.SetOperation):
            sides = scope.set_operation_scopes
            by_position = not scope.expression.args.get("by_name") and not scope.expression.args.get("side")
            return by_position and bool(sides) and all(self.never(side, index) for side in sides)
        selects = projections(scope)
        return isinstance(scope.expression, exp.Select) and index < len(selects) and self._value(scope, selects[index])

    def _value(self, scope: Scope, node: exp.Expr) -> bool:  # noqa: PLR0911 - one line for each kind
        if isinstance(node, exp.Column):
            return self._column(scope, node)
        if isinstance(node, _NEVER):
            return True
        if isinstance(node, exp.Coalesce):
            return any(self._value(scope, argument) for argument in (node.this, *node.expressions))
        if isinstance(node, exp.Case):
            values = [branch.args["true"] for branch in node.args["ifs"]]
            return node.args.get("default") is not None and all(
                self._value(scope, value) for value in (*values, node.args["default"])
            )
        if isinstance(node, exp.Window):
            return isinstance(node.this, exp.RowNumber | exp.Count)
        if isinstance(node, exp.Filter):
            return isinstance(node.this, exp.Count)
        if isinstance(node, _SETTLED):
            return _grouped(scope) and self._value(scope, node.this)
        if isinstance(node, _STRICT) or type(node) is exp.Cast:  # of a TRY_CAST nobody knows
            inner = [argument for argument in node.iter_expressions() if not isinstance(argument, _NO_VALUE)]
            return bool(inner) and all(self._value(scope, argument) for argument in inner)
        return False

    def _column(self, scope: Scope, column: exp.Column) -> bool:
        resolved = source_of(scope, column)
        if resolved is None:
            return False
        source, at = resolved
        if (column.table, column.name) in _filtered(at) and at is scope:
            return True
        if column.table in _padded(at.expression) or _many_groupings(scope):
            return False
        if isinstance(source, Scope):
            index = index_of(source, column.name) if isinstance(source.expression, exp.Query) else None
            return index is not None and self.never(source, index)
        return is_product(source) and column.name in self._required.get(product_of(source), ())


def _grouped(scope: Scope) -> bool:
    group = scope.expression.args.get("group")
    return group is not None and bool(group.expressions or group.args.get("all")) and not _many_groupings(scope)


def _many_groupings(scope: Scope) -> bool:
    return many_groupings(scope.expression.args.get("group"))


def many_groupings(group: exp.Expr | None) -> bool:
    """Whether a GROUP BY has ROLLUP and the like, which make nulls of what they leave out, and rows that repeat."""
    return group is not None and group.find(exp.Rollup, exp.Cube, exp.GroupingSets) is not None


def _padded(expression: exp.Expr) -> set[str]:
    """The sources of a part whose columns an outer join may fill with nulls."""
    start: exp.From | None = expression.args.get("from_")
    before, padded = {start.alias_or_name} if start else set(), set()
    for join in expression.args.get("joins") or ():
        name, side = join.alias_or_name, (join.side or "").upper()
        odd = bool(join.method) or (join.kind or "").upper() not in ("", "INNER", "CROSS", "OUTER", "SEMI", "ANTI")
        if side in ("RIGHT", "FULL") or odd:
            padded |= before
        if side in ("LEFT", "FULL") or odd:
            padded.add(name)
        before.add(name)
    if expression.args.get("laterals"):
        padded |= {lateral.alias_or_name for lateral in expression.args["laterals"]}
    return padded


def _filtered(scope: Scope) -> set[tuple[str, str]]:
    """Columns that WHERE compares with something, or says are not null: a row with a null there is not kept."""
    where = scope.expression.args.get("where")
    columns: set[tuple[str, str]] = set()
    for term in where.this.flatten() if where and isinstance(where.this, exp.And) else [where.this] if where else []:
        inner = term.unnest() if isinstance(term, exp.Paren) else term
        if (
            isinstance(inner, exp.Not)
            and isinstance(inner.this, exp.Is)
            and isinstance(inner.this.expression, exp.Null)
        ):
            inner = inner.this
        elif not isinstance(inner, _COMPARED):
            continue
        sides = (inner.this, inner.args.get("expression")) if isinstance(inner, exp.Binary) else (inner.this,)
        columns |= {(side.table, side.name) for side in sides if isinstance(side, exp.Column)}
    return columns
