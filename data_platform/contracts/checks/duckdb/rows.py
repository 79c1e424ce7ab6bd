"""Rules about single values, as a SQL expression that is true for a row that breaks the rule.

What belongs here: from a column down to the value that a rule is about, and which judge is whose. What does not: the
judges (``judges``), finding the columns and judging counts (``plan``).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pyarrow as pa

from data_platform.contracts.checks.duckdb import judges
from data_platform.contracts.checks.duckdb.values import UnfitValueError
from data_platform.contracts.checks.rules import (
    ITEMS,
    Bound,
    Formatted,
    HasProperties,
    Matches,
    Metric,
    MultipleOf,
    OneOf,
    Path,
    Required,
    Rule,
    Size,
    UniqueItems,
)
from data_platform.contracts.types.arrow import family, storage

Judge = Callable[[str, pa.DataType], str]
"""Expression and type of a value in; the expression that is true where it breaks the rule out."""


def inside(expression: str, kind: pa.DataType, path: Path, judge: Judge, depth: int = 0) -> str:
    """The violation of a rule about a value inside a value.

    Args:
        expression: The outer value.
        kind: Its type.
        path: From it to the inner value; empty: itself.
        judge: The rule.
        depth: How many arrays are around.

    Raises:
        UnfitValueError: The type has no such part.
    """
    if not path:
        return judge(expression, kind)
    plain = storage(kind)
    if family(kind) == "null":
        judge(expression, kind)  # the type is of every kind, and there is no value that a rule could be about
        return "false"
    if path[0] == ITEMS:
        if family(kind) != "list":
            raise UnfitValueError(f"is {kind}, which has no items")
        broken = inside(f"x{depth}", plain.value_type, path[1:], judge, depth + 1)
        return f"len(list_filter({expression}, lambda x{depth}: coalesce({broken}, false))) > 0"
    if family(kind) != "struct":
        raise UnfitValueError(f"is {kind}, which has no properties")
    position = plain.get_field_index(path[0])
    if position < 0:  # it reads as null; whether it may be missing, the rule about the properties says
        return f"({expression} IS NOT NULL AND {inside('NULL', pa.null(), path[1:], judge, depth)})"
    part = f"struct_extract_at({expression}, {position + 1})"
    return f"({expression} IS NOT NULL AND {inside(part, plain.field(position).type, path[1:], judge, depth)})"


def judge_of(rule: Rule) -> Judge | None:
    """How a rule judges a value; ``None`` where it is no rule about one value."""
    own: Callable[[str, pa.DataType, Any], str] | None = _JUDGES.get(type(rule))
    if isinstance(rule, Metric):
        own = _METRICS.get(rule.metric)
    return None if own is None else partial(_violation, own, rule)


def _violation(own: Callable[[str, pa.DataType, Any], str], rule: Rule, value: str, kind: pa.DataType) -> str:
    return own(value, kind, rule)


def _null(value: str, _: pa.DataType, __: Required | Metric) -> str:
    return f"{value} IS NULL"


def _missing(value: str, kind: pa.DataType, rule: Metric) -> str:
    values = (None, "") if rule.values is None else rule.values
    listed = judges.literals(values, kind, "UTC")
    tests = [f"{value} IN ({', '.join(listed)})"] if listed else []
    tests += [f"{value} IS NULL"] if None in values else []
    return f"({' OR '.join(tests) or 'false'})"


def _invalid(value: str, kind: pa.DataType, rule: Metric) -> str:
    rules: list[Rule] = [*rule.rules]
    rules += [OneOf(rule.values)] if rule.values is not None else []
    rules += [Matches(rule.pattern)] if rule.pattern is not None else []
    tests = [
        f"coalesce({judge(value, kind)}, false)" for inner_rule in rules if (judge := judge_of(inner_rule)) is not None
    ]
    if not tests:
        raise UnfitValueError("has an invalidValues rule with neither validValues nor pattern")
    return f"({' OR '.join(tests)})"


_JUDGES: Final[dict[type, Callable[[str, pa.DataType, Any], str]]] = {
    Required: _null,
    OneOf: judges.not_one_of,
    Bound: judges.beyond,
    Size: judges.missized,
    Matches: judges.unmatched,
    Formatted: judges.misformatted,
    MultipleOf: judges.remaining,
    UniqueItems: judges.repeating,
    HasProperties: judges.lacking,
}
_METRICS: Final[dict[str, Callable[[str, pa.DataType, Any], str]]] = {
    "nullValues": _null,
    "missingValues": _missing,
    "invalidValues": _invalid,
}
