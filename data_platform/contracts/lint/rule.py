"""What a rule of the lint is.

What belongs here: the shape of a rule and of what it yields. What does not: any rule.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from data_platform.contracts.findings import Finding, KeyPath, Severity
from data_platform.contracts.model import Contract
from data_platform.contracts.references import Resolver


@dataclass(frozen=True, slots=True)
class Subject:
    """What is linted: a contract, and who knows the others."""

    contract: Contract
    resolver: Resolver | None = None


class Problem(NamedTuple):
    """What a rule found: the element, what is wrong with it, and how to mend it."""

    path: KeyPath
    message: str
    fix: str


Check = Callable[[Subject], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named check; its docstring says what it is for."""

    id: str
    severity: Severity
    check: Check

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """What the rule finds in a contract."""
        document = subject.contract.document
        for path, message, fix in self.check(subject):
            yield document.finding(self.id, self.severity, path, message, fix)


def error(id_: str) -> Callable[[Check], Rule]:
    """Make a check a rule whose findings keep the contract from loading."""
    return lambda check: Rule(id_, Severity.ERROR, check)


def warning(id_: str) -> Callable[[Check], Rule]:
    """Make a check a rule whose findings are worth a look."""
    return lambda check: Rule(id_, Severity.WARNING, check)


def info(id_: str) -> Callable[[Check], Rule]:
    """Make a check a rule whose findings are good to know."""
    return lambda check: Rule(id_, Severity.INFO, check)
