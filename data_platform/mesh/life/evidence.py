"""Whether what was registered of a product is still there: by all that names it.

What belongs here: gathering who names which registered version, and what follows for somebody who must be sure. What
does not: how it is named (``contracts.registry.heads``), and what is refused (``registering``, ``retiring``).

A version that was deleted is named by: the version after it, the events since (subscriptions are among them), the
registered versions of the products that read it, and the last publication of its own table. So the only version of a
product is missed as well, as soon as anything relied on it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from data_platform.contracts.model import Contract
from data_platform.contracts.registry import events as event_log
from data_platform.contracts.registry import versions as version_log
from data_platform.contracts.registry.errors import DeletedEntry, UnreadableEntry
from data_platform.contracts.registry.events import Event
from data_platform.contracts.registry.heads import (
    Head,
    MissingVersion,
    NamedHead,
    missing_events,
    missing_versions,
    named_by_table,
)
from data_platform.contracts.registry.log import first_gap
from data_platform.contracts.registry.versions import RegisteredVersion, digest, head_of, newest
from data_platform.contracts.semver import SemanticVersion
from data_platform.products.names import is_product_name
from data_platform.storage.errors import StorageError, Unreachable, WrongCredentials
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class History:
    """What the registry holds of a product, and what it should hold.

    Attributes:
        known: The registered versions that can be read, the oldest first.
        problems: What of its versions cannot be read.
        events: Its events that can be read, the oldest first.
        event_problems: What of its events cannot be read.
        gone: Versions that are named and not there.
        missing_events: What is wrong with its events by what names them.
    """

    known: tuple[RegisteredVersion, ...]
    problems: tuple[UnreadableEntry, ...]
    events: tuple[Event, ...]
    event_problems: tuple[UnreadableEntry, ...]
    gone: tuple[MissingVersion, ...]
    missing_events: tuple[str, ...]

    @property
    def head(self) -> Head | None:
        """The newest registered version that can be read."""
        return head_of(self.known[-1]) if self.known else None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why nobody can be sure which versions were registered; none: everybody can."""
        lost = tuple(str(missing) for missing in self.gone)
        # Of an entry that is known to be gone the chain says more than that a number is missing.
        named = {missing.named.head.number for missing in self.gone}
        rest = (problem for problem in self.problems if not (isinstance(problem, DeletedEntry) and self._gap in named))
        return (*lost, *(str(problem) for problem in rest))

    def place_of(self, contract: Contract) -> int | None:
        """The number under which a contract may be put back, as it is what is missing there; ``None``: there is none.

        Of a missing version that nothing names any more only its neighbours are known: its version was between theirs.
        """
        if any(not isinstance(problem, DeletedEntry) for problem in self.problems) or any(
            missing.instead for missing in self.gone
        ):
            return None
        own = digest(contract)
        for missing in self.gone:
            if missing.named.head.digest == own:
                return missing.named.head.number
        gap, named = self._gap, {missing.named.head.number: missing.named.head.version for missing in self.gone}
        if gap is None or gap in named or contract.version is None:
            return None
        others = {**named, **{registered.number: registered.version for registered in self.known}}
        below = [SemanticVersion.parse(version) for number, version in others.items() if number < gap]
        above = [SemanticVersion.parse(version) for number, version in others.items() if number > gap]
        fits = all(version < contract.version for version in below) and all(
            contract.version < version for version in above
        )
        return gap if fits else None

    @property
    def _gap(self) -> int | None:
        return first_gap(registered.number for registered in self.known)


def history_of(store: ObjectStore, product: str, consumers: Collection[str] = ()) -> History:
    """What the registry holds of a product, held against all that names it.

    Args:
        store: The store.
        product: The product's key.
        consumers: The keys of the products that read it.

    Raises:
        InvalidName: It is no product's key.
        StorageError: The store failed.
    """
    known, problems = version_log.readable(store, product)
    happened, event_problems = event_log.readable(store, product)
    named = [*version_log.chain(known), *by_events(happened), *_by_consumers(store, product, consumers)]
    if table := named_by(store, product):
        named.append(table)
    own = [NamedHead(head_of(registered), f"version {registered.version}") for registered in known]
    return History(
        known,
        problems,
        happened,
        event_problems,
        missing_versions(known, named),
        missing_events(happened, [*own, *named]),
    )


def by_events(events: Collection[Event]) -> Iterator[NamedHead]:
    """What a product's events name of its versions."""
    for event in events:
        if event.registered is not None:
            details = event.details.get("subscription") or {}
            who = f"of {details['consumer']} " if isinstance(details, dict) and "consumer" in details else ""
            yield NamedHead(event.registered, f"the event {event.kind} {who}on {event.at:%Y-%m-%d}")


def named_by(store: ObjectStore, product: str) -> NamedHead | None:
    """What a product's table names; nothing, where the table cannot be read: that is told by whoever reads it.

    Raises:
        StorageError: The store does not answer, or refuses us.
    """
    try:
        return named_by_table(store, product)
    except (Unreachable, WrongCredentials):
        raise
    except StorageError:
        return None


def input_heads(store: ObjectStore, keys: Collection[str]) -> dict[str, Head]:
    """The newest registered version of each of some products that has one, for whoever is going to rely on them.

    Raises:
        StorageError: The store failed.
    """
    named = [key for key in keys if is_product_name(key.partition("/")[2])]
    return (
        {key: head_of(registered) for key, registered in newest(store, products=named).by_product.items()}
        if named
        else {}
    )


def by_consumer(product: str, registered: RegisteredVersion) -> NamedHead | None:
    """What a consumer's registered version names of a product."""
    head = registered.inputs.get(product)
    return NamedHead(head, f"{registered.product} {registered.version}, which reads it") if head else None


def _by_consumers(store: ObjectStore, product: str, consumers: Collection[str]) -> Iterator[NamedHead]:
    keys = [key for key in consumers if is_product_name(key.partition("/")[2])]
    if keys:
        versions = newest(store, products=keys).by_product.values()
        yield from (named for registered in versions if (named := by_consumer(product, registered)))
