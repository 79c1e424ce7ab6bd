"""A graph as the walk of ``lineage.impact`` wants it: no contracts, so nothing is promised but what a test says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from data_platform.lineage.edges import Edge
from data_platform.lineage.effects import ColumnChange, Effect, Reference, Verdict
from data_platform.lineage.graph import Graph


@dataclass
class GraphReaders:
    graph: Graph
    rules: Sequence[Reference] = ()
    promises: Mapping[str, str] = field(default_factory=dict)
    """What is promised of a column, ``d.p.column``, that a change may not keep."""
    typed: bool = False
    """Whether every copy has to be of its old type."""
    asked: list[str] = field(default_factory=list)
    """Whose columns were asked for."""

    def consumers(self, product: str) -> Collection[str]:
        looking = {rule.consumer for rule in self.rules if rule.product == product}
        return self.graph.downstream(product, transitive=False) | looking

    def reads(self, consumer: str) -> Sequence[Edge]:
        self.asked.append(consumer)
        return self.graph.reads(consumer)

    def columns(self, product: str) -> Sequence[str]:
        return self.graph.nodes[product].columns

    def references(self, consumer: str) -> Sequence[Reference]:
        return [rule for rule in self.rules if rule.consumer == consumer]

    def needs(self, consumer: str) -> Collection[str]:
        return self.graph.upstream(consumer, transitive=False)

    def broken_promise(self, edges: Collection[Edge], change: ColumnChange) -> str | None:
        if self.typed and change.effect in (Effect.RETYPED, Effect.WIDENED):
            return "the type is promised"
        return next((self.promises[key] for e in edges if (key := f"{e.consumer}.{e.target}") in self.promises), None)

    def rebinding(self, consumer: str, change: ColumnChange) -> tuple[Verdict, str] | None:
        return None
