"""Everything that is wrong or doubtful in a folder of domains: contracts, product folders, and what is between them.

What belongs here: choosing what to look at, gathering findings, and how they are written for people and for machines.
What does not: the rules (``contracts.lint``, ``products.folder``), the graph (``impact.graph``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from data_platform.contracts.findings import Basis, Finding, Position, Severity
from data_platform.contracts.lint import lint as lint_contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.registry.events import events_of_all
from data_platform.contracts.registry.versions import newest
from data_platform.contracts.source import read
from data_platform.contracts.suggest import counted
from data_platform.mesh.checking.annotations import annotation
from data_platform.mesh.checking.layouts import layout_findings
from data_platform.mesh.checking.left_tests import left_tests
from data_platform.mesh.checking.sql_rules import sql_rule_findings
from data_platform.mesh.checking.transforms import transform_findings
from data_platform.mesh.checking.windows import window_findings
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.links import Links, links_of, way_up
from data_platform.mesh.overview.imports import Outdated, edited_imports, outdated_imports
from data_platform.mesh.overview.remarks import OWNER, remarks_on
from data_platform.products.declared_inputs import Input
from data_platform.products.edges import graph_name, key_of
from data_platform.products.errors import InvalidProductError
from data_platform.products.folder import Contracts
from data_platform.products.imported import IMPORTED_FILE
from data_platform.products.names import is_product_name
from data_platform.products.repository import repository_of
from data_platform.products.source_file import read_source
from data_platform.project import Project
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Lint:
    """What was found.

    Attributes:
        findings: By file and line.
        looked_at: How many products and files.
        root: What files are shown relative to.
    """

    findings: tuple[Finding, ...]
    looked_at: int
    root: Path

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps something from being used."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is doubtful."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)

    def line(self, finding: Finding) -> str:
        """A finding as editors and terminals know it: ``file:line:column: …``."""
        return finding.shown_as(self.shown(finding))

    def annotation(self, finding: Finding) -> str:
        """A finding as GitHub shows it at its line of a pull request, see ``annotations``."""
        kind = {Severity.ERROR: "error", Severity.WARNING: "warning"}.get(finding.severity, "notice")
        title = f"{finding.rule} ({finding.basis})"
        return annotation(kind, self.shown(finding), finding.position, title, f"{finding.message}. Fix: {finding.fix}")

    def shown(self, finding: Finding) -> str:
        """The file, below the checkout where it is there."""
        file = Path(finding.file)
        return str(file.relative_to(self.root)) if file.is_relative_to(self.root) else finding.file

    def summary(self) -> str:
        """How much was found."""
        things = "1 product or file" if self.looked_at == 1 else f"{self.looked_at} products or files"
        return f"{things}: {counted(len(self.errors), 'error')}, {counted(len(self.warnings), 'warning')}"

    def to_dict(self) -> dict[str, object]:
        """The findings as plain data."""
        return {
            "looked_at": self.looked_at,
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "findings": [
                {
                    "file": self.shown(finding),
                    "line": finding.line,
                    "column": finding.column,
                    "severity": finding.severity.value,
                    "rule": finding.rule,
                    "basis": finding.basis.value,
                    "element": finding.key,
                    "message": finding.message,
                    "fix": finding.fix,
                }
                for finding in self.findings
            ],
        }


class Ask(Protocol):
    """How the registry is asked: by a store if there is one that answers, as ``cli.stores.looked_up`` does."""

    def __call__(self, look: Callable[[ObjectStore | None], list[Finding]], /) -> tuple[list[Finding], str]:
        """What ``look`` finds, and why it was given no store; empty: it was."""


def lint(
    domains: Path,
    targets: Sequence[str],
    *,
    standard: bool = False,
    ask: Ask | None = None,
    store: ObjectStore | None = None,
) -> Lint:
    """Look at products, folders or contract files.

    Args:
        domains: The folder of all domains.
        targets: ``domain/name_vN``, ``domain.name_vN``, a domain, a path; ``all`` or nothing: all products.
        standard: Whether to judge contracts by the standard alone, and leave out what is this platform's policy.
        ask: How the registry is asked; ``None``: it is not.
        store: Where the products' tables are, to hold contracts against them; ``None``: by the files alone.

    Returns:
        The findings; cycles between products are told of those that are looked at.

    Raises:
        MeshError: There is no such product or file.
        StorageError: The store failed.
    """
    checkout = Checkout(domains)
    keys, sources, files = _chosen(checkout, targets)
    findings = [finding for key in sources for finding in _of_source(checkout, key)]
    findings += [finding for file in files for finding in _of_file(file, Contracts(checkout.domains))]
    links = links_of(checkout.domains, checkout.keys if keys else ())
    for key in keys:
        findings += lint_product(checkout, key, links)
        if store is not None and (product := checkout.products.get(key)) is not None:
            findings += layout_findings(store, product)
    whole = not targets or "all" in targets
    imported = checkout.imported if whole else ()
    findings += [_at_import(checkout, entry) for entry in edited_imports(checkout, imported)]
    findings += left_tests(Project.of_domains(checkout.domains)) if whole else []
    if ask is not None and not standard and (keys or imported):
        findings += ask(lambda store: _by_registry(checkout, keys, imported, store) if store else [])[0]
    if standard:
        findings = [finding for finding in findings if finding.basis is Basis.STANDARD]
    ordered = sorted(set(findings), key=lambda finding: (finding.file, finding.position, finding.rule, finding.message))
    return Lint(tuple(ordered), len(keys) + len(sources) + len(files), Project.of_domains(checkout.domains).root)


def _by_registry(checkout: Checkout, keys: Sequence[str], imported: Sequence[str], store: ObjectStore) -> list[Finding]:
    """What the registry knows otherwise of products, and imports that are not what was registered."""
    named = [key for key in keys if is_product_name(key.partition("/")[2])]
    asked = None if len(keys) == len(checkout.keys) else named
    registered, happened = newest(store, products=asked), events_of_all(store, asked)
    products = [checkout.products[key] for key in keys if key in checkout.products]
    remarks = remarks_on(products, store, registered, happened, repository_of(checkout.domains))
    findings = [
        Finding(
            remark.code,
            Severity.WARNING if remark.code == OWNER else Severity.INFO,
            str(checkout.folder(remark.product) / CONTRACT_FILE),
            Position(1, 1),
            (),
            remark.message,
            remark.fix,
        )
        for remark in remarks
    ]
    entries = outdated_imports(checkout, store, registered) if imported else ()
    return findings + [_at_import(checkout, entry) for entry in entries if entry.wrong]


def _at_import(checkout: Checkout, entry: Outdated) -> Finding:
    """An imported contract that is not the one that was registered: what it promises is nobody's promise."""
    file = str(checkout.folder(entry.product) / IMPORTED_FILE)
    return Finding("imported", Severity.ERROR, file, Position(1, 1), (), entry.message, entry.fix)


