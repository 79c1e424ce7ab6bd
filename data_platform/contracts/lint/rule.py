"""What a rule of the lint is.

What belongs here: the shape of a rule and of what it yields. What does not: any rule.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from data_platform.contracts.findings import Basis, Finding, KeyPath, Severity
from data_platform.contracts.model import Contract
from data_platform.contracts.references import Resolver

STANDARD: Final = Basis.STANDARD
"""The mark of a rule that the standard's own words demand, or whose breach contradicts them."""
POLICY: Final = Basis.POLICY
"""The mark of a rule of this platform. Where the JSON Schema refuses the same, the finding is the standard's."""


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
    """A named check and who demands it; its docstring says what it is for."""

    id: str
    severity: Severity
    basis: Basis
    check: Check

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """What the rule finds in a contract."""
        document = subject.contract.document
        for path, message, fix in self.check(subject):
            yield document.finding(self.id, self.severity, path, message, fix, self.basis)


def error(id_: str, basis: Basis) -> Callable[[Check], Rule]:
    """Make a check a rule whose findings keep the contract from loading."""
    return lambda check: Rule(id_, Severity.ERROR, basis, check)


def warning(id_: str, basis: Basis) -> Callable[[Check], Rule]:
    """Make a check a rule whose findings are worth a look."""
    return lambda check: Rule(id_, Severity.WARNING, basis, check)


def info(id_: str, basis: Basis) -> Callable[[Check], Rule]:
    """Make a check a rule whose findings are good to know."""
    return lambda check: Rule(id_, Severity.INFO, basis, check)
