"""Products and the edges between their columns: who reads what, how, how it is known, and who is behind that.

What belongs here: the graph as plain data, and walks through it. What does not: where it comes from (SQL: ``reading``;
Python: what a product declares; both by whoever reads the files), and what a change would break.

A walk costs as much as what it finds, not as much as the graph; building one is linear in its edges.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from data_platform.lineage.edges import Column, Edge, Node
from data_platform.lineage.errors import CyclicLineage, LineageError, did_you_mean
from data_platform.lineage.model import Use
from data_platform.lineage.traversal import cycles, grouped, ordered, reach


@dataclass(frozen=True)
class Graph:
    """Products and edges. Immutable; ``Graph.of`` checks what it is given.

    Attributes:
        nodes: The products by name.
        edges: All edges.
    """

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...] = field(repr=False)

    @classmethod
    def of(cls, nodes: Iterable[Node], edges: Iterable[Edge] = ()) -> "Graph":
        """Make a graph.

        Args:
            nodes: The products, each once.
            edges: The edges; both ends have to be there.

        Raises:
            LineageError: A product is there twice, or an edge or input names a product or column that is not there.
        """
        by_name: dict[str, Node] = {}
        for node in nodes:
            if by_name.setdefault(node.product, node) is not node:
                raise LineageError(f"there are two products {node.product}: rename one")
        graph = cls(by_name, tuple(edges))
        if missing := next(graph._missing(), None):
            raise LineageError(missing)
        return graph

    def upstream(self, product: str, *, transitive: bool = True) -> frozenset[str]:
        """The products that a product depends on, itself not among them unless there is a cycle."""
        self._known(product)
        return reach([product], lambda each: self._inputs[each], transitive)

    def downstream(self, product: str, *, transitive: bool = True) -> frozenset[str]:
        """The products that depend on a product, itself not among them unless there is a cycle."""
        self._known(product)
        return reach([product], lambda each: self._consumers[each], transitive)

    def reads(self, consumer: str) -> tuple[Edge, ...]:
        """The edges to a consumer, from the columns that it reads."""
        self._known(consumer)
        return tuple(self._by_consumer.get(consumer, ()))

    def read_by(self, column: Column) -> tuple[Edge, ...]:
        """The edges from a column, to those that read it."""
        self._known(column.product)
        return tuple(self._by_column.get(column, ()))

    def upstream_columns(self, column: Column) -> frozenset[Column]:
        """All columns, of any product, whose values can change a column's, directly or not.

        What shapes all rows of a product (a filter, a join) is upstream of each of its columns.
        """
        self._known(column.product)
        return reach([column], lambda each: (edge.producer for edge in self._into(each)), transitive=True)

    def downstream_columns(self, column: Column) -> frozenset[Column]:
        """All columns, of any product, whose values a column's can change, directly or not."""
        self._known(column.product)
        return reach([column], self._out_of, transitive=True)

    def paths(self, column: Column) -> Iterator[tuple[Edge, ...]]:
        """How a column reaches each product downstream: a shortest chain of edges for each, nearest first."""
        self._known(column.product)
        seen, visited = {column.product}, {column}
        chains: list[tuple[Column, tuple[Edge, ...]]] = [(column, ())]
        while chains:
            following: list[tuple[Column, tuple[Edge, ...]]] = []
            for at, chain in chains:
                for edge in self._by_column.get(at, ()):
                    longer = (*chain, edge)
                    if edge.consumer not in seen:
                        seen.add(edge.consumer)
                        yield longer
                    fresh = [each for each in self._targets(edge) if each not in visited]
                    visited.update(fresh)
                    following += [(each, longer) for each in fresh]
            chains = following

    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """A cycle for each knot of products that need each other: a shortest one through its first product by name.

        Every product in it is an input of the next, and the last one of the first.
        """
        return cycles(self._consumers)

    def order(self) -> tuple[str, ...]:
        """The products so that each comes after what it depends on; by name where that leaves a choice.

        Raises:
            CyclicLineage: There is a cycle.
        """
        if found := self.cycles():
            raise CyclicLineage(found[0])
        return ordered(self._inputs)

    @cached_property
    def _by_consumer(self) -> Mapping[str, list[Edge]]:
        return grouped(self.edges, lambda edge: edge.consumer)

    @cached_property
    def _by_column(self) -> Mapping[Column, list[Edge]]:
        return grouped(self.edges, lambda edge: edge.producer)

    @cached_property
    def _inputs(self) -> Mapping[str, frozenset[str]]:
        return {
            name: node.inputs | {edge.producer.product for edge in self._by_consumer.get(name, ())}
            for name, node in self.nodes.items()
        }

    @cached_property
    def _consumers(self) -> Mapping[str, set[str]]:
        made: dict[str, set[str]] = {name: set() for name in self.nodes}
        for name, inputs in self._inputs.items():
            for each in inputs:
                made[each].add(name)
        return made

    def _into(self, column: Column) -> Iterator[Edge]:
        return (edge for edge in self._by_consumer.get(column.product, ()) if edge.target in (None, column.name))

    def _out_of(self, column: Column) -> Iterator[Column]:
        return (each for edge in self._by_column.get(column, ()) for each in self._targets(edge))

    def _targets(self, edge: Edge) -> Iterable[Column]:
        if edge.uses == {Use.NAMED}:
            return ()
        names = self.nodes[edge.consumer].columns if edge.target is None else (edge.target,)
        return [Column(edge.consumer, name) for name in names]

    def _known(self, product: str) -> None:
        if product not in self.nodes:
            raise LineageError(f"there is no product {product}: {did_you_mean(product, self.nodes)}")

    def _missing(self) -> Iterator[str]:
        ends = {(edge.consumer, each) for edge in self.edges for each in (edge.consumer, edge.producer.product)}
        ends |= {(node.product, each) for node in self.nodes.values() for each in node.inputs}
        for consumer, name in sorted(ends):
            if name not in self.nodes:
                yield f"{consumer} needs {name}, which there is not: {did_you_mean(name, self.nodes)}"
        columns = {name: set(node.columns) for name, node in self.nodes.items()}
        targets = (Column(edge.consumer, edge.target) for edge in self.edges if edge.target is not None)
        for each in (*(edge.producer for edge in self.edges), *targets):
            if each.name not in columns[each.product]:
                yield f"{each.product} has no column {each.name}: {did_you_mean(each.name, columns[each.product])}"
