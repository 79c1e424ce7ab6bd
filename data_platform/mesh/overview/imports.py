"""Imported products beside the registry: whether they are what was registered, and what has been registered since.

What belongs here: that comparison. What does not: bringing a new version here (``mesh.life.using``), and what can be
told without the registry (``products.imported``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.log import Survey
from data_platform.contracts.registry.state import last_promised
from data_platform.contracts.registry.versions import RegisteredVersion, newest, readable, same_version
from data_platform.contracts.service_levels import sunset
from data_platform.mesh.files.checkout import Checkout
from data_platform.products.imported import Imported, edited
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Outdated:
    """An imported product that is not as it is registered.

    Attributes:
        product: Its key.
        here: The version that is here.
        registered: The newest registered one that others can use; empty: none is there, or it cannot be read.
        ends: Whether it is deprecated or retired.
        message: All of it in one sentence without its full stop.
        fix: What to do.
        wrong: Whether what is here never was registered: it was edited, so it is nobody's promise.
    """

    product: str
    here: str
    registered: str
    ends: bool
    message: str
    fix: str
    wrong: bool = False

    def __str__(self) -> str:
        return f"{self.message}. Fix: {self.fix}"


def edited_imports(checkout: Checkout, keys: Iterable[str]) -> Iterator[Outdated]:
    """The imported products of a checkout whose files were edited, as far as the files themselves say it.

    Args:
        checkout: The mesh.
        keys: Which of them.
    """
    for key in keys:
        if message := edited(checkout.folder(key)):
            yield Outdated(key, "", "", False, message, _again(key), wrong=True)


def outdated_imports(
    checkout: Checkout, store: ObjectStore, registered: Survey[RegisteredVersion] | None = None
) -> tuple[Outdated, ...]:
    """The imported products of a checkout that are not as they are registered.

    Args:
        checkout: The mesh.
        store: Where the registry is.
        registered: The newest version of each product, for whoever has read that already.

    Raises:
        StorageError: The store failed.
    """
    if not checkout.imported:
        return ()
    known = newest(store, products=checkout.imported) if registered is None else registered
    answers = (_outdated(checkout, store, key, known) for key in checkout.imported)
    return tuple(answer for answer in answers if answer is not None)


def _outdated(
    checkout: Checkout, store: ObjectStore, key: str, registered: Survey[RegisteredVersion]
) -> Outdated | None:
    if message := edited(checkout.folder(key)):
        return Outdated(key, "", "", False, message, _again(key), wrong=True)
    here, last = Imported.read(checkout.folder(key)), registered.by_product.get(key)
    problems = [*registered.problems.get(key, ())]
    try:
        record = last_promised(store, last) if last is not None else None
    except UnreadableEntry as error:
        record = None
        problems.append(error)
    if record is None:
        why = "; ".join(map(str, problems)) or "nothing is registered of it that others can use"
        return Outdated(key, here.version, "", False, f"{key} {here.version} is used here, and {why}", _again(key))
    if (record.version, record.digest) == (here.version, here.digest):
        return None
    there = same_version(readable(store, key)[0], here.version)
    if there is None or there.digest != here.digest:
        what = "is another contract" if there else "is no registered version"
        message = (
            f"what is here of {key} as version {here.version} {what}, so somebody edited it with its imported.yaml"
        )
        return Outdated(key, here.version, record.version, False, message, _again(key), wrong=True)
    contract = record.contract
    end, instead = sunset(contract), contract.custom.replaced_by
    words = [f"{key} is registered as {record.version}, {contract.status}"]
    words += [f"it ends on {end:%Y-%m-%d}"] if end else []
    words += [f"{instead} takes its place"] if instead else []
    message = f"{', '.join(words)}; here is {here.version}"
    return Outdated(
        key, here.version, record.version, contract.status in {"deprecated", "retired"}, message,
        f"{_again(key)}, and see what that changes for its readers",
    )  # fmt: skip


def _again(key: str) -> str:
    return f"data-platform use {key} writes it as it is registered"
