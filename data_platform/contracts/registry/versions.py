"""Registered versions of a contract: immutable, in one order, each with its text.

What belongs here: writing a version down and reading versions back. What does not: whether a version may be registered
(``mesh.life.registering``).

Two contracts are the same if they hold the same data: comments, order of keys and layout do not count.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from data_platform.contracts.document import read
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.log import Entry, Log, count, read_all
from data_platform.contracts.registry.names import line, product_name
from data_platform.contracts.semver import SemanticVersion
from data_platform.storage.object_store import ObjectStore

ROOT: Final = "_registry"
_KIND: Final = "contract version"


@dataclass(frozen=True)
class Registered:
    """A version of a contract that was registered.

    Attributes:
        product: ``domain/name_vN``.
        version: The contract's version, as written.
        digest: Of what the contract says, see ``digest``.
        text: The contract's text.
        by: Who registered it.
        at: When, UTC, by the clock of whoever did.
        commit: The git commit that it was registered from; ``None``: not known.
        number: Its number among the product's versions, from 1.
        uri: The object, for messages.
    """

    product: str
    version: str
    digest: str
    text: str
    by: str
    at: datetime
    commit: str | None
    number: int
    uri: str

    @cached_property
    def contract(self) -> Contract:
        """The contract; findings about it name the object. Reading it costs milliseconds.

        Raises:
            UnreadableEntry: The text is no contract, or not the one that was registered.
        """
        try:
            found = contract_of(read(self.text.encode(), file=self.uri))
        except UnreadableContractError as error:
            raise UnreadableEntry(f"{self.uri}: it holds no contract: {error}", uri=self.uri) from error
        if digest(found) != self.digest:
            said = "its contract is not the one that its digest is of, so it was changed after it was registered"
            raise UnreadableEntry(f"{self.uri}: {said}: restore what was there.", uri=self.uri)
        return found

    def __str__(self) -> str:
        return f"{self.product} {self.version}, registered on {self.at:%Y-%m-%d %H:%M} UTC by {self.by}"


def digest(contract: Contract) -> str:
    """The SHA-256 of what a contract says, in hexadecimal: of its data as JSON with sorted keys."""
    text = json.dumps(contract.raw, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def log_of(store: ObjectStore, product: str) -> Log:
    """The log of a product's versions.

    Raises:
        InvalidName: It is no product's key.
    """
    return Log(store, f"{ROOT}/{product_name(product)}/versions")


def versions(store: ObjectStore, product: str) -> tuple[Registered, ...]:
    """All registered versions of a product, the oldest first.

    Raises:
        InvalidName: It is no product's key.
        UnreadableEntry: Something in the registry is none of ours, or was changed by hand; the message names it.
        StorageError: The store failed.
    """
    found = tuple(registered(product, each) for each in log_of(store, product).entries())
    for each in found:
        _ = each.contract  # which sees that it is what was registered
    return found


def add(
    store: ObjectStore, product: str, contract: Contract, text: str, *, after: int, by: str, commit: str | None
) -> Registered:
    """Write a version down.

    Args:
        store: The store.
        product: Its key.
        contract: The contract that ``text`` is.
        text: The contract as it is in its file.
        after: How many versions of the product there were when it was decided.
        by: Who.
        commit: The git commit, if known.

    Raises:
        InvalidName: A name cannot be written down.
        Overtaken: Another version was registered in the meantime.
        StorageError: The store failed.
    """
    content: Mapping[str, Any] = {
        "kind": _KIND,
        "product": product_name(product),
        "version": contract.version_text,
        "digest": digest(contract),
        "by": line(by, "person"),
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "commit": commit,
        "contract": text,
    }
    return registered(product, log_of(store, product).add(content, after=after))


def newest(store: ObjectStore, domain: str | None = None) -> Iterator[Registered]:
    """The newest registered version of each product, of all domains or of one: one listing, and one read each.

    Their texts are not looked into: whoever asks for the contract of one has it checked against its digest.

    Raises:
        UnreadableEntry: Something in the registry is none of ours; the message names it.
        StorageError: The store failed.
    """
    sizes = sizes_of(store, "versions", domain)
    wanted = [(log_of(store, product), size) for product, size in sizes.items()]
    yield from (registered(product, entry) for product, entry in zip(sizes, read_all(wanted), strict=True))


def sizes_of(store: ObjectStore, folder: str, domain: str | None = None) -> dict[str, int]:
    """How many entries each product's log has, by one listing.

    Args:
        store: The store.
        folder: ``versions`` or ``events``.
        domain: Only this domain's products.

    Raises:
        UnreadableEntry: Something in these folders is no entry, or an entry is missing.
        StorageError: The store failed.
    """
    root = f"{ROOT}/{domain}" if domain else ROOT
    paths: dict[str, list[str]] = {}
    for each in store.list(root):
        parts = each.path.removeprefix(f"{ROOT}/").split("/")
        if len(parts) > 2 and parts[2] == folder:  # noqa: PLR2004 - domain, product, folder
            paths.setdefault("/".join(parts[:2]), []).append(each.path)
    return {
        product_name(product): count(store, f"{ROOT}/{product}/{folder}", its) for product, its in sorted(paths.items())
    }


def latest_first(store: ObjectStore, product: str, last: Registered) -> Iterator[Registered]:
    """The versions of a product from a given one back to the first, each read when it is asked for."""
    yield last
    log = log_of(store, product)
    yield from (registered(product, log.read(number)) for number in range(last.number - 1, 0, -1))


def registered(product: str, entry: Entry) -> Registered:
    """An entry as a version.

    Raises:
        UnreadableEntry: It is none, or of another product.
    """
    raw = entry.content
    texts = [raw.get(name) for name in ("product", "version", "digest", "contract", "by", "at")]
    if raw.get("kind") != _KIND or not all(isinstance(each, str) for each in texts) or raw["product"] != product:
        msg = f"{entry.uri}: it is no registered version of {product}: move it away, or restore what was there."
        raise UnreadableEntry(msg, uri=entry.uri)
    try:
        at, _ = datetime.fromisoformat(raw["at"]), SemanticVersion.parse(raw["version"])
        found = Registered(
            product, raw["version"], raw["digest"], raw["contract"], raw["by"], at, raw.get("commit"), entry.number,
            entry.uri,
        )  # fmt: skip
    except ValueError as error:
        raise UnreadableEntry(f"{entry.uri}: {error}: restore what was there.", uri=entry.uri) from error
    return found


def same_version(known: Iterable[Registered], version: str) -> Registered | None:
    """The registered one of that version; what is after a ``+`` does not tell versions apart."""
    plain = version.partition("+")[0]
    return next((each for each in known if each.version.partition("+")[0] == plain), None)
