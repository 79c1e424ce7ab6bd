"""Whether data that keep one rule keep another: the heart of grading a changed rule.

What belongs here: pairs of rules of the same kind, at the same place. What does not: finding the pairs (``values``,
``quality``), and running rules.

Every answer is ``True`` (always), ``False`` (not always), or ``None`` (nobody can tell).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from data_platform.contracts.checks import rules
from data_platform.contracts.checks.formats import ANNOTATIONS, FLOATS, integer_range
from data_platform.contracts.checks.rules import Bound, Metric, Rule, Sql
from data_platform.contracts.checks.thresholds import Threshold
from data_platform.contracts.compatibility import thresholds as numbers
from data_platform.contracts.compatibility.limits import interval_of, is_sharper_only_by_rounding, listed

Answer = bool | None
_TEXTS_WITHIN: Final = frozenset({("ipv4", "hostname")})
"""Formats of which every text is of the other format as well."""
_MISSING: Final = (None, "")
_SPACES: Final = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|\s+""")


def follows(premise: Rule, conclusion: Rule, logical: str | None = None) -> Answer:
    """Whether data that keep the premise keep the conclusion.

    Args:
        premise: A rule.
        conclusion: Another, about the same place.
        logical: The logical type of that place.
    """
    if repr(premise) == repr(conclusion):  # where true is not 1, as it is to ``==``
        return None if isinstance(premise, rules.Unevaluated) else True
    own = _PAIRS.get(type(conclusion))
    if own is None or type(premise) is not type(conclusion):
        return None
    return own(premise, conclusion, logical)


def range_within(premise: Iterable[Bound], conclusion: Iterable[Bound], logical: str | None) -> Answer:
    """Whether what lies within some bounds lies within others; ``None`` where a limit cannot be read or compared."""
    try:
        inner, outer = interval_of(premise, logical), interval_of(conclusion, logical)
        return inner.within(outer) and (logical == "integer" or not is_sharper_only_by_rounding(inner, outer))
    except (ValueError, TypeError, OverflowError):
        return None


def same_query(query: str, other: str) -> bool:
    """Whether two queries differ in nothing but space outside of quotes."""
    return _plain(query) == _plain(other)


def _plain(query: str) -> str:
    return _SPACES.sub(lambda match: match[1] or " ", query).strip().rstrip(";").strip()


def _lists(premise: rules.OneOf, conclusion: rules.OneOf, logical: str | None) -> Answer:
    return listed(premise.values, logical, premise.zone) <= listed(conclusion.values, logical, conclusion.zone)


def _bounds(premise: Bound, conclusion: Bound, logical: str | None) -> Answer:
    return range_within([premise], [conclusion], logical)


def _sizes(premise: rules.Size, conclusion: rules.Size, _: str | None) -> Answer:
    if (premise.what, premise.operator) != (conclusion.what, conclusion.operator):
        return False
    if premise.operator == "minimum":
        return bool(premise.limit >= conclusion.limit)
    return bool(premise.limit <= conclusion.limit)


def _patterns(_: rules.Matches, __: rules.Matches, ___: str | None) -> Answer:
    return None


def _formats(premise: rules.Formatted, conclusion: rules.Formatted, _: str | None) -> Answer:
    inner, outer = premise.format, conclusion.format
    if inner == outer or outer in ANNOTATIONS or (inner, outer) in _TEXTS_WITHIN:
        return True
    small, large = integer_range(inner), integer_range(outer)
    if small and large:
        return large[0] <= small[0] and small[1] <= large[1]
    return inner in FLOATS and outer == "f64"


def _multiples(premise: rules.MultipleOf, conclusion: rules.MultipleOf, _: str | None) -> Answer:
    if not conclusion.divisor or not premise.divisor:
        return None
    return (Fraction(premise.divisor) / Fraction(conclusion.divisor)).denominator == 1


def _present(premise: rules.HasProperties, conclusion: rules.HasProperties, _: str | None) -> Answer:
    return set(premise.names) >= set(conclusion.names)


def _queries(premise: Sql, conclusion: Sql, _: str | None) -> Answer:
    if not same_query(premise.query, conclusion.query):
        return None
    return _numbers_within(premise.threshold, conclusion.threshold, "numbers")


def _numbers_within(premise: Threshold, conclusion: Threshold, domain: numbers.Domain) -> bool:
    return numbers.implies(numbers.kept_by(premise, domain), numbers.kept_by(conclusion, domain))


def _metrics(premise: Metric, conclusion: Metric, logical: str | None) -> Answer:
    """Of two counts, how one lies to the other, and then the numbers that are allowed."""
    if premise.metric != conclusion.metric:
        return None
    fewer, more = _counts_no_more(conclusion, premise, logical), _counts_no_more(premise, conclusion, logical)
    if premise.threshold.unit != conclusion.threshold.unit:
        none_left = premise.threshold.tolerates_none and conclusion.threshold.holds(0)
        return True if none_left and fewer else None
    domain: numbers.Domain = "shares" if premise.threshold.unit == "percent" else "counts"
    allowed, wanted = (numbers.kept_by(metric.threshold, domain) for metric in (premise, conclusion))
    if fewer and more:
        return numbers.implies(allowed, wanted)
    if fewer and numbers.implies(numbers.up_to_most(allowed), wanted):
        return True
    if more and numbers.implies(numbers.from_least(allowed, domain), wanted):
        return True
    return None if fewer is None or more is None else False


def _counts_no_more(metric: Metric, other: Metric, logical: str | None) -> Answer:
    """Whether a metric counts only rows that the other counts as well."""
    if metric.metric == "duplicateValues":
        return set(metric.columns) >= set(other.columns)
    if metric.metric == "missingValues":
        mine, theirs = (_MISSING if side.values is None else side.values for side in (metric, other))
        return listed(mine, logical) <= listed(theirs, logical) and (None not in mine or None in theirs)
    if metric.metric == "invalidValues":
        return _no_more_invalid(metric, other, logical)
    return True


def _no_more_invalid(metric: Metric, other: Metric, logical: str | None) -> Answer:
    """Whether whatever is valid to the other is valid to this one."""
    tests: tuple[Rule, ...] = _tests_of(other)
    answers = [_some(tests, wanted, logical) for wanted in _tests_of(metric)]
    if all(answers):
        return True
    return False if False in answers else None


def _some(tests: Iterable[Rule], wanted: Rule, logical: str | None) -> Answer:
    answers = [follows(test, wanted, logical) for test in tests if type(test) is type(wanted)]
    if any(answers):
        return True
    return None if None in answers else False


def _tests_of(metric: Metric) -> tuple[Rule, ...]:
    tests: list[Rule] = list(metric.rules)
    tests += [rules.OneOf(metric.values)] if metric.values is not None else []
    tests += [rules.Matches(metric.pattern)] if metric.pattern is not None else []
    return tuple(tests)


def _keys(premise: rules.ForeignKey, conclusion: rules.ForeignKey, _: str | None) -> Answer:
    def ends(key: rules.ForeignKey) -> tuple[str, frozenset[tuple[rules.Path, str]]]:
        return key.table, frozenset(zip(key.columns, key.to_columns, strict=False))

    return ends(premise) == ends(conclusion)


_PAIRS: Final[Mapping[type, Callable[[Any, Any, str | None], Answer]]] = {
    rules.OneOf: _lists,
    rules.Bound: _bounds,
    rules.Size: _sizes,
    rules.Matches: _patterns,
    rules.Formatted: _formats,
    rules.MultipleOf: _multiples,
    rules.HasProperties: _present,
    Sql: _queries,
    Metric: _metrics,
    rules.ForeignKey: _keys,
}
