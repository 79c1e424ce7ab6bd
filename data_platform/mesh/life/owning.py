"""Whose product it is: the repository that registered it first, until another one takes it over.

What belongs here: claiming a product, taking one over, and who may not. What does not: what a repository is called
(``products.repository``), and reading the owner off the events (``contracts.registry.owners``).

A repository without an identity claims nothing, and what nobody claimed is anybody's, as before there were owners. The
claim is an event, written before the version: of two repositories that register one name at once, one is told.
"""

from dataclasses import dataclass, replace

from data_platform.contracts.registry import events as log
from data_platform.contracts.registry.events import EventKind
from data_platform.contracts.registry.owners import Owner, not_ours, owner_of
from data_platform.mesh.errors import Refused
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.life.evidence import History
from data_platform.products.repository import new_identity, repository_of
from data_platform.project import Project
from data_platform.storage.objects.store import ObjectStore


def advice(checkout: Checkout) -> str:
    """What to do in a repository without an identity, in a sentence without its full stop."""
    root = Project.of_domains(checkout.domains).root
    line = f'repository = "{new_identity(root.name)}"'
    return f"add {line} under [tool.data_platform] in {root / 'pyproject.toml'} and commit it"


def hand_over(key: str) -> str:
    """How a product is handed over, in a sentence without its full stop."""
    return f"if it moved here, data-platform register {key} --take-over says so to everybody; else give it another name"


@dataclass(frozen=True)
class Claim:
    """What a repository says of whose a product is, before it registers a version of it.

    Attributes:
        repository: Its identity; empty: it has none, and claims nothing.
        owner: The owner until now.
        is_new: Whether the claim has to be written down.
    """

    repository: str
    owner: Owner | None
    is_new: bool

    @property
    def taken_from(self) -> str:
        """The repository that it is taken over from; empty: none."""
        return self.owner.repository if self.is_new and self.owner else ""


def claim(checkout: Checkout, key: str, history: History, *, take_over: bool = False) -> Claim:
    """See whether a product may be registered from here, as to whose it is.

    Args:
        checkout: The mesh.
        key: The product.
        history: What the registry holds of it.
        take_over: Whether to take it over where it is another repository's.

    Raises:
        Refused: It is another repository's; or it is to be taken over by a repository without an identity, or while
            nobody can be sure whose it is.
    """
    repository, owner = repository_of(checkout.domains), owner_of(history.events)
    if take_over and not repository:
        raise Refused([f"this repository has no identity to take {key} over with: {advice(checkout)}"])
    if (reason := not_ours(key, owner, repository)) and not take_over:
        raise Refused([f"{reason}: {hand_over(key) if repository else advice(checkout)}"])
    doubts = [*map(str, history.event_problems), *history.missing_events]
    if take_over and doubts:
        raise Refused(f"{doubt}; until then nobody knows whose it is" for doubt in doubts)
    is_new = bool(repository) and (owner is None or owner.repository != repository)
    return Claim(repository, owner, is_new and not doubts)


def written(store: ObjectStore, key: str, claimed: Claim, history: History, *, by: str) -> History:
    """Write a claim down, if it is new.

    Returns:
        The history with it.

    Raises:
        Overtaken: Something else happened in the meantime.
        StorageError: The store failed.
    """
    if not claimed.is_new:
        return history
    details = {"repository": claimed.repository, "before": claimed.taken_from or None}
    after, head = len(history.events), history.head
    event = log.add(store, key, EventKind.OWNED, by=by, after=after, details=details, registered=head)
    return replace(history, events=(*history.events, event))
