"""What the verbs for writing products print.

What belongs here: plans, findings and trials for people and as JSON. What does not: the verbs (`author`).
"""

from enum import StrEnum
from typing import Final

from data_platform.cli.answers import console, json_text, print_json, say
from data_platform.cli.deferred import deferred

with deferred():
    from rich import table as rich_table
    from rich import text

    from data_platform.mesh.checking import as_junit as checking_as_junit
    from data_platform.mesh.checking import as_markdown as checking_as_markdown
    from data_platform.mesh.checking import linting
    from data_platform.mesh.checking import trial as checking_trial
    from data_platform.mesh.scaffold import plan as scaffold_plan

_STYLES: Final = {"failed": "red", "error": "red", "not_evaluated": "yellow"}
_SHOWN: Final = 5
"""Rows of each rule that fails, as examples."""


class LintFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    GITHUB = "github"


def show_plan(plan: "scaffold_plan.Plan", *, written: bool, as_json: bool) -> None:
    """What was written, what to know, what to do next."""
    if as_json:
        print_json({**plan.to_dict(), "written": written})
        return
    out = console()
    for file in plan.files:
        out.print(f"{'wrote' if written else 'would write'}  {plan.shown(file)}", markup=False)
    for file in plan.edits:
        out.print(f"{'changed' if written else 'would change'}  {plan.shown(file)}", markup=False)
    for note in plan.notes:
        out.print(f"note: {note}", markup=False)
    if written:
        for number, step in enumerate(plan.next_steps(), start=1):
            out.print(f"next {number}: {step}", markup=False)


def show_lint(report: "linting.Lint", form: LintFormat, *, as_json: bool) -> None:
    """Each finding in a line, and how many there are."""
    if as_json:
        print_json(report.to_dict())
        return
    for finding in report.findings:
        say(report.annotation(finding) if form is LintFormat.GITHUB else report.line(finding))
    say(report.summary(), err=True)


def trial_text(trial: "checking_trial.Trial", form: str) -> str:
    """A trial as JSON, JUnit XML or Markdown."""
    if form == "json":
        return json_text(trial.to_dict())
    return checking_as_junit.as_junit(trial) if form == "junit" else checking_as_markdown.as_markdown(trial)


def show_trial(trial: "checking_trial.Trial") -> None:
    """Each rule with what came out, and some rows of those that failed."""
    out, table = console(), rich_table.Table(box=None, pad_edge=False)
    for name in ("rule", "status", "failing rows", "severity", "why"):
        table.add_column(name, justify="right" if name == "failing rows" else "left")
    for result in trial.report.results:
        count = "" if result.failing is None else f"{result.failing:,}"
        why = result.reason or result.check.description or ""
        cells = (result.check.name, result.status.value, count, result.check.severity.value, why)
        table.add_row(*(text.Text(str(cell)) for cell in cells), style=_STYLES.get(result.status.value))
    out.print(table)
    for result in trial.report.failures:
        for row in result.samples[:_SHOWN]:
            out.print(f"{result.check.name}: {dict(row)}", markup=False)
    for doubt in trial.doubts:
        out.print(f"warning: {doubt}", markup=False)
    out.print(trial.summary(), markup=False, soft_wrap=True)
