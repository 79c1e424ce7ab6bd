"""A report as JUnit XML, as GitLab and Jenkins read it.

What belongs here: one test case a product and rule. What does not: how a document is written (``formats.junit``), and
where it goes (``cli.ci``).
"""

from typing import Final

from data_platform.mesh.ci.report import Examined, Level, Report, Rule
from data_platform.mesh.formats.junit import Case, Failure, document

_SUITE: Final = "data-platform ci"


def as_junit(report: Report) -> str:
    """A report as a document with its XML declaration."""
    cases = [_case(report, product, rule) for product in report.products for rule in _rules(report, product)]
    return document(_SUITE, cases, "no product changed", "\n".join(report.sentences()))


def _rules(report: Report, product: Examined) -> list[Rule]:
    """The rules that a product was held to, and any other that something is said of."""
    broken = {problem.rule for problem in report.at(product.product)}
    return [rule for rule in Rule if rule in product.rules or rule in broken]


def _case(report: Report, product: Examined, rule: Rule) -> Case:
    """One rule on one product; JUnit's class is the product, with a dot, as a package is written."""
    problems = report.at(product.product, rule)
    errors = [problem for problem in problems if problem.level is Level.ERROR]
    others = [problem for problem in problems if problem.level is not Level.ERROR]
    failure = None
    if errors:
        text = "\n".join(f"{problem.place}: {problem}" for problem in errors)
        failure = Failure(errors[0].message, errors[0].code, text)
    output = "\n".join(f"{problem.level}: {problem.place}: {problem}" for problem in others)
    classname = product.product.replace("/", ".", 1)
    return Case(classname, rule.value, product.file, failure, product.skipped.get(rule), output)
