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
from data_platform.orchestration.products.published import glance
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


def run(context: dg.AssetExecutionContext, product: Product, store: ObjectStore) -> Iterator[Any]:
    """Make the dates of a run that have changed.

    Raises:
        Failure: Some dates failed; the others are published and recorded.
        StorageError: The store failed.
    """
    making, dates = Making(store, product, settings(), context.run), list(context.partition_keys)
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
    yield from _told(context, product, store, making, same)


def _told(
    context: dg.AssetExecutionContext, product: Product, store: ObjectStore, making: Making, same: set[str]
) -> Iterator[Any]:
    outcome, key = making.outcome, dg.AssetKey(product.key.split("/"))
    blocking = {one.name: one.blocking for one in context.assets_def.check_specs}
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
    made = {date: _about(product, store, making, date) for date in [*untold, *outcome.commits]}
    if len(made) == len(context.partition_keys):
        for date, metadata in made.items():
            context.add_asset_metadata(metadata, key, date)
        yield dg.Output(glance(product, SCHEMA.empty_table()), output_name=product.name)
    else:
        for date, metadata in made.items():
            yield dg.AssetMaterialization(key, partition=date, metadata=metadata)
    if made:
        yield dg.AssetMaterialization(ACCOUNTS, metadata={"dates": len(making.accounts), "uri": store.uri(TABLE)})
        making.save(told=made)
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
    lost = {date: one.missing for date, one in read.items() if one.missing}
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name="every_line_accounted_for",
        passed=not lost,
        description=f"{sum(one.scanned for one in read.values()):,} lines of {len(read)} dates",
        metadata={
            "lines": sum(one.scanned for one in read.values()),
            "events": sum(one.events for one in read.values()),
            "blank": sum(one.blank for one in read.values()),
            "rejected": sum(one.rejected for one in read.values()),
            "missing": dg.MetadataValue.json(dict(list(lost.items())[:_MOST_NAMED])),
        },
    )
    shares = {date: round(one.rejected_share, 4) for date, one in read.items() if one.rejected_share > most}
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
    found: dict[str, Any] = {
        "uri": dg.MetadataValue.path(f"{store.uri(product.key)}/date={encode_segment(date)}"),
        ROW_COUNT: dg.MetadataValue.int(account.events),
        "lines": account.lines,
        "blank_lines": account.blank,
        "rejected_lines": account.rejected,
        "files": account.files,
        "contract_version": product.contract.version_text,
    }
    if account.rejected:
        found["quarantine"] = dg.MetadataValue.path(store.uri(rejects.TABLE))
    if commit := outcome.commits.get(date):
        found |= {"size_bytes": commit.size_bytes, "table_version": commit.version}
    if report := outcome.reports.get(date):
        found["checks"] = dg.MetadataValue.json(compact(report))
    return found
