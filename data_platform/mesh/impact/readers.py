"""Who reads what, with what the contracts say, as the walk of ``lineage.impact`` asks for it.

What belongs here: answers from the checkout and the subscriptions. What does not: the walk, and the answers' words for
people (``impact``).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, Protocol

from data_platform.contracts.model import Contract
from data_platform.lineage.edges import Column, Edge, KnownBy
from data_platform.lineage.effects import ColumnChange, Reference, Verdict
from data_platform.lineage.errors import InvalidSelect
from data_platform.lineage.model import Use
from data_platform.mesh.impact.graph import MeshGraph
from data_platform.mesh.impact.promises import broken_promise
from data_platform.mesh.impact.references import references_of
from data_platform.products.edges import Table, graph_name, key_of, product_edges

OUTSIDE: Final = "outside:"
"""What the names of consumers outside the platform start with; no product's does."""

_SELECT: Final = frozenset({Use.SELECT})


class Outside(Protocol):
    """A consumer outside the platform, as ``contracts.registry.subscriptions.Subscription`` is one."""

    @property
    def consumer(self) -> str:
        """Its name."""

    @property
    def kind(self) -> str:
        """A dashboard, a notebook."""

    @property
    def owner(self) -> str:
        """Who is told."""

    @property
    def product(self) -> str:
        """What it reads, ``domain/name``."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads; none: nobody knows."""

    @property
    def pin(self) -> str | None:
        """The version that it was made for."""


class MeshReaders:
    """The answers of a checkout.

    Attributes:
        graph: Its graph.
        outside: The consumers outside the platform, by the name that the walk has for them.
    """

    def __init__(
        self,
        graph: MeshGraph,
        after: Mapping[str, Contract],
        outside: Iterable[Outside] = (),
        *,
        before: Mapping[str, Contract] | None = None,
    ) -> None:
        """See the class.

        Args:
            graph: The graph.
            after: The contracts with the changes, by ``domain.name``.
            outside: The consumers outside the platform.
            before: The contracts without them; by default those of the checkout.
        """
        self.graph = graph
        self.outside = {f"{OUTSIDE}{consumer.product}:{consumer.consumer}": consumer for consumer in outside}
        self._after = after
        self._contracts = {
            name: [contract, *filter(None, [(before or {}).get(name), graph.contract(name)])]
            for name, contract in after.items()
        }
        self._references: dict[str, tuple[Reference, ...]] = {}

    def consumers(self, product: str) -> Collection[str]:
        """See ``Readers``."""
        links = self.graph.links
        inside = {
            name
            for name in links.consumers.get(product, ())
            if product in links.inputs.get(name, ())
            or any(reference.product == product for reference in self.references(name))
        }
        return inside | self._subscribers.get(product, set())

    def reads(self, consumer: str) -> Sequence[Edge]:
        """See ``Readers``."""
        if consumer not in self.outside:
            return self.graph.part(consumer).edges
        outside = self.outside[consumer]
        product, known_by = graph_name(outside.product), KnownBy.DECLARED if outside.columns else KnownBy.UNKNOWN
        columns = outside.columns or (*self.graph.columns(product), *self.graph.former(product))
        return [Edge(consumer, Column(product, name), None, _SELECT, known_by) for name in dict.fromkeys(columns)]

    def columns(self, product: str) -> Sequence[str]:
        """See ``Readers``."""
        return () if product in self.outside else self.graph.columns(product)

    def references(self, consumer: str) -> Sequence[Reference]:
        """See ``Readers``."""
        if consumer not in self._references:
            contract = None
            if consumer in self.graph.links.rules:
                contract = self.graph.contract(consumer)
            self._references[consumer] = tuple(references_of(consumer, contract, self._contracts)) if contract else ()
        return self._references[consumer]

    def needs(self, consumer: str) -> Collection[str]:
        """See ``Readers``."""
        if consumer in self.outside:
            return (graph_name(self.outside[consumer].product),)
        return self.graph.links.inputs.get(consumer, ())

    def broken_promise(self, edges: Collection[Edge], change: ColumnChange) -> str | None:
        """See ``Readers``."""
        consumer = next(iter(edges)).consumer
        own = self.graph.contract(consumer)
        if own is None:
            return "its own contract cannot be read"
        targets = [edge.target for edge in edges if edge.target is not None]
        return broken_promise(own, targets, self._after.get(change.product), change)

    def rebinding(self, consumer: str, change: ColumnChange) -> tuple[Verdict, str] | None:
        """See ``Readers``."""
        part = self.graph.part(consumer) if consumer not in self.outside else None
        if part is None or part.source is None or part.spec is None or part.source.kind != "sql":
            return None
        key, runner, name = key_of(consumer), part.spec.runner is not None, change.column or ""
        without, with_it = (_with(part.tables, key_of(change.product), name, there) for there in (False, True))
        try:
            before = product_edges(key, part.source, without, runner=runner)
        except InvalidSelect:
            return None  # it reads the new column already
        try:
            after = product_edges(key, part.source, with_it, runner=runner)
        except InvalidSelect as error:
            return Verdict.BREAKS, f"{change}, and its query no longer fits: {error.problems[0].message}"
        return _difference(change, before, after, self.graph.columns(consumer))

    @cached_property
    def _subscribers(self) -> Mapping[str, set[str]]:
        subscribers: dict[str, set[str]] = {}
        for name, consumer in self.outside.items():
            subscribers.setdefault(graph_name(consumer.product), set()).add(name)
        return subscribers


def _with(tables: Iterable[Table], key: str, column: str, there: bool) -> list[Table]:
    """The tables, that of a product with or without a column."""
    return [
        Table(
            table.name, table.key, (*(name for name in table.columns if name != column), *([column] if there else []))
        )
        if table.key == key
        else table
        for table in tables
    ]


def _difference(
    change: ColumnChange, before: Sequence[Edge], after: Sequence[Edge], columns: Collection[str]
) -> tuple[Verdict, str] | None:
    """What a query makes of a new column that it does not name."""
    fresh = sorted({edge.target for edge in after if edge.target is not None} - {edge.target for edge in before})
    unknown = [name for name in fresh if name and name not in columns]
    if unknown:
        problem = f"its query hands on all columns, and its own contract has no column {unknown[0]}"
        return Verdict.BREAKS, f"{change}: {problem}"
    if set(before) != set(after):
        return Verdict.MAY_BREAK, f"{change}: its query then reads it where it read another, or as well"
    return None
