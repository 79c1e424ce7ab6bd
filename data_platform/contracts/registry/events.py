"""What became of a product since it was registered: announced, ended, subscribed to.

What belongs here: events as they are written down and read back. What does not: whether they may happen (``mesh``), and
what subscriptions follow from them (``subscriptions``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.log import Entry, Log, read_all
from data_platform.contracts.registry.names import line, product_name
from data_platform.contracts.registry.versions import ROOT, sizes_of
from data_platform.storage.object_store import ObjectStore

_KIND: Final = "event"


class EventKind(StrEnum):
    """What happened."""

    DEPRECATED = "deprecated"
    """It will end: ``replacement``, ``sunset`` (a date), ``consumers`` that were told."""
    RETIRED = "retired"
    """It has ended; where that was against the rules, with ``why`` and the ``overridden`` reasons."""
    SUBSCRIBED = "subscribed"
    """Somebody outside the platform reads it: ``subscription``."""
    UNSUBSCRIBED = "unsubscribed"
    """... and no longer: ``consumer``."""


LIFE: Final = frozenset({EventKind.DEPRECATED, EventKind.RETIRED})
"""Events about the product itself."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a product.

    Attributes:
        product: ``domain/name_vN``.
        kind: What.
        at: When, UTC, by the clock of whoever wrote it.
        by: Who.
        details: Plain JSON values, see ``EventKind``.
        number: Its number among the product's events, from 1: their order.
        uri: The object, for messages.
    """

    product: str
    kind: EventKind
    at: datetime
    by: str
    details: Mapping[str, Any]
    number: int
    uri: str


def log_of(store: ObjectStore, product: str) -> Log:
    """The log of a product's events.

    Raises:
        InvalidName: It is no product's key.
    """
    return Log(store, f"{ROOT}/{product_name(product)}/events")


def events(store: ObjectStore, product: str) -> tuple[Event, ...]:
    """All events of a product, the oldest first.

    Raises:
        InvalidName: It is no product's key.
        UnreadableEntry: Something in the registry is none of ours; the message names it.
        StorageError: The store failed.
    """
    return tuple(_event(product, each) for each in log_of(store, product).entries())


def events_of_all(store: ObjectStore, products: Iterable[str] | None = None) -> dict[str, tuple[Event, ...]]:
    """The events of many products, by one listing and one read each event.

    Args:
        store: The store.
        products: Only these; ``None``: all that have any.

    Raises:
        UnreadableEntry: Something in the registry is none of ours; the message names it.
        StorageError: The store failed.
    """
    sizes, wanted = sizes_of(store, "events"), None if products is None else set(products)
    asked = [
        (product, number)
        for product, size in sizes.items()
        if wanted is None or product in wanted
        for number in range(1, size + 1)
    ]
    made: dict[str, tuple[Event, ...]] = {}
    entries = read_all([(log_of(store, product), number) for product, number in asked])
    for (product, _), entry in zip(asked, entries, strict=True):
        made[product] = (*made.get(product, ()), _event(product, entry))
    return made


def add(store: ObjectStore, product: str, kind: EventKind, *, by: str, after: int, details: Mapping[str, Any]) -> Event:
    """Write an event down.

    Args:
        store: The store.
        product: Its key.
        kind: What happened.
        by: Who.
        after: How many events of the product there were when it was decided.
        details: Plain JSON values.

    Raises:
        InvalidName: A name cannot be written down.
        Overtaken: Something else happened in the meantime.
        StorageError: The store failed.
    """
    content = {
        "kind": _KIND,
        "product": product_name(product),
        "event": kind.value,
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "by": line(by, "person"),
        "details": dict(details),
    }
    return _event(product, log_of(store, product).add(content, after=after))


def last_of_life(known: Iterable[Event]) -> Event | None:
    """The last event about the product itself: whether it is announced to end, or has ended."""
    return next((each for each in reversed(tuple(known)) if each.kind in LIFE), None)


def _event(product: str, entry: Entry) -> Event:
    raw = entry.content
    right = raw.get("kind") == _KIND and raw.get("product") == product and isinstance(raw.get("details"), dict)
    try:
        at, kind = datetime.fromisoformat(raw["at"]), EventKind(raw["event"])
    except (KeyError, TypeError, ValueError):
        right = False
    if not right or not isinstance(raw.get("by"), str):
        said = f"it is no event of {product} that this data-platform knows: restore what was there, or use a newer one"
        raise UnreadableEntry(f"{entry.uri}: {said}.", uri=entry.uri)
    return Event(product, kind, at, raw["by"], raw["details"], entry.number, entry.uri)
