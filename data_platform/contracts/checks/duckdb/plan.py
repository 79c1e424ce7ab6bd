"""What has to be asked of DuckDB for a check, and how the answer is judged.

What belongs here: one plan a check. What does not: asking (``executor``), SQL for single rules
(``judges``, ``keys``, ``sql``).
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypedDict

from data_platform.contracts.checks.duckdb import keys
from data_platform.contracts.checks.duckdb.judges import UnevaluableError
from data_platform.contracts.checks.duckdb.plans import (
    Answers,
    Context,
    Measure,
    Plan,
    Verdict,
    judge_count,
    judge_none,
    judge_value,
    rows,
)
from data_platform.contracts.checks.duckdb.rows import inside, judge_of
from data_platform.contracts.checks.duckdb.schema import columns, typed
from data_platform.contracts.checks.duckdb.sql import prepared
from data_platform.contracts.checks.duckdb.table import BatchTable
from data_platform.contracts.checks.duckdb.values import UnfitValueError
from data_platform.contracts.checks.model import Check
from data_platform.contracts.checks.results import Status
from data_platform.contracts.checks.rules import (
    Columns,
    ForeignKey,
    LogicalType,
    Metric,
    Path,
    PhysicalType,
    PrimaryKey,
    Sql,
    Timeliness,
    Unevaluated,
    Unique,
)
from data_platform.contracts.checks.thresholds import Threshold
from data_platform.contracts.checks.usual import Usual
from data_platform.contracts.types.arrow import family
from data_platform.contracts.types.reading import UnknownTypeError

_MICROSECOND: Final = timedelta(microseconds=1)


class _Question(TypedDict):
    """What a plan asks in a query of its own; see ``Plan``."""

    query: str
    by_part: Callable[[str], str]
    of_no_rows: Answers
    key: tuple[str, ...]


def plan(check: Check, context: Context) -> Plan | Verdict:
    """What to ask for a check, or the verdict where nothing has to be asked.

    Args:
        check: The check.
        context: What it may refer to.
    """
    try:
        return _planned(check, context)
    except UnevaluableError as reason:
        return Verdict(Status.NOT_EVALUATED, reason=str(reason))
    except (UnfitValueError, UnknownTypeError) as reason:
        where = f"{check.element} " if check.path and not str(reason).startswith("there") else ""
        status = Status.NOT_EVALUATED if isinstance(reason, UnknownTypeError) else Status.ERROR
        return Verdict(status, reason=f"{where}{reason}")


def _planned(check: Check, context: Context) -> Plan | Verdict:
    rule, table = check.rule, context.table
    match rule:
        case Unevaluated(reason):
            return Verdict(Status.NOT_EVALUATED, reason=reason)
        case Usual():
            return Verdict(Status.NOT_EVALUATED, reason="earlier batches are looked at where the product is published")
        case Columns():
            return columns(rule, table, check.path)
        case LogicalType() | PhysicalType():
            return typed(check, rule, table)
        case Timeliness():
            return _timely(check, rule, context)
    return _about_rows(check, context) or _about_values(check, table)


def _about_rows(check: Check, context: Context) -> Plan | None:
    """The plan of a rule that compares rows or counts them all; ``None`` for any other rule."""
    rule, table = check.rule, context.table
    match rule:
        case Unique(paths):
            return _unique(paths, table, is_primary=isinstance(rule, PrimaryKey))
        case ForeignKey():
            return _foreign_key(rule, context)
        case Metric(metric="rowCount"):
            return _row_count(rule.threshold)
        case Metric(metric="duplicateValues"):
            return _duplicates(rule.columns, table, rule.threshold)
        case Sql():
            query = prepared(rule.query, table.name, check.path)
            return Plan(judge_value(rule.threshold), query=query, threshold=str(rule.threshold), untrusted=True)
    return None


def _about_values(check: Check, table: BatchTable) -> Plan:
    judge = judge_of(check.rule)
    if judge is None:
        raise UnevaluableError(f"{type(check.rule).__name__} is not known to this engine")
    expression, kind = table.column(check.path[0])
    flag = inside(expression, kind, check.path[1:], judge)
    per_value = expression if family(kind) == "text" and "regexp_" in flag else None
    return rows(flag, check.rule.threshold if isinstance(check.rule, Metric) else None, per_value)


def _integer_key(columns: Sequence[Path], table: BatchTable) -> str | None:
    if len(columns) != 1 or len(columns[0]) != 1:
        return None
    expression, kind = table.column(columns[0][0])
    return expression if family(kind) == "integer" else None


def _unique(paths: Sequence[Path], table: BatchTable, *, is_primary: bool) -> Plan:
    key = [table.key(path) for path in paths]
    repeated, null = keys.is_repeated(key), keys.has_null(key)

    def judge(answers: Answers, _: int) -> Verdict:
        # The query leaves out keys with a null in them, so no row is counted twice.
        nulls, rows = (answers[0], answers[1]) if is_primary else (0, answers[0])
        status = Status.FAILED if nulls + rows else Status.PASSED
        reason = f"{nulls:,} with a null, {rows:,} with a key that is there twice" if is_primary and nulls else None
        return Verdict(status, nulls + rows, reason=reason)

    measures = (Measure.count(null),) if is_primary else ()
    flag = f"({null} OR {repeated})" if is_primary else repeated
    integer = _integer_key(paths, table)
    return Plan(judge, measures, integer_key=integer, flag=flag, row_level=True, **_repeated(key))


def _repeated(key: Sequence[str]) -> _Question:
    by_part = partial(keys.repeated_count, key)
    return {"query": keys.repeated_count(key), "by_part": by_part, "of_no_rows": (0, 0), "key": tuple(key)}


def _duplicates(paths: Sequence[Path], table: BatchTable, threshold: Threshold) -> Plan:
    key = [table.key(path) for path in paths]
    judge = judge_count(threshold)
    return Plan(
        lambda answers, total: judge(answers[1:], total),
        **_repeated(key),
        integer_key=_integer_key(paths, table),
        flag=keys.is_repeated(key),
        row_level=threshold.tolerates_none,
        threshold=str(threshold),
    )


def _foreign_key(rule: ForeignKey, context: Context) -> Plan:
    table = context.table
    other = table if rule.table == table.name else (context.others or {}).get(rule.table)
    if other is None and context.others is None:
        raise UnevaluableError(f"table {rule.table!r}, which it refers to, was not given")
    if other is None:
        raise UnfitValueError(
            f"refers to table {rule.table!r}, which was not given; given are {sorted(context.others or ())}"
        )
    columns, to_columns = [table.key(path) for path in rule.columns], [other.column(name) for name in rule.to_columns]
    for path, (_, kind) in zip(rule.columns, to_columns, strict=True):
        own = table.column(path[0])[1]
        if len(path) == 1 and not keys.comparable(own, kind):
            raise UnfitValueError(
                f"is {own}, and what it refers to in {rule.table!r} is {kind}: no value can be in both"
            )
    there = [expression for expression, _ in to_columns]
    count = partial(keys.dangling_count, columns, other, there)
    flag = keys.is_dangling(columns, other, there)
    return Plan(judge_none, query=count(), by_part=count, of_no_rows=(0,), flag=flag, row_level=True)


def _timely(check: Check, rule: Timeliness, context: Context) -> Plan:
    expression, kind = context.table.column(check.path[0])
    moment, now = keys.instant(expression, kind, rule), context.now.astimezone(UTC).replace(tzinfo=None)
    shown = f"must be at most {rule.period.total_seconds():g} seconds"
    if rule.kind == "retention":
        flag = f"({moment} < TIMESTAMP '{(now - rule.period).isoformat(' ')}')"
        return rows(flag)

    def judge(answers: Answers, _: int) -> Verdict:
        if answers[0] is None:
            return Verdict(
                Status.NOT_EVALUATED, reason=f"{check.element} has too few values to measure the {rule.kind}"
            )
        age = answers[0] * _MICROSECOND
        if rule.kind == "latency":
            age = now - datetime(1970, 1, 1) - age  # noqa: DTZ001 - both UTC
        return Verdict(Status.FAILED if age > rule.period else Status.PASSED, value=age.total_seconds())

    if rule.kind == "latency":
        return Plan(judge, (Measure(f"epoch_us(max({moment}))"),), threshold=shown)
    gap = partial(keys.longest_gap, moment)
    return Plan(judge, query=gap(), by_part=gap, of_no_rows=(None,), threshold=shown)


def _row_count(threshold: Threshold) -> Plan:
    if threshold.unit == "percent":
        raise UnfitValueError("rowCount in percent has no meaning")
    return Plan(judge_value(threshold), (Measure("count(*)"),), threshold=str(threshold))
