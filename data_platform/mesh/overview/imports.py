"""Imported products beside the registry: what has been registered of them since, and which of them are going to end.

What belongs here: that comparison. What does not: bringing a new version here (``mesh.life.using``).
"""

from dataclasses import dataclass

from data_platform.contracts.registry.versions import newest
from data_platform.contracts.service_levels import sunset
from data_platform.mesh.files.checkout import Checkout
from data_platform.products.imported import Imported
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Outdated:
    """An imported product of which something else is registered by now.

    Attributes:
        product: Its key.
        here: The version that is here.
        registered: The newest registered one; empty: none is there, or it cannot be read.
        ends: Whether it is deprecated or retired.
        message: All of it in one sentence without its full stop.
        fix: What to do.
    """

    product: str
    here: str
    registered: str
    ends: bool
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.message}. Fix: {self.fix}"


def outdated_imports(checkout: Checkout, store: ObjectStore) -> tuple[Outdated, ...]:
    """The imported products of a checkout that are not as they are registered.

    Args:
        checkout: The mesh.
        store: Where the registry is.

    Raises:
        UnreadableEntry: A registered contract is not the one that was registered.
        StorageError: The store failed.
    """
    if not checkout.imported:
        return ()
    registered = newest(store, products=checkout.imported)
    found = []
    for key in checkout.imported:
        record = registered.by_product.get(key)
        try:
            here = Imported.read(checkout.folder(key))
        except ValueError as error:
            found.append(Outdated(key, "", record.version if record else "", False, str(error), "see the message"))
            continue
        fix = f"data-platform use {key}, and see what that changes for its readers"
        if record is None:
            why = "; ".join(map(str, registered.problems.get(key, ()))) or "nothing is registered of it"
            found.append(Outdated(key, here.version, "", False, f"{key} {here.version} is used here, and {why}", fix))
        elif record.digest != here.digest:
            contract = record.contract
            end, instead = sunset(contract), contract.custom.replaced_by
            words = [f"{key} is registered as {record.version}, {contract.status}"]
            words += [f"it ends on {end:%Y-%m-%d}"] if end else []
            words += [f"{instead} takes its place"] if instead else []
            message = f"{', '.join(words)}; here is {here.version}"
            ends = contract.status in {"deprecated", "retired"}
            found.append(Outdated(key, here.version, record.version, ends, message, fix))
    return tuple(found)
