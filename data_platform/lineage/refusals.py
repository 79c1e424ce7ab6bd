"""What a query may not be or hold, and which products it names.

What belongs here: the rules, on the parsed tree alone. What does not: which columns exist (``reading``). A query is
untrusted input: what it may read is a list of what is allowed, not of what is forbidden. This is the first wall; the
second is the engine that runs it with no access to anything outside
(https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from data_platform.lineage.errors import Problem, did_you_mean
from data_platform.lineage.model import Input
from data_platform.lineage.places import Places

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_SYSTEM_SCHEMAS: Final = {"information_schema", "pg_catalog", "main", "temp", "system"}
_TABLE_FUNCTIONS: Final = {"range", "generate_series", "unnest", "generate_subscripts", "json_each", "json_tree"}
_OUTSIDE: Final = re.compile(
    r"getenv|(get|set)_?variable|current_(setting|database|schemas?|query|role|user|catalog|connection_id"
    r"|transaction_id)|session_user|(next|curr)val|txid_current|in_search_path|write_log|which_secret|nextval|query"
    r"|query_table|(duckdb|pragma|pg|sqlite|postgres|mysql|iceberg|delta|parquet|http|load|enable|disable|force|read"
    r"|has)_\w+|checkpoint|sniff_csv|add_parquet_key|copy_\w+|parse_duckdb_log_message"
)
_OUTSIDE_NODES: Final = (exp.CurrentUser, exp.SessionUser, exp.CurrentSchema, exp.CurrentDatabase, exp.ReadCSV)
_WRITES: Final = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Copy, exp.Drop, exp.Alter, exp.Attach, exp.Pragma)
_PRODUCT: Final = "read a product, as domain.name"


def refusals_of(sql: str, statements: Sequence[exp.Expr | None], file: str) -> list[Problem]:
    """Everything about a text that keeps it from being one SELECT over products.

    Args:
        sql: The text.
        statements: What sqlglot made of it.
        file: For messages.
    """
    places = Places(sql)
    refusals = list(_not_one_select(statements, places))
    if not refusals:
        tree = next(statement for statement in statements if statement is not None)
        refusals = [refusal for rule in _RULES for refusal in rule(tree, places)]
        refusals += _unqualified(tree, places) if not refusals else []
    return [Problem(*place, message, fix, file) for place, message, fix in refusals]


def inputs_of(sql: str, tree: exp.Expr) -> tuple[tuple[Input, ...], frozenset[str]]:
    """The products that an accepted query names, sorted, and the names of its parameters."""
    places = Places(sql)
    first: dict[str, Input] = {}
    for table in tree.find_all(exp.Table):
        if table.db:
            product = product_of(table)
            mention = Input(product, *places.of(table.args["db"]))
            first[product] = min(first.get(product, mention), mention, key=lambda place: (place.line, place.column))
    parameters = frozenset(str(placeholder.this) for placeholder in tree.find_all(exp.Placeholder))
    return tuple(first[name] for name in sorted(first)), parameters


def product_of(table: exp.Table) -> str:
    """``domain.name`` of a table that has both, in lower case."""
    return f"{table.db}.{table.name}".lower()


_Refusal = tuple[tuple[int, int], str, str]


def _not_one_select(statements: Sequence[exp.Expr | None], places: Places) -> Iterator[_Refusal]:
    present = [
        statement for statement in statements if statement is not None and not isinstance(statement, exp.Semicolon)
    ]
    if not present:
        yield (1, 1), "there is no query", "write one SELECT"
        return
    if len(present) > 1:
        tokens = iter(places.tokens)
        end = next((token.end for token in tokens if token.text == ";"), 0)
        start = next((token.start for token in tokens if token.text != ";"), end)
        yield places.at(start), f"there are {len(present)} statements", "keep one SELECT, and no other statement"
    for statement in present[:1]:
        if not isinstance(statement, exp.Query) or isinstance(statement, exp.Table):
            start = places.tokens[0].start if places.tokens else 0
            word = places.tokens[0].text.upper() if places.tokens else "this"
            yield places.at(start), f"{word} is not a SELECT", "write one SELECT; only that is run"


def _forbidden_parts(tree: exp.Expr, places: Places) -> Iterator[_Refusal]:
    for node in tree.walk():
        if (reason := _forbidden(node)) is not None:
            yield (places.of(node, *_words(node)), *reason)


def _forbidden(node: exp.Expr) -> tuple[str, str] | None:  # noqa: PLR0911 - one return a rule
    match node:
        case exp.Placeholder() if not node.args.get("this") or not isinstance(node.this, str) or node.this.isdigit():
            return "a parameter without a name", "name it: $partition_key"
        case exp.PositionalColumn():
            return "a column by its position", "name the column"
        case exp.Columns():
            return "COLUMNS(...) picks columns by a pattern, so nobody can say which are read", "name the columns"
        case exp.Like() | exp.ILike() | exp.SimilarTo() | exp.Glob() if isinstance(node.this, exp.Star):
            return "* with a pattern: nobody can say which columns are read", "name the columns"
        case exp.Join() if str(node.args.get("method")) == "NATURAL":
            return "a NATURAL JOIN joins by whatever columns both have, so a new column changes it", "write USING (...)"
        case exp.Pivot():
            return "PIVOT and UNPIVOT make columns of data", "write sum(x) FILTER (WHERE ...), or UNION ALL, by name"
        case exp.Lock():
            return "a locking clause", "remove it: products are only read"
    if isinstance(node, _WRITES) and not isinstance(node, exp.Query):
        return f"{node.key.upper()} changes something, or reaches outside", "write one SELECT; only that is run"
    if (name := _function_name(node)) and (isinstance(node, _OUTSIDE_NODES) or _OUTSIDE.fullmatch(name)):
        return f"{name}() looks outside the query's inputs", _PRODUCT
    return None


def _words(node: exp.Expr) -> tuple[str, ...]:
    """What stands in the text for a node that sqlglot gives no place."""
    if isinstance(node, exp.Placeholder):
        return ("?", "$", ":")
    return (_function_name(node) or "#",)


def _function_name(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if isinstance(node, exp.Func):
        return node.sql_name().lower()
    return None


def _forbidden_sources(tree: exp.Expr, places: Places) -> Iterator[_Refusal]:
    for table in tree.find_all(exp.Table):
        source = table.this
        if isinstance(source, exp.Identifier):
            if (reason := _bad_name(table)) is not None:
                yield (places.of(table), *reason)
        elif not isinstance(source, exp.Func) or _table_function(source) not in _TABLE_FUNCTIONS:
            name = _function_name(source) or source.sql(dialect="duckdb")
            yield places.of(source), f"{name} is no product, and may read anything", _PRODUCT
        if table.args.get("when"):
            yield places.of(table), "AT picks an old version of a product", "pin the product's version in defs.yaml"


def _forbidden_laterals(tree: exp.Expr, places: Places) -> Iterator[_Refusal]:
    for lateral in tree.find_all(exp.Lateral):
        source = lateral.this
        if isinstance(source, exp.Func) and _table_function(source) not in _TABLE_FUNCTIONS:
            name = _function_name(source) or source.sql(dialect="duckdb")
            yield places.of(source), f"{name} is no product, and may read anything", _PRODUCT


def _table_function(node: exp.Func) -> str | None:
    return "range" if isinstance(node, exp.GenerateSeries) else _function_name(node)


def _bad_name(table: exp.Table) -> tuple[str, str] | None:
    shown = ".".join(part.name for part in table.parts)
    if table.catalog:
        return f"{shown} has {len(table.parts)} parts", _PRODUCT
    if not table.db:
        return None
    if table.db.lower() in _SYSTEM_SCHEMAS:
        return f"{shown} belongs to the engine, it is no product", _PRODUCT
    if not _NAME.fullmatch(table.db.lower()) or not _NAME.fullmatch(table.name.lower()):
        return f"{shown!r} is no name of a product", "use letters, digits and _, as in sales.orders_v1"
    return None


def _unqualified(tree: exp.Expr, places: Places) -> Iterator[_Refusal]:
    products = sorted({product_of(table) for table in tree.find_all(exp.Table) if table.db})
    for scope in traverse_scope(tree):
        ctes = {*scope.cte_sources, *(name for name, source in scope.sources.items() if isinstance(source, Scope))}
        for table in scope.tables:
            if not table.db and isinstance(table.this, exp.Identifier) and not _is_part(scope, table):
                names = {name.split(".", 1)[1]: name for name in products}
                near = names.get(table.name.lower()) or did_you_mean(table.name, [*ctes, *products])
                fix = f"did you mean '{near}'?" if near in products else near
                if any(char in table.name for char in "./*:"):
                    yield places.of(table), f"'{table.name}' is a file", _PRODUCT
                else:
                    yield places.of(table), f"{table.name} is neither domain.name nor a part of this query (WITH)", fix


def _is_part(scope: Scope, table: exp.Table) -> bool:
    """Whether a name without a domain means a common table expression, or what stands before a lateral join."""
    source = scope.sources.get(table.alias_or_name)
    return isinstance(source, Scope) or table.name in scope.cte_sources


_RULES: Final = (_forbidden_parts, _forbidden_sources, _forbidden_laterals)
