"""Which products name which, from a look at the files' text: enough to know who may be affected by what.

What belongs here: names. What does not: columns (``impact.graph``), and whether a product may read another
(``products.declared_inputs``).

Ten thousand products are looked at in about a second, since nothing is parsed that can be told from its text: a
query's tables (``lineage.named``), a ``defs.yaml`` without an ``asset``, a contract without a reference.
"""

import re
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml

from data_platform.contracts.references import CONTRACT_FILE
from data_platform.lineage.errors import InvalidSelect
from data_platform.lineage.named import products_named
from data_platform.lineage.select import read_select
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.edges import graph_name
from data_platform.products.sources import SQL_FILE

_KEYS: Final = re.compile(rb"([a-z][a-z0-9_]*)/([a-z][a-z0-9_]*)")
_NAMES: Final = re.compile(r"([A-Za-z_]\w*)\"?\s*[./]\s*\"?([A-Za-z_]\w*)")
_REFERRING: Final = (b"relationships", b"query")


@dataclass(frozen=True)
class Links:
    """Who names whom; every product as ``domain.name``.

    Attributes:
        inputs: For each product the known ones that its transform reads.
        rules: For each product whose contract names others in a rule, those.
    """

    inputs: Mapping[str, frozenset[str]]
    rules: Mapping[str, frozenset[str]]

    @cached_property
    def consumers(self) -> Mapping[str, frozenset[str]]:
        """For each product those that read it or whose contract's rules look at it."""
        consumers: dict[str, set[str]] = {}
        for links in (self.inputs, self.rules):
            for consumer, names in links.items():
                for name in names:
                    consumers.setdefault(name, set()).add(consumer)
        return {name: frozenset(readers) for name, readers in consumers.items()}


def links_of(domains: Path, keys: Collection[str], also: Collection[str] = ()) -> Links:
    """Look at the files of all products.

    Args:
        domains: The folder of all domains.
        keys: The products, as ``domain/name``.
        also: Assets that are no products, or products that are gone, and whose readers are wanted too.

    Returns:
        Who names whom. Of a transform that cannot be read, whatever it may mean.
    """
    known = frozenset(graph_name(key) for key in (*keys, *also))
    inputs, rules = {}, {}
    for key in keys:
        folder, name = f"{domains}/{key}", graph_name(key)
        inputs[name] = _inputs(folder, known) - {name}
        if referred := _referred(folder, known) - {name}:
            rules[name] = referred
    return Links(inputs, rules)


def way_up(links: Links, start: str, goal: str) -> list[str] | None:
    """A shortest way from a product up through inputs to another; ``None`` where there is none."""
    came_from = {start: ""}
    queue = deque([start])
    while queue and goal not in came_from:
        at = queue.popleft()
        for name in sorted(links.inputs.get(at, ())):
            if name not in came_from:
                came_from[name] = at
                queue.append(name)
    if goal not in came_from:
        return None
    way = [goal]
    while came_from[way[0]]:
        way.insert(0, came_from[way[0]])
    return way


def _inputs(folder: str, known: frozenset[str]) -> frozenset[str]:
    sql, defs = _text(f"{folder}/{SQL_FILE}"), _text(f"{folder}/{DEFS_FILE}") or ""
    given = _given(defs) if "asset" in defs else {}
    if given is None:
        return _anything(f"{defs}\n{sql or ''}", known)
    if sql is None:
        return frozenset(given.values()) & known
    named = products_named(sql, known | given.keys() if given else known)
    if named is None:
        try:
            named = frozenset(read_select(sql).products)
        except InvalidSelect:
            named = _anything(sql, known)
    return frozenset(given.get(name, name) for name in named) & known


def _given(defs: str) -> Mapping[str, str] | None:
    """The assets that ``defs.yaml`` gives for names; ``None`` where it cannot be read."""
    try:
        document: Any = yaml.load(defs, Loader=yaml.CSafeLoader)
        inputs = ((document.get("attributes") or {}).get("inputs") or {}).items()
        return {str(name): graph_name(spec["asset"]) for name, spec in inputs if spec and spec.get("asset")}
    except (yaml.YAMLError, AttributeError, TypeError):
        return None


def _referred(folder: str, known: frozenset[str]) -> frozenset[str]:
    content = _bytes(f"{folder}/{CONTRACT_FILE}")
    if content is None or not any(word in content for word in _REFERRING):
        return frozenset()
    names = {f"{match[1].decode()}.{match[2].decode()}" for match in _KEYS.finditer(content)}
    return frozenset(names) & known


def _anything(text: str, known: frozenset[str]) -> frozenset[str]:
    """Every known name in a text."""
    return frozenset(f"{match[1]}.{match[2]}".lower() for match in _NAMES.finditer(text)) & known


def _text(file: str) -> str | None:
    content = _bytes(file)
    return None if content is None else content.decode("utf-8", "replace")


def _bytes(file: str) -> bytes | None:
    try:
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123 - a Path costs more than the reading
            return opened.read()
    except OSError:
        return None
