"""Rules about columns and their types, which need no row, or only look at rows for what a type cannot say.

What belongs here: columns, logical and physical types. What does not: what a type is (``arrow_types``).
"""

from collections.abc import Sequence
from typing import Any

from data_platform.contracts.checks.arrow_types import Physical, family, logical_problem, physical_problem
from data_platform.contracts.checks.duckdb.plans import Plan, Verdict, rows
from data_platform.contracts.checks.duckdb.rows import inside
from data_platform.contracts.checks.duckdb.table import BatchTable
from data_platform.contracts.checks.model import Check
from data_platform.contracts.checks.results import Status
from data_platform.contracts.checks.rules import ITEMS, LogicalType, Path, PhysicalType


def columns(names: Sequence[str], table: BatchTable, path: Path) -> Verdict:
    """Whether a table, or an object in it, has exactly these columns."""
    found = list(table.schema.names)
    if path:
        _, kind = table.column(path[0])
        found = []

        def note(_: str, inner: Any) -> str:
            if family(inner) == "null":
                found.extend(names)
            elif family(inner) == "struct":
                found.extend(each.name for each in inner)
            return "true"

        inside("", kind, path[1:], note)
    problems = {
        "missing": [name for name in names if name not in found],
        "unexpected": [name for name in found if name not in names],
        "twice": sorted({name for name in found if found.count(name) > 1}),
    }
    reason = "; ".join(f"{what}: {', '.join(which)}" for what, which in problems.items() if which)
    return Verdict(Status.FAILED if reason else Status.PASSED, reason=reason or None)


def typed(check: Check, rule: LogicalType | PhysicalType, table: BatchTable) -> Plan | Verdict:
    """Whether a column is of a type; of text, and of ``VARCHAR(n)``, whether its values are."""
    expression, kind = table.column(check.path[0])
    problems: list[str | None] = []
    limited: list[int] = []

    def note(value: str, inner: Any) -> str:
        if isinstance(rule, LogicalType):
            problems.append(logical_problem(inner, rule.logical, rule.options))
            return "false"
        physical = Physical.parse(rule.physical)
        problems.append(physical_problem(inner, physical))
        limited.extend([physical.max_length] if physical.max_length else [])
        return f"length({value}) > {limited[-1]}" if limited and family(inner) == "text" else "false"

    flag = inside(expression, kind, check.path[1:], note)
    if problems[-1]:
        return Verdict(Status.FAILED, reason=f"{check.element} {problems[-1]}")
    if table.is_text and ITEMS not in check.path:
        raw = table.raw(check.path[0])
        return rows(f"({raw} IS NOT NULL AND {expression} IS NULL OR {flag})")
    return rows(flag) if limited else Verdict(Status.PASSED)
