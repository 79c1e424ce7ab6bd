"""Which repository makes a product, by the product's events.

What belongs here: reading that off. What does not: what a repository is called (``products.repository``), and who may
claim a product or take it over (``mesh.life.owning``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data_platform.contracts.registry.events import Event, EventKind


@dataclass(frozen=True)
class Owner:
    """The repository that makes a product.

    Attributes:
        repository: Its identity, as its ``pyproject.toml`` says it.
        by: Who said so.
        at: When, UTC.
    """

    repository: str
    by: str
    at: datetime

    def __str__(self) -> str:
        return f"the repository {self.repository} (since {self.at:%Y-%m-%d}, by {self.by})"


def owner_of(known: Iterable[Event]) -> Owner | None:
    """The repository that makes a product, by its events; ``None``: none ever said so."""
    for event in reversed(tuple(known)):
        repository = event.details.get("repository") if event.kind is EventKind.OWNED else None
        if isinstance(repository, str) and repository:
            return Owner(repository, event.by, event.at)
    return None


def not_ours(product: str, owner: Owner | None, repository: str) -> str:
    """Why a repository does not make a product, in a sentence without its full stop; empty: it does, or nobody does.

    Args:
        product: The product's key.
        owner: The repository that makes it.
        repository: The identity of the one that asks; empty: it has none.
    """
    if owner is None or owner.repository == repository:
        return ""
    this = f"this one is {repository}" if repository else "this one has no identity"
    return f"{product} is made by {owner}, and {this}"
