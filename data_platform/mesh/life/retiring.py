"""The end of a product: announced to its consumers, then made, and refused while one of them is left.

What belongs here: what deprecating and retiring ask for, in which order, and the events. What does not: the new text of
the contract (``end_of_support``), writing events down (``contracts.registry``).

The event is written before the file: if somebody subscribes in the same moment the event loses, and all is looked at
again. Whoever dies in between runs the command again.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

from data_platform.contracts.properties import PREFIX
from data_platform.contracts.registry import events as log
from data_platform.contracts.registry.deciding import retried
from data_platform.contracts.registry.events import EventKind
from data_platform.contracts.registry.names import LONGEST_TEXT, line
from data_platform.contracts.registry.owners import not_ours, owner_of
from data_platform.contracts.registry.subscriptions import current
from data_platform.contracts.service_levels import moment, service_level, sunset
from data_platform.mesh.errors import Refused
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import consumers_of, key_of, product_of
from data_platform.mesh.life.end_of_support import OVERRIDE, Ending, edited, write
from data_platform.mesh.life.evidence import history_of, input_heads
from data_platform.mesh.life.left import recipients_of, still_read
from data_platform.mesh.life.removing import newest_of, retire_without_folder
from data_platform.products.folder import Product
from data_platform.products.repository import repository_of
from data_platform.storage.objects.store import ObjectStore


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
        if foreign := not_ours(product.key, owner_of(known), repository_of(checkout.domains)):
            raise Refused([foreign])
        recipients = recipients_of(checkout, store, product.key, current(known))
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
    """End a product: in its contract's file, and as an event; one without a folder, see ``retire_without_folder``.

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
    if (key := key_of(text)) not in checkout and (record := newest_of(store, key)) is not None:
        return retire_without_folder(checkout, store, record, by=by, why=why, dry_run=dry_run)
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
        recipients = recipients_of(checkout, store, product.key, current(known))
        foreign = not_ours(product.key, owner_of(known), repository_of(checkout.domains))
        reasons = [*filter(None, [foreign]), *_too_early(product, now or datetime.now(UTC))]
        reasons += still_read(checkout, product.key, product.contract, recipients)
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
