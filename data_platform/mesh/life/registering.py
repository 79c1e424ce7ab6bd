"""Registering a version of a contract: linted, compared with all that were registered, judged by who reads it, stored.

What belongs here: the order of these questions and what refuses a version. What does not: the answers (``contracts``,
``impact``), and how a version is written down (``contracts.registry``).

Registering is decided on the versions that were read; if another one is registered in the meantime, it is decided anew.
Where something that was registered is gone, only the very same content is taken, in the place where it was: what is
registered never changes, also not by way of a deleted object.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from data_platform.contracts.compatibility.judge import JudgedChange, Judgement, judge, why_no_promise
from data_platform.contracts.registry import versions as log
from data_platform.contracts.registry.deciding import retried
from data_platform.contracts.registry.versions import RegisteredVersion, digest, same_version
from data_platform.mesh.errors import Refused
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import commit_of, consumers_of, contract_file, contract_text, product_of
from data_platform.mesh.impact.answer import ELSEWHERE, Impact, impact_of
from data_platform.mesh.impact.cycles import cycles_elsewhere
from data_platform.mesh.impact.elsewhere import elsewhere, outside_readers
from data_platform.mesh.life.evidence import History, history_of, input_heads
from data_platform.mesh.life.left import removed_by
from data_platform.mesh.life.owning import Claim, advice, claim, written
from data_platform.products.folder import Product
from data_platform.products.names import next_of
from data_platform.products.reads import tell_reads
from data_platform.storage.objects.store import ObjectStore


class Outcome(StrEnum):
    """What became of a registration."""

    REGISTERED = "registered"
    ALREADY = "already registered"
    RESTORED = "put back"
    """It had been registered, and was deleted."""
    WOULD = "would be registered"


@dataclass(frozen=True)
class Registration:
    """A version that is registered, or would be.

    Attributes:
        product: Its key.
        version: The version.
        outcome: What became of it.
        record: As it is registered; ``None`` where it only would be.
        changes: What changed since the registered version before it: ``kind``, ``grade``, ``verdict``, ``message`` and
            ``reason``; none where there is no earlier one, or it was registered already.
        impact: What they mean for every consumer, transitive, subscriptions included; ``None`` where nothing changed.
        unread: What of the registry could not be read: consumers outside the platform may be missing in ``impact``.
        repository: The repository that the product is registered for; empty: it has no identity.
        taken_from: The repository that it was taken over from; empty: from none.
        notes: What else whoever registers should know, each a sentence without its full stop.
    """

    product: str
    version: str
    outcome: Outcome
    record: RegisteredVersion | None
    changes: tuple[dict[str, str], ...] = ()
    impact: Impact | None = None
    unread: tuple[str, ...] = ()
    repository: str = ""
    taken_from: str = ""
    notes: tuple[str, ...] = ()


def register(
    checkout: Checkout, store: ObjectStore, text: str, *, by: str, dry_run: bool = False, take_over: bool = False
) -> Registration:
    """Register a product's contract as it is in the checkout.

    Args:
        checkout: The mesh.
        store: Where the registry is.
        text: The product, as people write it.
        by: Who registers it.
        dry_run: Whether to write nothing.
        take_over: Whether to take the product over, where another repository makes it.

    Raises:
        MeshError: There is no such product.
        Refused: It may not be registered: findings of the lint, another content under the same version, a version that
            is not greater or too small a step, a break of compatibility with the consumers that it meets, another
            repository that makes it, an input by which it needs itself; or the product's registered versions cannot be
            read, or are gone, and this is not what is missing; all reasons.
        StorageError: The store failed.
    """
    product = product_of(checkout, text)
    consumers = [consumer.key for consumer in consumers_of(checkout, product.key)]

    def attempt() -> Registration:
        history = history_of(store, product.key, consumers)
        claimed = claim(checkout, product.key, history, take_over=take_over)
        done, after = _decided(checkout, product, store, history)
        notes = tuple(_notes(checkout, product, history, claimed))
        done = replace(done, repository=claimed.repository, taken_from=claimed.taken_from, notes=notes)
        if dry_run:
            return done
        history = written(store, product.key, claimed, history, by=by)
        if done.record is not None:
            return done
        record = _add(product, store, history, after=after, by=by)
        return replace(done, outcome=Outcome.RESTORED if history.reasons else Outcome.REGISTERED, record=record)

    done = retried(attempt)
    if not dry_run:
        tell_reads(store, product, by=by)
    return done


def _decided(checkout: Checkout, product: Product, store: ObjectStore, history: History) -> tuple[Registration, int]:
    """What registering would mean, and after which version it is to be written.

    While something is missing or unreadable only what was registered before is put back, where it was.

    Raises:
        Refused: It may not be registered.
    """
    version = product.contract.version_text
    if history.reasons:
        place = history.place_of(product.contract)
        if place is None:
            raise Refused(history.reasons)
        return Registration(product.key, version, Outcome.WOULD, None), place - 1
    if checkout.imported:
        others, unread = elsewhere(store, checkout.keys)
        if cycles := cycles_elsewhere(checkout, [product.key], others):
            raise Refused([*map(str, cycles), *unread])
    same = same_version(history.known, version)
    if same is not None:
        return _again(product, same), 0
    return _judged(checkout, product, store, history.known), len(history.known)


def _notes(checkout: Checkout, product: Product, history: History, claimed: Claim) -> Iterator[str]:
    if why := why_no_promise(product.contract):
        promised = [record.version for record in history.known if why_no_promise(record.contract) is None]
        yield f"{why}: " + (f"readers have {promised[-1]}" if promised else "others cannot use the product yet")
    if not claimed.repository and claimed.owner is None:
        yield f"another repository may register {product.key} too, as this one has no identity: {advice(checkout)}"


def _judged(
    checkout: Checkout, product: Product, store: ObjectStore, known: Sequence[RegisteredVersion]
) -> Registration:
    """What registering a version would mean.

    Raises:
        Refused: It may not be.
    """
    judgement = judge(product.contract, [registered.contract for registered in known])
    changes = [judged for comparison in judgement.comparisons[:1] for judged in comparison.changes]
    met: Impact | None = None
    unread: tuple[str, ...] = ()
    if changes:
        last = judgement.comparisons[0].version
        before = next((registered.contract for registered in known if registered.contract.version_text == last), None)
        readers, unread = outside_readers(store, checkout.keys)
        met = impact_of(checkout, product.key, [judged.change for judged in changes], readers, before=before)
    if reasons := [*_order(product, known), *_breaks(product, judgement, met)]:
        raise Refused([*reasons, *unread])
    version = product.contract.version_text
    return Registration(product.key, version, Outcome.WOULD, None, tuple(map(_plain, changes)), met, unread)


def _add(product: Product, store: ObjectStore, history: History, *, after: int, by: str) -> RegisteredVersion:
    file, last = contract_file(product), history.events[-1] if history.events else None
    return log.add(
        store,
        product.key,
        product.contract,
        contract_text(product),
        after=after,
        by=by,
        commit=commit_of(file),
        events=(last.number, last.digest) if last else (0, None),
        inputs=input_heads(store, [upstream.key for upstream in product.inputs]),
    )


def _again(product: Product, same: RegisteredVersion) -> Registration:
    """The same content under the same version is nothing new; other content is refused."""
    if same.digest == digest(product.contract):
        return Registration(product.key, same.version, Outcome.ALREADY, same)
    raise Refused([f"{same}, says something else, and what is registered never changes: write a greater version"])


def _order(product: Product, known: Sequence[RegisteredVersion]) -> Iterator[str]:
    """Versions only grow."""
    own, last = product.contract.version, known[-1].contract.version if known else None
    if own is not None and last is not None and not own > last:
        yield f"version {own} is not greater than {last}, the last registered one: write a greater one"


def _breaks(product: Product, judgement: Judgement, met: Impact | None) -> Iterator[str]:
    """What the compatibility mode and the version forbid."""
    for version, judged in judgement.breaking:
        yield f"{_described(judged)}, which breaks whoever relies on {version} ({judgement.mode}): {judged.reason}"
    if judgement.breaking:
        yield from affected(met)
        gone = [consumer for consumer in (*met.breaks, *met.may_break) if consumer.kind == ELSEWHERE] if met else []
        yield from (f"{consumer.name}: {removed_by(consumer.name)}" for consumer in gone)
        yield (
            f"keep what {product.key} promises, or make the next version beside it: "
            f"data-platform new {next_of(product.key)} --next-version"
        )
    elif not judgement.suffices:
        demanding = [
            judged
            for comparison in judgement.comparisons
            for judged in comparison.changes
            if judged.grade == judgement.needed
        ]
        why = "; ".join(map(_described, demanding[:3]))
        yield (
            f"version {judgement.version} is too small a step for what changed ({why}): "
            f"write version {judgement.required} or greater"
        )


def affected(met: Impact | None) -> Iterator[str]:
    """Those whom changes affect, the worst first, each in one line with its first reason."""
    for consumer in (*met.breaks, *met.may_break) if met else ():
        subject = f"{consumer.name} ({consumer.kind} of {consumer.owner or 'nobody'})"
        yield f"{subject} {consumer.verdict}: {consumer.reasons[0].text}"


def _described(judged: JudgedChange) -> str:
    """What changed, and where."""
    return f"{judged.change.path}: {judged.change.message}" if judged.change.path else judged.change.message


def _plain(judged: JudgedChange) -> dict[str, str]:
    return {
        "kind": judged.change.kind.value,
        "path": judged.change.path,
        "grade": str(judged.grade),
        "verdict": judged.verdict.value,
        "message": judged.change.message,
        "reason": judged.reason,
    }
