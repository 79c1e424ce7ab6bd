"""Whether DuckDB can run a regular expression, and a query's shape.

What belongs here: asking the engines, which are imported only when a contract has a pattern or a query. What does not:
rules.

Patterns are asked of DuckDB itself rather than parsed here: its engine is RE2, which differs from ECMAScript (the
standard's dialect) and from Python's ``re`` in look-around, back references, escapes and the size of repetitions.
"""

import functools
import re
from typing import Any, Final

_LONGEST_PATTERN: Final = 2_000
_LONGEST_QUERY: Final = 20_000
_PLACEHOLDER: Final = re.compile(r"\$?\{\s*(\w+)\s*\}")
_PLACEHOLDERS: Final = frozenset({"object", "property", "table", "column", "schema", "model", "field"})
_MessageAndFix = tuple[str, str]


@functools.lru_cache(maxsize=1024)
def pattern_problem(pattern: str) -> _MessageAndFix | None:
    """What keeps a pattern from being run, as message and fix, or None."""
    if len(pattern) > _LONGEST_PATTERN:
        return "the pattern is too long", f"write at most {_LONGEST_PATTERN} characters"
    if "\0" in pattern:
        return "the pattern holds a null character", "remove it"
    import duckdb  # noqa: PLC0415 - only a contract with a pattern pays for it

    try:
        # A literal, since binding a parameter makes DuckDB import pandas, which takes longer than all the rest.
        literal = pattern.replace("'", "''")
        _engine().cursor().execute(f"SELECT regexp_full_match('', '{literal}')")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].partition(": ")[2]
        fix = "write it for RE2 (https://github.com/google/re2/wiki/Syntax): no look-around, no back references"
        return f"the pattern is no regular expression that DuckDB runs: {reason[:160]}", fix
    return None


@functools.cache
def _engine() -> Any:
    import duckdb  # noqa: PLC0415

    return duckdb.connect(":memory:", config={"enable_external_access": "false", "threads": "1"})


@functools.lru_cache(maxsize=1024)
def query_problem(query: str) -> _MessageAndFix | None:
    """What keeps a query from being a rule, as message and fix, or None: it must be one SELECT."""
    if len(query) > _LONGEST_QUERY:
        return "the query is too long", f"write at most {_LONGEST_QUERY} characters"
    unknown = sorted({word.lower() for word in _PLACEHOLDER.findall(query)} - _PLACEHOLDERS)
    if unknown:
        return f"the query has an unknown placeholder {{{unknown[0][:60]}}}", "use {object} and {property}"
    import sqlglot  # noqa: PLC0415 - only a contract with a query pays for it
    from sqlglot import exp  # noqa: PLC0415

    try:
        statements = [
            statement
            for statement in sqlglot.parse(_PLACEHOLDER.sub(r"placeholder_\1", query), read="duckdb")
            if statement
        ]
    except sqlglot.errors.SqlglotError as error:
        reason = str(error).splitlines()[0][:160]
        return f"the query is not SQL: {reason}", "write one SELECT in DuckDB's dialect"
    except RecursionError:
        return "the query is nested too deeply", "flatten it"
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return "the query is not one SELECT", "write a single SELECT that returns one number, and nothing else"
    return None
