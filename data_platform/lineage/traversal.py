"""Walks through any directed graph: what can be reached, cycles, an order.

What belongs here: algorithms that know nothing of products. What does not: what the nodes are (``graph``). None of
them recurses, so a chain may be as long as it likes.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def grouped(values: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    """The values by a key of theirs, in their order."""
    made: dict[K, list[V]] = {}
    for value in values:
        made.setdefault(key(value), []).append(value)
    return made


def reach(start: Iterable[K], following: Callable[[K], Iterable[K]], transitive: bool) -> frozenset[K]:
    """What can be reached in one step or, transitive, in any number of them."""
    found: set[K] = set()
    front = list(start)
    while front:
        fresh = {each for one in front for each in following(one)} - found
        found |= fresh
        front = list(fresh) if transitive else []
    return frozenset(found)


def cycles(following: Mapping[str, Collection[str]]) -> tuple[tuple[str, ...], ...]:
    """For each set of nodes that all reach each other, a shortest cycle through the first of them by name."""
    made = []
    for knot in _knots(following):
        first = min(knot)
        if len(knot) > 1 or first in following[first]:
            made.append(_shortest_cycle(first, following, knot))
    return tuple(sorted(made))


def ordered(preceding: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The nodes, each after all that precede it, by name where that leaves a choice; there is no cycle."""
    depth: dict[str, int] = {}
    for name in _finished(preceding):
        depth[name] = 1 + max((depth[each] for each in preceding[name]), default=-1)
    return tuple(sorted(depth, key=lambda name: (depth[name], name)))


def _knots(following: Mapping[str, Collection[str]]) -> list[set[str]]:
    """The strongly connected components: https://en.wikipedia.org/wiki/Kosaraju%27s_algorithm."""
    backwards: dict[str, list[str]] = {name: [] for name in following}
    for name, others in following.items():
        for each in others:
            backwards[each].append(name)
    made: list[set[str]] = []
    seen: set[str] = set()
    for name in reversed(list(_finished(following))):
        if name not in seen:
            knot = {name, *reach([name], lambda each: set(backwards[each]) - seen, transitive=True)}  # noqa: B023
            made.append(knot)
            seen |= knot
    return made


def _finished(following: Mapping[str, Collection[str]]) -> Iterator[str]:
    """The nodes, each when all that follow it have been left, as a depth-first walk leaves them."""
    seen: set[str] = set()
    for start in following:
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(following[start]))]
        while stack:
            name, rest = stack[-1]
            fresh = next((each for each in rest if each not in seen), None)
            if fresh is None:
                stack.pop()
                yield name
            else:
                seen.add(fresh)
                stack.append((fresh, iter(following[fresh])))


def _shortest_cycle(start: str, following: Mapping[str, Collection[str]], within: set[str]) -> tuple[str, ...]:
    chains: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while True:
        longer = []
        for chain in chains:
            others = sorted(following[chain[-1]])
            if start in others:
                return chain
            fresh = [each for each in others if each in within and each not in seen]
            seen.update(fresh)
            longer += [(*chain, each) for each in fresh]
        chains = longer
