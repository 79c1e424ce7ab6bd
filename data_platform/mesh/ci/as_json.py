"""A report as plain data. The keys are documented in ``docs/ci.md`` and stay; ``format`` counts what is not so.

What belongs here: keys and their order. What does not: writing it down (``cli.ci``).
"""

from typing import Any, Final

from data_platform.contracts.compatibility.report import to_dict
from data_platform.mesh.ci.report import Examined, Level, Problem, Report

FORMAT: Final = 1


def as_json(report: Report) -> dict[str, Any]:
    """A report as JSON types."""
    return {
        "format": FORMAT,
        "fine": report.fine,
        "base": {"revision": report.base, "commit": report.commit},
        "head": report.head,
        "counts": {level.value: len(report.of(level)) for level in Level},
        "products": [_product(one) for one in report.products],
        "problems": [_problem(one) for one in report.problems],
        "impact": report.impact.as_dict(),
        "other_files": list(report.others),
        "registry": {"looked_at": not report.why_not, "why_not": report.why_not or None, "unread": report.unread},
    }


def _product(one: Examined) -> dict[str, Any]:
    return {
        "product": one.product,
        "change": one.what.value,
        "parts": list(one.parts),
        "owner": one.owner,
        "version_before": one.before,
        "version_after": one.after,
        "file": one.file,
        "rules": [rule.value for rule in one.rules],
        "skipped": {rule.value: why for rule, why in one.skipped.items()},
        "compared": [{"against": each.against, **to_dict(each.judgement)} for each in one.compared],
    }


def _problem(one: Problem) -> dict[str, Any]:
    return {
        "rule": one.rule.value,
        "level": one.level.value,
        "product": one.product,
        "code": one.code,
        "file": one.place.file,
        "line": one.place.line,
        "column": one.place.column,
        "message": one.message,
        "fix": one.fix or None,
    }
