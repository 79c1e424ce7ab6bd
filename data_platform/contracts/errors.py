"""Errors of contracts, each carrying every finding rather than the first one.

What belongs here: the exception tree. What does not: how a finding is made.

    ContractError
    ├── UnreadableContractError  no contract could be read: no such file, not UTF-8, not one YAML mapping, too large
    └── InvalidContractError     read in full, but at least one finding is an error
"""

from collections.abc import Iterable

from data_platform.contracts.findings import Finding, Severity, in_order


class ContractError(Exception):
    """A contract that cannot be used, with everything that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(in_order(findings))
        super().__init__("\n".join(str(finding) for finding in self.findings))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the contract from loading."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


class UnreadableContractError(ContractError):
    """No contract could be read: no such file, not UTF-8, not one YAML mapping, or too large."""


class InvalidContractError(ContractError):
    """The contract was read in full, and at least one finding is an error."""
