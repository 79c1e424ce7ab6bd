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
    found = connection.execute("SELECT json_serialize_sql($1)", [query]).fetchone()
    return _without_places(json.loads(found[0])) if found else None


def _without_places(tree: Any) -> Any:
    """The tree without where in the text things are."""
    if isinstance(tree, dict):
        return {key: _without_places(value) for key, value in tree.items() if key != "query_location"}
    return [_without_places(each) for each in tree] if isinstance(tree, list) else tree


def _is_of_counts(node: dict[str, Any], table: str) -> bool:
    if node["type"] != "SELECT_NODE" or any(node[key] for key in _EMPTY) or node["cte_map"]["map"]:
        return False
    source, selected, where = node["from_table"], node["select_list"], node["where_clause"]
    if source["type"] != "BASE_TABLE" or len(selected) != 1 or node["aggregate_handling"] != "STANDARD_HANDLING":
        return False
    if source["table_name"].casefold() != table.casefold() or source["schema_name"] or source["catalog_name"]:
        return False
    plain = not (source["sample"] or source["column_name_alias"] or source["at_clause"])
    counts = [each for each in _expressions(selected[0]) if each.get("function_name") in _COUNTS]
    return plain and bool(counts) and _calculates(selected[0], _is_count) and _calculates(where, _is_column)


def _is_column(one: dict[str, Any]) -> bool:
    return bool(one["class"] == "COLUMN_REF")


def _is_count(one: dict[str, Any]) -> bool:
    if one["class"] != "FUNCTION" or one["function_name"] not in _COUNTS or one["order_bys"]["orders"]:
        return False
    return _calculates([one["children"], one["filter"]], _is_column)


def _calculates(one: Any, with_what: Callable[[dict[str, Any]], bool]) -> bool:
    """Whether an expression has one answer, given what it calculates with."""
    if isinstance(one, list):
        return all(_calculates(each, with_what) for each in one)
    if not isinstance(one, dict) or ("class" in one and with_what(one)):
        return True
    kind = one.get("class")
    if kind == "FUNCTION" and (one["function_name"] not in _FUNCTIONS or one["filter"] or one["distinct"]):
        return False
    if kind is not None and kind != "FUNCTION" and kind not in _CALCULATIONS:
        return False
    return all(_calculates(each, with_what) for each in one.values())


def _expressions(one: Any) -> list[dict[str, Any]]:
    """An expression and all in it."""
    parts = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return [*([one] if isinstance(one, dict) else []), *(found for part in parts for found in _expressions(part))]
