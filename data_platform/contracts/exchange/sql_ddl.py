"""Contracts as SQL's CREATE TABLE, in any dialect that sqlglot writes, and out of it.

What belongs here: columns, types, NOT NULL, keys, comments, both ways. What does not: rules on values, which databases
check in ways of their own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError

from data_platform.contracts.drafting import ColumnDraft, TableDraft
from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.exchange.errors import ExchangeError
from data_platform.contracts.exchange.types import odcs_type_in, sql_type
from data_platform.contracts.types.names import Dialect

DIALECTS: Final = ("duckdb", "postgres", "spark", "snowflake", "bigquery")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED: Final = frozenset(DuckDB.Generator.RESERVED_KEYWORDS)
"""Those of Postgres, which are the standard's."""
_COMMENTS_APART: Final = ("duckdb", "postgres")
_UNENFORCED: Final = "bigquery"
"""Takes a primary key only where it says that it does not enforce it, and comments as options."""
_WITHOUT_UNIQUE: Final = ("spark", "bigquery")


def exported(table: SchemaObject, name: Sequence[str], dialect: str) -> str:
    """A table as CREATE TABLE.

    Args:
        table: The table.
        name: What it is called: its schema, empty where it has none, and its name.
        dialect: One of ``DIALECTS``.

    Raises:
        ExchangeError: The dialect is another, or the table has no columns.
    """
    if dialect not in DIALECTS:
        raise ExchangeError(f"{dialect!r} is no dialect of --to sql-ddl; use one of {', '.join(DIALECTS)}")
    if not table.properties:
        raise ExchangeError(f"{table.name} has no properties, and SQL has no table without columns; write them")
    apart = dialect in _COMMENTS_APART
    columns = [_column(column, dialect, _constraints(column, dialect)) for column in table.properties]
    key = [exp.to_identifier(column.column, quoted=True) for column in table.primary_key]
    primary = exp.PrimaryKey(expressions=key, options=["NOT ENFORCED"] if dialect == _UNENFORCED else [])
    parts: list[exp.Expr] = [*columns, *([primary] if key else [])]
    schema = exp.Schema(this=_named(name), expressions=parts)
    properties = None
    if table.description and not apart:
        properties = exp.Properties(expressions=[_table_comment(table.description, dialect)])
    statement = exp.Create(this=schema, kind="TABLE", properties=properties)
    statements = [statement.sql(dialect=dialect, pretty=True)]
    if apart:
        statements += _comments(table, _named(name).sql(dialect=dialect), dialect)
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
        statements = [statement for statement in sqlglot.parse(text, dialect=dialect) if statement is not None]
    except (SqlglotError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ExchangeError(f"{file} is no SQL of {dialect}: {reason}; give its own with --dialect") from error
    tables = [
        statement
        for statement in statements
        if isinstance(statement, exp.Create) and isinstance(statement.this, exp.Schema)
    ]
    if len(tables) != 1:
        names = ", ".join(table.this.this.name for table in tables) or "none"
        raise ExchangeError(f"{file} has to have one CREATE TABLE, and has {len(tables)} ({names}); give one a file")
    schema = tables[0].this
    comments = {
        statement.this.name.lower(): statement.expression.name
        for statement in statements
        if _is_comment_of_a_column(statement)
    }
    keys = [column.name for expression in schema.expressions for column in _key_of(expression)]
    columns = [expression for expression in schema.expressions if isinstance(expression, exp.ColumnDef)]
    drafts = tuple(_draft(column, comments, file, dialect) for column in columns)
    keys += [column.name for column in columns if _has(column, exp.PrimaryKeyColumnConstraint)]
    return schema.this.name, TableDraft(drafts, tuple(dict.fromkeys(keys)), _row(tables[0], statements))


def _named(parts: Sequence[str]) -> exp.Table:
    """A table's name, its parts quoted where they are no plain words."""
    *schema, name = [exp.to_identifier(part, quoted=not _is_plain(part)) for part in parts if part]
    return exp.Table(this=name, db=schema[0] if schema else None)


def _is_plain(word: str) -> bool:
    return _WORD.fullmatch(word) is not None and word.lower() not in _RESERVED


def type_in(column: Property, dialect: str) -> str:
    """The type of a column as a dialect has it."""
    return sql_type(column, Dialect(dialect))


def _column(column: Property, dialect: str, constraints: Iterable[exp.Expr]) -> exp.ColumnDef:
    wrapped = [exp.ColumnConstraint(kind=kind) for kind in constraints]
    return exp.ColumnDef(
        this=exp.to_identifier(column.column, quoted=True),
        kind=exp.Var(this=type_in(column, dialect)),
        constraints=wrapped,
    )


def _constraints(column: Property, dialect: str) -> Iterator[exp.Expr]:
    if column.required or column.primary_key:
        yield exp.NotNullColumnConstraint()
    if column.unique and not column.primary_key and dialect not in _WITHOUT_UNIQUE:
        yield exp.UniqueColumnConstraint()
    if column.description and dialect == _UNENFORCED:
        yield exp.Properties(expressions=[_described(column.description)])
    elif column.description and dialect not in _COMMENTS_APART:
        yield exp.CommentColumnConstraint(this=exp.Literal.string(column.description))


def _table_comment(text: str, dialect: str) -> exp.Expr:
    return _described(text) if dialect == _UNENFORCED else exp.SchemaCommentProperty(this=exp.Literal.string(text))


def _described(text: str) -> exp.Property:
    """BigQuery's ``OPTIONS (description = ...)``."""
    return exp.Property(this=exp.Var(this="description"), value=exp.Literal.string(text))


def _comments(table: SchemaObject, name: str, dialect: str) -> Iterator[str]:
    if table.description:
        text = exp.Literal.string(table.description).sql(dialect=dialect)
        yield f"COMMENT ON TABLE {name} IS {text}"
    for column in table.properties:
        if column.description:
            identifier = exp.to_identifier(column.column, quoted=True).sql(dialect=dialect)
            text = exp.Literal.string(column.description).sql(dialect=dialect)
            yield f"COMMENT ON COLUMN {name}.{identifier} IS {text}"


def _is_comment_of_a_column(statement: exp.Expr) -> bool:
    return isinstance(statement, exp.Comment) and statement.args.get("kind") == "COLUMN"


def _row(table: exp.Create, statements: Iterable[exp.Expr]) -> str:
    """What is said of the table itself."""
    properties = table.args["properties"].expressions if table.args.get("properties") else []
    texts = [option.this.name for option in properties if isinstance(option, exp.SchemaCommentProperty)]
    texts += [_option(option) for option in properties]
    comments = (statement for statement in statements if isinstance(statement, exp.Comment))
    texts += [comment.expression.name for comment in comments if comment.args.get("kind") == "TABLE"]
    return next(filter(None, texts), "")


def _comment(kind: exp.Expr) -> str:
    """What a constraint says of its column, if it is a comment."""
    if isinstance(kind, exp.CommentColumnConstraint):
        return str(kind.this.name)
    return next(filter(None, map(_option, kind.expressions)), "") if isinstance(kind, exp.Properties) else ""


def _option(expression: exp.Expr) -> str:
    is_description = type(expression) is exp.Property and expression.name.lower() == "description"
    return str(expression.args["value"].name) if is_description else ""


def _key_of(expression: exp.Expr) -> list[exp.Expr]:
    """The columns of a primary key that a table declares apart from its columns."""
    inner = (
        expression.expressions[0] if isinstance(expression, exp.Constraint) and expression.expressions else expression
    )
    if not isinstance(inner, exp.PrimaryKey):
        return []
    return [part.this if isinstance(part, exp.Ordered) else part for part in inner.expressions]


def _has(column: exp.ColumnDef, kind: type[exp.Expr]) -> bool:
    return any(isinstance(constraint.kind, kind) for constraint in column.args.get("constraints") or ())


def _draft(column: exp.ColumnDef, comments_apart: dict[str, str], file: str, dialect: str) -> ColumnDraft:
    kind = column.args.get("kind")
    if kind is None:
        raise ExchangeError(f"{file}: the column {column.name} has no type; write one")
    try:
        type_keys = odcs_type_in(kind.sql(dialect=dialect), dialect)
    except ValueError as error:
        raise ExchangeError(f"{file}: the column {column.name}: {error}") from error
    comments = [text for constraint in column.args["constraints"] if (text := _comment(constraint.kind))]
    never_null = any(
        isinstance(constraint.kind, exp.NotNullColumnConstraint) and not constraint.kind.args.get("allow_null")
        for constraint in column.args["constraints"]
    )
    more = {"unique": True} if _has(column, exp.UniqueColumnConstraint) else {}
    described = next(iter(comments), "") or comments_apart.get(column.name.lower(), "")
    return ColumnDraft(
        column.name, type_keys, described, never_null or _has(column, exp.PrimaryKeyColumnConstraint), more=more
    )
