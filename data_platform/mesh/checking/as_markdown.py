"""A trial as Markdown, for the summary of a job or a comment.

What belongs here: what is shown in which order. What does not: making it fit (``formats.fitting``).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.checks.results import Result, Status
from data_platform.mesh.checking.trial import Trial
from data_platform.mesh.formats.fitting import Block, cell, code, fitted, folded, folded_table, row, table

MARK: Final = "<!-- data-platform test -->"
"""The first line, by which a comment of this command is known again."""

_HEADS: Final = ("", "rule", "failing rows", "severity", "why")
_SAMPLES: Final = 5


def as_markdown(trial: Trial) -> str:
    """A trial as Markdown that fits into a comment of GitHub; what does not fit is counted in a note."""
    return fitted(_blocks(trial))


def _blocks(trial: Trial) -> Iterator[Block]:
    report = trial.report
    kept = "keep" if report.passed else "break"
    title = f"{'✅' if report.passed else '❌'} The data {kept} the contract"
    yield Block((MARK, f"### {title}", "", cell(trial.summary()), ""))
    if report.failures:
        yield table(_HEADS, map(_row, report.failures))
    samples = tuple(
        f"- {code(result.check.name)}: {cell(str(dict(sample)))}"
        for result in report.failures
        for sample in result.samples[:_SAMPLES]
    )
    if samples:
        yield folded("Rows that fail", samples)
    if report.not_evaluated:
        yield folded_table("Not evaluated", _HEADS, tuple(map(_row, report.not_evaluated)))
    if trial.doubts:
        yield folded("Warnings", tuple(f"- {cell(doubt)}" for doubt in trial.doubts))
    passed = tuple(_row(result) for result in report.results if result.status is Status.PASSED)
    if passed:
        yield folded_table("Rules that are kept", _HEADS, passed)


def _row(result: Result) -> str:
    sign = "✅" if result.status is Status.PASSED else "💬"
    if result.failed:
        sign = "❌" if result.check.blocking else "⚠️"
    count = "" if result.failing is None else f"{result.failing:,} of {result.total:,}"
    why = result.reason or result.check.description or ""
    return row(sign, code(result.check.name), count, result.check.severity.value, cell(why))
