"""What a person sees of the stack: few, calm lines.

What belongs here: wording, tables and progress. What does not: any decision. Every line is redacted.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from data_platform.laptop.dagster_values import AssetPath, Materialization
from data_platform.laptop.first_run import FirstRun
from data_platform.redaction import redact


class Narrator:
    """Tells what the stack does. Animated on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str, style: str = "") -> None:
        """One line."""
        self._console.print(escape(redact(text)), style=style or None, soft_wrap=True, highlight=False)

    def warn(self, text: str) -> None:
        """One line that should not be missed."""
        self.say(text, "yellow")

    def problem(self, text: str, detail: str = "") -> None:
        """Something that went wrong, and lines that explain it."""
        self.say(text, "bold red")
        for line in detail.splitlines():
            self.say(f"    {line}", "dim")

    @contextlib.contextmanager
    def step(self, doing: str, done: str) -> Iterator[None]:
        """Something that takes a moment: shown while it does, and then with how long it took."""
        begun = time.monotonic()
        if self._console.is_terminal:
            spinner: contextlib.AbstractContextManager[object] = self._console.status(escape(doing))
        else:
            spinner = contextlib.nullcontext()
            self.say(f"  {doing}", "dim")
        with spinner:
            yield
        self.done(done, time.monotonic() - begun)

    def done(self, text: str, seconds: float) -> None:
        """Something is done, and took so long."""
        self._console.print(f"[green]✓[/] {escape(text)} [dim]{seconds:.1f} s[/]", soft_wrap=True, highlight=False)

    def addresses(self, addresses: Mapping[str, str]) -> None:
        """Where everything is."""
        table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, address in addresses.items():
            table.add_row(name, escape(address))
        self._console.print()
        self._console.print(table)
        self._console.print()

    def load_errors(self, errors: Mapping[str, str]) -> None:
        """Locations that did not load."""
        for location, message in errors.items():
            self.problem(f"✗ Code location {location} did not load; the others are not affected.", message)

    def progress(self, run: FirstRun, asset: AssetPath | None) -> None:
        """A run has come further."""
        job = f"{run.plan.job.location}/{run.plan.job.name}"
        of = f" for {run.plan.partition}" if run.plan.partition else ""
        if asset is not None:
            self.say(f"  materialized {'/'.join(asset)}", "dim")
        elif run.status == "SKIPPED":
            self.say(f"  {job}{of}: already there")
        elif run.status == "QUEUED":
            self.say(f"  {job}{of}: run {run.run_id[:8]} launched")

    def results(self, runs: list[FirstRun], ui: str) -> None:
        """What was made and where, and what was not and why."""
        if not runs:
            self.say("Nothing is to be brought in first: no job has the tag data_platform/first_run.")
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in ("Asset", "Partition", "Rows", "Checks", "Where"):
            table.add_column(heading, overflow="fold", justify="right" if heading == "Rows" else "left")
        for materialization in sorted(
            (materialization for run in runs for materialization in run.materializations),
            key=lambda materialization: materialization.asset,
        ):
            table.add_row(*_row(materialization))
        self._console.print()
        self._console.print(table)
        for run in runs:
            if not run.ok:
                self._failure(run, ui)

    def _failure(self, run: FirstRun, ui: str) -> None:
        where = f", see {ui}/runs/{run.run_id}" if run.run_id else ""
        self.problem(f"✗ {run.plan.job.location}/{run.plan.job.name}: {run.status}{where}")
        for step, message in run.problems:
            self.problem(f"  in step {step}:" if step else "  because:", message)


def _row(materialization: Materialization) -> tuple[str, ...]:
    if not materialization.run_id:
        return ("/".join(materialization.asset), "", "", "", "[red]not there[/]")
    passed = sum(materialization.checks.values())
    failed = ", ".join(sorted(name for name, ok in materialization.checks.items() if not ok))
    checks = f"{passed} passed" if materialization.checks else ""
    checks += f", [red]failed: {escape(failed)}[/]" if failed else ""
    rows = "" if materialization.rows is None else f"{materialization.rows:,}"
    return ("/".join(materialization.asset), materialization.partition or "", rows, checks, escape(materialization.uri))
