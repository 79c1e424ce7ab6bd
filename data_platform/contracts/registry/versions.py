"""RegisteredVersion versions of a contract: immutable, in one order, each with its text.

What belongs here: writing a version down and reading versions back. What does not: whether a version may be registered
(``mesh.life.registering``).

Two contracts are the same if they hold the same data: comments, order of keys and layout do not count.

**A chain.** Each version names the one before it and its digest (the first names none), so that one that was deleted or
replaced is noticed by those after it; and the newest versions of its product's inputs, so that these are missed if they
are gone (``heads``). Versions of earlier platforms name nothing; the chain begins after them.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.registry.errors import UnreadableEntry
from data_platform.contracts.registry.heads import Head, NamedHead, missing_versions
from data_platform.contracts.registry.log import Entry, Log, Survey, read_all
from data_platform.contracts.registry.names import line, product_name
from data_platform.contracts.registry.surveys import log_at, survey
from data_platform.contracts.semver import SemanticVersion
from data_platform.contracts.source import read
from data_platform.storage.objects.store import ObjectStore

_KIND: Final = "contract version"


@dataclass(frozen=True)
class RegisteredVersion:
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
        previous: The version before it, as it names that; ``None``: it names none.
        events: How many events of the product there were when it was registered.
        last_event: The digest of the last of them.
        inputs: The newest registered versions of the product's inputs at that time, by product.
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
    previous: Head | None = None
    events: int = 0
    last_event: str | None = None
    inputs: Mapping[str, Head] = field(default_factory=dict)

    @cached_property
    def contract(self) -> Contract:
        """The contract; findings about it name the object. Reading it costs milliseconds.

        Raises:
            UnreadableEntry: The text is no contract, or not the one that was registered.
        """
        try:
            contract = contract_of(read(self.text.encode(), file=self.uri))
        except UnreadableContractError as error:
            raise UnreadableEntry(f"{self.uri}: it holds no contract: {error}", uri=self.uri) from error
        if digest(contract) != self.digest:
            reason = "its contract is not the one that its digest is of, so it was changed after it was registered"
            raise UnreadableEntry(f"{self.uri}: {reason}: restore what was there.", uri=self.uri)
        return contract

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
    return log_at(store, product, "versions")


def readable(store: ObjectStore, product: str) -> tuple[tuple[RegisteredVersion, ...], tuple[UnreadableEntry, ...]]:
    """The registered versions of a product that can be read, the oldest first; and what cannot, and why.

    Raises:
        InvalidName: It is no product's key.
        StorageError: The store failed.
    """
    contents = log_of(store, product).contents()
    records: list[RegisteredVersion] = []
    problems = list(contents.problems)
    for entry in contents.entries:
        try:
            record = registered(product, entry)
            _ = record.contract  # which sees that it is what was registered
        except UnreadableEntry as error:
            problems.append(error)
        else:
            records.append(record)
    replaced = missing_versions(
        records,
        [
            named_head
            for named_head in chain(records)
            if any(record.number == named_head.head.number for record in records)
        ],
    )
    problems += [
        UnreadableEntry(f"{missing.instead.uri}: {missing}.", uri=missing.instead.uri)
        for missing in replaced
        if missing.instead
    ]
    return tuple(records), tuple(problems)


def chain(known: Iterable[RegisteredVersion]) -> tuple[NamedHead, ...]:
    """What versions name of those before them."""
    return tuple(
        NamedHead(record.previous, f"the version after it, {record.uri}") for record in known if record.previous
    )


def add(  # noqa: PLR0913 - what is written down
    store: ObjectStore,
    product: str,
    contract: Contract,
    text: str,
    *,
    after: int,
    by: str,
    commit: str | None,
    events: tuple[int, str | None] = (0, None),
    inputs: Mapping[str, Head] | None = None,
) -> RegisteredVersion:
    """Write a version down.

    Args:
        store: The store.
        product: Its key.
        contract: The contract that ``text`` is.
        text: The contract as it is in its file.
        after: How many versions of the product there were when it was decided: the number of the one before.
        by: Who.
        commit: The git commit, if known.
        events: How many events of the product there were, and the digest of the last.
        inputs: The newest registered versions of its inputs, by product.

    Raises:
        InvalidName: A name cannot be written down.
        Overtaken: Another version was registered in the meantime.
        StorageError: The store failed.
    """
    log = log_of(store, product)
    content: Mapping[str, object] = {
        "kind": _KIND,
        "product": product_name(product),
        "version": contract.version_text,
        "digest": digest(contract),
        "by": line(by, "person"),
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "commit": commit,
        **_chained(product, log, after),
        "events": events[0],
        "last_event": events[1],
        "inputs": {key: head.as_details() for key, head in (inputs or {}).items()},
        "contract": text,
    }
    return registered(product, log.add(content, after=after))


def _chained(product: str, log: Log, after: int) -> dict[str, object]:
    """The version before; ``None`` before the first, nothing where it is put back and its predecessor is gone too."""
    if after == 0:
        return {"previous": None}
    try:
        return {"previous": head_of(registered(product, log.read(after))).as_details()}
    except UnreadableEntry:
        return {}


def head_of(record: RegisteredVersion) -> Head:
    """A version as others name it."""
    return Head(record.number, record.version, record.digest, record.commit, record.events, record.last_event)


def newest(
    store: ObjectStore, domain: str | None = None, products: Iterable[str] | None = None
) -> Survey[RegisteredVersion]:
    """The newest registered version of each product: one read each, and one listing, or one each of the products named.

    Their texts are not looked into: whoever asks for the contract of one has it checked against its digest.

    Args:
        store: The store.
        domain: Only this domain's products.
        products: Only these.

    Returns:
        By product; of a product whose newest cannot be read there is a problem, and no version.

    Raises:
        StorageError: The store failed.
    """
    by_product: dict[str, RegisteredVersion] = {}
    numbers, problems = survey(store, "versions", domain, products)
    wanted = {product: its[-1] for product, its in numbers.items() if its}
    answers = read_all([(log_of(store, product), number) for product, number in wanted.items()])
    for product, answer in zip(wanted, answers, strict=True):
        try:
            if isinstance(answer, UnreadableEntry):
                raise answer
            by_product[product] = registered(product, answer)
        except UnreadableEntry as error:
            problems[product] = (*problems.get(product, ()), error)
    return Survey(by_product, problems)


def latest_first(store: ObjectStore, product: str, last: RegisteredVersion) -> Iterator[RegisteredVersion]:
    """The versions of a product from a given one back to the first, each read when it is asked for."""
    yield last
    log = log_of(store, product)
    yield from (registered(product, log.read(number)) for number in range(last.number - 1, 0, -1))


def registered(product: str, entry: Entry) -> RegisteredVersion:
    """An entry as a version.

    Raises:
        UnreadableEntry: It is none, or of another product.
    """
    raw = entry.content
    texts = [raw.get(name) for name in ("product", "version", "digest", "contract", "by", "at")]
    commit, inputs, last = raw.get("commit"), raw.get("inputs", {}), raw.get("last_event")
    right = isinstance(commit, str | None) and isinstance(inputs, dict) and isinstance(last, str | None)
    if raw.get("kind") != _KIND or not right or not all(isinstance(text, str) for text in texts):
        right = False
    if not right or raw["product"] != product:
        msg = f"{entry.uri}: it is no registered version of {product}: move it away, or restore what was there."
        raise UnreadableEntry(msg, uri=entry.uri)
    try:
        at, _ = datetime.fromisoformat(raw["at"]), SemanticVersion.parse(raw["version"])
        record = RegisteredVersion(
            product, raw["version"], raw["digest"], raw["contract"], raw["by"], at, commit, entry.number, entry.uri,
            Head.of(raw.get("previous")), events if isinstance(events := raw.get("events"), int) else 0, last,
            {key: head for key, value in inputs.items() if (head := Head.of(value))},
        )  # fmt: skip
    except ValueError as error:
        raise UnreadableEntry(f"{entry.uri}: {error}: restore what was there.", uri=entry.uri) from error
    _see_link(record, raw)
    return record


def _see_link(record: RegisteredVersion, raw: Mapping[str, object]) -> None:
    """See that a version stands where it says that it stands: after the one that it names, or first."""
    previous_number = record.previous.number if record.previous else 0
    if "previous" in raw and previous_number != record.number - 1:
        reason = f"it was registered as number {previous_number + 1}, so entries were renamed: restore what was there"
        raise UnreadableEntry(f"{record.uri}: {reason}.", uri=record.uri)


def same_version(known: Iterable[RegisteredVersion], version: str) -> RegisteredVersion | None:
    """The registered one of that version; what is after a ``+`` does not tell versions apart."""
    plain = version.partition("+")[0]
    return next((record for record in known if record.version.partition("+")[0] == plain), None)
