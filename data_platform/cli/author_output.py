"""What the verbs for writing products print.

What belongs here: plans, findings and trials for people and as JSON. What does not: the verbs (`author`).
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from data_platform.cli.answers import console, print_json, say

if TYPE_CHECKING:
    from data_platform.mesh.checking.linting import Lint
    from data_platform.mesh.checking.trying import Trial
    from data_platform.mesh.scaffold.plan import Plan

_STYLES: Final = {"failed": "red", "error": "red", "not_evaluated": "yellow"}
_SHOWN: Final = 5
"""Rows of each rule that fails, as examples."""


class LintFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    GITHUB = "github"


def show_plan(plan: "Plan", *, written: bool, as_json: bool) -> None:
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


def show_lint(found: "Lint", form: LintFormat, *, as_json: bool) -> None:
    """Each finding in a line, and how many there are."""
    if as_json:
        print_json(found.to_dict())
        return
    for one in found.findings:
        say(found.annotation(one) if form is LintFormat.GITHUB else found.line(one))
    say(found.summary(), err=True)


def show_trial(trial: "Trial", *, as_json: bool) -> None:
    """Each rule with what came out, and some rows of those that failed."""
    if as_json:
        print_json(trial.to_dict())
        return
    from rich.table import Table  # noqa: PLC0415 - see the package
    from rich.text import Text  # noqa: PLC0415

    out, table = console(), Table(box=None, pad_edge=False)
    for name in ("rule", "status", "failing rows", "severity", "why"):
        table.add_column(name, justify="right" if name == "failing rows" else "left")
    for each in trial.report.results:
        count = "" if each.failing is None else f"{each.failing:,}"
        why = each.reason or each.check.description or ""
        cells = (each.check.name, each.status.value, count, each.check.severity.value, why)
        table.add_row(*(Text(str(cell)) for cell in cells), style=_STYLES.get(each.status.value))
    out.print(table)
    for each in trial.report.failures:
        for row in each.samples[:_SHOWN]:
            out.print(f"{each.check.name}: {dict(row)}", markup=False)
    for doubt in trial.doubts:
        out.print(f"warning: {doubt}", markup=False)
    out.print(trial.summary(), markup=False)
