"""Rules that cannot be compared, tried on data.

What belongs here: running both contracts on the same rows, and what that says about a change of which nobody could
tell. What does not: getting the data (``mesh.files.comparing``), running a rule (``checks``).

What data show and what they do not: a row that the new rule refuses proves that it does not accept all that the old one
did; that none does answers the question for these rows, which is all that *new contract, old data* asks. A row that the
new rule takes and the old one refuses proves that old readers may meet it. That there is none proves nothing about
data to come, so that *old readers, new data* then stays open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.checks.model import Check
from data_platform.contracts.checks.results import ROW, Report, Result, Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.effects import Verdict
from data_platform.contracts.compatibility.judge import Comparison, JudgedChange
from data_platform.contracts.compatibility.kinds import Direction, Grade, Kind
from data_platform.contracts.compatibility.modes import base_of
from data_platform.contracts.compatibility.pairing import pair_tables
from data_platform.contracts.compatibility.rule_pairs import TablePair
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import CompatibilityMode as Mode
from data_platform.contracts.rules.kinds.matches import Matches
from data_platform.contracts.rules.paths import shown

_JUDGED: Final = (Status.PASSED, Status.FAILED)
_BEFORE: Final = "before__"


@dataclass(frozen=True)
class Answer:
    """What the data say about one change.

    Attributes:
        change: The change.
        refused: Rows that the new rule refuses; for a rule about the whole table, 1 where it is broken.
        surprising: Rows that the new rule takes and the old one refuses; likewise.
        rows: Rows that were looked at.
    """

    change: Change
    refused: int
    surprising: int
    rows: int

    def verdict(self, mode: Mode) -> tuple[Verdict, str]:
        """The verdict under a mode, and its reason."""
        base = base_of(mode)
        if self.surprising and base in (Mode.CONSUMER, Mode.FULL):
            return (
                Verdict.BREAKS,
                f"replayed on {self.rows:,} rows: takes {self.surprising:,} that the old rule refuses",
            )
        if self.refused and base in (Mode.PRODUCER, Mode.FULL):
            return Verdict.BREAKS, f"replayed on {self.rows:,} rows: refuses {self.refused:,}"
        kept = f"replayed on {self.rows:,} rows: refuses {f'{self.refused:,}' if self.refused else 'none'}"
        if base is Mode.PRODUCER:
            return Verdict.FINE, kept
        return Verdict.MAY_BREAK, f"{kept}, and takes none that the old rule refuses; data to come may differ"


@dataclass(frozen=True)
class Replay:
    """What came out of running both contracts on the same data.

    Attributes:
        rows: Rows that were looked at.
        answers: One for each undecided change that could be tried.
        broken: Blocking rules of the new contract that the data break: such data would not be published.
    """

    rows: int
    answers: tuple[Answer, ...]
    broken: tuple[Result, ...]

    def applied(self, comparison: Comparison, mode: Mode) -> Comparison:
        """The comparison with the verdicts that the data give."""
        known = {id(answer.change): answer for answer in self.answers}

        def replayed(judged: JudgedChange) -> JudgedChange:
            answer = known.get(id(judged.change))
            if answer is None or base_of(mode) is Mode.NONE:
                return judged
            verdict, reason = answer.verdict(mode)
            return replace(judged, verdict=verdict, reason=reason, grade=_grade(judged.grade, verdict))

        return replace(comparison, changes=tuple(replayed(judged) for judged in comparison.changes))


def replay(
    old: Contract, new: Contract, changes: Sequence[Change], data: object, *, others: Mapping[str, object] | None = None
) -> Replay:
    """Run the new contract on data, and beside it the old form of each rule that could not be compared.

    Args:
        old: The old contract.
        new: The new one, of one table, as all products are.
        changes: What ``compare`` found between them.
        data: What ``checks.run.check`` takes; read once.
        others: Tables that relationships and SQL rules refer to, as for ``checks.run.check``.

    Returns:
        What came out.

    Raises:
        UnreadableDataError: The data cannot be read.
        ValueError: The new contract has no table, or several.
    """
    compiled = compile_checks(new)
    pairs = pair_tables(old.schemas, new.schemas).both
    tables = TablePair.of(old, new, *pairs[0]) if pairs else None
    undecided = [
        (change, *_checks(change, tables)) for change in changes if tables and change.direction is Direction.UNKNOWN
    ]
    known = [(change, was, now) for change, was, now in undecided if was is not None and now is not None]
    before = {was.name: was for _, was, _ in known}
    report = check(replace(compiled, checks=(*compiled.checks, *before.values())), data, others=others)
    broken = tuple(result for result in report.failures if result.check.blocking and result.check.name not in before)
    answers = (_answer(change, report[was.name], report[now.name], report) for change, was, now in known)
    return Replay(report.total_rows, tuple(answer for answer in answers if answer), broken)


def _grade(grade: Grade, verdict: Verdict) -> Grade:
    return Grade.MAJOR if verdict is Verdict.BREAKS else grade


def _checks(change: Change, tables: TablePair | None) -> tuple[Check | None, Check | None]:
    """The old check, told in the names of the new table, and the new one that a change is about."""
    if tables is None:
        return None, None
    if change.kind is Kind.PATTERN_CHANGED:
        inner = change.path.removeprefix(f"{change.table}.")
        after = {shown(old): shown(new) for old, new in tables.moved.items()}.get(inner)
        was, now = _pattern(tables.old_checks, inner, change.before), _pattern(tables.new_checks, after, change.after)
    else:
        was, now = _named(tables.old_checks, change.old_check), _named(tables.new_checks, change.new_check)
    path = tables.now(was.path) if was else None
    if was is None or path is None:
        return None, now
    return replace(was, name=f"{_BEFORE}{was.name}", path=path, rule=tables.renamed(was.rule)), now


def _pattern(checks: Sequence[Check], element: str | None, pattern: object) -> Check | None:
    wanted = Matches(str(pattern))
    return next((candidate for candidate in checks if candidate.element == element and candidate.rule == wanted), None)


def _named(checks: Sequence[Check], name: str | None) -> Check | None:
    return next((candidate for candidate in checks if candidate.name == name), None)


def _answer(change: Change, was: Result, now: Result, report: Report) -> Answer | None:
    if was.status not in _JUDGED or now.status not in _JUDGED:
        return None
    failed = was.status is Status.FAILED, now.status is Status.FAILED
    if all(result.row_level or result.status is Status.PASSED for result in (was, now)):
        refused = _rows(report, now)
        return Answer(change, len(refused), len(_rows(report, was) - refused), report.total_rows)
    return Answer(change, int(failed[1]), int(failed[0] and not failed[1]), report.total_rows)


def _rows(report: Report, result: Result) -> frozenset[int]:
    """Positions of the rows that break a row-level rule."""
    name, rows = result.check.name, report.failing_rows
    if result.status is not Status.FAILED or name not in rows.column_names:
        return frozenset()
    flagged = zip(rows[ROW].to_pylist(), rows[name].to_pylist(), strict=True)
    return frozenset(row for row, broken in flagged if broken)
