"""A report in lines, for a terminal or a job's log.

What belongs here: words and their order. What does not: colours (``cli.ci``).
"""

from collections.abc import Iterator

from data_platform.contracts.compatibility.report import summary
from data_platform.mesh.ci.report import Examined, Level, Problem, Report
from data_platform.mesh.impact.text import title
from data_platform.mesh.preview.as_text import as_text as previews_as_text


def as_text(report: Report) -> Iterator[tuple[Level | None, str]]:
    """A report line by line.

    Yields:
        Each line with how bad it is, for its colour; ``None`` for one that only tells.
    """
    for product in report.changed:
        yield report.level_of(product.product), f"  {_product(product)}"
        for comparison in product.compared:
            yield None, f"      {comparison.against}: {summary(comparison.judgement)}"
    for problem in report.problems:
        yield problem.level, _problem(problem)
    for level, met in ((Level.ERROR, report.impact.breaks), (Level.WARNING, report.impact.may_break)):
        for consumer in met:
            yield level, _line(f"{consumer.verdict}: {title(consumer)}: {consumer.reasons[0].text}")
    if report.previews.products:
        yield None, "The changed products, made now of published inputs:"
    for is_broken, text in previews_as_text(report.previews):
        yield (Level.ERROR if is_broken else None), _line(text)
    if report.others:
        yield None, f"no rule looks at {', '.join(report.others)}"
    for sentence in report.sentences():
        yield None, _line(sentence)
    yield (None, "The change is fine.") if report.fine else (Level.ERROR, "The change breaks the rules of the mesh.")


def _product(product: Examined) -> str:
    versions = list(dict.fromkeys(filter(None, (product.before, product.after))))
    return _line(f"{product.change:<8} {product.product}  {' → '.join(versions)}  {', '.join(product.parts)}")


def _problem(problem: Problem) -> str:
    rule = problem.rule if problem.code == problem.rule else f"{problem.rule}/{problem.code}"
    return _line(f"{problem.place}: {problem.level}[{rule}]: {problem}")


def _line(text: str) -> str:
    """Texts of contracts have line ends at times, and a log's line may be taken for a command."""
    return " ".join(text.splitlines())
