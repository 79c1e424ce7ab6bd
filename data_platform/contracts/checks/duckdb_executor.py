"""The DuckDB executor: all checks of a batch in as few scans as can be.

What belongs here: the order of the questions. What does not: what is asked (``duckdb_plan``), how the failing rows are
found (``duckdb_failing``).

1. One scan answers all rules about single values, all metrics and counts.
2. One GROUP BY a key, one anti join a reference, one query a SQL rule; the same question is asked once.
3. Only where something failed: one scan for the positions of the failing rows, one for the samples.

A rule that cannot be run spoils no other: where the common scan fails, each rule is asked alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from data_platform.contracts.checks import duckdb_failing as failing
from data_platform.contracts.checks.duckdb_measure import is_surely_distinct, measure
from data_platform.contracts.checks.duckdb_plan import plan
from data_platform.contracts.checks.duckdb_sql import NoNumberError, one_number
from data_platform.contracts.checks.duckdb_table import ROWS, BatchTable, named_view, number_rows, register
from data_platform.contracts.checks.duckdb_values import UnfitValueError
from data_platform.contracts.checks.locked import (
    Limits,
    TimedOutError,
    UnsafeSqlError,
    check_select,
    locked,
    time_limit,
)
from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.plans import Context, Plan, Verdict
from data_platform.contracts.checks.results import Result, Status
from data_platform.contracts.checks.sources import Source

_Asked = Sequence[Any] | Verdict


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
    with locked(limits) as connection:
        return _Run(connection, checks, source, others, now, limits).outcome()


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
        self._table = register(connection, source, checks.table)
        self._others: dict[str, BatchTable] | None = None
        if others is not None:
            self._others = {
                name: register(connection, other, name, f'"#other{number}"')
                for number, (name, other) in enumerate(others.items())
            }
        context = Context(self._table, self._others, now)
        self._plans = {check.name: plan(check, context) for check in checks.checks}
        self._total = 0
        self._queried: dict[str, _Asked] = {}
        self._rows_unknown: str | None = None

    def outcome(self) -> Outcome:
        measured = self._measure()
        verdicts = {
            name: one if isinstance(one, Verdict) else self._verdict(one, measured[name])
            for name, one in self._plans.items()
        }
        flags = [
            failing.Flag(name, one.flag, one.row_level)
            for name, one in self._plans.items()
            if isinstance(one, Plan) and one.flag and verdicts[name].status is Status.FAILED
        ]
        found, rows = self._failing(flags)
        results = tuple(self._result(check, verdicts[check.name], found, rows) for check in self._checks.checks)
        return Outcome(results, self._total, found.rows)

    def _measure(self) -> dict[str, _Asked]:
        """The answers to all measures, in one scan where every rule can be run."""
        plans = {name: one for name, one in self._plans.items() if isinstance(one, Plan)}
        wanted = list(dict.fromkeys(measure for one in plans.values() for measure in one.measures))
        try:
            self._total, answers = measure(self._row, wanted)
        except (duckdb.Error, TimedOutError):
            self._total = self._row(f"SELECT count(*) FROM {ROWS}")[0]  # noqa: S608 - our own name
            answers = {}
        return {
            name: [answers[each] for each in one.measures] if answers or not one.measures else self._alone(one)
            for name, one in plans.items()
        }

    def _alone(self, one: Plan) -> _Asked:
        return self._asked(f"SELECT {', '.join(each.sql for each in one.measures)} FROM {ROWS}")  # noqa: S608 - ours

    def _verdict(self, one: Plan, measured: _Asked) -> Verdict:
        if isinstance(measured, Verdict):
            return measured
        queried = self._query(one) if one.query is not None else []
        return queried if isinstance(queried, Verdict) else one.judge([*measured, *queried], self._total)

    def _query(self, one: Plan) -> _Asked:
        """The answer to a plan's own query, asked once for all plans that have it."""
        query = one.query or ""
        if query not in self._queried:
            if one.untrusted:
                self._queried[query] = self._untrusted(query)
            elif one.integer_key is not None and self._distinct(one.integer_key):
                self._queried[query] = [0, 0]
            else:
                self._queried[query] = self._asked(query)
        return self._queried[query]

    def _distinct(self, key: str) -> bool:
        """Whether no value of an integer key is there twice, where that can be seen without grouping."""
        try:
            return is_surely_distinct(self._row, key)
        except (duckdb.Error, TimedOutError):
            return False

    def _row(self, query: str) -> tuple[Any, ...]:
        with time_limit(self._connection, self._seconds):
            row: tuple[Any, ...] | None = self._connection.execute(query).fetchone()
        return row or ()

    def _asked(self, query: str) -> _Asked:
        try:
            return self._row(query)
        except TimedOutError as error:
            return Verdict(Status.ERROR, reason=str(error))
        except duckdb.Error as error:
            return Verdict(Status.ERROR, reason=self._why(error))

    def _untrusted(self, query: str) -> _Asked:
        """The one number of a SQL rule."""
        tables = [self._table, *(self._others or {}).values()]
        try:
            for table in tables:
                named_view(self._connection, table)
            check_select(self._connection, query, [table.name for table in tables])
            with time_limit(self._connection, self._seconds):
                return [one_number(self._connection.execute(query))]
        except (UnsafeSqlError, NoNumberError, TimedOutError, UnfitValueError) as error:
            return Verdict(Status.ERROR, reason=str(error))
        except duckdb.Error as error:
            return Verdict(Status.ERROR, reason=self._why(error))

    def _why(self, error: duckdb.Error) -> str:
        """A message of DuckDB's, unless it could repeat a value that must not be shown."""
        if self._checks.classified and not isinstance(error, duckdb.BinderException | duckdb.CatalogException):
            return f"{type(error).__name__} (details withheld: the table has classified columns)"
        return str(error).splitlines()[0]

    def _failing(self, flags: list[failing.Flag]) -> tuple[failing.Failing, dict[int, dict[str, Any]]]:
        if not flags:
            return failing.Failing(failing.no_rows(), {}), {}
        try:
            with time_limit(self._connection, self._seconds):
                number_rows(self._connection)
                found = failing.find(self._connection, flags)
                wanted = {row for rows in found.first.values() for row in rows}
                return found, failing.samples(self._connection, self._table, wanted, self._checks.classified)
        except (duckdb.Error, TimedOutError) as error:
            why = self._why(error) if isinstance(error, duckdb.Error) else str(error)
            self._rows_unknown = f"which rows could not be found: {why}"
            return failing.Failing(failing.no_rows(), {}), {}

    def _result(
        self, check: Check, verdict: Verdict, found: failing.Failing, rows: Mapping[int, Mapping[str, Any]]
    ) -> Result:
        one = self._plans[check.name]
        sample_rows = found.first.get(check.name, ())
        return Result(
            check,
            verdict.status,
            self._total,
            failing=verdict.failing,
            value=verdict.value,
            threshold=one.threshold if isinstance(one, Plan) else None,
            reason=verdict.reason or (self._rows_unknown if verdict.status is Status.FAILED else None),
            # Rows that are not known cannot be left out.
            row_level=isinstance(one, Plan) and one.row_level and self._rows_unknown is None,
            sample_rows=sample_rows,
            samples=tuple(rows[row] for row in sample_rows),
        )
