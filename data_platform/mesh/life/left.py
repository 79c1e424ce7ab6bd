"""Who is left that reads a product which is to end, and how they are moved or removed.

What belongs here: its direct consumers of all kinds, and the sentences about them. What does not: what ending asks for
besides (``retiring``, ``removing``).
"""

from collections.abc import Sequence

from data_platform.contracts.model import Contract
from data_platform.contracts.registry.subscriptions import Subscription
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import consumers_of
from data_platform.mesh.impact.answer import ELSEWHERE
from data_platform.mesh.impact.elsewhere import elsewhere
from data_platform.mesh.life.end_of_support import Recipient
from data_platform.products.edges import graph_name
from data_platform.storage.objects.store import ObjectStore


def recipients_of(
    checkout: Checkout, store: ObjectStore, key: str, outside: Sequence[Subscription]
) -> tuple[Recipient, ...]:
    """The direct consumers of a product: products here and in other repositories, then those outside the platform.

    Args:
        checkout: The mesh.
        store: Where the registry is.
        key: The product.
        outside: The subscriptions to it.

    Raises:
        StorageError: The store failed.
    """
    inside = [
        Recipient(consumer.key, "product", consumer.contract.owner or consumer.domain)
        for consumer in consumers_of(checkout, key)
    ]
    others, _ = elsewhere(store, checkout.keys)
    return (
        *inside,
        *(
            Recipient(other.key, ELSEWHERE.rstrip(","), other.contract.owner or other.key.partition("/")[0])
            for other in others
            if graph_name(key) in other.inputs
        ),
        *(
            Recipient(subscription.consumer, subscription.kind, subscription.owner, subscription.contact)
            for subscription in outside
        ),
    )


def still_read(checkout: Checkout, key: str, contract: Contract, recipients: Sequence[Recipient]) -> list[str]:
    """Why a product cannot end, as to who reads it: each sentence without its full stop.

    Args:
        checkout: The mesh.
        key: The product.
        contract: Its contract.
        recipients: Who reads it.
    """
    to = contract.custom.replaced_by
    move = f"move it to {to}" if to else "let it read something else"
    reasons = []
    for recipient in recipients:
        fix = f"{move}, or `data-platform unsubscribe {key} --consumer '{recipient.consumer}'`"
        if recipient.kind == "product":
            fix = move
        elif recipient.kind.startswith("product"):
            fix = f"{move}; {removed_by(recipient.consumer)}"
        reasons.append(f"{recipient.consumer} ({recipient.kind} of {recipient.owner}) still reads it: {fix}")
    broken = [
        f"{problem} cannot be read, so it may read it: mend it first" for problem in checkout.problems if problem != key
    ]
    return reasons + broken


def removed_by(key: str) -> str:
    """How a product of another repository ceases to count where that does not make it any more."""
    return f"if it is not made any more, `data-platform retire {key}` in its repository"
