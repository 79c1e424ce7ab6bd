"""A report as plain data. The keys are documented in ``docs/ci.md`` and stay; ``format`` counts what is not so.

What belongs here: keys and their order. What does not: writing it down (``cli.ci``).
"""

from typing import Final

from data_platform.contracts.compatibility.report import to_dict
from data_platform.mesh.ci.report import Examined, Level, Problem, Report
from data_platform.mesh.preview.as_json import as_json as previews_as_json

FORMAT: Final = 1


def as_json(report: Report) -> dict[str, object]:
    """A report as JSON types."""
    return {
        "format": FORMAT,
        "fine": report.fine,
        "base": {"revision": report.base, "commit": report.commit},
        "head": report.head,
        "counts": {level.value: len(report.of(level)) for level in Level},
        "products": [_product(product) for product in report.products],
        "problems": [_problem(problem) for problem in report.problems],
        "impact": report.impact.as_dict(),
        "other_files": list(report.others),
        "registry": {"looked_at": not report.why_not, "why_not": report.why_not or None, "unread": report.unread},
        "previews": previews_as_json(report.previews),
    }


def _product(product: Examined) -> dict[str, object]:
    return {
        "product": product.product,
        "change": product.change.value,
        "parts": list(product.parts),
        "owner": product.owner,
        "version_before": product.before,
        "version_after": product.after,
        "file": product.file,
        "rules": [rule.value for rule in product.rules],
        "skipped": {rule.value: why for rule, why in product.skipped.items()},
        "compared": [
            {"against": comparison.against, **to_dict(comparison.judgement)} for comparison in product.compared
        ],
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "rule": problem.rule.value,
        "level": problem.level.value,
        "product": problem.product,
        "code": problem.code,
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "message": problem.message,
        "fix": problem.fix or None,
    }
