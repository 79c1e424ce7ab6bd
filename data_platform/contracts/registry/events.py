"""What became of a product since it was registered: announced, ended, subscribed to.

What belongs here: events as they are written down and read back. What does not: whether they may happen (``mesh``), and
what subscriptions follow from them (``subscriptions``).

Each event names the digest of the one before it, and the version of the contract that was the newest registered one
when it happened: whoever subscribes relies on that. Events of earlier platforms name neither.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.heads import Head
from data_platform.contracts.registry.log import Entry, Log, Survey, read_all
from data_platform.contracts.registry.names import line, product_name
from data_platform.contracts.registry.surveys import log_at, survey
from data_platform.storage.objects.store import ObjectStore

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
    ROLLED_BACK = "rolled_back"
    """Readers see an earlier version of its table again: ``from``, ``to``, ``version``, ``partitions``, ``why``."""
    READS = "reads"
    """What it reads, when that is told anew: ``inputs``, ``reads`` (by column), ``partitions``."""
    OWNED = "owned"
    """A repository makes it from now on: ``repository``, and ``before``, whom it was taken over from, if anybody."""


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
        digest: The SHA-256 of the object.
        registered: The newest registered version of the product when it happened, if any.
    """

    product: str
    kind: EventKind
    at: datetime
    by: str
    details: Mapping[str, Any]
    number: int
    uri: str
    digest: str = ""
    registered: Head | None = None


def log_of(store: ObjectStore, product: str) -> Log:
    """The log of a product's events.

    Raises:
        InvalidName: It is no product's key.
    """
    return log_at(store, product, "events")


def events(store: ObjectStore, product: str) -> tuple[Event, ...]:
    """All events of a product, the oldest first, where nothing is wrong with any.

    Raises:
        InvalidName: It is no product's key.
        UnreadableEntry: Something in the registry is none of ours; the message names it.
        StorageError: The store failed.
    """
    history, problems = readable(store, product)
    if problems:
        raise problems[0]
    return history


def readable(store: ObjectStore, product: str) -> tuple[tuple[Event, ...], tuple[UnreadableEntry, ...]]:
    """The events of a product that can be read, the oldest first; and what cannot, and why.

    Raises:
        InvalidName: It is no product's key.
        StorageError: The store failed.
    """
    contents = log_of(store, product).contents()
    return _read(product, contents.entries, contents.problems)


def events_of_all(store: ObjectStore, products: Iterable[str] | None = None) -> Survey[tuple[Event, ...]]:
    """The events of many products, by one listing (or one each of those named) and one read each event.

    Args:
        store: The store.
        products: Only these; ``None``: all that have any.

    Raises:
        StorageError: The store failed.
    """
    numbers, problems = survey(store, "events", products=products)
    asked = [(product, number) for product, its in numbers.items() for number in its]
    by_product: dict[str, list[Entry | UnreadableEntry]] = {}
    answers = read_all([(log_of(store, product), number) for product, number in asked])
    for (product, _), answer in zip(asked, answers, strict=True):
        by_product.setdefault(product, []).append(answer)
    events_by_product: dict[str, tuple[Event, ...]] = {}
    for product, its in by_product.items():
        unread = [entry for entry in its if isinstance(entry, UnreadableEntry)]
        entries = [entry for entry in its if isinstance(entry, Entry)]
        events_by_product[product], wrong = _read(product, entries, (*problems.get(product, ()), *unread))
        if wrong:
            problems[product] = wrong
    return Survey(events_by_product, problems)


def add(
    store: ObjectStore,
    product: str,
    kind: EventKind,
    *,
    by: str,
    after: int,
    details: Mapping[str, object],
    registered: Head | None = None,
) -> Event:
    """Write an event down.

    Args:
        store: The store.
        product: Its key.
        kind: What happened.
        by: Who.
        after: How many events of the product there were when it was decided.
        details: Plain JSON values.
        registered: The newest registered version of the product, if any.

    Raises:
        InvalidName: A name cannot be written down.
        Overtaken: Something else happened in the meantime.
        UnreadableEntry: The event before it cannot be read.
        StorageError: The store failed.
    """
    log = log_of(store, product)
    content = {
        "kind": _KIND,
        "product": product_name(product),
        "event": kind.value,
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "by": line(by, "person"),
        "previous": log.read(after).digest if after else None,
        "registered": registered.as_details() if registered else None,
        "details": dict(details),
    }
    return _event(product, log.add(content, after=after))


def last_of_life(known: Iterable[Event]) -> Event | None:
    """The last event about the product itself: whether it is announced to end, or has ended."""
    return next((event for event in reversed(tuple(known)) if event.kind in LIFE), None)


def _read(
    product: str, entries: Iterable[Entry], problems: Iterable[UnreadableEntry]
) -> tuple[tuple[Event, ...], tuple[UnreadableEntry, ...]]:
    """Entries as events, each held against the one before it."""
    history: list[Event] = []
    wrong, before = list(problems), None
    for entry in entries:
        try:
            history.append(_event(product, entry))
            _see_link(entry, before)
        except UnreadableEntry as error:
            wrong.append(error)
        before = entry
    return tuple(history), tuple(wrong)


def _see_link(entry: Entry, before: Entry | None) -> None:
    """See that the event before is the one that an event names; of a missing one that is told already."""
    if "previous" not in entry.content or (before.number if before else 0) != entry.number - 1:
        return
    if entry.content["previous"] != (before.digest if before else None):
        uri = before.uri if before else entry.uri
        reason = f"it is not what {entry.uri} says was there, so one of them was changed: restore what was there"
        raise UnreadableEntry(f"{uri}: {reason}.", uri=uri)


def _event(product: str, entry: Entry) -> Event:
    raw = entry.content
    right = raw.get("kind") == _KIND and raw.get("product") == product and isinstance(raw.get("details"), dict)
    try:
        at, kind = datetime.fromisoformat(raw["at"]), EventKind(raw["event"])
    except (KeyError, TypeError, ValueError):
        right = False
    if not right or not isinstance(raw.get("by"), str):
        reason = (
            f"it is no event of {product} that this data-platform knows: restore what was there, or use a newer one"
        )
        raise UnreadableEntry(f"{entry.uri}: {reason}.", uri=entry.uri)
    registered = Head.of(raw.get("registered"))
    return Event(product, kind, at, raw["by"], raw["details"], entry.number, entry.uri, entry.digest, registered)
