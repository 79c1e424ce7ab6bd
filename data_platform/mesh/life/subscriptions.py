"""Subscribing to a product from outside the platform, and leaving.

What belongs here: what a subscription has to be, by the contract. What does not: how it is written down
(``contracts.registry.subscriptions``), and what it counts for (``impact``, ``retiring``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from data_platform.contracts.registry import events as log
from data_platform.contracts.registry.deciding import retried
from data_platform.contracts.registry.events import Event, EventKind, last_of_life
from data_platform.contracts.registry.names import line
from data_platform.contracts.registry.subscriptions import Subscription, current
from data_platform.contracts.registry.versions import readable
from data_platform.contracts.suggest import did_you_mean
from data_platform.mesh.errors import MeshError, Refused
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import key_of, product_of
from data_platform.mesh.life.evidence import input_heads
from data_platform.products.catalogue import columns_of
from data_platform.products.folder import Product
from data_platform.storage.objects.store import ObjectStore

_PIN: Final = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){0,2}")


@dataclass(frozen=True)
class Wish:
    """What somebody who wants to subscribe says, see ``Subscription``."""

    consumer: str
    kind: str
    owner: str
    columns: Sequence[str] = ()
    pin: str | None = None
    contact: str | None = None


@dataclass(frozen=True)
class Subscribed:
    """What came of it.

    Attributes:
        subscription: The subscription that stands now.
        former: The one that it replaces, if any.
        changed: Whether anything was written; not where the same stood already.
        warnings: What the consumer should know: the product is going to end.
    """

    subscription: Subscription
    former: Subscription | None
    changed: bool
    warnings: tuple[str, ...]


def subscribe(checkout: Checkout, store: ObjectStore, text: str, wish: Wish, *, by: str) -> Subscribed:
    """Write a subscription down.

    Args:
        checkout: The mesh.
        store: Where the registry is.
        text: The product, as people write it.
        wish: Who wants what.
        by: Who writes it down.

    Raises:
        MeshError: There is no such product.
        Refused: It has no such columns, the pin is no version of it, or it is retired; all reasons.
        InvalidName: A name cannot be written down.
        StorageError: The store failed.
    """
    product = product_of(checkout, text)
    asked = Subscription.of({**vars(wish), "product": product.key, "since": datetime.now(UTC).date().isoformat()})

    def attempt() -> Subscribed:
        known = log.events(store, product.key)
        if reasons := [*_reasons(product, asked, store), *_ended(product, known)]:
            raise Refused(reasons)
        former = next(
            (subscription for subscription in current(known) if subscription.consumer == asked.consumer), None
        )
        if former is not None and _same(former, asked):
            return Subscribed(former, former, changed=False, warnings=_warnings(product))
        details = asked.as_details()
        head = input_heads(store, [product.key]).get(product.key)
        log.add(store, product.key, EventKind.SUBSCRIBED, by=by, after=len(known), details=details, registered=head)
        return Subscribed(asked, former, changed=True, warnings=_warnings(product))

    return retried(attempt)


def unsubscribe(store: ObjectStore, text: str, consumer: str, *, by: str) -> Subscription:
    """End a subscription. The product need not be there any more.

    Args:
        store: Where the registry is.
        text: The product, as people write it.
        consumer: The consumer's name.
        by: Who ends it.

    Returns:
        The one that stood until now.

    Raises:
        MeshError: There is no such subscription.
        InvalidName: A name cannot be.
        StorageError: The store failed.
    """
    key, name = key_of(text), line(consumer, "consumer")

    def attempt() -> Subscription:
        known = log.events(store, key)
        standing = {subscription.consumer: subscription for subscription in current(known)}
        if name not in standing:
            hint = did_you_mean(name, standing) if standing else "nobody has"
            raise MeshError(f"{name!r} has not subscribed to {key}: {hint}")
        head = input_heads(store, [key]).get(key)
        details = {"consumer": name}
        log.add(store, key, EventKind.UNSUBSCRIBED, by=by, after=len(known), details=details, registered=head)
        return standing[name]

    return retried(attempt)


def _reasons(product: Product, asked: Subscription, store: ObjectStore) -> list[str]:
    columns = columns_of(product.contract)
    reasons = [
        f"{product.key} has no column {column!r}: {did_you_mean(column, columns)}"
        for column in asked.columns
        if column not in columns
    ]
    if asked.pin is not None:
        known = [registered.version for registered in readable(store, product.key)[0]] + [product.contract.version_text]
        if not _PIN.fullmatch(asked.pin):
            reasons.append(f"the pin {asked.pin!r} is no version: write one such as {known[-1]} or {_minor(known[-1])}")
        elif not any(_is_of(asked.pin, version) for version in known):
            reasons.append(
                f"the pin {asked.pin} is no version of {product.key}: it has {', '.join(sorted(set(known)))}"
            )
    return reasons


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _is_of(pin: str, version: str) -> bool:
    return f"{version.partition('+')[0]}.".startswith(f"{pin}.")


def _ended(product: Product, known: Sequence[Event]) -> list[str]:
    to = product.contract.custom.replaced_by
    instead = f": subscribe to {to}" if to else ""
    if product.contract.status == "retired":
        return [f"{product.key} is retired{instead}"]
    last = last_of_life(known)
    if last is not None and last.kind is EventKind.RETIRED:
        return [
            f"{product.key} was retired on {last.at:%Y-%m-%d} by {last.by}{instead or ', ask them what replaces it'}"
        ]
    return []


def _warnings(product: Product) -> tuple[str, ...]:
    contract = product.contract
    if contract.status in {"proposed", "draft"}:
        return (f"{product.key} is {contract.status}: it may still change at will",)
    if contract.status != "deprecated":
        return ()
    to = f": move to {contract.custom.replaced_by}" if contract.custom.replaced_by else ""
    return (f"{product.key} is deprecated{to}",)


def _same(former: Subscription, asked: Subscription) -> bool:
    return {**vars(former), "since": None} == {**vars(asked), "since": None}
