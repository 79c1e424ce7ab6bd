"""Whether a product may be published, by what the registry has of it: asked once for each publication.

What belongs here: what the registry must not be contradicted in by publishing, what the commits of publications say of
it, and that it is told what a published product reads. What does not: the registry itself (``contracts.registry``), and
who may register what (``mesh``).

The registry would otherwise promise what readers do not get, and two repositories that share a store could each put
their own rows under one product's name. A product of which nothing is registered is its team's own affair. Where the
store does not answer now, that is no reason not to publish: publishing finds out by itself.

What was seen is good for a minute and process, so that the partitions of a backfill do not ask each. That nothing is
registered is asked anew each time: somebody else may register the product in that minute.
"""

import json
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Final

from data_platform.contracts.compatibility.judge import judge, why_no_promise
from data_platform.contracts.registry import events as event_log
from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.heads import KEY, Head, NamedHead
from data_platform.contracts.registry.owners import not_ours, owner_of
from data_platform.contracts.registry.versions import RegisteredVersion, digest, head_of, newest, readable
from data_platform.products.errors import UnregisteredError
from data_platform.products.folder import Product
from data_platform.products.reads import is_news, last_reads, reads_of, tell_reads
from data_platform.products.repository import repository_of_product
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore

VALID_SECONDS: Final = 60.0
"""How long what was seen is good for."""


class UntoldReadsWarning(UserWarning):
    """The registry could not be told what a product reads."""


@dataclass(frozen=True)
class Registered:
    """What the registry has of a product that may be published.

    Attributes:
        head: The newest registered version, with the events that there are by now; ``None``: there is none, or nobody
            knows.
        reads: What the product said last that it reads, see ``products.reads``.
        named: The registered version that the product's table names.
    """

    head: Head | None = None
    reads: Mapping[str, Any] = field(default_factory=dict)
    named: NamedHead | None = None

    @property
    def metadata(self) -> dict[str, object]:
        """What the commit of a publication says of the registry: the newest registered version of the product.

        A version is noticed to be gone by who names it (``contracts.registry.heads``), so what the table named before
        is named again, as long as nothing later is registered. Nothing, where nothing was ever registered.
        """
        before = self.named.head if self.named else None
        last = max(
            (candidate for candidate in (before, self.head) if candidate),
            key=lambda candidate: (candidate.number, candidate.events),
            default=None,
        )
        return {KEY: last.as_details()} if last else {}


_seen: Final[dict[tuple[str, str, str, str], tuple[float, Registered]]] = {}
"""What was seen, and when, by store, product, digest of the contract and repository."""
_told: Final[set[tuple[str, str, str]]] = set()
"""What this process has told, or tried to: store, product, what it reads."""
_looking: Final = Lock()


def see_registered(store: ObjectStore, product: Product, named: NamedHead | None = None) -> Registered:
    """See that a product may be published: by its repository, and by its contract.

    The contract is the newest registered one, or breaks none of those that promise something: pre-releases, proposed
    and draft versions do not. Under a transitive mode all of them bind, as in ``register``. Whatever the mode, a
    contract of another id is another product.

    Args:
        store: Where products and registry are.
        product: The product.
        named: The registered version that the product's table names.

    Returns:
        What the registry has of it.

    Raises:
        UnregisteredError: It breaks what is registered, or is another repository's; or what is registered is gone or
            cannot be read, so that nobody knows.
    """
    own, repository = digest(product.contract), repository_of_product(product.folder)
    key = (str(store.url), product.key, own, repository)
    with _looking:
        at, seen = _seen.get(key, (-VALID_SECONDS, None))
    if seen is not None and time.monotonic() - at < VALID_SECONDS:
        return replace(seen, named=named)
    try:
        seen = _look(store, product, own, repository)
    except UnreadableEntry as error:
        raise UnregisteredError(f"{product.key}: nobody knows what is registered of it: {error}") from error
    except StorageError:
        return Registered(named=named)
    if seen is None:
        if named is not None and named.head.digest != own:
            gone = f"version {named.head.version}, which its table names, is gone, and this is another contract"
            raise UnregisteredError(f"{product.key}: nobody knows what is registered of it: {gone}")
        return Registered(named=named)
    with _looking:
        _seen[key] = time.monotonic(), seen
    return replace(seen, named=named)


def tell_published(store: ObjectStore, product: Product, registered: Registered, run_id: str) -> None:
    """Tell the registry what a published product reads, where it is registered and that is news; never fails.

    At most once a process for the same reads. Where the table names more events than there are nothing is written, for
    it would take the place of what is missing, which somebody may restore.

    Args:
        store: Where products and registry are.
        product: The product.
        registered: What ``see_registered`` gave for the publication.
        run_id: Who published.
    """
    head, named = registered.head, registered.named
    if head is None or (named is not None and named.head.events > head.events):
        return
    details = reads_of(product)
    mark = (str(store.url), product.key, json.dumps(details, sort_keys=True))
    with _looking:
        if mark in _told:
            return
        _told.add(mark)
    if not is_news(details, registered.reads):
        return
    try:
        tell_reads(store, product, by=f"the publication of run {run_id}")
    except StorageError as error:  # what was published is published
        message = f"the registry could not be told what {product.key} reads: {error}"
        warnings.warn(f"{message} Later: data-platform register {product.key}", UntoldReadsWarning, stacklevel=2)


def forget() -> None:
    """Ask and tell anew the next time: for tests, and for whoever has just registered something."""
    with _looking:
        _seen.clear()
        _told.clear()


def _look(store: ObjectStore, product: Product, own: str, repository: str) -> Registered | None:
    """What the registry has of a product, which may be published by it; ``None``: nothing is registered."""
    survey = newest(store, products=[product.key])
    if problems := survey.problems.get(product.key):
        raise problems[0]
    record = survey.by_product.get(product.key)
    if record is None:
        return None
    if record.digest != own:
        known, unread = readable(store, product.key)
        if unread:
            raise unread[0]
        _see_successor(product, [entry for entry in known if entry.digest != own])
    happened, unread = event_log.readable(store, product.key)
    if repository and (reason := not_ours(product.key, owner_of(happened), repository)):
        raise UnregisteredError(f"{reason}. Fix: data-platform register {product.key} --take-over, if it moved here")
    if unread:  # nobody knows how many events there are: the table goes on to name what it named
        return Registered()
    last = happened[-1].digest if happened else None
    return Registered(replace(head_of(record), events=len(happened), last_event=last), last_reads(happened))


def _see_successor(product: Product, known: Sequence[RegisteredVersion]) -> None:
    """See that a contract which is not the newest registered one contradicts none of the others.

    Raises:
        UnregisteredError: It does.
        UnreadableEntry: One of them is not what was registered.
    """
    contract, fix = product.contract, f"Fix: data-platform register {product.key} says whom that would break"
    promised = [entry for entry in known if why_no_promise(entry.contract) is None] or known
    if promised and promised[-1].contract.id != contract.id:
        other = f"{contract.id!r} is another contract than {promised[-1].contract.id!r}, which {promised[-1]}, has"
        raise UnregisteredError(f"{product.key}: its id {other}. {fix}; nothing was published")
    breaking = judge(contract, [entry.contract for entry in known]).breaking if known else ()
    if breaking:
        against, judged = breaking[0]
        what = f"version {contract.version_text} breaks the registered version {against}: {judged.change.message}"
        raise UnregisteredError(f"{product.key}: {what}. {fix}; nothing was published")
