"""A report in lines, for a terminal or a job's log.

What belongs here: words and their order. What does not: colours (``cli.ci``).
"""

from collections.abc import Iterator

from data_platform.contracts.compatibility.report import summary
from data_platform.mesh.ci.report import Examined, Level, Problem, Report
from data_platform.mesh.impact.text import title


def as_text(report: Report) -> Iterator[tuple[Level | None, str]]:
    """A report line by line.

    Yields:
        Each line with how bad it is, for its colour; ``None`` for one that only tells.
    """
    for one in report.changed:
        yield report.level_of(one.product), f"  {_product(one)}"
        for each in one.compared:
            yield None, f"      {each.against}: {summary(each.judgement)}"
    for problem in report.problems:
        yield problem.level, _problem(problem)
    for level, met in ((Level.ERROR, report.impact.breaks), (Level.WARNING, report.impact.may_break)):
        for consumer in met:
            yield level, _line(f"{consumer.verdict}: {title(consumer)}: {consumer.reasons[0].text}")
    if report.others:
        yield None, f"no rule looks at {', '.join(report.others)}"
    for said in report.said():
        yield None, _line(said)
    yield (None, "The change is fine.") if report.fine else (Level.ERROR, "The change breaks the rules of the mesh.")


def _product(one: Examined) -> str:
    versions = list(dict.fromkeys(filter(None, (one.before, one.after))))
    return _line(f"{one.what:<8} {one.product}  {' → '.join(versions)}  {', '.join(one.parts)}")


def _problem(one: Problem) -> str:
    rule = one.rule if one.code == one.rule else f"{one.rule}/{one.code}"
    return _line(f"{one.place}: {one.level}[{rule}]: {one}")


def _line(text: str) -> str:
    """Texts of contracts have line ends at times, and a log's line may be taken for a command."""
    return " ".join(text.splitlines())
