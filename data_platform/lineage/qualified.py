"""A query in which every column says which of the query's sources it is of, ``*`` written out, aliases resolved.

What belongs here: the one use of sqlglot's ``qualify``, and the errors that come of names. What does not: what columns
are used for (``usage``, ``origins``).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeGuard

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from data_platform.lineage.errors import InvalidSelect, Problem, did_you_mean
from data_platform.lineage.model import DIALECT, Select
from data_platform.lineage.places import Places
from data_platform.lineage.refusals import product_of

_PSEUDO: Final = {"rowid", "all"}


@dataclass(frozen=True)
class Qualified:
    """A query with every name resolved.

    Attributes:
        select: The query as given.
        schemas: The columns of its inputs.
        root: sqlglot's scopes of the resolved tree.
        scopes: All scopes, inner ones first.
    """

    select: Select
    schemas: Mapping[str, Mapping[str, str | None]]
    root: Scope
    scopes: tuple[Scope, ...]


def qualified(select: Select, schemas: Mapping[str, Mapping[str, str | None]]) -> Qualified:
    """Resolve every name of a query.

    Args:
        select: The query.
        schemas: The columns of each of its inputs.

    Raises:
        InvalidSelect: Names that are not there, or ambiguous, or that sqlglot cannot resolve.
    """
    tree = select.tree.copy()
    _bind_comprehensions(tree)
    schema = _schema(schemas)
    try:
        resolved = qualify(
            tree,
            schema=schema,
            dialect=DIALECT,
            validate_qualify_columns=False,
            quote_identifiers=False,
            identify=False,
        )
        resolved = annotate_types(resolved, schema=schema, dialect=DIALECT)
        root = build_scope(resolved)
    except (SqlglotError, RecursionError) as error:
        raise InvalidSelect([_unfollowed(error, select, schemas)]) from None
    if root is None:
        raise InvalidSelect([Problem(1, 1, "the query cannot be followed", _SIMPLER, select.file)])
    query = Qualified(select, schemas, root, tuple(root.traverse()))
    if problems := list(_unresolved(query)):
        raise InvalidSelect(problems)
    return query


_SIMPLER: Final = "name columns and sources explicitly, with WITH for parts"


def _unfollowed(error: Exception, select: Select, schemas: Mapping[str, Mapping[str, str | None]]) -> Problem:
    """What sqlglot stopped at: the first column that a named source lacks, of which it says the name alone."""
    message = str(error).splitlines()[0] if str(error) else type(error).__name__
    if match := re.match(r"Unknown (column|table): (\w+)", message):
        known = {name for columns in schemas.values() for name in columns} if match[1] == "column" else set(schemas)
        place = Places(select.sql).of_word(match[2])
        return Problem(*place, f"there is no {match[1]} {match[2]}", did_you_mean(match[2], known), select.file)
    return Problem(1, 1, f"the query cannot be followed: {message}", _SIMPLER, select.file)


def outputs(expression: exp.Expr) -> list[str]:
    """The names of the columns that a part of a query has."""
    return list(expression.named_selects) if isinstance(expression, exp.Query) else []


def projections(scope: Scope) -> list[exp.Expr]:
    """The expressions that make the output columns of a part."""
    return list(scope.expression.selects) if isinstance(scope.expression, exp.Query) else []


def index_of(scope: Scope, name: str) -> int | None:
    """The number of the output column of a part that has the name; ``None`` if none has, or names are not known."""
    for names in (outputs(scope.expression), list(scope.outer_columns)):
        if name in names:
            return names.index(name)
    return None


def source_of(scope: Scope, column: exp.Column) -> tuple[exp.Table | Scope, Scope] | None:
    """What a column is of, looked for from the inside out: a table or scope, and the scope in which it is a source."""
    at: Scope | None = scope
    while at is not None:
        if column.table in at.sources:
            return lateral_query(at.sources[column.table]), at
        at = at.parent
    return None


def lateral_query(source: exp.Table | Scope) -> exp.Table | Scope:
    """Of ``LATERAL (SELECT ...)`` the scope of its query; any other source as it is."""
    if isinstance(source, Scope) and isinstance(source.expression, exp.Lateral):
        query = source.expression.this.unnest()
        return next((scope for scope in source.subquery_scopes if scope.expression is query), source)
    return source


def is_product(source: object) -> TypeGuard[exp.Table]:
    """Whether a source is an input, not a table function."""
    return isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier) and bool(source.db)


def _schema(schemas: Mapping[str, Mapping[str, str | None]]) -> MappingSchema:
    nested: dict[str, dict[str, dict[str, str]]] = {}
    for product, columns in schemas.items():
        domain, name = product.split(".", 1)
        nested.setdefault(domain, {})[name] = {column.lower(): kind or "UNKNOWN" for column, kind in columns.items()}
    return MappingSchema(dict(nested), dialect=DIALECT)


def _bind_comprehensions(tree: exp.Expr) -> None:
    """Make the variable of ``[f(x) FOR x IN list]`` what lambdas' variables are: no column."""
    for comprehension in tree.find_all(exp.Comprehension):
        variable = comprehension.args["expression"].name.lower()
        for part in (comprehension.this, comprehension.args.get("condition"), comprehension.expression):
            for column in list(part.find_all(exp.Column)) if part is not None else []:
                if column.parts[0].name.lower() == variable:
                    first, *rest = (part.copy() for part in column.parts)
                    column.replace(exp.Dot.build([first, *rest]) if rest else first)


