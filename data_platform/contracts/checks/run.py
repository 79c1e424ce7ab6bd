"""The one call that checks a batch, wherever it is: no orchestrator, no server.

What belongs here: putting the parts together. What does not: any of the parts.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

import duckdb

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.checks.duckdb.executor import execute
from data_platform.contracts.checks.duckdb.session import Limits, TimedOutError
from data_platform.contracts.checks.duckdb.text_columns import declared_types
from data_platform.contracts.checks.model import TableChecks
from data_platform.contracts.checks.results import Report
from data_platform.contracts.checks.sources import Source, UnreadableDataError, opened
from data_platform.contracts.model import Contract
from data_platform.contracts.rules.sql.values import UnfitValueError


def check(
    contract: Contract | TableChecks,
    data: object,
    *,
    schema: str | None = None,
    others: Mapping[str, object] | None = None,
    now: datetime | None = None,
    partition: str | None = None,
    limits: Limits | None = None,
) -> Report:
    """Check a batch against a contract.

    Args:
        contract: The contract, or checks made from it by ``compile_checks`` (or by hand).
        data: A pandas or Polars frame, a pyarrow table, dataset or reader, a DuckDB relation; or a path or ``file://``,
            ``s3://`` or ``memory://`` URL of a Parquet file, CSV file or Delta table. See ``sources.opened``.
        schema: Which table of the contract; may be left out where it has one.
        others: Tables that relationships and SQL rules refer to, by the name that the contract calls them; each as
            ``data``. Only the columns referred to are read. ``None``: none are at hand, so that relationships to them
            are not evaluated; an empty mapping makes them errors.
        now: The present, for service levels; with a zone. ``None``: the clock.
        partition: Which partition the batch is; noted in the report.
        limits: What DuckDB may use: memory, threads, seconds a query.

    Returns:
        A result a check, totals, and which rows fail.

    Raises:
        UnreadableDataError: The data cannot be read.
        ValueError: ``schema`` is not in the contract, or is missing where there are several; ``now`` has no zone.
    """
    if now is not None and now.tzinfo is None:
        raise ValueError(f"now={now} has no time zone")
    checks = contract if isinstance(contract, TableChecks) else compile_checks(contract, schema)
    label = None if isinstance(contract, TableChecks) else f"{contract.id} {contract.version_text}"
    with ExitStack() as stack:
        source = stack.enter_context(opened(data, declared_types(checks)))
        given = None if others is None else {name: stack.enter_context(opened(other)) for name, other in others.items()}
        report = report_on(checks, source, given, now or datetime.now(UTC), limits or Limits())
    return replace(report, contract=label, partition=partition)


def report_on(
    checks: TableChecks, source: Source, others: Mapping[str, Source] | None, now: datetime, limits: Limits
) -> Report:
    """Check an opened batch; arguments as in ``check``.

    Raises:
        UnreadableDataError: The data cannot be read.
    """
    try:
        outcome = execute(checks, source, others, now, limits)
    except (UnfitValueError, TimedOutError, duckdb.Error) as error:
        raise UnreadableDataError(f"table {checks.table!r} cannot be read: {error}") from error
    return Report(checks.table, outcome.results, outcome.total_rows, outcome.failing_rows)
