"""What the registry knows otherwise than the files of a repository: of its own products, beside their versions.

What belongs here: that comparison, for those who only tell it (``status``, ``ci``, ``lint``). What does not: imported
products (``imports``), and how a contract's version stands to the registry (``contracts.registry.state``).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from data_platform.contracts.compatibility.judge import why_no_promise
from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.events import Event
from data_platform.contracts.registry.log import Survey
from data_platform.contracts.registry.owners import not_ours, owner_of
from data_platform.contracts.registry.state import Standing, State, of_last
from data_platform.contracts.registry.versions import RegisteredVersion
from data_platform.products.folder import Product
from data_platform.products.reads import last_reads, news
from data_platform.storage.objects.store import ObjectStore

READS: Final = "reads-changed"
OWNER: Final = "made-elsewhere"
DRAFT: Final = "registered-draft"
NO_FOLDER: Final = "no-folder"


@dataclass(frozen=True)
class Remark:
    """Something that the registry knows otherwise.

    Attributes:
        product: The product's key.
        code: ``READS``, ``OWNER``, ``DRAFT`` or ``NO_FOLDER``.
        message: All of it in one sentence without its full stop.
        fix: What to do.
    """

    product: str
    code: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.message}: {self.fix}"


def remarks_on(
    products: Iterable[Product],
    store: ObjectStore,
    registered: Survey[RegisteredVersion],
    happened: Survey[tuple[Event, ...]],
    repository: str,
) -> Iterator[Remark]:
    """What the registry knows otherwise of a repository's products, of those that are registered.

    Args:
        products: The products.
        store: Where the registry is; it is asked only where the newest version of one promises nothing.
        registered: The newest version of each product.
        happened: The events of each product.
        repository: The identity of the repository that they are of; empty: it has none.

    Raises:
        StorageError: The store failed.
    """
    for product in products:
        key, record = product.key, registered.by_product.get(product.key)
        if record is None:
            continue
        known = happened.by_product.get(key, ())
        if reason := not_ours(key, owner_of(known), repository):
            moved = f"data-platform register {key} --take-over"
            fix = f"if it moved there, remove its folder and data-platform use {key}; if it moved here, {moved}"
            yield Remark(key, OWNER, reason, fix)
        elif message := news(product, last_reads(known)):
            yield Remark(
                key, READS, message, f"data-platform register {key} tells it, and so does its next publication"
            )
        if (have := _readers_have(product, store, record)) and product.contract.status != "retired":
            yield Remark(key, DRAFT, have, "register an active version when it is to be relied upon")


def left_behind(
    own: Collection[str],
    registered: Survey[RegisteredVersion],
    happened: Survey[tuple[Event, ...]],
    repository: str,
) -> Iterator[Remark]:
    """The products that a repository makes by the registry and has no folder of: they still count as readers.

    Args:
        own: The keys of those that it has.
        registered: The newest version of each product.
        happened: The events of each product.
        repository: Its identity; empty: it has none, so nothing is its own.
    """
    for key, record in registered.by_product.items():
        owner = owner_of(happened.by_product.get(key, ())) if key not in own else None
        if owner is None or owner.repository != repository:
            continue
        try:
            retired = record.contract.status == "retired"
        except UnreadableEntry:  # whoever retires it is told
            retired = False
        if not retired:
            message = f"{key} is registered by this repository, which has no folder of it, and still counts as a reader"
            yield Remark(key, NO_FOLDER, message, f"data-platform retire {key}, or bring its folder back")


def _readers_have(product: Product, store: ObjectStore, record: RegisteredVersion) -> str:
    """What readers have where the newest registered version promises nothing; its text is read only where it may.

    Where a registered contract cannot be read nothing is said: how its version stands to the registry tells that.
    """
    if record.version == product.contract.version_text and why_no_promise(product.contract) is None:
        return ""
    try:
        return of_last(store, State(Standing.NEW, None, record)).readers_have
    except UnreadableEntry:
        return ""
