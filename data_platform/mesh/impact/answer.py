"""What a change of a product means for everybody who reads it, in the checkout and outside of the platform.

What belongs here: joining the walk (``lineage.impact``) with contracts, owners, pins and subscriptions. What does not:
what changed between two checkouts (``difference``), words and tables for people (``text``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.model import Contract
from data_platform.lineage.affected import Affected, Reason
from data_platform.lineage.effects import ColumnChange, Effect, Verdict
from data_platform.lineage.impact import PATHS, impact
from data_platform.mesh.files.about import about
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.impact.effects import column_changes
from data_platform.mesh.impact.elsewhere import ElsewhereProduct
from data_platform.mesh.impact.graph import MeshGraph
from data_platform.mesh.impact.readers import MeshReaders, Outside
from data_platform.products.catalogue import columns_of
from data_platform.products.edges import graph_name, key_of
from data_platform.products.names import major_of

PRODUCT: Final = "product"
ELSEWHERE: Final = "product of another repository,"


@dataclass(frozen=True)
class Pin:
    """The version of an input that a consumer is bound to.

    Attributes:
        product: The input, ``domain/name``.
        major: The major version, which is in the name; ``None`` for what is no product.
        version: The version that it reads, from before the changes where these make another; for a consumer outside,
            the one that it says it was made for.
    """

    product: str
    major: int | None
    version: str | None

    def __str__(self) -> str:
        return f"{self.product} {self.version}" if self.version else self.product


@dataclass(frozen=True)
class Consumer:
    """A consumer and what becomes of it.

    Attributes:
        name: ``domain/name``; of one outside its own name.
        kind: ``PRODUCT``, ``ELSEWHERE``, or what it is outside the platform: ``dashboard``, ``notebook``.
        owner: Who answers for it; ``None`` where its contract does not say.
        verdict: What becomes of it.
        reasons: Why, the worst first.
        distance: How many steps from the changed product.
        pins: What it is bound to, of the products that the reasons come from.
    """

    name: str
    kind: str
    owner: str | None
    verdict: Verdict
    reasons: tuple[Reason, ...]
    distance: int
    pins: tuple[Pin, ...]


@dataclass(frozen=True)
class Impact:
    """What changes mean.

    Attributes:
        changes: The changes.
        consumers: Everybody downstream, the worst first, then the nearest, then by name.
    """

    changes: tuple[ColumnChange, ...]
    consumers: tuple[Consumer, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst."""
        return max(
            (consumer.verdict for consumer in self.consumers),
            key=lambda verdict: verdict.rank,
            default=Verdict.UNAFFECTED,
        )

    @cached_property
    def by_verdict(self) -> Mapping[Verdict, tuple[Consumer, ...]]:
        """The consumers by verdict, the worst first."""
        worst_first = sorted(Verdict, key=lambda verdict: -verdict.rank)
        return {
            verdict: tuple(consumer for consumer in self.consumers if consumer.verdict is verdict)
            for verdict in worst_first
        }

    @property
    def breaks(self) -> tuple[Consumer, ...]:
        """Those that break."""
        return self.by_verdict[Verdict.BREAKS]

    @property
    def may_break(self) -> tuple[Consumer, ...]:
        """Those that may break."""
        return self.by_verdict[Verdict.MAY_BREAK]

    @property
    def unaffected(self) -> tuple[Consumer, ...]:
        """Those that do not."""
        return self.by_verdict[Verdict.UNAFFECTED]

    def as_dict(self) -> dict[str, object]:
        """As plain data."""
        return {
            "verdict": self.verdict.value,
            "counts": {verdict.value: len(consumers) for verdict, consumers in self.by_verdict.items()},
            "changes": [
                {
                    "product": key_of(change.product),
                    "column": change.column,
                    "effect": change.effect.value,
                    "what": change.what,
                }
                for change in self.changes
            ],
            "consumers": [_consumer(consumer) for consumer in self.consumers],
        }


