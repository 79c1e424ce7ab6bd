"""What each column of a query's result is made of.

What belongs here: the walk from an output to the columns of inputs whose values it holds. What does not: what only
chooses rows (``usage``).
"""

import re
from collections.abc import Iterator
from typing import Final

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from data_platform.lineage.errors import Problem
from data_platform.lineage.model import DIALECT, Output, Source
from data_platform.lineage.places import Places, start_of
from data_platform.lineage.qualified import Qualified, index_of, is_product, projections, source_of
from data_platform.lineage.refusals import product_of

_Origin = tuple[str, str, bool]
_MADE_UP = re.compile(r"_col_\d+")  # what sqlglot calls what has no name
_NAME_IT: Final = "give it a name with AS"


def outputs_of(query: Qualified) -> tuple[tuple[Output, ...], list[Problem]]:
    """The columns of a query's result.

    Returns:
        The columns, and what is wrong with their names.
    """
    origins = _Origins(query)
    places = Places(query.select.sql)
    outputs: list[Output] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for index, projection in enumerate(projections(query.root)):
        sources = origins.of(query.root, index)
        name = _name(query, projection, sources)
        place = places.of(projection)
        if name is None:
            message = f"output column {index + 1} has no name"
            problems.append(Problem(*place, message, _NAME_IT, query.select.file))
            continue
        if name.lower() in seen:
            message = f"the output has two columns {name}"
            fix = f"{_NAME_IT}, name the columns instead of *, or join with USING"
            problems.append(Problem(*place, message, fix, query.select.file))
        seen.add(name.lower())
        outputs.append(Output(name, _type(query.root, index), sources))
    return tuple(outputs), problems


class _Origins:
    """Follows outputs to where their values come from; each part's output once."""

    def __init__(self, query: Qualified) -> None:
        self._query = query
        self._known: dict[tuple[int, int], set[_Origin]] = {}
        self._scopes = {id(scope.expression): scope for scope in query.scopes}
        self._spelling = {
            product: {name.lower(): name for name in columns} for product, columns in query.schemas.items()
        }

    def of(self, scope: Scope, index: int) -> tuple[Source, ...]:
        """The sources of an output, sorted; one that is both copied and computed counts as computed."""
        origins = self._output(scope, index)
        computed = {(product, column) for product, column, copied in origins if not copied}
        return tuple(
            sorted(
                Source(product, self._spelling[product].get(column, column), (product, column) not in computed)
                for product, column in {origin[:2] for origin in origins}
            )
        )

    def _output(self, scope: Scope, index: int) -> set[_Origin]:
        # By expression, as sqlglot gives a recursive WITH's reference to itself a scope of its own.
        scope = self._scopes.get(id(scope.expression), scope)
        key = (id(scope.expression), index)
        if key not in self._known:
            self._known[key] = set()
            self._known[key] = set(self._made_of(scope, index))
        return self._known[key]

    def _made_of(self, scope: Scope, index: int) -> Iterator[_Origin]:
        expression = scope.expression
        if isinstance(expression, exp.SetOperation):
            name = expression.named_selects[index]
            for side in scope.set_operation_scopes:
                at = index_of(side, name) if expression.args.get("by_name") else index
                if at is not None:
                    yield from self._output(side, at)
        elif isinstance(expression, exp.Select):
            if index < len(expression.selects):
                yield from self._values(scope, expression.selects[index].unalias())
        else:
            yield from _computed(self._values(scope, expression))

    def _values(self, scope: Scope, value: exp.Expr) -> Iterator[_Origin]:
        """What a value is made of: of a subquery its outputs, of all else every column in it."""
        if isinstance(value, exp.Column):
            yield from self._column(scope, value)
        elif (inner := self._scopes.get(id(value))) is not None and inner is not scope:
            for index in range(len(projections(inner))):
                yield from _computed(self._output(inner, index))
        else:
            for child in value.iter_expressions():
                yield from _computed(self._values(scope, child))

    def _column(self, scope: Scope, column: exp.Column) -> Iterator[_Origin]:
        resolved = source_of(scope, column)
        source = resolved[0] if resolved else None
        if isinstance(source, Scope):
            index = index_of(source, column.name)
            if isinstance(source.expression, exp.Query) and index is None:
                return
            yield from self._output(source, index or 0)
        elif isinstance(source, exp.Table) and is_product(source):
            yield product_of(source), column.name, True


def _computed(origins: Iterator[_Origin] | set[_Origin]) -> Iterator[_Origin]:
    return ((product, column, False) for product, column, _ in origins)


def _name(query: Qualified, projection: exp.Expr, sources: tuple[Source, ...]) -> str | None:
    """An output's name as it is written: in the query, else in the input's schema; ``None`` if it has none."""
    alias = projection.args.get("alias")
    value = projection.unalias()
    last = value.this if isinstance(value, exp.Column) else value.expression if isinstance(value, exp.Dot) else None
    for part in (alias, last):
        if isinstance(part, exp.Identifier) and (start := start_of(part)) is not None:
            written = query.select.sql[start : part.meta["end"] + 1]
            return written[1:-1].replace('""', '"') if written.startswith('"') else written
    name = projection.alias_or_name
    if not name or _MADE_UP.fullmatch(name):
        return None
    return next((source.column for source in sources if source.column.lower() == name), name)


def _type(scope: Scope, index: int) -> str | None:
    """An output's type, where all sides of a set operation agree on it."""
    if isinstance(scope.expression, exp.SetOperation):
        if scope.expression.args.get("by_name"):
            return None
        kinds = {_type(side, index) for side in scope.set_operation_scopes}
        return kinds.pop() if len(kinds) == 1 else None
    selects = projections(scope)
    kind = selects[index].type if index < len(selects) else None
    if kind is None or kind.is_type(exp.DataType.Type.UNKNOWN, exp.DataType.Type.NULL):
        return None
    return kind.sql(dialect=DIALECT)
