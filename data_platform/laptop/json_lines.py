"""What a program sees of the stack: a JSON object a line, as things happen.

What belongs here: the shape of the lines. What does not: wording (``console``), and any decision.

Each line has one of these keys first: ``said``, ``problem`` (with ``detail``), ``done`` (with ``seconds``),
``addresses`` (names to URLs), ``load_errors`` (locations to messages), ``made`` (assets, with ``failed`` runs).
"""

import contextlib
import json
import sys
import time
from collections.abc import Iterator, Mapping

from rich.console import Console

from data_platform.laptop.console import Narrator
from data_platform.laptop.dagster_values import Materialization
from data_platform.laptop.first_run import FirstRun


class JsonNarrator(Narrator):
    """Tells what the stack does, for programs."""

    def __init__(self) -> None:
        super().__init__(Console(quiet=True))

    def say(self, text: str, style: str = "") -> None:
        """One line."""
        del style
        self._line(said=text.strip())

    def problem(self, text: str, detail: str = "") -> None:
        """Something that went wrong, and what explains it."""
        self._line(problem=text.strip(), detail=detail)

    @contextlib.contextmanager
    def step(self, doing: str, done: str) -> Iterator[None]:
        """Something that takes a moment: told when it is done."""
        del doing
        begun = time.monotonic()
        yield
        self.done(done, time.monotonic() - begun)

    def done(self, text: str, seconds: float) -> None:
        """Something is done, and took so long."""
        self._line(done=text, seconds=round(seconds, 3))

    def addresses(self, addresses: Mapping[str, str]) -> None:
        """Where everything is."""
        self._line(addresses=dict(addresses))

    def load_errors(self, errors: Mapping[str, str]) -> None:
        """Locations that did not load."""
        if errors:
            self._line(load_errors=dict(errors))

    def results(self, runs: list[FirstRun], ui: str) -> None:
        """What was made and where, and what was not and why."""
        del ui
        rows = [
            {
                "asset": "/".join(materialization.asset),
                "partition": materialization.partition,
                "rows": materialization.rows,
                "uri": materialization.uri,
                **_checks(materialization),
            }
            for run in runs
            for materialization in run.materializations
            if materialization.run_id
        ]
        failed = [
            {"job": f"{run.plan.job.location}/{run.plan.job.name}", "run_id": run.run_id, "problems": run.problems}
            for run in runs
            if not run.ok
        ]
        self._line(made=rows, failed=failed)

    def _line(self, **values: object) -> None:
        sys.stdout.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()


def _checks(materialization: Materialization) -> dict[str, object]:
    return {
        "checks_passed": sum(materialization.checks.values()),
        "checks_failed": [n for n, ok in materialization.checks.items() if not ok],
    }
