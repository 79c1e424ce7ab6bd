"""JUnit XML as GitLab and Jenkins read it.

What belongs here: cases as a document. What does not: which cases there are (``ci.as_junit``, ``checking.as_junit``).

A case has at most one failure, with everything that is wrong in it: Jenkins keeps one of several. A document on nothing
has one case all the same: Jenkins takes a file without any for a mistake.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, not even escaped."""


@dataclass(frozen=True)
class Failure:
    """What is wrong with a case.

    Attributes:
        message: The first thing that is, in a line.
        kind: What kind of mistake that is.
        text: Everything.
    """

    message: str
    kind: str
    text: str


@dataclass(frozen=True)
class Case:
    """A thing that was tried.

    Attributes:
        classname: What it is about; a dot where packages have one.
        name: The rule.
        file: The file that stands for it.
        failure: What is wrong; ``None``: nothing.
        skipped: Why it was not tried; ``None``: it was.
        output: What else there is to know.
    """

    classname: str
    name: str
    file: str
    failure: Failure | None = None
    skipped: str | None = None
    output: str = ""


def document(suite: str, cases: Sequence[Case], nothing: str, output: str) -> str:
    """Cases as a document with its XML declaration.

    Args:
        suite: What the suite is called.
        cases: Its cases.
        nothing: What the one case is called where there is none.
        output: The outcome in words.
    """
    elements = [_element(case) for case in cases]
    if not elements:
        elements = [ET.Element("testcase", {"classname": suite, "name": nothing, "time": "0"})]
    counts = {
        "tests": str(len(elements)),
        "failures": str(sum(case.failure is not None for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.failure is None and case.skipped is not None for case in cases)),
        "time": "0",
    }
    root = ET.Element("testsuites", {"name": suite, **counts})
    inner = ET.SubElement(root, "testsuite", {"name": suite, **counts})
    inner.extend(elements)
    _text(inner, "system-out", output)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _element(case: Case) -> ET.Element:
    about = {"classname": _clean(case.classname), "name": _clean(case.name), "file": _clean(case.file), "time": "0"}
    element = ET.Element("testcase", about)
    if case.failure is not None:
        failure = _text(element, "failure", case.failure.text)
        failure.set("message", _clean(case.failure.message))
        failure.set("type", _clean(case.failure.kind))
    elif case.skipped is not None:
        ET.SubElement(element, "skipped", {"message": _clean(case.skipped)})
    if case.output:
        _text(element, "system-out", case.output)
    return element


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
