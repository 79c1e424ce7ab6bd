"""What a contract says of some data.

What belongs here: the answer, in a line and as plain data. What does not: getting it (``trying``), and its other forms
(``as_junit``, ``as_markdown``).
"""

from dataclasses import dataclass
from typing import Final

from data_platform.contracts.checks.results import Report, as_json
from data_platform.contracts.suggest import counted

FORMAT: Final = 1
"""Counts what of the plain data does not stay as it is documented in ``docs/ci.md``."""


@dataclass(frozen=True)
class Trial:
    """What a contract says of some data.

    Attributes:
        name: The product, or the contract's file.
        file: The contract's file.
        version: The contract's version.
        of: What was looked at, in words.
        report: What came out; values of classified columns are masked in it.
        doubts: Columns that look personal and are not classified, so that their values are shown: what to do.
        is_product: Whether the contract is a product's.
    """

    name: str
    file: str
    version: str
    of: str
    report: Report
    doubts: tuple[str, ...] = ()
    is_product: bool = True

    def summary(self) -> str:
        """The outcome in a line."""
        report = self.report
        head = f"{self.name} {self.version}, {self.of}: "
        rows, rules = counted(report.total_rows, "row"), counted(len(report.results), "rule")
        head += f"{'passed' if report.passed else 'FAILED'}: {rows}, {rules}, "
        return head + f"{len(report.failures)} failed, {len(report.not_evaluated)} not evaluated"

    def to_dict(self) -> dict[str, object]:
        """The same as JSON types."""
        about = {"format": FORMAT, "product": self.name if self.is_product else None, "file": self.file}
        plain = as_json({**about, "of": self.of, "doubts": self.doubts, **self.report.to_dict()})
        return plain if isinstance(plain, dict) else {}
