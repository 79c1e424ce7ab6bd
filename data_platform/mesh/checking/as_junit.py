"""A trial as JUnit XML.

What belongs here: one test case a rule of the contract. What does not: how a document is written (``formats.junit``).

A rule that is not evaluated is skipped, with why; one that fails and keeps nothing from being published is told, and is
no failure.
"""

from typing import Final

from data_platform.contracts.checks.results import Result, Status
from data_platform.mesh.checking.trial import Trial
from data_platform.mesh.formats.junit import Case, Failure, document

_SUITE: Final = "data-platform test"
_SAMPLES: Final = 5


def as_junit(trial: Trial) -> str:
    """A trial as a document with its XML declaration."""
    cases = [_case(trial, result) for result in trial.report.results]
    output = "\n".join([trial.summary(), *(f"warning: {doubt}" for doubt in trial.doubts)])
    return document(_SUITE, cases, "no rule", output)


def _case(trial: Trial, result: Result) -> Case:
    classname = trial.name.replace("/", ".", 1) if trial.is_product else trial.report.table
    told = "\n".join([str(result), *(str(dict(row)) for row in result.samples[:_SAMPLES])])
    failure, skipped, output = None, None, ""
    if result.failed and result.check.blocking:
        failure = Failure(result.reason or str(result), type(result.check.rule).__name__, told)
    elif result.failed:
        output = told
    elif result.status is Status.NOT_EVALUATED:
        skipped = result.reason or "not evaluated"
    return Case(classname, result.check.name, trial.file, failure, skipped, output)
