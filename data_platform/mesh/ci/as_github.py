"""A report as annotations of GitHub Actions.

What belongs here: one annotation a problem. What does not: how one is written (``annotations``).
"""

from collections.abc import Iterator

from data_platform.contracts.findings import Position
from data_platform.mesh.checking.annotations import annotation
from data_platform.mesh.ci.report import Report


def as_github(report: Report) -> Iterator[str]:
    """One line a problem, the worst first, since GitHub shows ten of each level a step and drops the rest."""
    for problem in report.problems:
        place = problem.place
        code = f" ({problem.code})" if problem.code != problem.rule else ""
        title = f"{problem.product}: {problem.rule}{code}"
        yield annotation(problem.level.value, place.file, Position(place.line, place.column), title, str(problem))
