"""The end of a registered product whose folder is gone: nothing makes it any more, and it still counts as a reader.

What belongs here: what that asks for, and how it is written down. What does not: products with a folder (``retiring``).

Its end is an event, as any product's, and a last version, which is the newest registered one with the status retired:
whoever looks at it then sees the same as of a product that was retired before its folder went.
"""

from dataclasses import replace

from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.registry import events as event_log
from data_platform.contracts.registry import versions as version_log
from data_platform.contracts.registry.deciding import retried
from data_platform.contracts.registry.events import EventKind
from data_platform.contracts.registry.names import LONGEST_TEXT, line
from data_platform.contracts.registry.owners import not_ours, owner_of
from data_platform.contracts.registry.subscriptions import current
from data_platform.contracts.registry.versions import RegisteredVersion, newest
from data_platform.contracts.source import read
from data_platform.mesh.errors import Refused
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import consumers_of
from data_platform.mesh.life.end_of_support import OVERRIDE, Ending, edited_text
from data_platform.mesh.life.evidence import History, history_of
from data_platform.mesh.life.left import recipients_of, still_read
from data_platform.products.names import is_key, is_product_name
from data_platform.products.repository import repository_of
from data_platform.storage.objects.store import ObjectStore


def newest_of(store: ObjectStore, key: str) -> RegisteredVersion | None:
    """The newest registered version of what somebody named; ``None``: there is none.

    Raises:
        UnreadableEntry: It cannot be read.
        StorageError: The store failed.
    """
    if not is_key(key) or not is_product_name(key.partition("/")[2]):
        return None
    registered = newest(store, products=[key])
    if key in registered.problems:
        raise registered.problems[key][0]
    return registered.by_product.get(key)


def retire_without_folder(
    checkout: Checkout, store: ObjectStore, record: RegisteredVersion, *, by: str, why: str | None, dry_run: bool
) -> Ending:
    """End a registered product that has no folder here.

    Nothing makes it, so its end needs no announcement where nobody reads it. It is the affair of the repository that
    made it; where that is gone too, or nobody claimed the product, somebody else says why.

    Args:
        checkout: The mesh.
        store: Where the registry is.
        record: Its newest registered version.
        by: Who ends it.
        why: Given: set aside what speaks against it, and write this down with it.
        dry_run: Whether to write nothing.

    Raises:
        Refused: It is retired already, or another repository's, or nobody knows whose, or somebody reads it, and no
            ``why`` is given; or what is registered of it is gone; all reasons.
        UnreadableEntry: Something of it in the registry cannot be read.
        MeshError: The registered text cannot be edited by machine.
        StorageError: The store failed.
    """
    key = record.product
    consumers = [consumer.key for consumer in consumers_of(checkout, key)]
    because = None if why is None else line(why, "reason", longest=LONGEST_TEXT)

    def attempt() -> Ending:
        history = history_of(store, key, consumers)
        if history.reasons:
            raise Refused(history.reasons)
        if history.event_problems:
            raise history.event_problems[0]
        last = history.known[-1]
        if last.contract.status == "retired":
            raise Refused([f"{key} is retired already"])
        recipients = recipients_of(checkout, store, key, current(history.events))
        reasons = [*_not_here(checkout, key, history), *still_read(checkout, key, last.contract, recipients)]
        reasons += [f"{reason}; until then nobody knows who else reads it" for reason in history.missing_events]
        if reasons and because is None:
            raise Refused(reasons)
        custom = {OVERRIDE: because} if reasons and because else {}
        ending = edited_text(key, last.contract, last.text, last.uri, status="retired", levels={}, custom=custom)
        ending = replace(ending, consumers=recipients, overridden=tuple(reasons))
        return ending if dry_run else _written(store, ending, history, by=by)

    return retried(attempt)


def _not_here(checkout: Checkout, key: str, history: History) -> list[str]:
    """Why it is not for this repository to say that a product is not made any more."""
    repository, owner = repository_of(checkout.domains), owner_of(history.events)
    anyway = "or set it aside with --override --why …, such as that its repository is gone"
    if owner is None:
        reason = f"no repository ever claimed {key}, and it has no folder here"
        return [f"{reason}: retire it in the one that made it, {anyway}"]
    reason = not_ours(key, owner, repository)
    return [f"{reason}: retire it there, {anyway}"] if reason else []


def _written(store: ObjectStore, ending: Ending, history: History, *, by: str) -> Ending:
    """Event and version of an end. Whoever dies in between runs the command again."""
    key = ending.product
    details: dict[str, object] = {
        "version": ending.version,
        "consumers": [vars(recipient) for recipient in ending.consumers],
        "folder": None,
    }
    contract = contract_of(read(ending.text.encode(), file=key))
    if ending.overridden:
        details |= {"why": contract.custom.retired_anyway, "overridden": list(ending.overridden)}
    event = event_log.add(
        store, key, EventKind.RETIRED, by=by, after=len(history.events), details=details, registered=history.head
    )
    version_log.add(
        store, key, contract, ending.text, after=len(history.known), by=by, commit=None,
        events=(event.number, event.digest), inputs=history.known[-1].inputs,
    )  # fmt: skip
    return replace(ending, written=True, registered=True)
