"""Products of other repositories, as the registry knows them: their contracts, and what they said that they read.

What belongs here: from the registry to products that a graph may have beside those of a checkout. What does not: the
graph (``graph``), and writing down what a product reads (``products.reads``).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_platform.contracts.model import Contract
from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.events import Event, events_of_all
from data_platform.contracts.registry.log import Survey
from data_platform.contracts.registry.subscriptions import Subscription, subscriptions_of
from data_platform.contracts.registry.versions import RegisteredVersion, newest
from data_platform.lineage.edges import Column, Edge, KnownBy
from data_platform.lineage.model import Use
from data_platform.products.edges import graph_name
from data_platform.products.reads import last_reads
from data_platform.storage.objects.store import ObjectStore

_KEYS: Final = re.compile(r"([a-z][a-z0-9_]*)/([a-z][a-z0-9_]*)")


@dataclass(frozen=True)
class ElsewhereProduct:
    """A product that is not in the checkout, and is registered.

    Attributes:
        key: ``domain/name``.
        contract: The newest registered version of its contract.
        edges: What it reads, as it said when that was registered; ``None``: it never did, so everything.
        inputs: The products that it depends on, as ``domain.name``.
        referred: The products that its contract's rules may look at, likewise.
        record: The registered version.
    """

    key: str
    contract: Contract
    edges: tuple[Edge, ...] | None
    inputs: frozenset[str]
    referred: frozenset[str]
    record: RegisteredVersion


def elsewhere(store: ObjectStore, own: Collection[str]) -> tuple[tuple[ElsewhereProduct, ...], tuple[str, ...]]:
    """The registered products that are not one's own, but for those that are retired.

    Args:
        store: Where the registry is.
        own: The keys of those that are in the checkout.

    Returns:
        The products by key, and what of the registry cannot be read: some may be missing.

    Raises:
        StorageError: The store failed.
    """
    return products_elsewhere(newest(store), events_of_all(store), own)


def outside_readers(
    store: ObjectStore, own: Collection[str]
) -> tuple[tuple[Subscription | ElsewhereProduct, ...], tuple[str, ...]]:
    """All that may read products without being in the checkout: who subscribed, and products of other repositories.

    Arguments, what cannot be read, and errors are those of ``elsewhere``; the registry is read once.
    """
    return readers_in(newest(store), events_of_all(store), own)


def readers_in(
    registered: Survey[RegisteredVersion], happened: Survey[tuple[Event, ...]], own: Collection[str]
) -> tuple[tuple[Subscription | ElsewhereProduct, ...], tuple[str, ...]]:
    """See ``outside_readers``, for whoever has read the registry already; arguments as of ``products_elsewhere``."""
    subscribed = subscriptions_of(happened)
    products, unread = products_elsewhere(registered, happened, own)
    readers = [subscription for entries in subscribed.by_product.values() for subscription in entries]
    return (*readers, *products), tuple(dict.fromkeys((*subscribed.messages, *unread)))


def products_elsewhere(
    registered: Survey[RegisteredVersion], happened: Survey[tuple[Event, ...]], own: Collection[str]
) -> tuple[tuple[ElsewhereProduct, ...], tuple[str, ...]]:
    """See ``elsewhere``, for whoever has read the registry already.

    Args:
        registered: The newest version of each product.
        happened: The events of all products.
        own: The keys of those that are in the checkout.
    """
    products, unread = [], [*registered.messages, *happened.messages]
    for key, record in sorted(registered.by_product.items()):
        if key in own:
            continue
        try:
            contract = record.contract
        except UnreadableEntry as error:
            unread.append(str(error))
            continue
        if contract.status != "retired":
            known = happened.by_product.get(key, ())
            try:
                products.append(_product(record, contract, last_reads(known)))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                unread.append(f"{key}: what it said that it reads cannot be read ({error}): taken to read everything")
                products.append(_product(record, contract, {}))
    return tuple(products), tuple(dict.fromkeys(unread))


def _product(record: RegisteredVersion, contract: Contract, said: Mapping[str, Any]) -> ElsewhereProduct:
    inputs = frozenset(graph_name(key) for key in (*record.inputs, *said.get("inputs", ())))
    consumer = graph_name(record.product)
    edges = (
        None
        if "reads" not in said
        else tuple(
            Edge(
                consumer,
                Column(graph_name(str(read["product"])), str(read["column"])),
                read["target"],
                frozenset(Use(use) for use in read["uses"]),
                KnownBy(read["known_by"]),
                bool(read.get("copied")),
            )
            for read in said["reads"]
        )
    )
    referred = frozenset(f"{domain}.{name}" for domain, name in _KEYS.findall(record.text)) - {consumer}
    return ElsewhereProduct(record.product, contract, edges, inputs, referred, record)
