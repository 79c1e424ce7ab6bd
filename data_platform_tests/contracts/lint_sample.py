"""What a sample of a broken contract and of its fix is, and how the fix is applied.

What belongs here: the shape, edits of the example, applying. What does not: samples, tests.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from data_platform.contracts.findings import Finding
from data_platform_tests.contracts.examples import MOVIES, edited

NEWER = edited("v3.1.0", "v3.2.0", MOVIES)
OLDER = edited("v3.1.0", "v3.0.2", MOVIES)
TITLE = "        logicalType: string\n        description: The title.\n"
_LIKELY = re.compile(r"did you mean '([^']+)'\?$")

Edit = tuple[str, str]


class Sample(NamedTuple):
    """A contract that breaks a rule.

    Attributes:
        check: The rule's function, or the id of a finding that no rule of the lint makes.
        broken: What breaks the base.
        fix: A part of the finding's fix.
        mended: The edits of the broken text that do what the fix says; none where it asks "did you mean '…'?", which
            is applied as it stands.
        base: The contract that is broken.
    """

    check: str
    broken: Edit
    fix: str
    mended: tuple[Edit, ...] = ()
    base: str = MOVIES


def title(more: str) -> Edit:
    """An edit of the movies' title: keys that it has as well."""
    return TITLE, TITLE + "".join(f"        {line}\n" for line in more.splitlines())


def typed(keys: str) -> Edit:
    """An edit of the movies' title: other keys than its type."""
    return "        logicalType: string\n", "".join(f"        {line}\n" for line in keys.splitlines())


def rule(of_title: str) -> Edit:
    """A quality rule of the movies' title."""
    return title(f"quality:\n  - {{{of_title}}}")


def table(more: str) -> Edit:
    """What the movies' table, or the whole contract, has as well: written behind the last line."""
    return TITLE, TITLE + more


def table_rule(of_table: str) -> Edit:
    """A quality rule of the movies' table."""
    return table(f"    quality:\n      - {{{of_table}}}\n")


def top(more: str) -> Edit:
    """A key of the whole contract."""
    return "team: {name: movies-team}\n", f"team: {{name: movies-team}}\n{more}\n"


def custom(name: str, value: str) -> Edit:
    """One of our own properties of the whole contract."""
    return top(f"customProperties: [{{property: dataPlatform.{name}, value: {value}}}]")


def mended(sample: Sample, text: str, finding: Finding) -> str:
    """A broken contract with the fix of its finding applied."""
    likely = _LIKELY.search(finding.fix)
    if sample.mended or likely is None:
        for old, new in sample.mended:
            text = edited(old, new, text)
        return text
    lines = text.split("\n")
    lines[finding.line - 1] = _reworded(lines[finding.line - 1], finding, likely[1])
    return "\n".join(lines)


def _reworded(line: str, finding: Finding, likely: str) -> str:
    """The line with the word that the message quotes replaced by the likely one."""
    whole = (rf"(?<![A-Za-z_]){re.escape(word)}(?![A-Za-z_])" for word in _quoted(finding))
    return next(re.sub(word, likely, line) for word in whole if len(re.findall(word, line)) == 1)


def _quoted(finding: Finding) -> Iterator[str]:
    yield from re.findall(r"'([^']+)'", finding.message)