def _unresolved(query: Qualified) -> Iterator[Problem]:
    places = Places(query.select.sql)
    for scope in query.scopes:
        for column in scope.columns:
            if (wrong := _wrong(scope, column, query)) is not None:
                yield Problem(*places.of(column, column.name), *wrong, query.select.file)


def _wrong(scope: Scope, column: exp.Column, query: Qualified) -> tuple[str, str] | None:
    if isinstance(column.this, exp.Star):
        return "this * cannot be written out", "name the columns"
    if not column.table:
        return _wrong_plain(scope, column, query)
    resolved = source_of(scope, column)
    if resolved is None:
        known = {name for part in _inside_out(scope) for name in part.selected_sources}
        return f"there is no {column.table} here", did_you_mean(column.table, known)
    columns = _columns_of(resolved[0], query)
    if columns is None or column.name in columns:
        return None
    return f"{_called(resolved[0], column.table)} has no column {column.name}", did_you_mean(column.name, columns)


def _wrong_plain(scope: Scope, column: exp.Column, query: Qualified) -> tuple[str, str] | None:
    if column.name in _PSEUDO or (column.name in outputs(scope.expression) and column.find_ancestor(exp.Order)):
        return None
    known: dict[str, list[str]] = {}
    for part in _inside_out(scope):
        for name in part.selected_sources:
            columns = _columns_of(part.sources[name], query)
            if columns is None:
                return None
            for candidate in columns:
                known.setdefault(candidate, []).append(f"{name}.{candidate}")
    if column.name in known:
        return f"column {column.name} is ambiguous", f"write {' or '.join(sorted(known[column.name]))}"
    return f"there is no column {column.name}", did_you_mean(column.name, known)


def _inside_out(scope: Scope | None) -> Iterator[Scope]:
    """A part and the parts around it whose sources it may name."""
    while scope is not None:
        yield scope
        scope = scope.parent if scope.can_be_correlated else None


def _columns_of(source: exp.Table | Scope, query: Qualified) -> set[str] | None:
    """The columns that a source has, in lower case; ``None`` where that is not known (table functions)."""
    source = lateral_query(source)
    if isinstance(source, Scope):
        names = {*outputs(source.expression), *source.outer_columns}
        return names or None
    if is_product(source):
        return {name.lower() for name in query.schemas[product_of(source)]}
    return None


def _called(source: exp.Table | Scope, alias: str) -> str:
    return product_of(source) if is_product(source) else alias
