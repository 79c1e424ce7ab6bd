"""Asking for what was made by another contract or transform, where a contract says so; and telling it in any case.

What belongs here: what is asked for and told, and what has to be remembered for that. What does not: what is behind
(``products.outdated``), the sensor (``catching_up``), and asking by hand (``cli.running``).

``dataPlatform.restate`` of the contract says what may be made anew by itself. Of a product's files as they are (its
state) each partition is asked for once: what fails, or is rolled back by hand, is not asked for again until the files
change. A producer's partitions go before those of its consumers, as long as the producer is restated by itself as well.
One batch goes on at a time, the newest partitions first, so that a table of years holds up nothing else.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Self

import dagster as dg

from data_platform.contracts.properties import Restate
from data_platform.orchestration.ingestion.partition_range import range_tags
from data_platform.orchestration.products.asset import partitions_of
from data_platform.orchestration.products.origin import RESTATES
from data_platform.products.behind import partitions_read
from data_platform.products.folder import Product
from data_platform.products.outdated import Outdated, told
from data_platform.products.stretches import stretches

BEHIND: Final = "partitions_behind"
"""Metadata of the observation that tells it: how many partitions."""

_BATCH: Final = 31


@dataclass
class Asked:
    """What was asked for of one state of a product.

    Attributes:
        state: The state of its files.
        since: The version of its table when this state was first seen.
        keys: The partitions that were asked for.
    """

    state: str
    since: int
    keys: list[str | None] = field(default_factory=list)


@dataclass
class Memory:
    """What the sensor remembers between two looks.

    Attributes:
        asked: By product what was asked for.
        told: By product how many partitions were told to be behind.
        missing: By product the partitions whose key was not there at the last look, see ``withdrawing``.
    """

    asked: dict[str, Asked] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: str | None) -> Self:
        """What a cursor says; nothing, where there is none, or it is none of ours."""
        try:
            known: Any = json.loads(cursor or "{}")
            asked = {key: Asked(**state) for key, state in known.get("asked", {}).items()}
            return cls(asked, dict(known.get("told", {})), dict(known.get("missing", {})))
        except (ValueError, TypeError, AttributeError):
            return cls()

    def cursor(self) -> str:
        """As a cursor."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)

    def of_state(self, product: Product, version: int) -> Asked:
        """What was asked for of a product's present state; of a new one nothing."""
        known, state = self.asked.get(product.key), product.code_version
        if known is None or known.state != state:
            known = self.asked[product.key] = Asked(state, version)
        return known


def observation(memory: Memory, product: Product, outdated: Sequence[Outdated]) -> Iterator[dg.AssetObservation]:
    """How many partitions are behind, for the asset's page: once for each number."""
    count = sum(part.certain for part in outdated)
    if memory.told.get(product.key, 0) == count:
        return
    memory.told[product.key] = count
    mend = f"data-platform restate {product.key} makes them anew."
    words = (
        f"{told(product, count)}. {mend}" if count else "All partitions are made by the present contract and transform."
    )
    metadata: dict[str, Any] = {BEHIND: count, "contract_version": product.contract.version_text}
    yield dg.AssetObservation(product.key.split("/"), description=words, metadata=metadata)


def restated_by_itself(product: Product, asked: Asked, outdated: Sequence[Outdated]) -> list[Outdated]:
    """The partitions that a product's contract has made anew by itself, asked for or not, in the order of their keys.

    One of which nobody knows by what it was made is among them if it was there when the present state was first seen.
    """
    wanted = product.contract.custom.restate
    if wanted is Restate.NONE or not product.spec.automation:
        return []
    first = None if wanted is Restate.ALL else datetime.now(UTC).date() - timedelta(days=int(wanted))
    return [
        part
        for part in outdated
        if (part.certain or (part.version is not None and part.version <= asked.since))
        and (first is None or part.partition is None or _is_since(part.partition, first))
    ]


def restating_requests(
    instance: dg.DagsterInstance,
    product: Product,
    asked: Asked,
    late: Sequence[Outdated],
    waits: Callable[[str | None], bool],
) -> list[dg.RunRequest]:
    """The next batch of what is to be made anew and was not asked for: one run for each stretch of partitions.

    Args:
        instance: Knows the partitions.
        product: The product.
        asked: What was asked for; what is asked for now is added to it.
        late: What is to be made anew, see ``restated_by_itself``.
        waits: Whether a partition waits for a producer's.
    """
    before, definition = set(asked.keys), partitions_of(product.partitions)
    todo = {part.partition for part in late if part.partition not in before and not waits(part.partition)}
    if not todo:
        return []
    name = f"{product.key}/restate/{asked.state}"
    key, tags = dg.AssetKey(product.key.split("/")), {RESTATES: asked.state}
    if definition is None:
        asked.keys.append(None)
        return [dg.RunRequest(run_key=name, asset_selection=[key], tags=tags)]
    order = definition.get_partition_keys(dynamic_partitions_store=instance)
    batch = [partition for partition in order if partition in todo][-_BATCH:]
    asked.keys += batch
    return [
        dg.RunRequest(
            run_key=f"{name}/{first}..{last}",
            asset_selection=[key],
            partition_key=first if first == last else None,
            tags=tags if first == last else tags | range_tags(first, last),
        )
        for first, last in stretches(order, set(batch))
    ]


def waits_for(product: Product, producers: dict[str, Sequence[Outdated]]) -> Callable[[str | None], bool]:
    """Whether a partition of a product waits for one of its producers, which is to be made anew first.

    Args:
        product: The product.
        producers: By the key of an input what is made anew by itself of it, and is not yet.
    """
    keys = {name: {part.partition for part in late} for name, late in producers.items() if late}

    def waits(partition: str | None) -> bool:
        for upstream in product.inputs:
            if upstream.key in keys:
                wanted = partitions_read(upstream, partition)
                if wanted is None or None in keys[upstream.key] or not wanted.isdisjoint(keys[upstream.key]):
                    return True
        return False

    return waits


def _is_since(partition: str, first: date) -> bool:
    try:
        return date.fromisoformat(partition) >= first
    except ValueError:  # such as rows without a day, which are of no age
        return False