def impact_of(
    checkout: Checkout,
    key: str,
    changes: Iterable[ColumnChange | Change],
    outside: Iterable[Outside | ElsewhereProduct] = (),
    *,
    before: Contract | None = None,
    after: Contract | None = None,
    paths: int = PATHS,
) -> Impact:
    """Find what changes of one product mean.

    Args:
        checkout: The products, with the changes or still without them.
        key: The product, ``domain/name``; a private asset of a domain will do.
        changes: Effects on its columns, or changes of its contract.
        outside: Consumers outside the platform, and products of other repositories.
        before: The contract without the changes; by default the one in the checkout.
        after: The contract with the changes; by default the one in the checkout.
        paths: See ``lineage.impact``.
    """
    product = graph_name(key)
    given = list(changes)
    effects = [change for change in given if isinstance(change, ColumnChange)]
    effects += column_changes(product, [change for change in given if isinstance(change, Change)])
    now = checkout.contracts.get(key)
    former = {key: tuple(columns_of(before)) if before else _former(now, effects)}
    befores, afters = ({key: contract} if (contract := version or now) else {} for version in (before, after))
    return impact_of_all(checkout, effects, Versions(befores, afters, former), outside, paths=paths)


@dataclass(frozen=True)
class Versions:
    """What changed products were and are.

    Attributes:
        before: Their contracts without the changes, by ``domain/name``, as far as they are known.
        after: Their contracts with the changes.
        former: The columns that they had before.
    """

    before: Mapping[str, Contract]
    after: Mapping[str, Contract]
    former: Mapping[str, Sequence[str]]


def impact_of_all(
    checkout: Checkout,
    changes: Sequence[ColumnChange],
    versions: Versions,
    outside: Iterable[Outside | ElsewhereProduct] = (),
    *,
    paths: int = PATHS,
) -> Impact:
    """Find what changes of any number of products mean together.

    Args:
        checkout: The products.
        changes: The effects.
        versions: The changed products.
        outside: Consumers outside the platform, and products of other repositories.
        paths: See ``lineage.impact``.
    """
    others = list(outside)
    elsewhere = [other for other in others if isinstance(other, ElsewhereProduct)]
    graph = MeshGraph(checkout, former=versions.former, elsewhere=elsewhere)
    after, before = (
        {graph_name(key): contract for key, contract in contracts.items()}
        for contracts in (versions.after, versions.before)
    )
    subscribed = [other for other in others if not isinstance(other, ElsewhereProduct)]
    readers = MeshReaders(graph, after, subscribed, before=before)
    consumers = impact(readers, changes, paths=paths)
    return Impact(tuple(changes), tuple(_joined(affected, readers, versions.before) for affected in consumers))


def _former(contract: Contract | None, changes: Iterable[ColumnChange]) -> tuple[str, ...]:
    """The columns before the changes, of a contract with or without them."""
    effects = list(changes)
    added = {change.column for change in effects if change.effect is Effect.ADDED}
    gone = [change.column for change in effects if change.effect is Effect.GONE and change.column]
    now = [name for name in (columns_of(contract) if contract else []) if name not in added]
    return tuple(dict.fromkeys([*now, *gone]))


def _joined(affected: Affected, readers: MeshReaders, before: Mapping[str, Contract]) -> Consumer:
    domains = readers.graph.checkout.domains
    sources = sorted({reason.source for reason in affected.reasons if reason.source})
    if affected.consumer in readers.outside:
        known = readers.outside[affected.consumer]
        pin = Pin(known.product, major_of(known.product.rpartition("/")[2]), known.pin)
        return Consumer(
            known.consumer, known.kind, known.owner, affected.verdict, affected.reasons, affected.distance, (pin,)
        )
    pins = []
    for source in map(key_of, sources):
        version = before[source].version_text if source in before else about(domains, source).version
        pins.append(Pin(source, major_of(source.rpartition("/")[2]), version))
    key, there = key_of(affected.consumer), readers.graph.elsewhere.get(affected.consumer)
    kind, owner = (ELSEWHERE, there.contract.owner) if there else (PRODUCT, about(domains, key).owner)
    return Consumer(key, kind, owner, affected.verdict, affected.reasons, affected.distance, tuple(pins))


def _consumer(consumer: Consumer) -> dict[str, object]:
    return {
        "consumer": consumer.name,
        "kind": consumer.kind,
        "owner": consumer.owner,
        "verdict": consumer.verdict.value,
        "distance": consumer.distance,
        "pins": [vars(pin) for pin in consumer.pins],
        "reasons": [
            {
                "verdict": reason.verdict.value,
                "why": reason.text,
                "product": key_of(reason.source) if reason.source else None,
                "column": reason.column,
                "uses": sorted(use.value for use in reason.uses),
                "known_by": reason.known_by.value if reason.known_by else None,
                "path": [str(column) for column in reason.path],
            }
            for reason in consumer.reasons
        ],
    }
