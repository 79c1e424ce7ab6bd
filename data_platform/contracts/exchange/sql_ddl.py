"""Contracts as SQL's CREATE TABLE, in any dialect that sqlglot writes, and out of it.

What belongs here: columns, types, NOT NULL, keys, comments, both ways. What does not: rules on values, which databases
check in ways of their own.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from data_platform.contracts.drafting import ColumnDraft, TableDraft
from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.exchange.errors import ExchangeError
from data_platform.contracts.exchange.types import odcs_type_of_sql, sql_type

DIALECTS: Final = ("duckdb", "postgres", "spark", "snowflake", "bigquery")
_INNER: Final = "duckdb"
_COMMENTS_APART: Final = ("duckdb", "postgres")
_UNENFORCED: Final = "bigquery"
"""Takes a primary key only where it says that it does not enforce it, and comments as options."""
_WITHOUT_UNIQUE: Final = ("spark", "bigquery")


def exported(table: SchemaObject, name: str, dialect: str) -> str:
    """A table as CREATE TABLE.

    Args:
        table: The table.
        name: What it is called, with or without a schema: ``sales.orders_v1``.
        dialect: One of ``DIALECTS``.

    Raises:
        ExchangeError: The dialect is another.
    """
    if dialect not in DIALECTS:
        raise ExchangeError(f"{dialect!r} is no dialect of --to sql-ddl; use one of {', '.join(DIALECTS)}")
    apart = dialect in _COMMENTS_APART
    columns = [_column(one, dialect, _constraints(one, dialect)) for one in table.properties]
    key = [exp.to_identifier(one.column, quoted=True) for one in table.primary_key]
    primary = exp.PrimaryKey(expressions=key, options=["NOT ENFORCED"] if dialect == _UNENFORCED else [])
    parts: list[exp.Expr] = [*columns, *([primary] if key else [])]
    schema = exp.Schema(this=exp.to_table(name, dialect=_INNER), expressions=parts)
    properties = None
    if table.description and not apart:
        properties = exp.Properties(expressions=[_table_comment(table.description, dialect)])
    made = exp.Create(this=schema, kind="TABLE", properties=properties)
    statements = [made.sql(dialect=dialect, pretty=True)]
    if apart:
        statements += _comments(table, name, dialect)
    return ";\n\n".join([statements[0], ";\n".join(statements[1:])] if statements[1:] else statements) + ";\n"


def imported(text: str, file: str, dialect: str) -> tuple[str, TableDraft]:
    """The table that a CREATE TABLE makes.

    Args:
        text: SQL with one CREATE TABLE; COMMENT ON statements are read too.
        file: What errors call it.
        dialect: Any that sqlglot knows.

    Returns:
        The table's name and columns.

    Raises:
        ExchangeError: It is no SQL of the dialect, has none or several tables, or a type that is not known.
    """
    try:
        statements = [one for one in sqlglot.parse(text, dialect=dialect) if one is not None]
    except (SqlglotError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise ExchangeError(f"{file} is no SQL of {dialect}: {said}; give its own with --dialect") from error
    tables = [one for one in statements if isinstance(one, exp.Create) and isinstance(one.this, exp.Schema)]
    if len(tables) != 1:
        names = ", ".join(one.this.this.name for one in tables) or "none"
        raise ExchangeError(f"{file} has to have one CREATE TABLE, and has {len(tables)} ({names}); give one a file")
    schema = tables[0].this
    comments = {one.this.name.lower(): one.expression.name for one in statements if _is_comment_of_a_column(one)}
    keys = [each.name for one in schema.expressions for each in _key_of(one)]
    columns = [one for one in schema.expressions if isinstance(one, exp.ColumnDef)]
    drafts = tuple(_draft(one, comments, file) for one in columns)
    keys += [one.name for one in columns if _has(one, exp.PrimaryKeyColumnConstraint)]
    return schema.this.name, TableDraft(drafts, tuple(dict.fromkeys(keys)), _row(tables[0], statements))


def type_in(one: Property, dialect: str) -> str:
    """The type of a column as a dialect has it."""
    return _type(one, dialect).sql(dialect=dialect)


def _type(one: Property, dialect: str) -> exp.DataType:
    nested = one.logical_type in ("object", "array", "map", "vector")
    kind = "JSON" if nested and dialect == "postgres" else sql_type(one)
    return exp.DataType.build(kind, dialect=_INNER)


def _column(one: Property, dialect: str, constraints: Iterable[exp.Expr]) -> exp.ColumnDef:
    made = [exp.ColumnConstraint(kind=each) for each in constraints]
    return exp.ColumnDef(this=exp.to_identifier(one.column, quoted=True), kind=_type(one, dialect), constraints=made)


def _constraints(one: Property, dialect: str) -> Iterator[exp.Expr]:
    if one.required or one.primary_key:
        yield exp.NotNullColumnConstraint()
    if one.unique and not one.primary_key and dialect not in _WITHOUT_UNIQUE:
        yield exp.UniqueColumnConstraint()
    if one.description and dialect == _UNENFORCED:
        yield exp.Properties(expressions=[_described(one.description)])
    elif one.description and dialect not in _COMMENTS_APART:
        yield exp.CommentColumnConstraint(this=exp.Literal.string(one.description))


def _table_comment(text: str, dialect: str) -> exp.Expr:
    return _described(text) if dialect == _UNENFORCED else exp.SchemaCommentProperty(this=exp.Literal.string(text))


def _described(text: str) -> exp.Property:
    """BigQuery's ``OPTIONS (description = ...)``."""
    return exp.Property(this=exp.Var(this="description"), value=exp.Literal.string(text))


