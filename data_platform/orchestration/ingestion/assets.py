"""Raw assets: what the ingestion of every domain has in common as Dagster assets.

What belongs here: the conventions (days, pools, retries, ownership), and failures in Dagster's words. What does not:
any asset. ``BackfillPolicy`` is beta: it is used here only.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import dagster as dg
import pyarrow as pa

from data_platform.ingestion.errors import SourceError, TransientSourceError
from data_platform.orchestration.failures import asks_store_again, no_secrets
from data_platform.orchestration.ingestion.asking_again import leave_reason, taken_spec
from data_platform.settings import start_date
from data_platform.storage.errors import StorageError
from data_platform.storage.formats.column_types import schema_of

DAY: Final = "day"
"""The partition column of every daily raw table."""

DAYS: Final = dg.DailyPartitionsDefinition(start_date=start_date().isoformat(), timezone="UTC")
"""UTC days that are over: what a source says of a day is taken when the day is complete."""

MOST_DAYS_A_RUN: Final = 31
"""A backfill of more days is cut into runs of so many, which bounds what a run holds in memory."""

SHORT_BURST: Final = dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL)
"""For steps that ask a source: a run holds a pool's slot, so it ends soon, and is asked for again
(``asking_again``)."""

Columns = Mapping[str, tuple[str, str]]
"""Type (see `column_types.parse_type`) and description by name."""


def arrow_schema(columns: Columns) -> pa.Schema:
    """The Arrow schema of declared columns."""
    return schema_of({name: kind for name, (kind, _) in columns.items()})


def raw_asset(  # noqa: PLR0913 - all but two are by name
    domain: str,
    name: str,
    *,
    pool: str | None,
    kinds: set[str],
    columns: Columns | None = None,
    daily: bool = True,
    deps: Sequence[Any] = (),
    checks: Mapping[str, str] | None = None,
    tells: Mapping[str, str] | None = None,
    description: str | None = None,
    source: bool = False,
    evolves: bool = False,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """A decorator for a raw asset, private to its domain.

    Args:
        domain: Owner, group and first part of the key.
        name: Second part of the key.
        pool: What it shares with others and must not overload.
        kinds: What the UI shows, besides where it is stored.
        columns: Of its Delta table; None where it stores no table.
        daily: Whether it has a partition a day; several days may go in one run.
        deps: Assets that it reads by itself.
        checks: Promises by name, checked before anything is written; each blocks.
        tells: Promises by name that are told of and stop nothing.
        description: For the UI. Left out: the function's own.
        source: Whether its days are taken from a source and have to be asked for while that has them: it has the check
            ``asking_again.TAKEN`` as well, and yields ``taken()``.
        evolves: Whether a day may have columns that its table had not, or lack some.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        policy = dg.BackfillPolicy.multi_run(MOST_DAYS_A_RUN) if daily else None
        metadata: dict[str, object] = {"partition_expr": DAY} if daily and columns else {}
        if columns:
            described = [dg.TableColumn(column, kind, description=text) for column, (kind, text) in columns.items()]
            metadata["dagster/column_schema"] = dg.TableSchema(columns=described)
        decorate = dg.asset(
            key=[domain, name],
            group_name=domain,
            owners=[f"team:{domain}"],
            tags={"domain": domain, "layer": "raw"},
            kinds=kinds | {"s3"} | ({"deltalake"} if columns else set()),
            partitions_def=DAYS if daily else None,
            backfill_policy=policy,
            pool=pool,
            retry_policy=SHORT_BURST if pool else None,
            deps=list(deps),
            metadata=metadata,
            description=description,
            io_manager_key="source_tables" if evolves else None,
            check_specs=[
                dg.AssetCheckSpec(rule, asset=[domain, name], description=promise, blocking=rule not in (tells or {}))
                for rule, promise in {**(checks or {}), **(tells or {})}.items()
            ]
            + ([taken_spec([domain, name])] if source else []),
        )

    def with_quiet_policy(function: Callable[..., Any]) -> dg.AssetsDefinition:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)
            asset: dg.AssetsDefinition = decorate(no_secrets(function if pool else asks_store_again(function)))
            return asset

    return with_quiet_policy


@contextmanager
def source_failures(context: dg.AssetExecutionContext | None = None, *permanent: type[Exception]) -> Iterator[None]:
    """Turn a source's and the store's failures into Dagster's: the permanent ones end the run at once.

    Args:
        context: Of a step that takes days from a source: the reason is left with each of them (``asking_again``).
        permanent: Further errors that will come again.

    Raises:
        Failure: In place of a `SourceError` or `StorageError` inside, or of one of the further errors.
    """
    told: tuple[type[Exception], ...] = (SourceError, StorageError, *permanent)
    try:
        yield
    except told as error:
        if context is not None:
            leave_reason(context, str(error))
        passing = isinstance(error, TransientSourceError) or (isinstance(error, StorageError) and not error.permanent)
        raise dg.Failure(str(error), allow_retries=passing) from error


def check_results(
    problems: Mapping[str, Sequence[str]], severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
) -> Iterator[dg.AssetCheckResult]:
    """One result a check; at most 20 of its problems are listed.

    Args:
        problems: By check; without a problem it passes.
        severity: Of those that do not pass.
    """
    for name, violations in problems.items():
        metadata: dict[str, Any] = {
            "violations": len(violations),
            "problems": dg.MetadataValue.json(list(violations[:20])),
        }
        yield dg.AssetCheckResult(check_name=name, passed=not violations, metadata=metadata, severity=severity)


def refuse_broken(problems: Mapping[str, Sequence[str]]) -> None:
    """End the step where a check found a problem, before anything is written.

    Raises:
        Failure: Names the checks and their first problems.
    """
    broken = [f"{name}: {violations[0]}" for name, violations in problems.items() if violations]
    if broken:
        raise dg.Failure(f"nothing was written; {'; '.join(broken)}", allow_retries=False)