def lint_product(checkout: Checkout, key: str, links: Links) -> list[Finding]:
    """Everything that is wrong or doubtful in a product's folder and with what it reads.

    Args:
        checkout: The mesh.
        key: A product of it, ``domain/name``.
        links: Who reads what in it.
    """
    return [*_of_product(checkout, key), *_cycles(checkout, key, links)]


def _chosen(checkout: Checkout, targets: Sequence[str]) -> tuple[list[str], list[str], list[Path]]:
    """The products, sources and files to look at."""
    if not targets or "all" in targets:
        return list(checkout.keys), list(checkout.sources), []
    keys: dict[str, None] = {}
    sources: dict[str, None] = {}
    files: dict[Path, None] = {}
    for target in targets:
        own, file = _keys_of(checkout, target, checkout.keys), Path(target)
        raw = _keys_of(checkout, target, checkout.sources)
        if own or raw:
            keys.update(dict.fromkeys(own))
            sources.update(dict.fromkeys(raw))
        elif file.is_file():
            files[file] = None
        else:
            keys[checkout.key_of(target)] = None
    return list(keys), list(sources), list(files)


def _keys_of(checkout: Checkout, target: str, known: Sequence[str]) -> list[str]:
    """What of some products or sources a target means: one, those of a domain, those below a folder or of a file."""
    dotted = target.strip("/").replace(".", "/", 1)
    if dotted in known:
        return [dotted]
    if within := [key for key in known if key.startswith(f"{target.strip('/')}/")]:
        return within
    path = Path(target).resolve()
    if not path.exists() or not path.is_relative_to(checkout.domains):
        return []
    below = path.relative_to(checkout.domains).as_posix()
    return [key for key in known if below == "." or f"{key}/".startswith(f"{below}/") or below.startswith(f"{key}/")]


def _of_file(file: Path, contracts: Contracts) -> list[Finding]:
    findings = lint_contract(file, contracts)
    if not any(finding.severity is Severity.ERROR for finding in findings):
        findings += sql_rule_findings(contract_of(read(file)))
    return findings


def _of_source(checkout: Checkout, key: str) -> Sequence[Finding]:
    """What is wrong with a source's file."""
    try:
        read_source(checkout.folder(key))
    except InvalidProductError as error:
        return error.findings
    return ()


def _of_product(checkout: Checkout, key: str) -> Iterator[Finding]:
    problem = checkout.problems.get(key)
    if problem is not None:
        yield from problem.findings
        return
    product = checkout.products[key]
    yield from product.warnings
    yield from transform_findings(product)
    yield from sql_rule_findings(product.contract)
    yield from window_findings(product)


def _cycles(checkout: Checkout, key: str, links: Links) -> Iterator[Finding]:
    """An error at each input by which a product needs itself, through others."""
    product = checkout.products.get(key)
    for upstream in product.inputs if product is not None else ():
        way = way_up(links, graph_name(upstream.key), graph_name(key))
        if way is not None and all(step in checkout.products for step in map(key_of, way)):
            message = f"{key} needs itself: {' reads '.join([key, *map(key_of, way)])}"
            fix = "make one of them from what comes before the other, or merge the two"
            yield _at_input(checkout, key, upstream, message, fix)


def _at_input(checkout: Checkout, key: str, upstream: Input, message: str, fix: str) -> Finding:
    source = checkout.products[key].source
    position = source.names.get(upstream.name, Position(1, 1))
    return Finding("cycle", Severity.ERROR, str(source.file), position, (), message, fix)