def _comments(table: SchemaObject, name: str, dialect: str) -> Iterator[str]:
    if table.description:
        text = exp.Literal.string(table.description).sql(dialect=dialect)
        yield f"COMMENT ON TABLE {name} IS {text}"
    for one in table.properties:
        if one.description:
            column = exp.to_identifier(one.column, quoted=True).sql(dialect=dialect)
            yield f"COMMENT ON COLUMN {name}.{column} IS {exp.Literal.string(one.description).sql(dialect=dialect)}"


def _is_comment_of_a_column(one: exp.Expr) -> bool:
    return isinstance(one, exp.Comment) and one.args.get("kind") == "COLUMN"


def _row(table: exp.Create, statements: Iterable[exp.Expr]) -> str:
    """What is said of the table itself."""
    properties = table.args["properties"].expressions if table.args.get("properties") else []
    found = [each.this.name for each in properties if isinstance(each, exp.SchemaCommentProperty)]
    found += [_option(each) for each in properties]
    found += [o.expression.name for o in statements if isinstance(o, exp.Comment) and o.args.get("kind") == "TABLE"]
    return next(filter(None, found), "")


def _comment(kind: exp.Expr) -> str:
    """What a constraint says of its column, if it is a comment."""
    if isinstance(kind, exp.CommentColumnConstraint):
        return str(kind.this.name)
    return next(filter(None, map(_option, kind.expressions)), "") if isinstance(kind, exp.Properties) else ""


def _option(one: exp.Expr) -> str:
    is_description = type(one) is exp.Property and one.name.lower() == "description"
    return str(one.args["value"].name) if is_description else ""


def _key_of(one: exp.Expr) -> list[exp.Expr]:
    """The columns of a primary key that a table declares apart from its columns."""
    inner = one.expressions[0] if isinstance(one, exp.Constraint) and one.expressions else one
    if not isinstance(inner, exp.PrimaryKey):
        return []
    return [each.this if isinstance(each, exp.Ordered) else each for each in inner.expressions]


def _has(one: exp.ColumnDef, kind: type[exp.Expr]) -> bool:
    return any(isinstance(each.kind, kind) for each in one.args.get("constraints") or ())


def _draft(one: exp.ColumnDef, said: dict[str, str], file: str) -> ColumnDraft:
    kind = one.args.get("kind")
    if kind is None:
        raise ExchangeError(f"{file}: the column {one.name} has no type; write one")
    try:
        made = odcs_type_of_sql(kind.sql(dialect=_INNER))
    except ValueError as error:
        raise ExchangeError(f"{file}: the column {one.name}: {error}") from error
    comments = [text for each in one.args["constraints"] if (text := _comment(each.kind))]
    never_null = any(
        isinstance(each.kind, exp.NotNullColumnConstraint) and not each.kind.args.get("allow_null")
        for each in one.args["constraints"]
    )
    more = {"unique": True} if _has(one, exp.UniqueColumnConstraint) else {}
    described = next(iter(comments), "") or said.get(one.name.lower(), "")
    return ColumnDraft(one.name, made, described, never_null or _has(one, exp.PrimaryKeyColumnConstraint), more=more)
