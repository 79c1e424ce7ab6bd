"""Rules on names: they become SQL identifiers, folders, asset keys and check names.

What belongs here: collisions and unsafe characters. What does not: names that references point to (`relationships`).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.findings import quoted
from data_platform.contracts.lint.rule import POLICY, STANDARD, Problem, Rule, Subject, error

_SAFE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_Named = SchemaObject | Property


def _families(subject: Subject) -> Iterator[tuple[str, tuple[_Named, ...]]]:
    """Elements that stand side by side, and so must differ."""
    schemas = subject.contract.schemas
    yield "schema object", schemas
    for schema in schemas:
        yield "property", schema.properties
        for column in schema.walk():
            yield "property", column.properties


@error("duplicate-name", POLICY)
def duplicate_name(subject: Subject) -> Iterator[Problem]:
    """SQL ignores the case of a name, so two that differ by it alone are one column."""
    for kind, family in _families(subject):
        for element, first in _repeated(family, lambda element: element.name.lower()):
            line = subject.contract.position(first.path).line
            twist = "" if element.name == first.name else f", as SQL ignores case ('{first.name}')"
            message = f"{kind} {quoted(element.name)} has the name of the one on line {line}{twist}"
            yield Problem((*element.path, "name"), message, "rename one of the two, or remove it")


@error("duplicate-physical-name", POLICY)
def duplicate_physical_name(subject: Subject) -> Iterator[Problem]:
    """Two properties cannot be one column."""
    for kind, family in _families(subject):
        for element, first in _repeated(family, lambda element: (element.physical_name or element.name).lower()):
            if element.name.lower() != first.name.lower():
                line = subject.contract.position(first.path).line
                message = f"{kind} {quoted(element.name)} is stored under the name of the one on line {line}"
                yield Problem((*element.path, "physicalName"), message, "give each a physicalName of its own")


@error("duplicate-id", STANDARD)
def duplicate_id(subject: Subject) -> Iterator[Problem]:
    """The id is how a rename is told from a removal."""
    for kind, family in _families(subject):
        for element, first in _repeated(family, lambda element: element.id or ""):
            line = subject.contract.position(first.path).line
            message = f"{kind} {quoted(element.name)} has the id of the one on line {line}: {quoted(element.id)}"
            yield Problem((*element.path, "id"), message, "give each an id of its own, and never change it again")


@error("unsafe-identifier", POLICY)
def unsafe_identifier(subject: Subject) -> Iterator[Problem]:
    """A name is used in SQL and in paths as it stands."""
    fix = "use letters, digits and underscores, a letter first, at most 128"
    domain = subject.contract.domain
    if domain.strip() and not _SAFE.fullmatch(domain):
        yield Problem(("domain",), f"domain {quoted(domain)} is unsafe in SQL and paths", fix)
    for kind, family in _families(subject):
        for element in family:
            for key in ("name", "physicalName"):
                name = element.raw.get(key)
                if isinstance(name, str) and not _SAFE.fullmatch(name):
                    yield Problem((*element.path, key), f"{kind} {key} {quoted(name)} is unsafe in SQL and paths", fix)


def _repeated(family: Iterable[_Named], key: Callable[[_Named], str]) -> Iterator[tuple[_Named, _Named]]:
    """Each element whose key an earlier one has, with the first that has it; empty keys do not count."""
    groups: dict[str, list[_Named]] = defaultdict(list)
    for element in family:
        groups[key(element)].append(element)
    for name, (first, *others) in groups.items():
        yield from ((other, first) for other in others if name)


RULES: Final[tuple[Rule, ...]] = (duplicate_name, duplicate_physical_name, duplicate_id, unsafe_identifier)
