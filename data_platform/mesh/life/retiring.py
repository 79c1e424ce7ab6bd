"""The end of a product: announced to its consumers, then made, and refused while one of them is left.

What belongs here: what deprecating and retiring ask for, in which order, and the events. What does not: the new text of
the contract (``end_of_support``), writing events down (``contracts.registry``).

The event is written before the file: if somebody subscribes in the same moment the event loses, and all is looked at
again. Whoever dies in between runs the command again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from data_platform.contracts.properties import PREFIX
from data_platform.contracts.registry import events as log
from data_platform.contracts.registry.events import EventKind
from data_platform.contracts.registry.names import LONGEST_TEXT, line
from data_platform.contracts.registry.subscriptions import Subscription, current
from data_platform.contracts.service_levels import moment, service_level, sunset
from data_platform.mesh.errors import Refused
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import consumers_of, product_of
from data_platform.mesh.impact.answer import ELSEWHERE
from data_platform.mesh.impact.elsewhere import elsewhere
from data_platform.mesh.life.end_of_support import Ending, Recipient, edited, write
from data_platform.mesh.life.evidence import history_of, input_heads
from data_platform.mesh.life.subscriptions import retried
from data_platform.products.edges import graph_name
from data_platform.products.folder import Product
from data_platform.storage.objects.store import ObjectStore

OVERRIDE: Final = f"{PREFIX}retiredAnyway"


def deprecate(
    checkout: Checkout,
    store: ObjectStore,
    text: str,
    *,
    replacement: str,
    until: date,
    by: str,
    dry_run: bool = False,
) -> Ending:
    """Announce a product's end: in its contract's file, and as an event.

    Args:
        checkout: The mesh; the product's contract is edited in it.
        store: Where the registry is.
        text: The product, as people write it.
        replacement: The product to move to, likewise.
        until: The day on which its support ends, UTC; from then on it may be retired.
        by: Who announces it.
        dry_run: Whether to write nothing.

    Raises:
        MeshError: There is no such product, or its text cannot be edited by machine.
        Refused: It cannot be announced so; all reasons.
        StorageError: The store failed.
    """
    product, to = product_of(checkout, text), product_of(checkout, replacement)
    if reasons := _not_announced(product, to, until):
        raise Refused(reasons)
    wanted = edited(product, "deprecated", {"endOfSupport": until.isoformat()}, {f"{PREFIX}replacedBy": to.key})

    def attempt() -> Ending:
        known = log.events(store, product.key)
        recipients = recipients_of(checkout, store, product, current(known))
        details: dict[str, object] = {
            "replacement": to.key,
            "sunset": until.isoformat(),
            "version": wanted.version,
            "consumers": [vars(recipient) for recipient in recipients],
        }
        if not dry_run:
            head = input_heads(store, [product.key]).get(product.key)
            log.add(store, product.key, EventKind.DEPRECATED, by=by, after=len(known), details=details, registered=head)
        return replace(wanted, consumers=recipients, written=not dry_run)

    return write(product, retried(attempt))


def retire(
    checkout: Checkout,
    store: ObjectStore,
    text: str,
    *,
    by: str,
    why: str | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> Ending:
    """End a product: in its contract's file, and as an event.

    Args:
        checkout: The mesh; the product's contract is edited in it.
        store: Where the registry is.
        text: The product, as people write it.
        by: Who ends it.
        why: Given: set aside what speaks against it, and write this down with it.
        now: The present; ``None``: the clock.
        dry_run: Whether to write nothing.

    Raises:
        MeshError: There is no such product, or its text cannot be edited by machine.
        Refused: A consumer is left, or an event is gone that may say so, its end was not announced or lies ahead, and
            no ``why`` is given; all reasons.
        UnreadableEntry: An event of the product cannot be read, so nobody knows whether a consumer is left.
        StorageError: The store failed.
    """
    product = product_of(checkout, text)
    if product.contract.status == "retired":
        raise Refused([f"{product.key} is retired already"])
    consumers = [consumer.key for consumer in consumers_of(checkout, product.key)]
    because = None if why is None else line(why, "reason", longest=LONGEST_TEXT)

    def attempt() -> Ending:
        history = history_of(store, product.key, consumers)
        if history.event_problems:
            raise history.event_problems[0]
        known = history.events
        recipients = recipients_of(checkout, store, product, current(known))
        reasons = [*_too_early(product, now or datetime.now(UTC)), *_still_read(checkout, product, recipients)]
        reasons += [f"{reason}; until then nobody knows who else reads it" for reason in history.missing_events]
        if reasons and because is None:
            raise Refused(reasons)
        custom = {OVERRIDE: because} if reasons and because else {}
        wanted = edited(product, "retired", {}, custom)
        details: dict[str, object] = {
            "version": wanted.version,
            "consumers": [vars(recipient) for recipient in recipients],
        }
        if custom:
            details |= {"why": because, "overridden": reasons}
        if not dry_run:
            log.add(
                store, product.key, EventKind.RETIRED, by=by, after=len(known), details=details, registered=history.head
            )
        return replace(wanted, consumers=recipients, overridden=tuple(reasons), written=not dry_run)

    return write(product, retried(attempt))


def recipients_of(
    checkout: Checkout, store: ObjectStore, product: Product, outside: Sequence[Subscription]
) -> tuple[Recipient, ...]:
    """The direct consumers of a product: products here and in other repositories, then those outside the platform."""
    inside = [
        Recipient(consumer.key, "product", consumer.contract.owner or consumer.domain)
        for consumer in consumers_of(checkout, product.key)
    ]
    others, _ = elsewhere(store, checkout.keys)
    return (
        *inside,
        *(
            Recipient(other.key, ELSEWHERE.rstrip(","), other.contract.owner or other.key.partition("/")[0])
            for other in others
            if graph_name(product.key) in other.inputs
        ),
        *(
            Recipient(subscription.consumer, subscription.kind, subscription.owner, subscription.contact)
            for subscription in outside
        ),
    )


def _not_announced(product: Product, to: Product, until: date) -> list[str]:
    """Why a product's end cannot be announced so."""
    contract, reasons = product.contract, []
    if contract.status == "retired":
        reasons.append(f"{product.key} is retired already")
    if to.key == product.key:
        reasons.append(f"{product.key} cannot replace itself: name the product to move to")
    elif to.contract.status != "active":
        reasons.append(f"{to.key} is {to.contract.status}: consumers can move to an active product only")
    if until < datetime.now(UTC).date():
        reasons.append(f"{until} is past: give consumers a day to move by")
    life = service_level(contract, "endoflife")
    if life is not None and (end := moment(life.value)) and end.date() < until:
        reasons.append(f"its endOfLife is {end.date()}, before {until}: change that in the contract first")
    return reasons


def _too_early(product: Product, now: datetime) -> list[str]:
    end = sunset(product.contract)
    if product.contract.status != "deprecated" or end is None:
        announce = f"run `data-platform deprecate {product.key} --replacement … --sunset …` first"
        return [f"its end was never announced (status {product.contract.status}): {announce}"]
    if now < end:
        return [f"it is promised until {end:%Y-%m-%d}: wait, or set it aside with --override --why …"]
    return []


def _still_read(checkout: Checkout, product: Product, recipients: Sequence[Recipient]) -> list[str]:
    to = product.contract.custom.replaced_by
    move = f"move it to {to}" if to else "let it read something else"
    reasons = []
    for recipient in recipients:
        leave = f", or `data-platform unsubscribe {product.key} --consumer '{recipient.consumer}'`"
        fix = move if recipient.kind.startswith("product") else move + leave
        reasons.append(f"{recipient.consumer} ({recipient.kind} of {recipient.owner}) still reads it: {fix}")
    broken = [
        f"{key} cannot be read, so it may read it: mend it first" for key in checkout.problems if key != product.key
    ]
    return reasons + broken
