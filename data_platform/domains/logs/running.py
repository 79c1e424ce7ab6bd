"""A run over dates as Dagster sees it: checks, materializations, what failed.

What belongs here: telling Dagster. What does not: making dates (``publisher``).

A date whose lines, code and settings are those that it was published with is left as it is: nothing is written, and
nothing behind it is made anew. Dagster is told of such a date only where it was not told before (its run died).
"""

from collections.abc import Iterator
from typing import Any, Final

import dagster as dg

from data_platform.domains.logs import rejects
from data_platform.domains.logs.publisher import Making
from data_platform.domains.logs.reading import SCHEMA
from data_platform.domains.logs.reconciliation import TABLE, Account
from data_platform.domains.logs.settings import settings
from data_platform.orchestration.io.metadata import ROW_COUNT
from data_platform.orchestration.preview_apis import report_evaluation
from data_platform.orchestration.products.check_results import evaluations_of_failing, results_of, results_of_many
from data_platform.orchestration.products.describe import compact
from data_platform.orchestration.products.execution import Events
from data_platform.orchestration.products.origin import origin_of
from data_platform.orchestration.products.published import first_rows
from data_platform.products.folder import Product
from data_platform.storage.objects.store import ObjectStore
from data_platform.storage.objects.url import encode_segment

ACCOUNTS: Final = dg.AssetKey(TABLE.split("/"))
_MOST_NAMED: Final = 20
_SAVED_EVERY: Final = 100

date_accounts = dg.AssetSpec(
    ACCOUNTS,
    deps=[["logs", "access_events_v1"]],
    group_name="logs",
    owners=["team:logs"],
    kinds={"deltalake", "s3"},
    tags={"domain": "logs"},
    description="Where every line of each date went: events, blank lines, rejected lines. Written with the events.",
)


def run(context: dg.AssetExecutionContext, product: Product, store: ObjectStore) -> Events:
    """Make the dates of a run that have changed.

    Raises:
        Failure: Some dates failed; the others are published and recorded.
        StorageError: The store failed.
    """
    making, dates = Making(store, product, settings(), context.run, origin_of(context)), list(context.partition_keys)
    same = set(making.unchanged(dates))
    todo = [date for date in dates if date not in same]
    try:
        for number, date in enumerate(making.make(todo), 1):
            failed = making.outcome.failed.get(date)
            if failed or number % max(1, len(todo) // _MOST_NAMED) == 0:  # a message is a row in Dagster's database
                context.log.info(f"{date}: {failed or 'published'} ({number} of {len(todo)})")
            if number % _SAVED_EVERY == 0:
                making.save()
    finally:
        if making.outcome.commits:
            making.save()
    yield from _events(context, product, store, making, same)


def _events(
    context: dg.AssetExecutionContext, product: Product, store: ObjectStore, making: Making, same: set[str]
) -> Events:
    outcome, key = making.outcome, dg.AssetKey(product.key.split("/"))
    blocking = {spec.name: spec.blocking for spec in context.assets_def.check_specs}
    if len(outcome.reports) == 1:
        yield from results_of(key, next(iter(outcome.reports.values())))
    elif outcome.reports:
        for evaluation in evaluations_of_failing(key, outcome.reports, blocking):
            report_evaluation(context, evaluation)
        yield from results_of_many(key, outcome.reports)
    if outcome.read:
        yield from _line_checks(key, outcome.read, settings().rejected_share)
    told = context.instance.get_materialized_partitions(key) if same else set[str]()  # a new instance knows of none
    untold = [date for date in sorted(same) if not making.accounts[date].recorded or date not in told]
    metadata_by_date = {date: _about(product, store, making, date) for date in [*untold, *outcome.commits]}
    if len(metadata_by_date) == len(context.partition_keys):
        for date, metadata in metadata_by_date.items():
            context.add_asset_metadata(metadata, key, date)
        yield dg.Output(first_rows(product, SCHEMA.empty_table()), output_name=product.name)
    else:
        for date, metadata in metadata_by_date.items():
            yield dg.AssetMaterialization(key, partition=date, metadata=metadata)
    if metadata_by_date:
        yield dg.AssetMaterialization(ACCOUNTS, metadata={"dates": len(making.accounts), "uri": store.uri(TABLE)})
        making.save(told=metadata_by_date)
    if outcome.failed:
        raise _failure(product, outcome.failed, len(outcome.commits), again=outcome.again)


def _failure(product: Product, failed: dict[str, str], published: int, *, again: bool) -> dg.Failure:
    return dg.Failure(
        f"{product.key}: {len(failed)} dates failed, {published} are published. "
        + " ".join(f"[{date}] {reason}" for date, reason in list(failed.items())[:_MOST_NAMED]),
        metadata={"failed_partitions": dg.MetadataValue.json(sorted(failed)), "published": published},
        allow_retries=again,
    )


def _line_checks(key: dg.AssetKey, read: dict[str, Account], most: float) -> Iterator[dg.AssetCheckResult]:
    lost = {date: account.missing for date, account in read.items() if account.missing}
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name="every_line_accounted_for",
        passed=not lost,
        description=f"{sum(account.scanned for account in read.values()):,} lines of {len(read)} dates",
        metadata={
            "lines": sum(account.scanned for account in read.values()),
            "events": sum(account.events for account in read.values()),
            "blank": sum(account.blank for account in read.values()),
            "rejected": sum(account.rejected for account in read.values()),
            "missing": dg.MetadataValue.json(dict(list(lost.items())[:_MOST_NAMED])),
        },
    )
    shares = {date: round(account.rejected_share, 4) for date, account in read.items() if account.rejected_share > most}
    dated = {date: share for date, share in shares.items() if _is_date(date)}
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name="rejected_share",
        passed=not dated,
        description=f"at most {most:.1%} of a date's lines",
        metadata={"above": dg.MetadataValue.json(dict(list(dated.items())[:_MOST_NAMED])), "threshold": most},
    )


def _is_date(date: str) -> bool:
    return date[:1].isdigit()


def _about(product: Product, store: ObjectStore, making: Making, date: str) -> dict[str, Any]:
    account, outcome = making.accounts[date], making.outcome
    metadata: dict[str, object] = {
        "uri": dg.MetadataValue.path(f"{store.uri(product.key)}/date={encode_segment(date)}"),
        ROW_COUNT: dg.MetadataValue.int(account.events),
        "lines": account.lines,
        "blank_lines": account.blank,
        "rejected_lines": account.rejected,
        "files": account.files,
        "contract_version": product.contract.version_text,
    }
    if account.rejected:
        metadata["quarantine"] = dg.MetadataValue.path(store.uri(rejects.TABLE))
    if commit := outcome.commits.get(date):
        metadata |= {"size_bytes": commit.size_bytes, "table_version": commit.version}
    if report := outcome.reports.get(date):
        metadata["checks"] = dg.MetadataValue.json(compact(report))
    return metadata
