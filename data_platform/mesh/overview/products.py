"""All products at a glance, and everything about one of them.

What belongs here: gathering from checkout and registry. What does not: how it is printed (``cli``), and the data
themselves (``health``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from data_platform.contracts.model import STATUSES
from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.events import Event, EventKind, events_of_all
from data_platform.contracts.registry.heads import NamedHead, missing_versions
from data_platform.contracts.registry.log import Survey
from data_platform.contracts.registry.state import Standing, State, of_last, state_of
from data_platform.contracts.registry.subscriptions import Subscription, readable, subscriptions_of
from data_platform.contracts.registry.versions import RegisteredVersion, newest
from data_platform.contracts.service_levels import sunset
from data_platform.contracts.suggest import did_you_mean
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import consumers_of, product_of
from data_platform.mesh.impact.elsewhere import products_elsewhere
from data_platform.mesh.life.evidence import History, by_consumer, by_events, history_of, named_by
from data_platform.products.declared_inputs import Input
from data_platform.products.edges import key_of
from data_platform.products.folder import Product
from data_platform.storage.objects.store import ObjectStore

ELSEWHERE = "elsewhere"
"""The status of a registered product that another repository makes, in front of its contract's."""

UNREADABLE = "unreadable"
"""The status of a product whose folder has errors."""

_AT_ONCE: Final = 8


@dataclass(frozen=True)
class Row:
    """A product in the list.

    Attributes:
        product: Its key.
        version: Of its contract; empty where it cannot be read.
        status: Of its contract, or ``UNREADABLE``.
        owner: Who answers for it.
        registered: How its contract stands to the registry; ``None``: that was not looked at.
        consumers: How many read it directly: products, and, where the registry was looked at, others.
    """

    product: str
    version: str
    status: str
    owner: str
    registered: State | None
    consumers: int

    @property
    def domain(self) -> str:
        """Its domain."""
        return self.product.partition("/")[0]


