"""What came out of the checks of a batch.

What belongs here: results, their totals, and showing them. What does not: finding them (``duckdb``), and what
follows from them (publishing, quarantine: ``data_platform.products``).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_platform.contracts.checks.model import Check
from data_platform.contracts.rules.plans import Status

__all__ = ["MAX_SAMPLES", "ROW", "Report", "Result", "Status"]

MAX_SAMPLES: Final = 20

ROW: Final = "row"
"""The column of ``Report.failing_rows`` with the position of the row in the batch, from 0."""


@dataclass(frozen=True)
class Result:
    """What came out of one check.

    Attributes:
        check: The check.
        status: What came out.
        failing: Rows that break the rule, where the rule counts rows.
        total: Rows in the batch.
        value: The number that was measured, in the unit of the threshold (seconds for service levels).
        threshold: What the number must be, in words.
        reason: Why it failed, was not evaluated or could not be run.
        row_level: Whether leaving out the rows that fail is enough to keep the rule; if so, they are in
            ``Report.failing_rows``.
        sample_rows: Positions in the batch of the first rows that fail, at most ``MAX_SAMPLES``.
        samples: These rows: column to value, values of classified columns masked.
    """

    check: Check
    status: Status
    total: int
    failing: int | None = None
    value: float | None = None
    threshold: str | None = None
    reason: str | None = None
    row_level: bool = False
    sample_rows: tuple[int, ...] = ()
    samples: tuple[Mapping[str, object], ...] = field(default=(), repr=False)

    @property
    def failed(self) -> bool:
        """Whether it failed, or could not be run."""
        return self.status in (Status.FAILED, Status.ERROR)

    @property
    def share(self) -> float | None:
        """Failing rows of all rows, 0 to 1; of no rows, 0; ``None`` where the rule counts no rows."""
        if self.failing is None:
            return None
        return self.failing / self.total if self.total else 0.0

    def to_dict(self) -> dict[str, object]:
        """The result as JSON types."""
        return {
            "check": self.check.name,
            "element": self.check.element or None,
            "kind": type(self.check.rule).__name__,
            "severity": self.check.severity.value,
            "blocking": self.check.blocking,
            "dimension": self.check.dimension,
            "description": self.check.description,
            "status": self.status.value,
            "failing_rows": self.failing,
            "total_rows": self.total,
            "share": self.share,
            "value": self.value,
            "threshold": self.threshold,
            "reason": self.reason,
            "sample_rows": list(self.sample_rows),
            "samples": [dict(row) for row in self.samples],
        }

    def __str__(self) -> str:
        parts = [f"{self.status.value.upper():<13} {self.check.severity.value:<7} {self.check.name}"]
        if self.failing:
            parts.append(f"{self.failing:,} of {self.total:,} rows ({self.share or 0:.2%})")
        if self.value is not None and self.threshold:
            parts.append(f"{self.value:g} {self.threshold}")
        return ": ".join(filter(None, [*parts, self.reason]))


@dataclass(frozen=True)
class Report:
    """What came out of all checks of one batch.

    Attributes:
        table: The table's name.
        results: One a check, in the order of the checks.
        total_rows: Rows in the batch.
        failing_rows: One row for each row of the batch that breaks a row-level rule: its position (``row``, int64,
            ascending) and for each such rule that failed a boolean column of the check's name. 8 bytes and a bit a
            rule for each failing row.
        contract: Id and version of the contract, where checked by one.
        partition: The partition that the batch is.
    """

    table: str
    results: tuple[Result, ...]
    total_rows: int
    failing_rows: pa.Table = field(repr=False)
    contract: str | None = None
    partition: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the batch may be published: no blocking check failed or could not be run."""
        return not any(result.failed and result.check.blocking for result in self.results)

    @property
    def failures(self) -> tuple[Result, ...]:
        """All that failed or could not be run, also what does not block."""
        return tuple(result for result in self.results if result.failed)

    @property
    def not_evaluated(self) -> tuple[Result, ...]:
        """All that nobody judged."""
        return tuple(result for result in self.results if result.status is Status.NOT_EVALUATED)

    @property
    def separable(self) -> bool:
        """Whether every blocking failure is about single rows, so that the other rows could be published."""
        return all(result.row_level for result in self.failures if result.check.blocking)

    def __getitem__(self, name: str) -> Result:
        """The result of a check.

        Raises:
            KeyError: There is no check of this name.
        """
        for result in self.results:
            if result.check.name == name:
                return result
        raise KeyError(f"no check {name!r}; there are {[result.check.name for result in self.results]}")

    def rejected_rows(self, names: Collection[str] | None = None) -> npt.NDArray[np.int64]:
        """Positions of the rows that break any of some row-level rules.

        Args:
            names: Names of checks; ``None``: the blocking ones.

        Returns:
            A NumPy array of int64, ascending.
        """
        wanted = (
            {result.check.name for result in self.results if result.check.blocking} if names is None else set(names)
        )
        flags = [self.failing_rows.column(name).to_numpy() for name in self.failing_rows.column_names if name in wanted]
        rows: npt.NDArray[np.int64] = self.failing_rows.column(ROW).to_numpy()
        return rows[np.logical_or.reduce(flags)] if flags else rows[:0]

    def mask(self, names: Collection[str] | None = None) -> pa.Array:
        """For each row of the batch whether it breaks any of some row-level rules; see ``rejected_rows``."""
        broken = np.zeros(self.total_rows, dtype=bool)
        broken[self.rejected_rows(names)] = True
        return pa.array(broken)

    def reasons(self, names: Collection[str] | None = None) -> pa.Array:
        """For each rejected row, in the order of ``rejected_rows``, the names of all the row-level rules it breaks."""
        table = self.failing_rows
        kept = np.isin(table.column(ROW).to_numpy(), self.rejected_rows(names))
        rules = [name for name in table.column_names if name != ROW]
        flags = np.stack([table.column(name).to_numpy()[kept] for name in rules], axis=1) if rules else kept[:0, None]
        row, rule = np.nonzero(flags)
        offsets = np.concatenate([[0], np.cumsum(flags.sum(axis=1))]).astype(np.int32)
        del row
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.array(rules, dtype=object)[rule], pa.string()))

    def to_dict(self) -> dict[str, object]:
        """The report as JSON types, without ``failing_rows``."""
        counts = {status.value: sum(result.status is status for result in self.results) for status in Status}
        return {
            "table": self.table,
            "contract": self.contract,
            "partition": self.partition,
            "passed": self.passed,
            "total_rows": self.total_rows,
            "rejected_rows": len(self.rejected_rows()),
            "checks": counts,
            "results": [result.to_dict() for result in self.results],
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The report as JSON. Values that JSON lacks are text: dates ISO 8601, decimals, NaN, bytes in hexadecimal."""
        return json.dumps(as_json(self.to_dict()), indent=indent, ensure_ascii=False, allow_nan=False)

    def __str__(self) -> str:
        bad = len(self.failures)
        head = f"{self.table}: {'passed' if self.passed else 'FAILED'}: {self.total_rows:,} rows, "
        head += f"{len(self.results)} checks, {bad} failed, {len(self.not_evaluated)} not evaluated"
        return "\n".join([head, *(f"  {result}" for result in (*self.failures, *self.not_evaluated))])


def as_json(value: object) -> object:
    """A value as JSON types: what JSON lacks is text (dates ISO 8601, decimals, NaN, bytes in hexadecimal)."""
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
