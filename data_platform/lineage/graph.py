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
from data_platform.lineage.traversal import cycles, grouped, reach, topological_order


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
        return reach([product], lambda name: self._inputs[name], transitive)

    def downstream(self, product: str, *, transitive: bool = True) -> frozenset[str]:
        """The products that depend on a product, itself not among them unless there is a cycle."""
        self._known(product)
        return reach([product], lambda name: self._consumers[name], transitive)

    def reads(self, consumer: str) -> tuple[Edge, ...]:
        """The edges to a consumer, from the columns that it reads."""
        self._known(consumer)
        return tuple(self._by_consumer.get(consumer, ()))

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
        if circular := self.cycles():
            raise CyclicLineage(circular[0])
        return topological_order(self._inputs)

    @cached_property
    def _by_consumer(self) -> Mapping[str, list[Edge]]:
        return grouped(self.edges, lambda edge: edge.consumer)

    @cached_property
    def _inputs(self) -> Mapping[str, frozenset[str]]:
        return {
            name: node.inputs | {edge.producer.product for edge in self._by_consumer.get(name, ())}
            for name, node in self.nodes.items()
        }

    @cached_property
    def _consumers(self) -> Mapping[str, set[str]]:
        consumers: dict[str, set[str]] = {name: set() for name in self.nodes}
        for name, inputs in self._inputs.items():
            for producer in inputs:
                consumers[producer].add(name)
        return consumers

    def _known(self, product: str) -> None:
        if product not in self.nodes:
            raise LineageError(f"there is no product {product}: {did_you_mean(product, self.nodes)}")

    def _missing(self) -> Iterator[str]:
        ends = {(edge.consumer, product) for edge in self.edges for product in (edge.consumer, edge.producer.product)}
        ends |= {(node.product, product) for node in self.nodes.values() for product in node.inputs}
        for consumer, name in sorted(ends):
            if name not in self.nodes:
                yield f"{consumer} needs {name}, which there is not: {did_you_mean(name, self.nodes)}"
        columns = {name: set(node.columns) for name, node in self.nodes.items()}
        targets = (Column(edge.consumer, edge.target) for edge in self.edges if edge.target is not None)
        for column in (*(edge.producer for edge in self.edges), *targets):
            known = columns[column.product]
            if column.name not in known:
                yield f"{column.product} has no column {column.name}: {did_you_mean(column.name, known)}"
