"""What the working tree changes of the products, against a git revision.

What belongs here: which products changed, and what that does to their columns. What does not: asking git
(``revision``), comparing contracts (``contracts.compatibility``), and what it means for others (``impact``).

A transform may change without its contract: then values may be others, within what is promised. Of a query that differs
in some output columns only, those; of any other change, all. Code of a domain outside of its products' folders, such as
the ingestion, is not looked at.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.compare import compare
from data_platform.lineage.effects import ColumnChange, Effect
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.revision import at_revision, changed_since
from data_platform.mesh.impact.answer import Versions
from data_platform.mesh.impact.effects import column_changes
from data_platform.products.catalogue import columns_of
from data_platform.products.defs_file import read_defs
from data_platform.products.edges import graph_name
from data_platform.products.errors import InvalidProductError
from data_platform.products.sources import Source, read_source

if TYPE_CHECKING:
    from sqlglot import exp

_OTHERWISE: Final = "is made in another way"
_MATTERS: Final = ("inputs", "partitions", "runner")


@dataclass(frozen=True)
class Difference:
    """What changed.

    Attributes:
        added: Products that are new, ``domain/name``.
        removed: Products that are gone.
        changed: Products that are other than before.
        changes: What that does to those that read them.
        contract_changes: The changes of the contracts, by product.
        versions: The products that changed or are gone, as they were and as they are.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    changes: tuple[ColumnChange, ...] = ()
    contract_changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    versions: Versions = field(default_factory=lambda: Versions({}, {}, {}))


def difference(checkout: Checkout, revision: str) -> Difference:
    """Find what the working tree changes.

    Args:
        checkout: The working tree.
        revision: The git revision to compare with.

    Raises:
        MeshError: No git, no repository, no such revision.
    """
    touched = changed_since(checkout.domains, revision)
    with at_revision(checkout.domains, revision, only=touched) as base:
        return difference_of(base, checkout, touched)


def difference_of(base: Checkout, checkout: Checkout, touched: Iterable[str] | None = None) -> Difference:
    """Find what one checkout changes of another.

    Args:
        base: The products before.
        checkout: The products now.
        touched: The products that may differ, ``domain/name``; all where it is left out.
    """
    keys = sorted({*base.keys, *checkout.keys} if touched is None else touched)
    both = [key for key in keys if key in base and key in checkout]
    removed = tuple(key for key in keys if key in base and key not in checkout)
    contracts: dict[str, tuple[Change, ...]] = {}
    changes = [ColumnChange(graph_name(key), None, Effect.GONE, "is removed") for key in removed]
    for key in both:
        contracts[key] = _contract_changes(base, checkout, key)
        changes += _changes(base, checkout, key, contracts[key])
    return Difference(
        tuple(key for key in keys if key in checkout and key not in base),
        removed,
        tuple(key for key in both if _differs(base.folder(key), checkout.folder(key))),
        tuple(dict.fromkeys(changes)),
        {key: contract_changes for key, contract_changes in contracts.items() if contract_changes},
        _versions(base, checkout, both, removed),
    )


def _versions(base: Checkout, checkout: Checkout, both: Sequence[str], removed: Sequence[str]) -> Versions:
    before = {key: base.contracts[key] for key in (*both, *removed) if key in base.contracts}
    after = {key: checkout.contracts[key] for key in both if key in checkout.contracts}
    return Versions(before, after, {key: columns_of(contract) for key, contract in before.items()})


def _contract_changes(base: Checkout, checkout: Checkout, key: str) -> tuple[Change, ...]:
    before, after = base.contracts.get(key), checkout.contracts.get(key)
    if before is None or after is None or before.raw == after.raw:
        return ()
    return compare(before, after)


def _changes(base: Checkout, checkout: Checkout, key: str, of_contract: Sequence[Change]) -> Iterator[ColumnChange]:
    name = graph_name(key)
    if key in base.contracts and key not in checkout.contracts:
        yield ColumnChange(name, None, Effect.GONE, "has a contract that cannot be read any more")
        return
    yield from column_changes(name, of_contract)
    columns = columns_of(checkout.contracts[key]) if key in checkout.contracts else []
    other = _changed_outputs(base.folder(key), checkout.folder(key))
    for column in columns if other is None else [column for column in columns if column.lower() in other]:
        yield ColumnChange(name, column, Effect.CHANGED, _OTHERWISE)
    if other is None:
        yield ColumnChange(name, None, Effect.CHANGED, _OTHERWISE)


def _changed_outputs(before: Path, after: Path) -> frozenset[str] | None:
    """The columns, in lower case, that a changed transform makes in another way; ``None``: all, and the rows."""
    try:
        was, now = read_source(before), read_source(after)
        specs = [read_defs(folder)[0].model_dump(include=set(_MATTERS)) for folder in (before, after)]
    except InvalidProductError:
        return None
    if specs[0] != specs[1] or was.kind != now.kind:
        return None
    if was.text == now.text:
        return frozenset()
    return _other_outputs(was, now) if was.kind == "sql" else (frozenset() if _code(was) == _code(now) else None)


def _other_outputs(was: Source, now: Source) -> frozenset[str] | None:
    """The output columns that differ between two queries which are the same beside them."""
    from sqlglot import exp  # noqa: PLC0415 - 0.1 s, and few diffs have a query

    trees = [source.select.tree for source in (was, now)]
    if trees[0] == trees[1]:
        return frozenset()
    if not all(isinstance(tree, exp.Select) and not _counts_outputs(tree) for tree in trees):
        return None
    bare = [tree.copy() for tree in trees]
    for query in bare:
        query.set("expressions", [])
    if bare[0] != bare[1]:
        return None
    outputs = [{projection.alias_or_name.lower(): projection for projection in tree.selects} for tree in trees]
    other = frozenset(name for name in {*outputs[0], *outputs[1]} if outputs[0].get(name) != outputs[1].get(name))
    plain = (column.name.lower() for tree in trees for column in tree.find_all(exp.Column) if not column.table)
    return None if other & set(plain) else other  # one output may be made of another, by its alias


def _counts_outputs(tree: "exp.Select") -> bool:
    """Whether what a query selects also decides about its rows."""
    from sqlglot import exp  # noqa: PLC0415

    parts = ("distinct", "group", "order", "qualify", "having")
    making_rows = (exp.AggFunc, exp.Unnest, exp.Explode)
    return (
        tree.is_star
        or any(map(tree.args.get, parts))
        or any(projection.find(*making_rows) for projection in tree.selects)
    )


def _code(source: Source) -> str:
    """Python without its comments and docstrings."""
    tree = ast.parse(source.text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                body[:1] = [] if len(body) > 1 else [ast.Pass()]
    return ast.dump(tree)


def _differs(before: Path, after: Path) -> bool:
    """Whether any file that products are made of differs."""
    names = {file.name for folder in (before, after) for file in folder.iterdir() if file.suffix in _SUFFIXES}
    return any(_content(before / name) != _content(after / name) for name in names)


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


_SUFFIXES: Final = (".yaml", ".sql", ".py")
