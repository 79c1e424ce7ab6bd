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
    groups: dict[K, list[V]] = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return groups


def reach(start: Iterable[K], following: Callable[[K], Iterable[K]], transitive: bool) -> frozenset[K]:
    """What can be reached in one step or, transitive, in any number of them."""
    reached: set[K] = set()
    front = list(start)
    while front:
        fresh = {successor for node in front for successor in following(node)} - reached
        reached |= fresh
        front = list(fresh) if transitive else []
    return frozenset(reached)


def cycles(following: Mapping[str, Collection[str]]) -> tuple[tuple[str, ...], ...]:
    """For each set of nodes that all reach each other, a shortest cycle through the first of them by name."""
    shortest = []
    for component in _components(following):
        first = min(component)
        if len(component) > 1 or first in following[first]:
            shortest.append(_shortest_cycle(first, following, component))
    return tuple(sorted(shortest))


def topological_order(preceding: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The nodes, each after all that precede it, by name where that leaves a choice; there is no cycle."""
    depth: dict[str, int] = {}
    for name in _postorder(preceding):
        depth[name] = 1 + max((depth[predecessor] for predecessor in preceding[name]), default=-1)
    return tuple(sorted(depth, key=lambda name: (depth[name], name)))


def _components(following: Mapping[str, Collection[str]]) -> list[set[str]]:
    """The strongly connected components: https://en.wikipedia.org/wiki/Kosaraju%27s_algorithm."""
    backwards: dict[str, list[str]] = {name: [] for name in following}
    for name, others in following.items():
        for successor in others:
            backwards[successor].append(name)
    components: list[set[str]] = []
    seen: set[str] = set()
    for name in reversed(list(_postorder(following))):
        if name not in seen:
            component = {name, *reach([name], lambda node: set(backwards[node]) - seen, transitive=True)}  # noqa: B023
            components.append(component)
            seen |= component
    return components


def _postorder(following: Mapping[str, Collection[str]]) -> Iterator[str]:
    """The nodes, each when all that follow it have been left, as a depth-first walk leaves them."""
    seen: set[str] = set()
    for start in following:
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(following[start]))]
        while stack:
            name, rest = stack[-1]
            fresh = next((successor for successor in rest if successor not in seen), None)
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
            fresh = [successor for successor in others if successor in within and successor not in seen]
            seen.update(fresh)
            longer += [(*chain, successor) for successor in fresh]
        chains = longer
