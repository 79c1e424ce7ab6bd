"""What a reader of a contract may rely on, as checks of the data it reads.

What belongs here: the promises of a contract seen by who takes the columns it knows, by name, from whatever is
published. What does not: what a batch must keep to be published (``checks.compile``), which is more: no other
columns.
"""

from dataclasses import replace

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.model import Contract
from data_platform.contracts.rules.kinds.columns import Columns


def reader_checks(contract: Contract, table: str | None = None) -> TableChecks:
    """The blocking checks of a table.

    Args:
        contract: The contract.
        table: Which of its tables; may be left out where there is one.

    Raises:
        ValueError: There is no such table, or none was named and there are several.
    """
    checks = compile_checks(contract, table)
    return replace(checks, checks=tuple(_by_name(check) for check in checks.checks if check.blocking))


def _by_name(check: Check) -> Check:
    """A reader takes the columns and properties that it knows, whatever else is there."""
    return replace(check, rule=replace(check.rule, closed=False)) if isinstance(check.rule, Columns) else check