@dataclass(frozen=True)
class Listing:
    """All products.

    Attributes:
        rows: By domain and name.
        unread: What of the registry cannot be read, and what to do; each names the object. Consumers outside the
            platform may be missing in the count of the product that it is of.
    """

    rows: tuple[Row, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """A product that reads another, and what of it."""

    product: Product
    inputs: tuple[Input, ...]


@dataclass(frozen=True)
class Portrait:
    """Everything about one product.

    Attributes:
        product: The product.
        readers: The products that read it.
        sunset: When it ends, UTC, if that is announced.
        state: How its contract stands to the registry; ``None``, as the following, where that was not looked at.
        versions: Its registered versions, the oldest first.
        subscriptions: Who subscribed to it.
        events: What happened to it, the oldest first.
        unread: What of it in the registry cannot be read, or is gone, and what to do.
    """

    product: Product
    readers: tuple[Reader, ...]
    sunset: datetime | None
    state: State | None
    versions: tuple[RegisteredVersion, ...] | None
    subscriptions: tuple[Subscription, ...] | None
    events: tuple[Event, ...] | None
    unread: tuple[str, ...] = ()


def listing(checkout: Checkout, store: ObjectStore | None) -> Listing:
    """All products; of those whose entries in the registry cannot be read, everything else.

    Args:
        checkout: The mesh.
        store: Where the registry is; ``None``: do not look.

    Raises:
        StorageError: The store failed.
    """
    readers = Counter(
        key for product in checkout.products.values() for key in {upstream.key for upstream in product.inputs}
    )
    states: Mapping[str, State] = {}
    others: list[Row] = []
    unread: tuple[str, ...] = ()
    if store is not None:
        happened, last = events_of_all(store), newest(store)
        outside = subscriptions_of(happened)
        readers.update(subscription.product for entries in outside.by_product.values() for subscription in entries)
        known, missing = products_elsewhere(last, happened, checkout.keys)
        readers.update(key_of(name) for product in known for name in product.inputs)
        others = [
            Row(
                product.key,
                product.record.version,
                f"{product.contract.status}, {ELSEWHERE}",
                product.contract.owner or "",
                of_last(store, State(Standing.REGISTERED, product.record, product.record)),
                readers[product.key],
            )
            for product in known
        ]
        states = _states(checkout, store, last, happened)
        unread = tuple(dict.fromkeys((*last.messages, *outside.messages, *missing)))
    listed = [
        Row(
            key,
            product.contract.version_text,
            product.contract.status,
            product.contract.owner or "",
            states.get(key),
            readers[key],
        )
        for key, product in checkout.products.items()
    ]
    listed += [Row(key, "", UNREADABLE, "", None, readers[key]) for key in checkout.problems]
    listed += others
    return Listing(tuple(sorted(listed, key=lambda row: row.product)), unread)


def _states(
    checkout: Checkout, store: ObjectStore, last: Survey[RegisteredVersion], happened: Survey[tuple[Event, ...]]
) -> Mapping[str, State]:
    """How each product stands to the registry. A table's log is asked only where nothing seems to be registered."""
    named: dict[str, list[NamedHead]] = {key: list(by_events(events)) for key, events in happened.by_product.items()}
    for registered in last.by_product.values():
        for key in registered.inputs:
            named.setdefault(key, []).extend(filter(None, [by_consumer(key, registered)]))
    states = {key: _state(store, product, last) for key, product in checkout.products.items()}
    doubtful = [key for key, state in states.items() if state.standing is Standing.NEW]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for key, table in zip(doubtful, pool.map(lambda key: named_by(store, key), doubtful), strict=True):
            named.setdefault(key, []).extend([table] if table else [])
    return {key: _or_gone(state, named.get(key, ())) for key, state in states.items()}


def _state(store: ObjectStore, product: Product, last: Survey[RegisteredVersion]) -> State:
    newest_one = last.by_product.get(product.key)
    if newest_one is None and (problems := last.problems.get(product.key)):
        return State(Standing.UNREADABLE, None, None, tuple(map(str, problems)))
    try:
        return state_of(store, product.key, product.contract, newest_one)
    except UnreadableEntry as error:
        return State(Standing.UNREADABLE, None, newest_one, (str(error),))


def _or_gone(state: State, named: Iterable[NamedHead]) -> State:
    """The state, unless somebody names a version that is not there; older ones than the newest are its own affair."""
    if state.standing is Standing.UNREADABLE:
        return state
    known = [state.last] if state.last else []
    later = [naming for naming in named if not known or naming.head.number >= known[0].number]
    missing = missing_versions(known, later)
    return State(Standing.GONE, None, state.last, tuple(map(str, missing))) if missing else state


def selected(rows: Sequence[Row], *, domain: str = "", owner: str = "", status: str = "") -> tuple[Row, ...]:
    """The products that are asked for; an empty text asks for any.

    Raises:
        MeshError: There is no product of such a domain or owner, or no such status.
    """
    known_domain([row.product for row in rows], domain)
    owners = sorted({row.owner for row in rows if row.owner})
    if owner and owner not in owners:
        raise MeshError(f"nobody called {owner!r} owns a product: {did_you_mean(owner, owners)}")
    if status and status not in {*STATUSES, UNREADABLE}:
        raise MeshError(f"{status!r} is no status: {did_you_mean(status, [*STATUSES, UNREADABLE])}")
    return tuple(
        row
        for row in rows
        if row.domain == (domain or row.domain)
        and row.owner == (owner or row.owner)
        and row.status.partition(",")[0] == (status or row.status.partition(",")[0])
    )


def known_domain(keys: Iterable[str], domain: str) -> None:
    """See that a domain, if one is given, has products.

    Raises:
        MeshError: It has none; the message names the likely one.
    """
    known = {key.partition("/")[0] for key in keys}
    if domain and domain not in known:
        raise MeshError(f"there is no product of a domain {domain!r}: {did_you_mean(domain, known)}")


def portrait(checkout: Checkout, store: ObjectStore | None, text: str) -> Portrait:
    """Everything about one product.

    Args:
        checkout: The mesh.
        store: Where the registry is; ``None``: do not look.
        text: The product, as people write it.

    Raises:
        MeshError: There is no such product.
        Refused: Its folder has errors; all of them.
        StorageError: The store failed.
    """
    product = product_of(checkout, text)
    readers = tuple(
        Reader(consumer, tuple(upstream for upstream in consumer.inputs if upstream.key == product.key))
        for consumer in consumers_of(checkout, product.key)
    )
    end = sunset(product.contract)
    if store is None:
        return Portrait(product, readers, end, None, None, None, None)
    history = history_of(store, product.key, [reader.product.key for reader in readers])
    outside, unread = readable(history.events)
    problems = [*history.reasons, *map(str, (*history.event_problems, *unread)), *history.missing_events]
    state = _standing(store, product, history)
    happened = tuple(event for event in history.events if event.kind is not EventKind.READS)  # its inputs say that
    return Portrait(product, readers, end, state, history.known, outside, happened, tuple(problems))


def _standing(store: ObjectStore, product: Product, history: History) -> State:
    last = history.known[-1] if history.known else None
    if history.reasons:
        kind = Standing.GONE if history.gone else Standing.UNREADABLE
        return State(kind, None, last, history.reasons)
    return state_of(store, product.key, product.contract, last)
