"""A product's lineage for people and machines: what it is made of and what is made of it, as a tree or as Mermaid.

What belongs here: the part of the graph around one product, in three forms. What does not: colours and options
(``cli``), the graph (``impact.graph``).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from data_platform.lineage.effects import how
from data_platform.lineage.graph import Graph
from data_platform.lineage.traversal import grouped
from data_platform.mesh.files.about import about
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.impact.elsewhere import ElsewhereProduct
from data_platform.mesh.impact.graph import MeshGraph
from data_platform.products.edges import graph_name, key_of

Way = Literal["upstream", "downstream"]


@dataclass
class Branch:
    """A product in a tree.

    Attributes:
        product: ``domain/name``.
        owner: Who answers for it.
        columns: What is read between this product and the one above it in the tree: ``total (computed, filter)``.
        children: The next products.
        again: Whether it stands in the tree with its children elsewhere.
    """

    product: str
    owner: str | None
    columns: list[str] = field(default_factory=list)
    children: list["Branch"] = field(default_factory=list)
    again: bool = False


@dataclass(frozen=True)
class Neighbours:
    """The part of the graph around a product.

    Attributes:
        product: ``domain.name``.
        graph: The products up- and downstream of it, and itself.
        upstream: Those that it depends on.
        downstream: Those that depend on it.
        owners: Who answers for each.
    """

    product: str
    graph: Graph
    upstream: frozenset[str]
    downstream: frozenset[str]
    owners: Mapping[str, str | None]

    def tree(self, way: Way) -> Branch:
        """The products in one direction; each with its children once."""
        step: Callable[[str], Collection[str]] = self._inputs if way == "upstream" else self._consumers
        root = Branch(key_of(self.product), self.owners.get(self.product))
        seen = {self.product}
        front = [(self.product, root)]
        while front:
            name, branch = front.pop(0)
            for neighbour in sorted(step(name)):
                pair = (neighbour, name) if way == "upstream" else (name, neighbour)
                child = Branch(
                    key_of(neighbour), self.owners.get(neighbour), self._read(*pair), again=neighbour in seen
                )
                branch.children.append(child)
                if neighbour not in seen:
                    seen.add(neighbour)
                    front.append((neighbour, child))
        return root

    def mermaid(self, *, columns: bool = False) -> str:
        """A Mermaid flow chart, a box for each domain; on request with the columns at the arrows."""
        names = sorted(self.graph.nodes)
        ids = {name: f"p{number}" for number, name in enumerate(names)}
        lines = ["flowchart LR"]
        for domain, inside in grouped(names, lambda name: name.partition(".")[0]).items():
            lines.append(f"  subgraph {domain}")
            lines += [f'    {ids[name]}["{name.partition(".")[2]}"]' for name in inside]
            lines.append("  end")
        for producer, consumer in self._pairs():
            label = "<br/>".join(self._read(producer, consumer)) if columns else ""
            lines.append(f"  {ids[producer]} -->{f'|{chr(34)}{label}{chr(34)}|' if label else ''} {ids[consumer]}")
        lines += [f"  style {ids[self.product]} stroke-width:4px"]
        return "\n".join(lines) + "\n"

    def as_dict(self) -> dict[str, object]:
        """As plain data: products, and each read column with its uses."""
        return {
            "product": key_of(self.product),
            "upstream": [key_of(name) for name in sorted(self.upstream)],
            "downstream": [key_of(name) for name in sorted(self.downstream)],
            "products": [
                {"product": key_of(name), "owner": self.owners.get(name), "columns": list(node.columns)}
                for name, node in sorted(self.graph.nodes.items())
            ],
            "reads": [{"consumer": key_of(to), "product": key_of(name)} for name, to in self._pairs()],
            "edges": [
                {
                    "product": key_of(edge.producer.product),
                    "column": edge.producer.name,
                    "consumer": key_of(edge.consumer),
                    "target": edge.target,
                    "uses": sorted(use.value for use in edge.uses),
                    "known_by": edge.known_by.value,
                    "copied": edge.copied,
                }
                for edge in self.graph.edges
            ],
        }

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name in sorted(self.graph.nodes):
            yield from ((producer, name) for producer in sorted(self._inputs(name)))

    def _inputs(self, name: str) -> Collection[str]:
        return [producer for producer in self.graph.upstream(name, transitive=False) if producer in self.graph.nodes]

    def _consumers(self, name: str) -> Collection[str]:
        return self.graph.downstream(name, transitive=False)

    def _read(self, producer: str, consumer: str) -> list[str]:
        own = [edge for edge in self.graph.reads(consumer) if edge.producer.product == producer]
        by_column = grouped(own, lambda edge: edge.producer.name)
        return [f"{name} ({how(edges)})" for name, edges in by_column.items()] or ["rows only"]


def neighbours(checkout: Checkout, text: str, elsewhere: Iterable[ElsewhereProduct] = ()) -> Neighbours:
    """What is around a product.

    Args:
        checkout: The products.
        text: ``domain/name`` or ``domain.name``; a private asset of a domain will do.
        elsewhere: Products of other repositories.

    Raises:
        MeshError: There is no such product, and nothing reads an asset of that name.
    """
    key = asset_of(checkout, text)
    name = graph_name(key)
    mesh = MeshGraph(checkout, also=() if key in checkout else (key,), elsewhere=elsewhere)
    upstream, downstream = mesh.upstream(name), mesh.downstream(name)
    around = {name, *upstream, *downstream}
    owners = {product: _owner(mesh, product) for product in around}
    return Neighbours(name, _within(mesh.graph(around), around), upstream, downstream, owners)


def _owner(mesh: MeshGraph, product: str) -> str | None:
    there = mesh.elsewhere.get(product)
    return f"{there.contract.owner}, elsewhere" if there else about(mesh.checkout.domains, key_of(product)).owner


def asset_of(checkout: Checkout, text: str) -> str:
    """The key of a product, or of an asset that is none but that products read.

    Raises:
        MeshError: There is no such product, and nothing reads an asset of that name.
    """
    key = text.strip().strip("/").replace(".", "/", 1)
    if key not in checkout and MeshGraph(checkout, also=(key,)).links.consumers.get(graph_name(key)):
        return key
    return checkout.key_of(text)


def _within(graph: Graph, names: Collection[str]) -> Graph:
    """A part of a graph: some products, and what is between them."""
    nodes = (replace(graph.nodes[name], inputs=graph.nodes[name].inputs & set(names)) for name in sorted(names))
    return Graph.of(nodes, [edge for edge in graph.edges if edge.producer.product in names and edge.consumer in names])
