"""The DuckDB executor for the batches of many partitions at once.

What belongs here: asking about all partitions together, and which of them that leaves open. What does not: checking
one batch (``executor``), how a table comes apart (``division``).

1. One scan counts the rows that break a rule in the whole table; where there is none, there is none in any partition.
2. One GROUP BY measures the rest; so does one query for each question about keys, references and gaps.
3. A SQL rule that only counts rows is asked by partition in one query; any other runs for one after the other, on the
   same connection.

The plans that judge one batch judge the same numbers here, so verdicts are the same. Failing rows are not looked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import duckdb

from data_platform.contracts.checks.division import Division
from data_platform.contracts.checks.duckdb.ask import AnswersOrVerdict, Questions
from data_platform.contracts.checks.duckdb.counts import counted_by
from data_platform.contracts.checks.duckdb.executor import Outcome, result_of
from data_platform.contracts.checks.duckdb.failing import no_rows
from data_platform.contracts.checks.duckdb.measure import measure
from data_platform.contracts.checks.duckdb.plan import plan
from data_platform.contracts.checks.duckdb.session import Limits, TimedOutError, session
from data_platform.contracts.checks.duckdb.sql import is_number
from data_platform.contracts.checks.duckdb.table import BatchTable, named_view, register, register_others
from data_platform.contracts.checks.model import TableChecks
from data_platform.contracts.checks.results import Status
from data_platform.contracts.checks.sources import Source
from data_platform.contracts.rules.plans import Context, Measure, Plan, Verdict
from data_platform.contracts.rules.sql.keys import ROWS
from data_platform.contracts.rules.sql.values import UnfitValueError

_PART: Final = "#part"
_AnswersByPart = Mapping[int, Sequence[Any]]
"""Answers by partition; partitions for which the query gave no row are absent."""


def execute_parts(
    checks: TableChecks, division: Division, others: Mapping[str, Source] | None, now: datetime, limits: Limits
) -> list[Outcome | None]:
    """Run the checks of a table on the batches of many partitions.

    Args:
        checks: The checks.
        division: The table.
        others: Other tables by name; ``None``: none are at hand.
        now: The present, with a zone.
        limits: What DuckDB may use.

    Returns:
        By partition what ``execute`` of its rows alone finds. ``None`` where a rule fails whose failing rows are to be
        found: they are to be executed alone.

    Raises:
        duckdb.Error, TimedOutError, UnfitValueError, pa.ArrowException: Something cannot be asked of all of them
            together; whether it can of each is not known.
    """
    with session(limits) as connection:
        return _Run(connection, checks, division, others, now, limits).outcomes()


class _Run:
    """One table of many batches, one connection."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        checks: TableChecks,
        division: Division,
        others: Mapping[str, Source] | None,
        now: datetime,
        limits: Limits,
    ) -> None:
        self._connection, self._checks, self._division = connection, checks, division
        self._ask = Questions(connection, limits.seconds, checks.classified)
        data = division.source.data.append_column(_PART, division.parts)
        self._whole = register(
            connection,
            replace(division.source, data=data, schema=data.schema),
            checks.table,
            optional=checks.optional_columns,
        )
        self._part = f"c{len(division.source.schema)}"
        schema = self._whole.schema.remove(len(division.source.schema))
        self._table = BatchTable(checks.table, ROWS, schema, division.source.is_text)
        self._others = register_others(connection, others)
        context = Context(self._table, self._others, now)
        self._plans = {check.name: plan(check, context) for check in checks.checks}
        self._queried: dict[str, list[AnswersOrVerdict]] = {}
        # To a SQL rule another table of the batch's name hides the batch.
        given = (self._others or {}).values()
        self._namesakes = [other for other in given if other.name.casefold() == checks.table.casefold()]
        self._slices: dict[int, BatchTable] = {}

    def outcomes(self) -> list[Outcome | None]:
        plans = [plan for plan in self._plans.values() if isinstance(plan, Plan)]
        totals, measured = self._measure(list(dict.fromkeys(measure for plan in plans for measure in plan.measures)))
        outcomes = []
        for part, total in enumerate(totals):
            verdicts = {name: self._verdict(plan, part, total, measured) for name, plan in self._plans.items()}
            outcomes.append(self._outcome(verdicts, total))
        return outcomes

    def _verdict(
        self, plan: Plan | Verdict, part: int, total: int, measured: Mapping[Measure, Sequence[Any]]
    ) -> Verdict:
        if isinstance(plan, Verdict):
            return plan
        queried = self._query(plan)[part] if plan.query is not None else ()
        if isinstance(queried, Verdict):
            return queried
        return plan.judge([*(measured[measure][part] for measure in plan.measures), *queried], total)

    def _outcome(self, verdicts: Mapping[str, Verdict], total: int) -> Outcome | None:
        flagged = [name for name, plan in self._plans.items() if isinstance(plan, Plan) and plan.flag]
        if any(verdicts[name].status is Status.FAILED for name in flagged):
            return None
        results = [
            result_of(check, self._plans[check.name], verdicts[check.name], total) for check in self._checks.checks
        ]
        return Outcome(tuple(results), total, no_rows())

    def _measure(self, wanted: Sequence[Measure]) -> tuple[list[int], dict[Measure, list[Any]]]:
        """Rows by partition, and by measure its value by partition."""
        _, whole = measure(self._ask.row, [aggregate for aggregate in wanted if aggregate.flag])
        none = {aggregate for aggregate, count in whole.items() if not count}
        rest = [aggregate for aggregate in wanted if aggregate not in none]
        asked = ", ".join([self._part, "count(*)", *(aggregate.sql for aggregate in rest)])
        rows = self._by_part(f"SELECT {asked} FROM {ROWS} GROUP BY {self._part}")  # noqa: S608 - ours
        parts = range(self._division.count)
        # Without rows a count is 0, and any other aggregate null.
        without = [0, *(0 if aggregate.flag or aggregate.sql == "count(*)" else None for aggregate in rest)]
        columns = list(zip(*(rows.get(part, without) for part in parts), strict=True))
        measured = {aggregate: list(values) for aggregate, values in zip(rest, columns[1:], strict=True)}
        return list(columns[0]), {aggregate: [0] * len(parts) for aggregate in none} | measured

    def _by_part(self, query: str) -> _AnswersByPart:
        return {row[0]: row[1:] for row in self._ask.rows(query)}

    def _query(self, plan: Plan) -> list[AnswersOrVerdict]:
        """The answers to a plan's own query by partition, asked once for all plans that have it."""
        query = plan.query or ""
        if query not in self._queried:
            if plan.untrusted or plan.by_part is None:
                self._queried[query] = self._untrusted(query)
            elif plan.key and self._ask.are_distinct([self._part, *plan.key]):
                self._queried[query] = [plan.of_no_rows] * self._division.count
            else:
                answers = self._by_part(plan.by_part(self._part))
                self._queried[query] = [answers.get(part, plan.of_no_rows) for part in range(self._division.count)]
        return self._queried[query]

    def _untrusted(self, query: str) -> list[AnswersOrVerdict]:
        """The numbers of a SQL rule."""
        refused = self._ask.permitted(query, [self._table, *(self._others or {}).values()])
        if refused is not None:
            return [refused] * self._division.count
        parts = range(self._division.count)
        counts = self._counts(query)
        if counts is None:
            return [self._number(query, part) for part in parts]
        absent = next((part for part in parts if part not in counts), None)
        # Of no rows that count, a rule says one thing, whatever the partition.
        of_none: AnswersOrVerdict = () if absent is None else self._number(query, absent)
        answers = [counts.get(part, of_none) for part in parts]
        return [self._number(query, part) if answer == (None,) else answer for part, answer in enumerate(answers)]

    def _counts(self, query: str) -> dict[int, AnswersOrVerdict] | None:
        """The numbers of a rule that only counts rows; ``None`` where it is of another kind, or fails for some row."""
        try:
            counting = counted_by(self._connection, query, self._table.name, _PART)
            if counting is None or self._namesakes:
                return None
            named_view(self._connection, self._whole)
            answers = self._by_part(counting)
        except (duckdb.Error, TimedOutError, UnfitValueError):
            return None
        return {part: row if is_number(row[0]) else (None,) for part, row in answers.items()}

    def _number(self, query: str, part: int) -> AnswersOrVerdict:
        if part not in self._slices:
            batch = self._division.batch(part)
            self._slices[part] = register(
                self._connection, batch, self._checks.table, f'"#part{part}"', self._checks.optional_columns
            )
        for table in (self._slices[part], *self._namesakes):
            named_view(self._connection, table)
        return self._ask.number(query)
