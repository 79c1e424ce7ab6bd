"""A report as annotations of GitHub Actions.

What belongs here: one annotation a problem. What does not: how one is written (``annotations``).
"""

from collections.abc import Iterator

from data_platform.contracts.findings import Position
from data_platform.mesh.checking.annotations import annotation
from data_platform.mesh.ci.report import Report


def as_github(report: Report) -> Iterator[str]:
    """One line a problem, the worst first, since GitHub shows ten of each level a step and drops the rest."""
    for one in report.problems:
        title = f"{one.product}: {one.rule} ({one.code})" if one.code != one.rule else f"{one.product}: {one.rule}"
        yield annotation(one.level.value, one.place.file, Position(one.place.line, one.place.column), title, str(one))
