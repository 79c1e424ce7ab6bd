"""What a change is: the products as they were at the base and as they are, and what the registry knows of them.

What belongs here: git, the registry, and where files are for people. What does not: judging (``verdict``).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final, Protocol, TypeVar

from data_platform.contracts.findings import Position
from data_platform.contracts.model import Contract
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.registry.events import events_of_all
from data_platform.contracts.registry.owners import not_ours, owner_of
from data_platform.contracts.registry.subscriptions import Subscription
from data_platform.contracts.registry.versions import RegisteredVersion, newest
from data_platform.mesh.ci.report import Place
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.git import changed_files, commit_at, inside, merge_base
from data_platform.mesh.files.links import Links, links_of
from data_platform.mesh.files.lookup import consumers_of
from data_platform.mesh.files.revision import at_revision, by_product
from data_platform.mesh.impact.cycles import Cycle, cycles_elsewhere
from data_platform.mesh.impact.difference import Difference, difference_of
from data_platform.mesh.impact.elsewhere import ElsewhereProduct, products_elsewhere, readers_in
from data_platform.mesh.life.evidence import history_of
from data_platform.mesh.overview.imports import Outdated, outdated_imports
from data_platform.mesh.overview.remarks import Remark, remarks_on
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.layout import Mismatch, mismatch
from data_platform.products.names import is_product_name
from data_platform.products.outdated import count_outdated
from data_platform.products.repository import repository_of
from data_platform.storage.objects.store import ObjectStore

_WORKING_TREE: Final = "HEAD"
_PARTS: Final = {
    CONTRACT_FILE: "contract",
    DEFS_FILE: "defs",
    "transform.sql": "transform",
    "transform.py": "transform",
}
_LOOKED_AT: Final = (".yaml", ".sql", ".py")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class RegistryKnowledge:
    """What the registry knows.

    Attributes:
        versions: The registered versions by product, the oldest first, of those that were asked for.
        outside: All consumers outside the platform, and the products of other repositories.
        why_not: Why it was not looked at; empty: it was.
        doubts: Of those that were asked for, what is gone or cannot be read: nobody can be sure what was promised.
        unread: What else cannot be read; consumers outside this repository may be missing.
        outdated: Imported products that are not as they are registered by now.
        remarks: What it knows otherwise of the products that changed.
        cycles: Those of them that need themselves through other repositories.
        handed_over: Products that are removed, and that another repository has taken over.
        layouts: Tables that are partitioned otherwise than the changed contracts say, by product.
        left_behind: How many partitions of those that changed another contract or transform made than they have now.
    """

    versions: Mapping[str, tuple[RegisteredVersion, ...]] = field(default_factory=dict)
    outside: tuple[Subscription | ElsewhereProduct, ...] = ()
    why_not: str = ""
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    outdated: tuple[Outdated, ...] = ()
    remarks: tuple[Remark, ...] = ()
    cycles: tuple[Cycle, ...] = ()
    handed_over: frozenset[str] = frozenset()
    layouts: Mapping[str, Mismatch] = field(default_factory=dict)
    left_behind: Mapping[str, int] = field(default_factory=dict)


class Ask(Protocol):
    """How the store is asked: if there is one that answers, as ``cli.stores.looked_up`` does."""

    def __call__(self, look: Callable[[ObjectStore | None], _Answer], /) -> tuple[_Answer, str]:
        """What ``look`` finds, and why it was given no store; empty: it was."""


@dataclass(frozen=True)
class Gathered:
    """A change, while its checkouts are there.

    Attributes:
        base: The revision to compare with, as it was given.
        commit: The commit that is compared with.
        head: The revision that is judged; ``None``: the working tree.
        before: The products that changed, as they were.
        now: All products as they are.
        files: The changed files by product, below its folder.
        others: Changed files of no product.
        difference: What changed of the products.
        repository: The folder of all domains in the repository, for git.
        root: The same from the repository's root, for people.
    """

    base: str
    commit: str
    head: str | None
    before: Checkout
    now: Checkout
    files: Mapping[str, tuple[str, ...]]
    others: tuple[str, ...]
    difference: Difference
    repository: Path
    root: PurePosixPath

    @property
    def present(self) -> tuple[str, ...]:
        """The products that changed and are there."""
        return tuple(sorted((*self.difference.added, *self.difference.changed)))

    @cached_property
    def links(self) -> Links:
        """Which products name which, the removed ones still among them."""
        return links_of(self.now.domains, self.now.keys, self.difference.removed)

    def contracts(self, key: str) -> tuple[Contract | None, Contract | None]:
        """A product's contract as it was and as it is; ``None`` where there is none that can be read."""
        return self.before.contracts.get(key), self.now.contracts.get(key)

    def contract_changed(self, key: str) -> bool:
        """Whether a contract says something else than before; of one that cannot be read, whether its file changed."""
        before, after = self.contracts(key)
        if before is None or after is None:
            return CONTRACT_FILE in self.files.get(key, ())
        return before.raw != after.raw

    def parts(self, key: str) -> tuple[str, ...]:
        """What changed of a product, each once: ``contract``, ``defs``, ``transform``, else a file's name."""
        return tuple(sorted({_PARTS.get(name, name) for name in self.files.get(key, ())}))

    def file(self, key: str, name: str = CONTRACT_FILE) -> str:
        """A file of a product, from the repository's root."""
        return (self.root / key / name).as_posix()

    def place(self, file: str, position: Position) -> Place:
        """A place in a file of a checkout, as people know the file."""
        path = Path(file)
        for domains in (self.now.domains, self.before.domains):
            if path.is_relative_to(domains):
                return Place((self.root / path.relative_to(domains).as_posix()).as_posix(), *_at(position))
        return Place(file, *_at(position))

    def shown(self, text: str) -> str:
        """A message that may name folders of a checkout, with the ones that people know."""
        return text.replace(f"{self.now.domains}/", "" if self.root == PurePosixPath() else f"{self.root}/")


