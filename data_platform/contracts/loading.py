"""Loading a contract: read, validated, linted, or refused with everything that is wrong with it.

What belongs here: the one way to get a contract that may be used. What does not: the steps themselves.
"""

from data_platform.contracts.errors import InvalidContractError
from data_platform.contracts.findings import Basis, Severity
from data_platform.contracts.lint import findings_of
from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.source import Source, read


def load(source: Source, *, file: str | None = None, standard_only: bool = False) -> Contract:
    """Load a contract of the Open Data Contract Standard 3.0, 3.1 or 3.2.

    Args:
        source: A path, or the text itself (see `data_platform.contracts.source`).
        file: The name that findings carry; by default the path.
        standard_only: Whether to hold it against the standard alone, as for contracts of others, and not against this
            platform's policy.

    Returns:
        The contract, without any error; `lint` lists its warnings.

    Raises:
        UnreadableContractError: There is no such file, or it is not one YAML mapping in UTF-8 within the limits.
        InvalidContractError: At least one finding is an error. Both are a `ContractError`, carry all findings, and
            read as one line each: ``file:line:column: error[rule]: element: what is wrong. Fix: … [standard]``.
    """
    document = read(source, file=file)
    contract = contract_of(document)
    findings = findings_of(document, contract)
    if standard_only:
        findings = [finding for finding in findings if finding.basis is Basis.STANDARD]
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise InvalidContractError(findings)
    return contract
