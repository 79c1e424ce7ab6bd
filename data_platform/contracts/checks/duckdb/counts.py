"""SQL rules that only count rows, turned into the same rule by part of the table.

What belongs here: recognizing such a rule in DuckDB's own syntax tree. What does not: letting it pass (``session``),
running it (``parts``).

A rule is recognized where each row by itself decides whether it counts: it calculates with nothing but counts of the
table's rows, under conditions made of comparisons and of functions that have one answer. Sums and averages are left
out, since floats added up in another order have another sum.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import duckdb

_CALCULATIONS: Final = frozenset({"CONSTANT", "COMPARISON", "CONJUNCTION", "OPERATOR", "BETWEEN", "CASE", "CAST"})
_FUNCTIONS: Final = frozenset(
    {
        "+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*", "abs", "round", "floor", "ceil", "length",
        "lower", "upper", "trim", "ltrim", "rtrim", "left", "right", "substring", "substr", "replace", "nullif",
        "greatest", "least", "concat", "contains", "starts_with", "ends_with", "prefix", "suffix", "regexp_matches",
        "regexp_full_match", "isnan", "isinf", "isfinite", "date_part", "date_trunc", "date_diff", "datediff", "year",
        "month", "day", "to_days", "to_hours", "to_minutes", "to_seconds", "to_months", "to_years",
    }
)  # fmt: skip
_COUNTS: Final = frozenset({"count_star", "count"})
_EMPTY: Final = ("group_expressions", "group_sets", "having", "sample", "qualify", "modifiers")


def counted_by(connection: duckdb.DuckDBPyConnection, query: str, table: str, part: str) -> str | None:
    """The same rule by part.

    Args:
        connection: Its parser is asked, nothing is run.
        query: A permitted SQL rule.
        table: The checked table's name.
        part: The column that the part is in.

    Returns:
        A query of a row a part: the part, then what the rule gives. Parts without rows are absent. ``None`` where the
        rule is of another kind.

    Raises:
        duckdb.Error: The rule cannot be read.
    """
    tree = _tree(connection, query)
    node = tree["statements"][0]["node"]
    if part.casefold() in query.casefold() or not _is_of_counts(node, table):
        return None
    column = {"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": "", "query_location": 0, "column_names": [part]}
    node |= {"select_list": [column, *node["select_list"]], "group_expressions": [column], "group_sets": [[0]]}
    written = connection.execute("SELECT json_deserialize_sql($1::JSON)", [json.dumps(tree)]).fetchone()
    # DuckDB may not write down all that it reads, so it reads that again.
    return written[0] if written and _tree(connection, written[0]) == _without_places(tree) else None


def _tree(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute("SELECT json_serialize_sql($1)", [query]).fetchone()
    return _without_places(json.loads(row[0])) if row else None


def _without_places(tree: Any) -> Any:
    """The tree without where in the text things are."""
    if isinstance(tree, dict):
        return {key: _without_places(value) for key, value in tree.items() if key != "query_location"}
    return [_without_places(node) for node in tree] if isinstance(tree, list) else tree


def _is_of_counts(node: dict[str, Any], table: str) -> bool:
    if node["type"] != "SELECT_NODE" or any(node[key] for key in _EMPTY) or node["cte_map"]["map"]:
        return False
    source, selected, where = node["from_table"], node["select_list"], node["where_clause"]
    if source["type"] != "BASE_TABLE" or len(selected) != 1 or node["aggregate_handling"] != "STANDARD_HANDLING":
        return False
    if source["table_name"].casefold() != table.casefold() or source["schema_name"] or source["catalog_name"]:
        return False
    plain = not (source["sample"] or source["column_name_alias"] or source["at_clause"])
    counts = [expression for expression in _expressions(selected[0]) if expression.get("function_name") in _COUNTS]
    return plain and bool(counts) and _calculates(selected[0], _is_count) and _calculates(where, _is_column)


def _is_column(expression: dict[str, Any]) -> bool:
    return bool(expression["class"] == "COLUMN_REF")


def _is_count(expression: dict[str, Any]) -> bool:
    if (
        expression["class"] != "FUNCTION"
        or expression["function_name"] not in _COUNTS
        or expression["order_bys"]["orders"]
    ):
        return False
    return _calculates([expression["children"], expression["filter"]], _is_column)


def _calculates(expression: object, with_what: Callable[[dict[str, Any]], bool]) -> bool:
    """Whether an expression has one answer, given what it calculates with."""
    if isinstance(expression, list):
        return all(_calculates(part, with_what) for part in expression)
    if not isinstance(expression, dict) or ("class" in expression and with_what(expression)):
        return True
    kind = expression.get("class")
    if kind == "FUNCTION" and (
        expression["function_name"] not in _FUNCTIONS or expression["filter"] or expression["distinct"]
    ):
        return False
    if kind is not None and kind != "FUNCTION" and kind not in _CALCULATIONS:
        return False
    return all(_calculates(part, with_what) for part in expression.values())


def _expressions(expression: object) -> list[dict[str, Any]]:
    """An expression and all in it."""
    parts = expression.values() if isinstance(expression, dict) else expression if isinstance(expression, list) else ()
    return [
        *([expression] if isinstance(expression, dict) else []),
        *(inner for part in parts for inner in _expressions(part)),
    ]
