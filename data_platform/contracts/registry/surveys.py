"""What lies in the registry: which entries each product has, and what is none of ours.

What belongs here: the layout of the registry, and listing it. What does not: reading entries (``log``), and what they
mean (``versions``, ``events``).
"""

from collections.abc import Iterable
from typing import Final

from data_platform.contracts.registry.errors import InvalidName, UnreadableEntry
from data_platform.contracts.registry.log import Log
from data_platform.contracts.registry.names import product_name
from data_platform.storage.objects.store import ObjectInfo, ObjectStore

ROOT: Final = "_registry"
FOLDERS: Final = ("versions", "events")


def log_at(store: ObjectStore, product: str, folder: str) -> Log:
    """One of a product's logs.

    Raises:
        InvalidName: It is no product's key.
    """
    return Log(store, f"{ROOT}/{product_name(product)}/{folder}")


def survey(
    store: ObjectStore, folder: str, domain: str | None = None, products: Iterable[str] | None = None
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[UnreadableEntry, ...]]]:
    """Which entries each product's log has, by one listing, or one of each product named.

    Args:
        store: The store.
        folder: ``versions`` or ``events``.
        domain: Only this domain's products.
        products: Only these.

    Returns:
        The numbers that are there, and what is wrong, by product; what lies elsewhere in the registry is told under its
        folder.

    Raises:
        StorageError: The store failed.
    """
    roots = [f"{ROOT}/{domain}" if domain else ROOT]
    if products is not None:
        roots = [f"{ROOT}/{product_name(product)}/{folder}" for product in sorted(set(products))]
    objects: dict[str, list[ObjectInfo]] = {}
    problems: dict[str, tuple[UnreadableEntry, ...]] = {}
    for info in (info for root in roots for info in store.list(root)):
        parts = info.path.removeprefix(f"{ROOT}/").split("/")
        product = "/".join(parts[:2])
        if not _is_ours(parts):
            if folder == "versions":  # told once, though versions and events are both looked for
                problems[product] = (*problems.get(product, ()), _misplaced(store.uri(info.path)))
        elif parts[2] == folder:
            objects.setdefault(product, []).append(info)
    numbers: dict[str, tuple[int, ...]] = {}
    for product in sorted(objects):
        numbers[product], wrong = log_at(store, product, folder).names(objects[product])
        if wrong:
            problems[product] = (*problems.get(product, ()), *wrong)
    return numbers, problems


def _is_ours(parts: list[str]) -> bool:
    """Whether an object of the registry is in a product's log: by domain, product, folder and name."""
    try:
        product_name("/".join(parts[:2]))
    except InvalidName:
        return False
    return len(parts) > 3 and parts[2] in FOLDERS  # noqa: PLR2004


def _misplaced(uri: str) -> UnreadableEntry:
    reason = (
        "it is in no product's folder of the registry (_registry/domain/name_v1/versions or …/events): move it away"
    )
    return UnreadableEntry(f"{uri}: {reason}.", uri=uri)
