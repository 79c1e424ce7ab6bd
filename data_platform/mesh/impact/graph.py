"""The graph of who reads which columns, from the files of a checkout.

What belongs here: from products to ``lineage.graph.Graph``, each product's part read when it is asked for. What does
not: what an edge of one product is (``products.edges``), walks (``lineage``), what a change means (``impact``).

What cannot be read is in the graph all the same: a transform that nobody can follow reads every column of what it
names (``KnownBy.UNKNOWN``). Assets that are no products, such as a domain's raw tables, are nodes with the columns that
their readers declare.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from data_platform.contracts.model import Contract
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.lineage.edges import Column, Edge, Node, unknown_edges
from data_platform.lineage.errors import InvalidSelect
from data_platform.lineage.graph import Graph
from data_platform.lineage.model import Use
from data_platform.lineage.traversal import reach
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.links import Links, links_of
from data_platform.mesh.impact.elsewhere import ElsewhereProduct
from data_platform.products.catalogue import columns_of
from data_platform.products.defs_file import read_defs
from data_platform.products.edges import Table, graph_name, key_of, product_edges, tables_of
from data_platform.products.errors import InvalidProductError
from data_platform.products.sources import Source, read_source
from data_platform.products.spec import ProductSpec


@dataclass(frozen=True)
class Part:
    """One product's part of the graph.

    Attributes:
        edges: What it reads.
        tables: Its inputs, as its transform names them.
        source: Its transform; ``None`` where it cannot be read.
        spec: What ``defs.yaml`` says; ``None`` likewise.
    """

    edges: tuple[Edge, ...]
    tables: tuple[Table, ...] = ()
    source: Source | None = field(default=None, repr=False)
    spec: ProductSpec | None = field(default=None, repr=False)


class MeshGraph:
    """The graph of a checkout, of which only what is asked for is read; products are ``domain.name`` in it.

    Attributes:
        checkout: The checkout.
        elsewhere: Products of other repositories, by name.
    """

    def __init__(
        self,
        checkout: Checkout,
        *,
        former: Mapping[str, Sequence[str]] | None = None,
        also: Collection[str] = (),
        elsewhere: Iterable[ElsewhereProduct] = (),
    ) -> None:
        """See the class.

        Args:
            checkout: The checkout.
            former: The columns that products had before a change, by ``domain/name``: a query that does not fit the
                contracts of the checkout, or means something else by them, is read by these.
            also: Keys of assets that are no products of the checkout, and whose readers are wanted too.
            elsewhere: Products of other repositories, with what they read.
        """
        self.checkout = checkout
        self.elsewhere = {graph_name(product.key): product for product in elsewhere if product.key not in checkout}
        self._former = dict(former or {})
        self._also = frozenset(also) | self._former.keys() | {*checkout.imported} | {*map(key_of, self.elsewhere)}
        self._parts: dict[str, Part] = {}

    @cached_property
    def links(self) -> Links:
        """Who names whom."""
        links = links_of(self.checkout.domains, self.checkout.keys, self._also)
        if not self.elsewhere:
            return links
        inputs = {name: product.inputs for name, product in self.elsewhere.items()}
        rules = {name: product.referred for name, product in self.elsewhere.items() if product.referred}
        return Links({**inputs, **links.inputs}, {**rules, **links.rules})

    def contract(self, product: str) -> Contract | None:
        """The contract of a product of this checkout, of an imported one, or of one elsewhere."""
        own = self.checkout.contracts.get(key_of(product))
        return self.elsewhere[product].contract if own is None and product in self.elsewhere else own

    def part(self, product: str) -> Part:
        """A product's part; of what is no product, or cannot be read, an empty one or ``UNKNOWN`` edges."""
        if product not in self._parts:
            there = self.elsewhere.get(product)
            if there is None:
                self._parts[product] = self._part(key_of(product))
            else:
                self._parts[product] = Part(tuple(self._unknown(there.key)) if there.edges is None else there.edges)
        return self._parts[product]

    def columns(self, product: str) -> tuple[str, ...]:
        """The columns of a product by its contract; of a private asset those that its readers name."""
        key = key_of(product)
        contract = self.contract(product)
        if contract is not None:
            return tuple(columns_of(contract))
        if key in self._former:
            return tuple(self._former[key])
        readers = self.links.consumers.get(product, ())
        tables = [table for name in sorted(readers) for table in self.part(name).tables if table.key == key]
        return tuple(dict.fromkeys(column for table in tables for column in table.columns))

    def former(self, product: str) -> tuple[str, ...]:
        """The columns that a product had before a change, if that is known."""
        return tuple(self._former.get(key_of(product), ()))

    def graph(self, products: Iterable[str] | None = None) -> Graph:
        """The graph of some products and what they read directly; of all, where none are named.

        Edges to columns that are not there are left out: ``lint`` tells them.
        """
        names = sorted(self.links.inputs if products is None else products)
        parts = {name: self.part(name) for name in names}
        inputs = {name: {graph_name(table.key) for table in part.tables} | self.links.inputs.get(name, frozenset())
                  for name, part in parts.items()}  # fmt: skip
        every = sorted({*names, *(name for sources in inputs.values() for name in sources)})
        private = self._private(parts.values())
        nodes = {
            name: Node(name, tuple(private.get(name, ())) or self.columns(name), frozenset(inputs.get(name, ())))
            for name in every
        }
        there = {name: frozenset(node.columns) for name, node in nodes.items()}
        return Graph.of(
            nodes.values(), [edge for part in parts.values() for edge in part.edges if _is_whole(edge, there)]
        )

    def upstream(self, product: str) -> frozenset[str]:
        """The products that one depends on, private assets included, itself not."""
        inputs = self.links.inputs
        above = reach([product], lambda name: inputs.get(name, ()), transitive=True)
        private = {graph_name(table.key) for name in (product, *above) for table in self.part(name).tables}
        return (above | private) - {product}

    def downstream(self, product: str) -> frozenset[str]:
        """The products that depend on one, itself not."""
        consumers: dict[str, set[str]] = {}
        for name, inputs in self.links.inputs.items():
            for producer in inputs:
                consumers.setdefault(producer, set()).add(name)
        return reach([product], lambda name: consumers.get(name, ()), transitive=True) - {product}

    def _part(self, key: str) -> Part:
        if key not in self.checkout:
            return Part(())
        folder = self.checkout.folder(key)
        try:
            spec, source = read_defs(folder)[0], read_source(folder)
        except InvalidProductError:
            return Part(tuple(self._unknown(key)))
        keys = [table.key for table in tables_of(source, spec.inputs, {})]
        contracts = self.checkout.contracts
        now: dict[str, Sequence[str]] = {key: columns_of(contracts[key]) for key in keys if key in contracts}
        part = self._read(key, source, spec, now)
        former = {**now, **{key: self._former[key] for key in keys if key in self._former}}
        if former != now:
            was = self._read(key, source, spec, former)
            part = was if was is not None and (part is None or not _only_shorter(was, part, former, now)) else part
        return part or Part(tuple(self._unknown(key)), tuple(tables_of(source, spec.inputs, now)), source, spec)

    def _read(self, key: str, source: Source, spec: ProductSpec, known: Mapping[str, Sequence[str]]) -> Part | None:
        tables = tables_of(source, spec.inputs, known)
        try:
            edges = product_edges(key, source, tables, runner=spec.runner is not None)
        except InvalidSelect:
            return None
        return Part(tuple(edges), tuple(tables), source, spec)

    def _unknown(self, key: str) -> Iterator[Edge]:
        name = graph_name(key)
        for producer in sorted(self.links.inputs.get(name, ())):
            columns = dict.fromkeys([*self.columns(producer), *self._former.get(key_of(producer), ())])
            yield from unknown_edges(Node(name), Node(producer, tuple(columns)))

    def _private(self, parts: Iterable[Part]) -> dict[str, dict[str, None]]:
        """The columns of what is no product, by its readers."""
        columns: dict[str, dict[str, None]] = {}
        for part in parts:
            for table in part.tables:
                if not (self.checkout.folder(table.key) / CONTRACT_FILE).is_file():
                    columns.setdefault(graph_name(table.key), {}).update(dict.fromkeys(table.columns))
        return columns


def graph_of(checkout: Checkout) -> Graph:
    """The graph of all products of a checkout.

    Raises:
        MeshError: Two products of one name, which a folder cannot have.
    """
    return MeshGraph(checkout).graph()


def _only_shorter(was: Part, part: Part, former: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]) -> bool:
    """Whether a query that fits the changed contracts means what it meant, less outputs that ``*`` no longer brings.

    A name that is gone may mean something else now, such as an alias: then the query reads what is gone all the same.
    """
    gone, added = (
        {Column(graph_name(key), name) for key in former for name in {*columns.get(key, ())} - {*other.get(key, ())}}
        for columns, other in ((former, now), (now, former))
    )
    targets = {edge.target for edge in part.edges}
    lost = set(was.edges) - set(part.edges)
    fresh = {edge for edge in set(part.edges) - set(was.edges) if edge.producer not in added}
    return not fresh and all(
        edge.producer in gone and edge.uses == {Use.SELECT} and edge.target not in targets for edge in lost
    )


def _is_whole(edge: Edge, there: Mapping[str, frozenset[str]]) -> bool:
    known = there.get(edge.consumer, frozenset())
    return edge.producer.name in there[edge.producer.product] and (edge.target is None or edge.target in known)
