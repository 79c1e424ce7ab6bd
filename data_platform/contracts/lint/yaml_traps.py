"""Rules on YAML itself: values that another parser would read otherwise.

What belongs here: what `document` noticed while reading. What does not: anything about the standard.
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.findings import quoted
from data_platform.contracts.lint.rule import POLICY, Problem, Rule, Subject, warning


@warning("bare-date", POLICY)
def bare_date(subject: Subject) -> Iterator[Problem]:
    """Here a bare date stays text; other tools make a date of it, which JSON Schema then refuses."""
    for trap in subject.contract.document.traps:
        if trap.read_as == "a date":
            message = f"the bare date {quoted(trap.text)} is a date to some YAML parsers and text to others"
            yield Problem(trap.path, message, f"put it in quotes: '{trap.text[:60]}'")


@warning("ambiguous-yaml", POLICY)
def ambiguous_yaml(subject: Subject) -> Iterator[Problem]:
    """``no`` is text in YAML 1.2, as read here, and false in 1.1; ``1:30`` and ``012`` are like it."""
    for trap in subject.contract.document.traps:
        if trap.read_as != "a date":
            message = f"{quoted(trap.text)} without quotes is {trap.read_as} to YAML 1.1 parsers, and not to 1.2"
            yield Problem(
                trap.path, message, "put it in quotes where it is text, else write true, false or a plain number"
            )


RULES: Final[tuple[Rule, ...]] = (bare_date, ambiguous_yaml)
