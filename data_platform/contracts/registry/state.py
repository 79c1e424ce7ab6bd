"""How a contract at hand stands to the registry: registered, not registered, or something else under the same version.

What belongs here: the comparison by version and digest. What does not: telling anybody (``products.registered``,
``mesh.overview.products``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from data_platform.contracts.compatibility.judge import why_no_promise
from data_platform.contracts.model import Contract
from data_platform.contracts.registry.versions import RegisteredVersion, digest, latest_first
from data_platform.contracts.semver import SemanticVersion
from data_platform.storage.objects.store import ObjectStore


class Standing(StrEnum):
    """How a contract stands to what is registered."""

    REGISTERED = "registered"
    DIFFERS = "differs"
    """Its version is registered with another content."""
    NEW = "not registered"
    """Its version is not registered; others may be."""
    GONE = "gone"
    """Something that was registered is not there any more."""
    UNREADABLE = "unreadable"
    """What the registry holds of the product cannot be read, so nobody knows."""


@dataclass(frozen=True)
class State:
    """How a contract stands to the registry.

    Attributes:
        standing: How.
        record: What is registered under its version, if anything.
        last: The newest registered version of the product, if any.
        draft: Whether that promises nothing: a pre-release, proposed or a draft.
        promised: The newest registered version that promises something, where ``last`` does not; ``None``: none does.
        why: What is gone, or cannot be read, and what to do.
    """

    standing: Standing
    record: RegisteredVersion | None
    last: RegisteredVersion | None
    why: tuple[str, ...] = ()
    draft: bool = False
    promised: RegisteredVersion | None = None

    @property
    def readers_have(self) -> str:
        """What readers rely on where the newest registered version promises nothing; empty: they rely on that."""
        if not self.draft or self.last is None:
            return ""
        have = f"readers have {self.promised.version}" if self.promised else "nothing is promised to readers yet"
        return f"{self.last.version} is registered as a draft: {have}"

    def __str__(self) -> str:
        if self.why:
            return f"{self.standing}: {'; '.join(self.why)}"
        also = f"; {self.readers_have}" if self.draft else ""
        if self.standing is Standing.REGISTERED:
            return f"{self.record}{also}"
        if self.standing is Standing.DIFFERS:
            return f"differs from {self.record}{also}"
        return f"not registered; the last one is {self.last}{also}" if self.last else "not registered"


def state_of(store: ObjectStore, product: str, contract: Contract, last: RegisteredVersion | None) -> State:
    """How a product's contract stands to the registry.

    Args:
        store: Where the registry is. It is asked only where the newest version is not the contract's.
        product: The product's key.
        contract: Its contract.
        last: Its newest registered version, if it has any.

    Raises:
        UnreadableEntry: Something in the registry is none of ours; the message names it.
        StorageError: The store failed.
    """
    record = _of_version(contract, latest_first(store, product, last) if last else ())
    if record is None:
        return of_last(store, State(Standing.NEW, None, last))
    same = record.digest == digest(contract)
    state = State(Standing.REGISTERED if same else Standing.DIFFERS, record, last)
    # What is the contract at hand is known without reading the registered text: that would cost milliseconds a product.
    return state if same and record == last and why_no_promise(contract) is None else of_last(store, state)


def of_last(store: ObjectStore, state: State) -> State:
    """A state with what readers have, where the newest registered version promises nothing.

    Raises:
        UnreadableEntry: A registered version cannot be read.
        StorageError: The store failed.
    """
    if state.last is None or why_no_promise(state.last.contract) is None:
        return state
    return replace(state, draft=True, promised=last_promised(store, state.last))


def last_promised(store: ObjectStore, last: RegisteredVersion) -> RegisteredVersion | None:
    """The newest registered version of a product that promises something: no pre-release, proposed or draft version.

    Args:
        store: Where the registry is. It is asked only where the newest version promises nothing.
        last: The newest registered version of the product.

    Raises:
        UnreadableEntry: A registered version cannot be read.
        StorageError: The store failed.
    """
    known = latest_first(store, last.product, last)
    return next((record for record in known if why_no_promise(record.contract) is None), None)


def _of_version(contract: Contract, known: Iterable[RegisteredVersion]) -> RegisteredVersion | None:
    """The registered one of the contract's version; versions grow, so that the search ends at the first lower one."""
    plain = contract.version_text.partition("+")[0]
    for record in known:
        if record.version.partition("+")[0] == plain:
            return record
        if contract.version is not None and SemanticVersion.parse(record.version) < contract.version:
            return None
    return None
