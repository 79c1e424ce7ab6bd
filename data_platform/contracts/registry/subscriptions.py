"""Consumers outside the platform: who reads which columns of a product with what.

What belongs here: subscriptions as data, and what follows from a product's events. What does not: whether product and
columns exist (``mesh.life.subscriptions``).

A consumer has one subscription to a product: a later one replaces it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from data_platform.contracts.registry.errors import InvalidName, UnreadableEntry
from data_platform.contracts.registry.events import Event, EventKind, events_of_all
from data_platform.contracts.registry.log import Survey
from data_platform.contracts.registry.names import line, product_name
from data_platform.contracts.suggest import did_you_mean
from data_platform.storage.objects.store import ObjectStore


class ConsumerKind(StrEnum):
    """What reads the product."""

    DASHBOARD = "dashboard"
    NOTEBOOK = "notebook"
    APPLICATION = "application"
    REPORT = "report"
    MODEL = "model"
    EXPORT = "export"
    OTHER = "other"


@dataclass(frozen=True)
class Subscription:
    """That somebody outside the platform reads a product.

    Attributes:
        consumer: What reads it, such as ``revenue dashboard``.
        kind: One of ``ConsumerKind``.
        owner: Who answers for the consumer, and is told.
        product: ``domain/name_vN``.
        columns: The columns that it reads; none: nobody knows, so all of them.
        pin: The version that it was made for, such as ``1.4.0`` or ``1.4``; ``None``: any of the product.
        since: Since when, UTC.
        contact: Where the owner is reached, if that is not plain.
    """

    consumer: str
    kind: str
    owner: str
    product: str
    columns: tuple[str, ...]
    pin: str | None
    since: date
    contact: str | None = None

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Subscription":
        """Read a subscription from plain values, checking each.

        Raises:
            InvalidName: One of them cannot be; the message says which and what to write.
        """
        kinds = [kind.value for kind in ConsumerKind]
        if raw.get("kind") not in kinds:
            raise InvalidName(
                f"{raw.get('kind')!r} is no kind of consumer: {did_you_mean(str(raw.get('kind')), kinds)}"
            )
        texts = {name: raw.get(name) for name in ("consumer", "owner", "product", "pin", "contact")}
        if not all(isinstance(text, str) for name, text in texts.items() if name not in {"pin", "contact"} or text):
            raise InvalidName("a subscription names its consumer, owner and product")
        try:
            since = date.fromisoformat(str(raw.get("since")))
        except ValueError:
            raise InvalidName(f"{raw.get('since')!r} is no date: write it as 2027-01-31") from None
        columns = raw.get("columns", ())
        if isinstance(columns, str) or not all(isinstance(column, str) for column in columns):
            raise InvalidName("the columns of a subscription are a list of names")
        return cls(
            consumer=line(str(texts["consumer"]), "consumer"),
            kind=str(raw["kind"]),
            owner=line(str(texts["owner"]), "owner"),
            product=product_name(str(texts["product"])),
            columns=tuple(line(column, "column") for column in columns),
            pin=line(texts["pin"], "pin") if texts["pin"] else None,
            since=since,
            contact=line(texts["contact"], "contact") if texts["contact"] else None,
        )

    def as_details(self) -> dict[str, object]:
        """What an event says of it: plain JSON values."""
        return {"subscription": {**asdict(self), "columns": list(self.columns), "since": self.since.isoformat()}}


def current(known: Iterable[Event]) -> tuple[Subscription, ...]:
    """The subscriptions that stand after a product's events, by consumer.

    Raises:
        UnreadableEntry: An event holds no subscription where it should.
    """
    standing, problems = readable(known)
    if problems:
        raise problems[0]
    return standing


def readable(known: Iterable[Event]) -> tuple[tuple[Subscription, ...], tuple[UnreadableEntry, ...]]:
    """The subscriptions that stand after a product's events, as far as these can be read, and what cannot."""
    standing: dict[str, Subscription] = {}
    problems = []
    for event in known:
        if event.kind is EventKind.SUBSCRIBED:
            try:
                subscription = _subscription(event)
            except UnreadableEntry as error:
                problems.append(error)
                continue
            standing[subscription.consumer] = subscription
        elif event.kind is EventKind.UNSUBSCRIBED:
            standing.pop(str(event.details.get("consumer")), None)
    return tuple(standing[name] for name in sorted(standing)), tuple(problems)


def subscriptions_of(events: Survey[tuple[Event, ...]]) -> Survey[tuple[Subscription, ...]]:
    """The subscriptions that follow from the events of many products."""
    by_product: dict[str, tuple[Subscription, ...]] = {}
    problems = dict(events.problems)
    for product in sorted(events.by_product):
        by_product[product], wrong = readable(events.by_product[product])
        if wrong:
            problems[product] = (*problems.get(product, ()), *wrong)
    return Survey(by_product, problems)


def subscriptions(store: ObjectStore, products: Iterable[str] | None = None) -> Survey[tuple[Subscription, ...]]:
    """The subscriptions that stand, by product, and in it by consumer.

    Args:
        store: The store.
        products: Only to these, ``domain/name_vN``; ``None``: to any.

    Returns:
        As far as the registry can be read: where a product has a problem, others than those found may have subscribed.

    Raises:
        StorageError: The store failed.
    """
    return subscriptions_of(events_of_all(store, products))


def _subscription(event: Event) -> Subscription:
    try:
        return Subscription.of({**event.details["subscription"], "product": event.product})
    except (KeyError, TypeError, InvalidName) as error:
        msg = f"{event.uri}: it holds no subscription to {event.product} ({error}): restore what was there."
        raise UnreadableEntry(msg, uri=event.uri) from error
