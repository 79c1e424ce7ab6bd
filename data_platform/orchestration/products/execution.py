"""One run of a product: its inputs loaded, its transform called, its batch published, all of it told to Dagster.

What belongs here: what a step does, for one partition or many. What does not: the asset's definition (``asset``), and
each of the parts.

A change of a day makes anew what looks back to it, also for the next day, of which there may be nothing yet. A run of
the automation leaves out a day that such an input does not have; it is asked for when that comes.

Many partitions are made one after the other, and published in groups. What fails for one leaves the others alone: they
stay published and recorded, and the run fails at its end, naming those that failed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import dagster as dg

from data_platform.contracts.checks.results import Report
from data_platform.contracts.suggest import counted
from data_platform.orchestration.failures import without_retry
from data_platform.orchestration.preview_apis import report_evaluation
from data_platform.orchestration.products.check_results import (
    evaluations_of_failing,
    results_of,
    results_of_many,
    summary,
)
from data_platform.orchestration.products.describe import publication_metadata
from data_platform.orchestration.products.origin import CATCHES_UP, RESTATES, origin_of
from data_platform.orchestration.products.picture import picture_metadata
from data_platform.orchestration.products.published import first_rows
from data_platform.products.errors import AwaitedInputError, ProductError
from data_platform.products.folder import Product
from data_platform.products.judging import check_published
from data_platform.products.making import make, make_many
from data_platform.products.publish import Publication
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore

Events = Iterator[dg.AssetCheckResult | dg.AssetMaterialization | dg.Output[Any]]
_MOST_NAMED: Final = 20
_AUTOMATION: Final = "dagster/from_automation_condition"
"""The tag of the runs that the automation asked for."""


def run_step(context: dg.AssetExecutionContext, product: Product, store: ObjectStore) -> Events:
    """Make a product, or the partitions of it that the run is for; or, where only checks were asked for, check again.

    Raises:
        Failure: A blocking rule was broken, or a transform failed: without a retry where that is of no use.
    """
    keys: list[str | None] = [None] if product.partitions is None else list(context.partition_keys)
    asked = {key.name for key in context.selected_asset_check_keys}
    if not context.selected_asset_keys:
        events = _check_again(product, store, keys)
    elif len(keys) == 1:
        events = _make_single(context, product, store, keys[0])
    else:
        events = _make_several(context, product, store, [key for key in keys if key is not None])
    for event in events:
        if not isinstance(event, dg.AssetCheckResult) or event.check_name in asked:
            yield event


def _check_again(product: Product, store: ObjectStore, keys: list[str | None]) -> Events:
    """The checks of what is published; nothing is made."""
    with without_retry(ProductError):
        reports = {key or "": check_published(store, product, key) for key in keys}
    key = _key(product)
    yield from results_of(key, *reports.values()) if len(reports) == 1 else results_of_many(key, reports)


def _make_single(
    context: dg.AssetExecutionContext, product: Product, store: ObjectStore, partition: str | None
) -> Events:
    with without_retry(ProductError):
        try:
            run = context.run
            publication = make(
                store,
                product,
                partition,
                run_id=run.run_id,
                root_run_id=run.root_run_id,
                origin=origin_of(context),
            )
        except AwaitedInputError as error:
            if not _automated(context):
                raise
            context.log.info(f"left out until its input is there: {error}")
            return
    yield from results_of(_key(product), publication.verdict, publication.report)
    if not publication.published:
        raise dg.Failure(refusal(product, publication), allow_retries=False)
    metadata = publication_metadata(store, product, publication)
    metadata |= picture_metadata(store, product, partition, context.log.warning)
    yield dg.Output(first_rows(product, publication.batch), output_name=product.name, metadata=metadata)


@dataclass
class _Partitions:
    """What became of the partitions of a run."""

    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    awaited: list[str] = field(default_factory=list)
    again: bool = False
    first_rows: Any = None

    @property
    def count(self) -> int:
        """Of how many it is known."""
        return len(self.done) + len(self.failed) + len(self.awaited)


def _make_several(context: dg.AssetExecutionContext, product: Product, store: ObjectStore, keys: list[str]) -> Events:
    partitions, run = _Partitions(), context.run
    groups = make_many(store, product, keys, run_id=run.run_id, root_run_id=run.root_run_id, origin=origin_of(context))
    for outcomes in groups:
        for key, outcome in outcomes.items():
            _note(context, product, store, key, outcome, partitions)
        failed = [key for key in outcomes if key in partitions.failed]
        became = f"{counted(len(failed), 'partition')} failed: {', '.join(failed[:_MOST_NAMED])}" if failed else "made"
        group = list(outcomes)
        context.log.info(f"{group[0]} to {group[-1]}: {became} ({partitions.count} of {len(keys)})")
    for newest in list(partitions.done)[-1:]:
        partitions.done[newest] |= picture_metadata(store, product, newest, context.log.warning)
    blocking = {spec.name: spec.blocking for spec in context.assets_def.check_specs}
    for evaluation in evaluations_of_failing(_key(product), partitions.reports, blocking):
        report_evaluation(context, evaluation)
    yield from results_of_many(_key(product), partitions.reports)
    if not partitions.failed and not partitions.awaited:
        for key, metadata in partitions.done.items():
            context.add_asset_metadata(metadata, _key(product), key)
        yield dg.Output(partitions.first_rows, output_name=product.name)
        return
    for key, metadata in partitions.done.items():
        yield dg.AssetMaterialization(_key(product), partition=key, metadata=metadata)
    if not partitions.failed:
        return
    raise dg.Failure(
        f"{product.key}: {len(partitions.failed)} of {len(keys)} partitions failed, the others are published. "
        + " ".join(f"[{key}] {reason}" for key, reason in list(partitions.failed.items())[:_MOST_NAMED]),
        metadata={
            "failed_partitions": dg.MetadataValue.json(list(partitions.failed)),
            "published": len(partitions.done),
        },
        allow_retries=partitions.again,
    )


def _note(
    context: dg.AssetExecutionContext,
    product: Product,
    store: ObjectStore,
    key: str,
    outcome: Publication | ProductError | StorageError,
    partitions: _Partitions,
) -> None:
    if isinstance(outcome, AwaitedInputError) and _automated(context):
        partitions.awaited.append(key)
    elif isinstance(outcome, ProductError | StorageError):
        partitions.failed[key] = str(outcome)
        partitions.again = partitions.again or not getattr(outcome, "permanent", True)
    else:
        partitions.reports[key] = outcome.verdict
        if outcome.published:
            partitions.done[key] = publication_metadata(store, product, outcome)
            partitions.first_rows = first_rows(product, outcome.batch)
        else:
            partitions.failed[key] = refusal(product, outcome)


def _automated(context: dg.AssetExecutionContext) -> bool:
    return bool({_AUTOMATION, CATCHES_UP, RESTATES} & context.run.tags.keys())


def _key(product: Product) -> dg.AssetKey:
    return dg.AssetKey(product.key.split("/"))


def refusal(product: Product, publication: Publication) -> str:
    """Why nothing was published, in a sentence for people."""
    broken = [result for result in publication.report.failures if result.check.blocking]
    rules = "; ".join(f"{result.check.name}: {summary(result)}" for result in broken[:_MOST_NAMED])
    where = f"{product.key} {publication.partition}" if publication.partition else product.key
    kept = f" {publication.rejected:,} rejected rows are in {publication.quarantine}." if publication.quarantine else ""
    are = f"{counted(len(broken), 'rule')} of its contract {'is' if len(broken) == 1 else 'are'} broken"
    return f"{where}: nothing was published, since {are}; readers keep what they had. {rules}.{kept}"
