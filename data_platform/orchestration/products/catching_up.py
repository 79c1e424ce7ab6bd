"""Asking for what is behind: products that were made of older inputs than there are, and that nobody asked for.

What belongs here: the sensor. What does not: what is behind (``products.behind``), what another contract or transform
made (``restating``), and the automation condition, which follows publications within seconds (``automation``).

Dagster's conditions look at changes between two ticks, and one can fall between them: after producer, tick, consumer,
producer the next tick asks for nothing, and neither does any later one, so that the consumer stays as it is. And what
was there before a condition's first look is no change to it. This sensor looks at levels, once a minute, and gives the
condition that minute: what is behind for longer, or was skipped (``products.skipped``), is not being made and was not
tried since, is asked for, once for each state of its inputs. So is what was never published (``beginning``), and what
was refused for what another product lacked (``refused``).
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import Final

import dagster as dg

from data_platform.contracts.properties import Restate
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.orchestration.products.asset import partitions_of
from data_platform.orchestration.products.beginning import first_request
from data_platform.orchestration.products.origin import CATCHES_UP
from data_platform.orchestration.products.refused import refused_requests
from data_platform.orchestration.products.restating import (
    Asked,
    Memory,
    observation,
    restated_by_itself,
    restating_requests,
    waits_for,
)
from data_platform.orchestration.products.withdrawing import withdrawals
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.products.behind import Behind
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.errors import InvalidProductError
from data_platform.products.folder import Product, read_product
from data_platform.products.looks import Looks
from data_platform.products.outdated import Outdated
from data_platform.redaction import redact
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore

GRACE: Final = timedelta(seconds=60)
"""So long the automation condition has for it."""

_SECONDS: Final = 60
_MOST: Final = 100
_GOING_ON: Final = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def catching_up_sensor(domain: str, folder: Path) -> dg.SensorDefinition:
    """The sensor of a domain's code location.

    Args:
        domain: The domain.
        folder: Its folder; the products are read at the first look, not when the location is loaded.
    """
    products, looks = cache(lambda: automated_products(folder)), Looks()

    @dg.sensor(
        name=f"{domain}_catches_up",
        target=dg.AssetSelection.key_prefixes([domain]),
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for products that are behind their inputs and that nobody asked for; tells, and where the "
        "contract says so has made anew, what was made by another contract or transform.",
    )
    def catch_up(context: dg.SensorEvaluationContext, store: ObjectStoreResource) -> dg.SensorResult:
        tick = _Tick(context, store.open(), Memory.of(context.cursor), looks, datetime.now(UTC))
        for product in products():  # each by itself: one that cannot be read hides no other
            try:
                tick.look_at(product)
            except (StorageError, InvalidProductError) as error:
                context.log.warning(f"whether {product.key} is behind is not known: {redact(str(error))}")
        return dg.SensorResult(run_requests=tick.requests, asset_events=tick.events, cursor=tick.memory.cursor())

    return catch_up


@dataclass
class _Tick:
    """One evaluation of the sensor."""

    context: dg.SensorEvaluationContext
    store: ObjectStore
    memory: Memory
    looks: Looks
    now: datetime
    requests: list[dg.RunRequest] = field(default_factory=list)
    events: list[dg.AssetObservation] = field(default_factory=list)

    @cached_property
    def going_on(self) -> Sequence[dg.DagsterRun]:
        """The runs that go on, or are about to."""
        return self.context.instance.get_runs(dg.RunsFilter(statuses=_GOING_ON))

    def look_at(self, product: Product) -> None:
        """See what a product needs.

        Raises:
            StorageError: The store failed.
            InvalidProductError: What a product reads cannot be read.
        """
        instance, memory, wanted = self.context.instance, self.memory, list[dg.RunRequest]()
        look = self.looks.at(self.store, product, _order(instance, product))
        late = [part for part in look.behind if self.now - part.since > GRACE]
        again: Sequence[Outdated] = ()
        if look.version is not None:
            self.events += withdrawals(instance, self.store, memory, product)
            self.events += observation(memory, product, look.outdated)
            again = restated_by_itself(product, memory.of_state(product, look.version), look.outdated)
        # A run that makes the product makes perhaps just these; if not, the next look sees.
        if any(_makes(run, product) for run in self.going_on):
            return
        if look.version is None:
            wanted += first_request(instance, self.store, memory, product, self.now - GRACE)
        elif late:
            wanted += islice(_asked_for(instance, product, late), _MOST)
        if not wanted:
            wanted += refused_requests(self.store, product, self.now)
        if again and look.version is not None and not wanted and len(self.requests) < _MOST:
            waits = waits_for(product, self._producers(product))
            wanted += restating_requests(instance, product, memory.of_state(product, look.version), again, waits)
        self.requests += wanted

    def _producers(self, product: Product) -> dict[str, Sequence[Outdated]]:
        """What of a product's inputs, of any domain of this repository, is still to be made anew by itself."""
        late: dict[str, Sequence[Outdated]] = {}
        for upstream in product.inputs:
            folder = product.folder.parent.parent / upstream.key
            custom = upstream.contract.custom if upstream.contract is not None else None
            if custom is None or custom.restate is Restate.NONE or not (folder / DEFS_FILE).is_file():
                continue
            try:
                producer = read_product(folder)
                outdated = self.looks.at(self.store, producer, _order(self.context.instance, producer)).outdated
            except (StorageError, InvalidProductError) as error:
                self.context.log.warning(f"whether {upstream.key} is behind is not known: {redact(str(error))}")
                continue
            late[upstream.key] = restated_by_itself(producer, Asked(producer.code_version, -1), outdated)
        return late


