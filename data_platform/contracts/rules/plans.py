"""What is asked for a rule, and what is answered: the words in which kinds of rules and the executor speak.

What belongs here: the dataclasses, and the judgements that several kinds share. What does not: making plans, which each
kind does, and carrying them out (``checks.duckdb.executor``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.sql.values import Value
from data_platform.contracts.rules.thresholds import Threshold, percent


class Status(StrEnum):
    """What came out of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_EVALUATED = "not_evaluated"
    ERROR = "error"
    """The rule could not be run: counts as failed, since nobody knows."""


@dataclass(frozen=True)
class Verdict:
    """The judgement of a check; see ``results.Result`` for the fields."""

    status: Status
    failing: int | None = None
    value: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Measure:
    """An aggregate over the batch.

    Attributes:
        sql: The aggregate.
        flag: What is counted, where it counts.
        per_value: The one text column that an expensive flag is about: it may be asked once a distinct text.
    """

    sql: str
    flag: str = ""
    per_value: str | None = None

    @classmethod
    def count(cls, flag: str, per_value: str | None = None) -> "Measure":
        """The number of rows with a flag."""
        return cls(f"count(*) FILTER (WHERE {flag})", flag, per_value)


Answers = Sequence[Any]
"""What was asked for: the numbers of the plan's measures, then those of its query."""


class Plan(NamedTuple):
    """What to ask for a check.

    Attributes:
        judge: The answers and the number of rows in, the verdict out.
        measures: Aggregates over the batch; all checks' are asked in one scan.
        query: A query of its own, of one row; asked once for all checks with the same text.
        by_part: The same question about each part of the batch: the expression of the part in, the query out, of a row
            a part: the part, then the answers.
        of_no_rows: The answers of the query for a part that it gives no row.
        key: The expressions of the key where the query asks for repeated keys.
        integer_key: Its one expression where it is an integer.
        flag: True for a row that fails; never null where ``row_level``.
        row_level: Whether leaving these rows out is enough to keep the rule.
        threshold: In words.
        untrusted: Whether the query came from outside.
    """

    judge: Callable[[Answers, int], Verdict]
    measures: tuple[Measure, ...] = ()
    query: str | None = None
    by_part: Callable[[str], str] | None = None
    of_no_rows: Answers = ()
    key: tuple[str, ...] = ()
    integer_key: str | None = None
    flag: str | None = None
    row_level: bool = False
    threshold: str | None = None
    untrusted: bool = False


class Table(Protocol):
    """A batch, or another table, as plans see it."""

    @property
    def name(self) -> str:
        """The table's name in the contract."""

    @property
    def relation(self) -> str:
        """Its relation in DuckDB, quoted."""

    @property
    def names(self) -> Sequence[str]:
        """Its columns, those of ``absent`` included."""

    @property
    def absent(self) -> frozenset[str]:
        """Optional columns that it lacks; they are there as nulls."""

    @property
    def is_text(self) -> bool:
        """Whether it came as text, which was read as the contract's types."""

    def column(self, name: str) -> Value:
        """A column.

        Raises:
            UnfitValueError: There is none of this name.
        """

    def raw(self, name: str) -> str:
        """Expression of the text that a column of a text file was read from."""

    def key(self, path: Path) -> str:
        """Expression of a value that is part of a key.

        Raises:
            UnfitValueError: There is no such column or property, or it is inside an array.
        """


class Context(NamedTuple):
    """What a plan may refer to.

    Attributes:
        table: The batch.
        others: Other tables by name; ``None``: none are at hand, so references to them are not judged.
        now: The present, with a zone.
    """

    table: Table
    others: Mapping[str, Table] | None
    now: datetime


def judge_none(answers: Answers, _: int) -> Verdict:
    """Failed where a row is counted."""
    return Verdict(Status.FAILED if answers[0] else Status.PASSED, int(answers[0]))


def judge_count(threshold: Threshold) -> Callable[[Answers, int], Verdict]:
    """Judge a number of rows."""

    def judge(answers: Answers, total: int) -> Verdict:
        count = int(answers[0])
        value = float(percent(count, total)) if threshold.unit == "percent" else count
        return Verdict(Status.PASSED if threshold.holds_count(count, total) else Status.FAILED, count, value)

    return judge


_NO_DIVISOR: Final = "a division by zero gives it; write nullif(…, 0) around the divisor, and coalesce around the whole"


def judge_value(threshold: Threshold) -> Callable[[Answers, int], Verdict]:
    """Judge a number."""

    def judge(answers: Answers, _: int) -> Verdict:
        try:
            kept = threshold.holds(answers[0])
        except (ValueError, OverflowError):
            return Verdict(Status.ERROR, reason=f"gave {answers[0]}, which is no number to compare: {_NO_DIVISOR}")
        return Verdict(Status.PASSED if kept else Status.FAILED, value=float(answers[0]))

    return judge


def rows(flag: str, threshold: Threshold | None = None, per_value: str | None = None) -> Plan:
    """The plan of a rule about single rows."""
    judge = judge_none if threshold is None else judge_count(threshold)
    row_level = threshold is None or threshold.tolerates_none
    shown = None if threshold is None else str(threshold)
    return Plan(judge, (Measure.count(flag, per_value),), flag=flag, row_level=row_level, threshold=shown)
