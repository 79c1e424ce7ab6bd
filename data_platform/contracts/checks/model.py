"""A check: one rule of a contract, with its name, its place and how bad a failure is.

What belongs here: the check and the checks of a table. What does not: the kinds of rules (``contracts.rules``), making
checks from a contract (``compiling``), running them (``duckdb``), what came out (``results``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from data_platform.contracts.rules.kinds.columns import Columns
from data_platform.contracts.rules.model import Rule
from data_platform.contracts.rules.paths import Path, shown


class Severity(StrEnum):
    """How bad it is when a check fails."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Check:
    """One rule of a contract.

    Attributes:
        name: Unique in the table and stable from version to version: ``[a-z0-9_]+``, fit for an asset check's name.
        rule: What is promised.
        path: What it is about.
        severity: How bad a failure is.
        blocking: Whether a failure keeps the batch from being published.
        dimension: The data quality dimension of ODCS: ``completeness``, ``uniqueness``, …
        description: The promise in words.
    """

    name: str
    rule: Rule
    path: Path = ()
    severity: Severity = Severity.ERROR
    blocking: bool = True
    dimension: str | None = None
    description: str = ""

    @property
    def element(self) -> str:
        """What it is about, as people write it; empty for the whole table."""
        return shown(self.path)


@dataclass(frozen=True)
class TableChecks:
    """The checks of one table.

    Attributes:
        table: The table's name, by which SQL rules and relationships call it.
        checks: In the order of the contract.
        classified: Top-level columns whose values must not be shown.
    """

    table: str
    checks: tuple[Check, ...]
    classified: frozenset[str] = frozenset()

    @property
    def optional_columns(self) -> Mapping[str, str]:
        """Columns that read as null where a batch lacks them, each with its type in DuckDB's SQL."""
        rules = (check.rule for check in self.checks if not check.path)
        return next((rule.optional for rule in rules if isinstance(rule, Columns)), {})
