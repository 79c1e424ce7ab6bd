"""A report as JUnit XML, as GitLab and Jenkins read it.

What belongs here: one test case a product and rule. What does not: writing it down (``cli.ci``).

A case has at most one failure, with everything that is wrong in it: Jenkins keeps one of several. A report on nothing
has one case all the same: Jenkins takes a file without any for a mistake.
"""

import re
from typing import Final
from xml.etree import ElementTree as ET

from data_platform.mesh.ci.report import Examined, Level, Report, Rule

_SUITE: Final = "data-platform ci"
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, not even escaped."""


def as_junit(report: Report) -> str:
    """A report as a document with its XML declaration."""
    cases = [_case(report, product, rule) for product in report.products for rule in _rules(report, product)]
    if not cases:
        cases = [ET.Element("testcase", {"classname": _SUITE, "name": "no product changed", "time": "0"})]
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        "time": "0",
    }
    root = ET.Element("testsuites", {"name": _SUITE, **counts})
    suite = ET.SubElement(root, "testsuite", {"name": _SUITE, **counts})
    suite.extend(cases)
    _text(suite, "system-out", "\n".join(report.sentences()))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _rules(report: Report, product: Examined) -> list[Rule]:
    """The rules that a product was held to, and any other that something is said of."""
    broken = {problem.rule for problem in report.at(product.product)}
    return [rule for rule in Rule if rule in product.rules or rule in broken]


def _case(report: Report, product: Examined, rule: Rule) -> ET.Element:
    """One rule on one product; JUnit's class is the product, with a dot, as a package is written."""
    name = product.product.replace("/", ".", 1)
    case = ET.Element("testcase", {"classname": _clean(name), "name": rule.value, "file": product.file, "time": "0"})
    problems = report.at(product.product, rule)
    errors = [problem for problem in problems if problem.level is Level.ERROR]
    if errors:
        failure = _text(case, "failure", "\n".join(f"{problem.place}: {problem}" for problem in errors))
        failure.set("message", _clean(errors[0].message))
        failure.set("type", _clean(errors[0].code))
    elif rule in product.skipped:
        ET.SubElement(case, "skipped", {"message": _clean(product.skipped[rule])})
    others = [
        f"{problem.level}: {problem.place}: {problem}" for problem in problems if problem.level is not Level.ERROR
    ]
    if others:
        _text(case, "system-out", "\n".join(others))
    return case


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
