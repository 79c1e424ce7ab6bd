"""Products, the edges between their columns, and the edges that a query makes.

What belongs here: the parts of a graph, as plain data. What does not: the graph (``graph``), and reading SQL
(``reading``).
"""

from dataclasses import dataclass
from enum import StrEnum

from data_platform.lineage.model import Reading, Use


class KnownBy(StrEnum):
    """How an edge is known, the surest first."""

    ENFORCED = "enforced"
    """The consumer is given this column and no other."""
    PARSED = "parsed"
    """Read off its SQL."""
    DECLARED = "declared"
    """Its owner says so."""
    UNKNOWN = "unknown"
    """Nobody knows what it reads, so it reads everything."""


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """A column of a product, ``domain.name``."""

    product: str
    name: str

    def __str__(self) -> str:
        return f"{self.product}.{self.name}"


@dataclass(frozen=True, slots=True)
class Edge:
    """That a product reads a column of another.

    Attributes:
        consumer: The product that reads.
        producer: The column that is read.
        target: The column of the consumer that is made of it; ``None`` for what shapes all rows (a filter, a join).
        uses: What for.
        known_by: How that is known.
        copied: Whether the target has the values as they are.
    """

    consumer: str
    producer: Column
    target: str | None
    uses: frozenset[Use]
    known_by: KnownBy
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A product, or a consumer outside the platform.

    Attributes:
        product: Its name, ``domain.name``.
        columns: Its columns, in order.
        inputs: The products that it depends on; also those of which it reads no column, only counts rows.
    """

    product: str
    columns: tuple[str, ...] = ()
    inputs: frozenset[str] = frozenset()


def edges_of(consumer: str, reading: Reading, known_by: KnownBy = KnownBy.PARSED) -> list[Edge]:
    """The edges that a query makes: one for each output made of a column, one for what the column is used for besides.

    Args:
        consumer: The product that the query makes.
        reading: What ``reading.read_columns`` found.
        known_by: ``ENFORCED`` where the query is given just what it reads.
    """
    edges = []
    for output in reading.outputs:
        for source in output.sources:
            uses = frozenset({Use.SELECT}) | (reading.columns[source.product][source.column] & {Use.WINDOW})
            column = Column(source.product, source.column)
            edges.append(Edge(consumer, column, output.name, uses, known_by, source.copied))
    targeted = {edge.producer for edge in edges}
    for product, columns in reading.columns.items():
        for name, uses in columns.items():
            column = Column(product, name)
            besides = uses - {Use.SELECT, Use.WINDOW} if column in targeted else uses
            if besides:
                edges.append(Edge(consumer, column, None, besides, known_by))
    return edges


def unknown_edges(consumer: Node, producer: Node) -> list[Edge]:
    """The edges of a consumer of which nobody knows what it reads: each of its columns may be made of any."""
    return [
        Edge(consumer.product, Column(producer.product, name), None, frozenset({Use.SELECT}), KnownBy.UNKNOWN)
        for name in producer.columns
    ]
