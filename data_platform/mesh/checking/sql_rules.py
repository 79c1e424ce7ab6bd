"""SQL rules of a contract, tried on a table without rows: what cannot run at all is told at its line.

What belongs here: trying them. What does not: running them on data (``contracts.checks``), other rules
(``contracts.lint``).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts.checks.compiling import check_of, quality_rules
from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.names import Names
from data_platform.contracts.checks.results import Status
from data_platform.contracts.elements import SchemaObject
from data_platform.contracts.findings import Finding, Severity
from data_platform.contracts.model import Contract
from data_platform.contracts.rules.kinds.sql_query import Sql
from data_platform.products.schema import arrow_schema

_RULE: Final = "sql-rule"
_NULL: Final = "gave null"


def sql_rule_findings(contract: Contract) -> Iterator[Finding]:
    """Find SQL rules that no data can pass, since DuckDB refuses them: unknown columns, files, more than one number.

    Args:
        contract: The contract.

    Yields:
        Errors at the queries' lines; a warning where a rule has no answer for a table without rows.
    """
    for table in contract.schemas:
        for path, rule, owner in quality_rules(table):
            check = check_of(rule, path, owner, table, Names())
            if not isinstance(check.rule, Sql):
                continue  # another kind of rule, or told by the lint of contracts
            reason = _refusal(table, check)
            if reason is None:
                continue
            is_null = reason.startswith(_NULL)
            message = f"the query {reason} on a table without rows" if is_null else f"the query cannot run: {reason}"
            fix = "wrap it in coalesce(…, 0)" if is_null else "make it one SELECT of one number over {object} alone"
            severity = Severity.WARNING if is_null else Severity.ERROR
            yield contract.document.finding(_RULE, severity, (*rule.path, "query"), message, fix)


def _refusal(table: SchemaObject, check: Check) -> str | None:
    """Why a rule cannot be answered; None: it can."""
    from data_platform.contracts.checks.run import check as run_checks  # noqa: PLC0415 - it loads DuckDB

    rows = arrow_schema(table.properties).empty_table()
    result = run_checks(TableChecks(table.name, (check,)), rows).results[0]
    return result.reason or "" if result.status is Status.ERROR else None
