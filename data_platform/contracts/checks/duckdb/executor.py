"""The DuckDB executor: all checks of a batch in as few scans as can be.

What belongs here: the order of the questions. What does not: what is asked (``plan``), how the failing rows are
found (``failing``).

1. One scan answers all rules about single values, all metrics and counts.
2. One GROUP BY a key, one anti join a reference, one query a SQL rule; the same question is asked once.
3. Only where something failed: one scan for the positions of the failing rows, one for the samples.

A rule that cannot be run spoils no other: where the common scan fails, each rule is asked alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb
import pyarrow as pa

from data_platform.confined.board import about
from data_platform.contracts.checks.duckdb import failing
from data_platform.contracts.checks.duckdb.ask import AnswersOrVerdict, Questions
from data_platform.contracts.checks.duckdb.measure import is_surely_distinct, measure
from data_platform.contracts.checks.duckdb.plan import plan
from data_platform.contracts.checks.duckdb.session import Limits, TimedOutError, session, time_limit
from data_platform.contracts.checks.duckdb.table import number_rows, register, register_others
from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.results import Result, Status
from data_platform.contracts.checks.sources import Source
from data_platform.contracts.rules.plans import Context, Plan, Verdict
from data_platform.contracts.rules.sql.keys import ROWS


@dataclass(frozen=True)
class Outcome:
    """What the executor found: see ``results.Report`` for the fields."""

    results: tuple[Result, ...]
    total_rows: int
    failing_rows: pa.Table


def execute(
    checks: TableChecks, source: Source, others: Mapping[str, Source] | None, now: datetime, limits: Limits
) -> Outcome:
    """Run the checks of a table on a batch.

    Args:
        checks: The checks.
        source: The batch.
        others: Other tables by name; ``None``: none are at hand.
        now: The present, with a zone.
        limits: What DuckDB may use.

    Raises:
        UnfitValueError: DuckDB cannot read the batch.
    """
    with session(limits) as connection:
        return _Run(connection, checks, source, others, now, limits).outcome()


def result_of(check: Check, plan: Plan | Verdict, verdict: Verdict, total: int) -> Result:
    """The result of a check, without what is known of its failing rows.

    Args:
        check: The check.
        plan: What was asked.
        verdict: What came out.
        total: Rows in the batch.
    """
    return Result(
        check,
        verdict.status,
        total,
        failing=verdict.failing,
        value=verdict.value,
        threshold=plan.threshold if isinstance(plan, Plan) else None,
        reason=verdict.reason,
        row_level=isinstance(plan, Plan) and plan.row_level,
    )


class _Run:
    """One batch, one connection."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        checks: TableChecks,
        source: Source,
        others: Mapping[str, Source] | None,
        now: datetime,
        limits: Limits,
    ) -> None:
        self._connection, self._checks, self._seconds = connection, checks, limits.seconds
        self._ask = Questions(connection, limits.seconds, checks.classified)
        self._table = register(connection, source, checks.table, optional=checks.optional_columns)
        self._others = register_others(connection, others)
        context = Context(self._table, self._others, now)
        self._plans = {check.name: plan(check, context) for check in checks.checks}
        self._total = 0
        self._queried: dict[str, AnswersOrVerdict] = {}
        self._rows_unknown: str | None = None

    def outcome(self) -> Outcome:
        measured = self._measure()
        verdicts = {
            name: plan if isinstance(plan, Verdict) else self._verdict(name, plan, measured[name])
            for name, plan in self._plans.items()
        }
        flags = [
            failing.Flag(name, plan.flag, plan.row_level)
            for name, plan in self._plans.items()
            if isinstance(plan, Plan) and plan.flag and verdicts[name].status is Status.FAILED
        ]
        failures, rows = self._failing(flags)
        results = tuple(self._result(check, verdicts[check.name], failures, rows) for check in self._checks.checks)
        return Outcome(results, self._total, failures.rows)

    def _measure(self) -> dict[str, AnswersOrVerdict]:
        """The answers to all measures, in one scan where every rule can be run."""
        plans = {name: plan for name, plan in self._plans.items() if isinstance(plan, Plan)}
        wanted = list(dict.fromkeys(measure for plan in plans.values() for measure in plan.measures))
        try:
            self._total, answers = measure(self._ask.row, wanted)
        except (duckdb.Error, TimedOutError):
            self._total = self._ask.row(f"SELECT count(*) FROM {ROWS}")[0]  # noqa: S608 - our own name
            answers = {}
        return {
            name: [answers[measure] for measure in plan.measures]
            if answers or not plan.measures
            else self._measure_alone(plan)
            for name, plan in plans.items()
        }

    def _measure_alone(self, plan: Plan) -> AnswersOrVerdict:
        return self._ask.answers(f"SELECT {', '.join(measure.sql for measure in plan.measures)} FROM {ROWS}")  # noqa: S608 - ours

    def _verdict(self, name: str, plan: Plan, measured: AnswersOrVerdict) -> Verdict:
        if isinstance(measured, Verdict):
            return measured
        with about(f"rule {name}"):
            queried = self._query(plan) if plan.query is not None else []
        return queried if isinstance(queried, Verdict) else plan.judge([*measured, *queried], self._total)

    def _query(self, plan: Plan) -> AnswersOrVerdict:
        """The answer to a plan's own query, asked once for all plans that have it."""
        query = plan.query or ""
        if query not in self._queried:
            if plan.untrusted:
                self._queried[query] = self._untrusted(query)
            elif (plan.integer_key is not None and self._distinct(plan.integer_key)) or (
                len(plan.key) > 1 and self._ask.are_distinct(plan.key)
            ):
                self._queried[query] = [0, 0]
            else:
                self._queried[query] = self._ask.answers(query)
        return self._queried[query]

    def _distinct(self, key: str) -> bool:
        """Whether no value of an integer key is there twice, where that can be seen without grouping."""
        try:
            return is_surely_distinct(self._ask.row, key)
        except (duckdb.Error, TimedOutError):
            return False

    def _untrusted(self, query: str) -> AnswersOrVerdict:
        """The one number of a SQL rule."""
        refused = self._ask.permitted(query, [self._table, *(self._others or {}).values()])
        return refused or self._ask.number(query)

    def _failing(self, flags: list[failing.Flag]) -> tuple[failing.Failing, dict[int, dict[str, object]]]:
        if not flags:
            return failing.Failing(failing.no_rows(), {}), {}
        try:
            with time_limit(self._connection, self._seconds):
                number_rows(self._connection)
                failures = failing.find(self._connection, flags)
                wanted = {row for rows in failures.first.values() for row in rows}
                return failures, failing.samples(self._connection, self._table, wanted, self._checks.classified)
        except (duckdb.Error, TimedOutError) as error:
            self._rows_unknown = f"which rows could not be found: {self._ask.message_of(error)}"
            return failing.Failing(failing.no_rows(), {}), {}

    def _result(
        self, check: Check, verdict: Verdict, failures: failing.Failing, rows: Mapping[int, Mapping[str, object]]
    ) -> Result:
        base = result_of(check, self._plans[check.name], verdict, self._total)
        sample_rows = failures.first.get(check.name, ())
        return replace(
            base,
            reason=verdict.reason or (self._rows_unknown if verdict.status is Status.FAILED else None),
            # Rows that are not known cannot be left out.
            row_level=base.row_level and self._rows_unknown is None,
            sample_rows=sample_rows,
            samples=tuple(rows[row] for row in sample_rows),
        )