@contextmanager
def gathered(domains: Path, base: str, head: str | None = None) -> Iterator[Gathered]:
    """Find out what changed.

    Args:
        domains: The folder of all domains, in a git repository.
        base: The revision that the change is to be merged into.
        head: The revision with the change; ``None``: the working tree, with what is not committed.

    Raises:
        MeshError: No such folder, no git, no repository, no such revision, no common history.
    """
    now = Checkout(domains)
    commit = merge_base(now.domains, base, head or _WORKING_TREE)
    changed = changed_files(now.domains, commit, commit_at(now.domains, head) if head else None)
    root, files = inside(now.domains), by_product(changed)
    with ExitStack() as stack:
        if head is not None:
            now = stack.enter_context(at_revision(domains, head))
        before = stack.enter_context(at_revision(domains, commit, only=files.keys()))
        difference = difference_of(before, now, files)
        judged = {*difference.added, *difference.removed, *difference.changed}
        others = [path for path in changed if "/".join(path.parts[:2]) not in judged and path.suffix in _LOOKED_AT]
        shown = tuple(sorted((root / path).as_posix() for path in others))
        yield Gathered(base, commit, head, before, now, files, shown, difference, domains.resolve(), root)


def read_registry(
    store: ObjectStore | None, change: Gathered, products: Collection[str], tables: Collection[str] = ()
) -> RegistryKnowledge:
    """Ask the registry, and look at the tables that changed contracts are about.

    Args:
        store: The store that it is in; ``None``: nothing is known.
        change: The change.
        products: Whose versions to read.
        tables: The products whose tables to look at.

    Raises:
        StorageError: The store failed.
    """
    if store is None:
        return RegistryKnowledge()
    known, doubts = {}, {}
    for key in products:
        if is_product_name(key.partition("/")[2]):
            history = history_of(store, key, [consumer.key for consumer in consumers_of(change.now, key)])
            known[key] = history.known
            contract = change.now.contracts.get(key)
            if history.reasons and (contract is None or history.place_of(contract) is None):
                doubts[key] = history.reasons
    registered, happened = newest(store), events_of_all(store)
    readers, unread = readers_in(registered, happened, {*change.now.keys, *change.before.keys})
    others, _ = products_elsewhere(registered, happened, change.now.keys)
    there = [change.now.products[key] for key in change.present if key in change.now.products]
    repository = repository_of(change.repository)
    layouts = {
        key: differs
        for key in tables
        if (product := change.now.products.get(key)) is not None and (differs := mismatch(store, product)) is not None
    }
    return RegistryKnowledge(
        known,
        readers,
        doubts=doubts,
        unread=unread,
        outdated=outdated_imports(change.now, store, registered),
        remarks=tuple(remarks_on(there, store, registered, happened, repository)),
        cycles=cycles_elsewhere(change.now, change.present, others) if change.now.imported else (),
        handed_over=frozenset(
            key
            for key in change.difference.removed
            if repository and not_ours(key, owner_of(happened.by_product.get(key, ())), repository)
        ),
        layouts=layouts,
        left_behind={product.key: count for product in there if (count := count_outdated(store, product))},
    )


def _at(position: Position) -> tuple[int, int]:
    return position.line, position.column
