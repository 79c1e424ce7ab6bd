"""All products at a glance, and everything about one of them.

What belongs here: gathering from checkout and registry. What does not: how it is printed (``cli``), and the data
themselves (``health``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data_platform.contracts.model import STATUSES
from data_platform.contracts.registry.events import Event, events
from data_platform.contracts.registry.state import State, state_of
from data_platform.contracts.registry.subscriptions import Subscription, current, subscriptions
from data_platform.contracts.registry.versions import Registered, newest, versions
from data_platform.contracts.service_levels import sunset
from data_platform.contracts.suggest import did_you_mean
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import consumers_of, product_of
from data_platform.products.folder import Product
from data_platform.products.inputs_of import Input
from data_platform.storage.object_store import ObjectStore

UNREADABLE = "unreadable"
"""The status of a product whose folder has errors."""


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
    """

    product: Product
    readers: tuple[Reader, ...]
    sunset: datetime | None
    state: State | None
    versions: tuple[Registered, ...] | None
    subscriptions: tuple[Subscription, ...] | None
    events: tuple[Event, ...] | None


def rows(checkout: Checkout, store: ObjectStore | None) -> tuple[Row, ...]:
    """All products, by domain and name.

    Args:
        checkout: The mesh.
        store: Where the registry is; ``None``: do not look.

    Raises:
        UnreadableEntry: Something in the registry is none of ours; the message names it.
        StorageError: The store failed.
    """
    readers = Counter(key for each in checkout.products.values() for key in {one.key for one in each.inputs})
    states: Mapping[str, State] = {}
    if store is not None:
        readers.update(one.product for one in subscriptions(store))
        last = {one.product: one for one in newest(store)}
        states = {key: state_of(store, key, each.contract, last.get(key)) for key, each in checkout.products.items()}
    made = [
        Row(
            key,
            each.contract.version_text,
            each.contract.status,
            each.contract.owner or "",
            states.get(key),
            readers[key],
        )
        for key, each in checkout.products.items()
    ]
    made += [Row(key, "", UNREADABLE, "", None, readers[key]) for key in checkout.problems]
    return tuple(sorted(made, key=lambda row: row.product))


def selected(found: Sequence[Row], *, domain: str = "", owner: str = "", status: str = "") -> tuple[Row, ...]:
    """The products that are asked for; an empty text asks for any.

    Raises:
        MeshError: There is no product of such a domain or owner, or no such status.
    """
    known_domain([one.product for one in found], domain)
    owners = sorted({one.owner for one in found if one.owner})
    if owner and owner not in owners:
        raise MeshError(f"nobody called {owner!r} owns a product: {did_you_mean(owner, owners)}")
    if status and status not in {*STATUSES, UNREADABLE}:
        raise MeshError(f"{status!r} is no status: {did_you_mean(status, [*STATUSES, UNREADABLE])}")
    return tuple(
        one
        for one in found
        if one.domain == (domain or one.domain)
        and one.owner == (owner or one.owner)
        and one.status == (status or one.status)
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
        UnreadableEntry: Something in the registry is none of ours; the message names it.
        StorageError: The store failed.
    """
    product = product_of(checkout, text)
    readers = tuple(
        Reader(each, tuple(one for one in each.inputs if one.key == product.key))
        for each in consumers_of(checkout, product.key)
    )
    end = sunset(product.contract)
    if store is None:
        return Portrait(product, readers, end, None, None, None, None)
    known, happened = versions(store, product.key), events(store, product.key)
    state = state_of(store, product.key, product.contract, known[-1] if known else None)
    return Portrait(product, readers, end, state, known, current(happened), happened)
