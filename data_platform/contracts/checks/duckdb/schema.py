"""Rules about columns and their types, which need no row, or only look at rows for what a type cannot say.

What belongs here: columns, logical and physical types. What does not: whether values are of a
type (``fitting``).
"""

import pyarrow as pa

from data_platform.contracts.checks.duckdb.fitting import logical_misfit, physical_misfit
from data_platform.contracts.checks.duckdb.plans import Plan, Verdict, rows
from data_platform.contracts.checks.duckdb.rows import inside
from data_platform.contracts.checks.duckdb.table import BatchTable
from data_platform.contracts.checks.model import Check
from data_platform.contracts.checks.results import Status
from data_platform.contracts.checks.rules import Columns, LogicalType, Path, PhysicalType
from data_platform.contracts.types.arrow import family


def columns(rule: Columns, table: BatchTable, path: Path) -> Verdict:
    """Whether a table, or an object in it, has these columns."""
    present = [name for name in table.schema.names if name not in table.absent]
    if path:
        _, kind = table.column(path[0])
        present = []

        def note(_: str, inner: pa.DataType) -> str:
            if family(inner) == "null":
                present.extend(rule.names)
            elif family(inner) == "struct":
                present.extend(field.name for field in inner)
            return "true"

        inside("", kind, path[1:], note)
    missing = [name for name in rule.names if name not in present]
    problems = {
        "missing": [name for name in missing if name not in rule.optional],
        "unexpected": [name for name in present if name not in rule.names] if rule.closed else [],
        "twice": sorted({name for name in present if present.count(name) > 1}),
    }
    reason = "; ".join(f"{what}: {', '.join(which)}" for what, which in problems.items() if which)
    if reason:
        return Verdict(Status.FAILED, reason=reason)
    return Verdict(Status.PASSED, reason=f"not there, so read as null: {', '.join(missing)}" if missing else None)


def typed(check: Check, rule: LogicalType | PhysicalType, table: BatchTable) -> Plan | Verdict:
    """Whether a column is of a type; where its own type does not settle it, whether its values are."""
    expression, kind = table.column(check.path[0])
    reasons: list[str] = []
    judged_by_value = False

    def note(value: str, inner: pa.DataType) -> str:
        nonlocal judged_by_value
        if isinstance(rule, LogicalType):
            misfit = logical_misfit(rule, value, inner)
        else:
            misfit = physical_misfit(rule, value, inner)
        reasons.append(misfit.reason)
        judged_by_value = bool(misfit.values)
        return misfit.values or "false"

    flag = inside(expression, kind, check.path[1:], note)
    if reasons[-1]:
        return Verdict(Status.FAILED, reason=f"{check.element} {reasons[-1]}")
    if table.is_text and len(check.path) == 1 and check.path[0] not in table.absent:
        raw = table.raw(check.path[0])
        return rows(f"({raw} IS NOT NULL AND ({expression} IS NULL OR {flag}))")
    return rows(flag) if judged_by_value else Verdict(Status.PASSED)
