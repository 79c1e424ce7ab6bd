"""What every way to a new product is told beside its source.

What belongs here: plain values. What does not: the command's own options (``cli.author``).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from data_platform.contracts.drafting import About
from data_platform.mesh.scaffold.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from data_platform.storage.objects.store import ObjectStore

Partitions = Literal["auto", "daily", "none"]


def no_store() -> None:
    """No store."""


@dataclass(frozen=True)
class Options:
    """What is said of a new product.

    Attributes:
        owner: The team that answers for it; None: the domain's.
        purpose: What it is for; empty: what it is made of.
        inputs: Inputs as the command line says them: see ``upstream.GivenInput``.
        partitions: ``auto``: as its inputs are.
        values: Columns of a file whose values may be written down.
        store: Opens the store where tables of inputs without a contract are, if there is one; asked only for such.
    """

    owner: str | None = None
    purpose: str = ""
    inputs: tuple[str, ...] = ()
    partitions: Partitions = "auto"
    values: tuple[str, ...] = ()
    store: "Callable[[], ObjectStore | None]" = no_store

    def about(self, place: Place, made_of: str) -> About:
        """Whose the product is and what for.

        Args:
            place: Where it goes.
            made_of: Its source, for a purpose that nobody told.
        """
        version = f"{place.major}.0.0"
        about = About(place.domain, place.name, version, self.owner)
        return About(place.domain, place.name, version, self.owner, self.purpose or f"{about.title}, {made_of}.")
