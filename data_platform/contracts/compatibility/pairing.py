"""Which part of the old contract is which of the new one: by its stable ``id``, else by its name.

What belongs here: pairing tables and properties, and where each path of the old table is in the new one. What does
not: comparing a pair.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.rules.paths import ITEMS, Path, stored

KEY: Final = "{key}"
VALUE: Final = "{value}"
"""Steps of a path into a map."""

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Pairs(Generic[_Part]):
    """What is in both versions, only in the old one, only in the new one; each in the order of the contract."""

    both: tuple[tuple[_Part, _Part], ...]
    removed: tuple[_Part, ...]
    added: tuple[_Part, ...]


def pair(old: Sequence[_Part], new: Sequence[_Part], *keys: Callable[[_Part], Hashable]) -> Pairs[_Part]:
    """Pair parts by the first key that tells; a key of ``None`` tells nothing, nor does one that is there twice."""
    left, right = dict(enumerate(old)), dict(enumerate(new))
    paired: dict[int, int] = {}
    for key in keys:
        names = _unique(right, key)
        for name, position in _unique(left, key).items():
            if name in names:
                paired[position] = names[name]
        for position, other in paired.items():
            left.pop(position, None)
            right.pop(other, None)
    both = tuple((old[position], new[paired[position]]) for position in sorted(paired))
    return Pairs(both, tuple(left.values()), tuple(right.values()))


def _unique(parts: dict[int, _Part], key: Callable[[_Part], Hashable]) -> dict[Hashable, int]:
    positions: dict[Hashable, int] = {}
    twice = set()
    for position, part in parts.items():
        name = key(part)
        if name is None:
            continue
        if name in positions:
            twice.add(name)
        positions[name] = position
    return {name: position for name, position in positions.items() if name not in twice}


def pair_tables(old: Sequence[SchemaObject], new: Sequence[SchemaObject]) -> Pairs[SchemaObject]:
    """Pair tables by id, then by name; where one is left on each side, they are taken for a rename."""
    pairs = pair(old, new, lambda table: table.id, lambda table: table.name)
    if len(pairs.removed) == len(pairs.added) == 1:
        return Pairs((*pairs.both, (pairs.removed[0], pairs.added[0])), (), ())
    return pairs


def pair_properties(old: Sequence[Property], new: Sequence[Property]) -> Pairs[Property]:
    """Pair columns, or properties of an object: by id, then by the name in the table, then by that in the contract."""
    return pair(
        stored(old), stored(new), lambda column: column.id, lambda column: column.column, lambda column: column.name
    )


def moved_paths(old: Sequence[Property], new: Sequence[Property]) -> dict[Path, Path]:
    """Where each path of the old table that is still there is in the new one."""
    return dict(_moved(old, new, (), ()))


def _moved(old: Sequence[Property], new: Sequence[Property], before: Path, after: Path) -> Iterator[tuple[Path, Path]]:
    for column, other in pair_properties(old, new).both:
        yield from _moved_inside(column, other, (*before, column.column), (*after, other.column))


def _moved_inside(old: Property, new: Property, before: Path, after: Path) -> Iterator[tuple[Path, Path]]:
    yield before, after
    yield from _moved(old.properties, new.properties, before, after)
    if old.items and new.items:
        yield from _moved_inside(old.items, new.items, (*before, ITEMS), (*after, ITEMS))