def automated_products(folder: Path) -> tuple[Product, ...]:
    """The products of a domain that automation makes; those that cannot be read, their location tells of."""
    products = []
    for file in sorted(folder.glob(f"*/{DEFS_FILE}")):
        with suppress(InvalidProductError):
            if (file.parent / CONTRACT_FILE).is_file():
                products.append(read_product(file.parent))
    return tuple(product for product in products if product.spec.automation and product.contract.status != "retired")


def _order(instance: dg.DagsterInstance, product: Product) -> Sequence[str]:
    """The partition keys of a product, the oldest first; none, where it has no partitions."""
    definition = partitions_of(product.partitions)
    keys: Sequence[str] = () if definition is None else definition.get_partition_keys(dynamic_partitions_store=instance)
    return keys


def _asked_for(instance: dg.DagsterInstance, product: Product, late: Sequence[Behind]) -> Iterator[dg.RunRequest]:
    keys = {None} if product.partitions is None else {*_order(instance, product)}
    late = [part for part in late if part.partition in keys]  # a table may have others, from before a key was deleted
    if not late:
        return
    since = min(part.since for part in late)
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], created_after=since)
    tried = [record for record in instance.get_run_records(failed) if _makes(record.dagster_run, product)]
    for part in late:
        if not any(_is_of(record, part) for record in tried):
            yield dg.RunRequest(
                run_key=f"{product.key}/{part.partition or ''}/{part.of}",
                asset_selection=[dg.AssetKey(product.key.split("/"))],
                partition_key=part.partition,
                tags={CATCHES_UP: part.of[:200]},
            )


def _makes(run: dg.DagsterRun, product: Product) -> bool:
    """Whether a run makes a product; one that says nothing of assets may."""
    return run.asset_selection is None or dg.AssetKey(product.key.split("/")) in run.asset_selection


def _is_of(record: dg.RunRecord, late: Behind) -> bool:
    """Whether a run that failed was for a partition, of the same inputs: it would fail again."""
    created = record.create_timestamp if record.create_timestamp.tzinfo else record.create_timestamp.replace(tzinfo=UTC)
    tags = record.dagster_run.tags
    first, last = tags.get("dagster/asset_partition_range_start"), tags.get("dagster/asset_partition_range_end")
    is_of = late.partition is None or tags.get("dagster/partition") == late.partition
    in_range = first is not None and last is not None and first <= (late.partition or "") <= last
    return created > late.since and (is_of or in_range)
