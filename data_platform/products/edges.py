"""Which columns a product's transform reads and what it makes of them, as edges of the graph.

What belongs here: from one product to its edges; Dagster's column lineage and the mesh's graph both come from here.
What does not: the graph (``lineage.graph``), and finding products (``mesh.files.checkout``).

A transform gets the columns of its inputs that it names and no others, so its edges are ``ENFORCED``. A runner of the
product's own takes its data from elsewhere, and the transform only says what is meant: then SQL is ``PARSED``, and
Python ``DECLARED``. Python may make every column of every input column that it gets; such an edge has no target.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from data_platform.lineage.edges import Column, Edge, KnownBy, edges_of
from data_platform.lineage.model import Use
from data_platform.products.sources import Source
from data_platform.products.spec import InputSpec

_SELECT: Final = frozenset({Use.SELECT})


@dataclass(frozen=True)
class Table:
    """An input of a transform, as far as lineage goes.

    Attributes:
        name: Its name in the transform.
        key: ``domain/name``.
        columns: In SQL all that it has; in Python those that are declared.
    """

    name: str
    key: str
    columns: tuple[str, ...]


def tables_of(source: Source, specs: Mapping[str, InputSpec], known: Mapping[str, Sequence[str]]) -> list[Table]:
    """The inputs of a transform, whether it may read them or not.

    Args:
        source: The transform.
        specs: What ``defs.yaml`` says of its inputs.
        known: The columns of products by key, of at least those that it reads.

    Returns:
        Its inputs by their names in the transform; arguments of Python that nothing is said of are left out.
    """
    tables = []
    for name in source.names:
        spec = specs.get(name, InputSpec())
        if source.kind == "python" and name not in specs:
            continue
        key = spec.asset or name.replace(".", "/")
        columns = spec.columns if source.kind == "python" or key not in known else known[key]
        tables.append(Table(name, key, tuple(columns or ())))
    return tables


def product_edges(key: str, source: Source, tables: Iterable[Table], *, runner: bool) -> list[Edge]:
    """The edges of a product.

    Args:
        key: ``domain/name``.
        source: Its transform.
        tables: Its inputs.
        runner: Whether a runner of its own takes the data from elsewhere.

    Returns:
        The edges, with products as ``domain.name``.

    Raises:
        InvalidSelect: The query names a column that is not there, or cannot be followed.
    """
    consumer = graph_name(key)
    if source.kind == "python":
        known_by = KnownBy.DECLARED if runner else KnownBy.ENFORCED
        return [
            Edge(consumer, Column(graph_name(table.key), name), None, _SELECT, known_by)
            for table in tables
            for name in table.columns
        ]
    reading = source.reading({table.name: dict.fromkeys(table.columns) for table in tables})
    keys = {table.name: graph_name(table.key) for table in tables}
    return [
        replace(edge, producer=Column(keys[edge.producer.product], edge.producer.name))
        for edge in edges_of(consumer, reading, KnownBy.PARSED if runner else KnownBy.ENFORCED)
    ]


def graph_name(key: str) -> str:
    """``domain.name`` of ``domain/name``, as SQL and the graph call it."""
    return key.replace("/", ".")


def key_of(name: str) -> str:
    """``domain/name`` of ``domain.name``."""
    return name.replace(".", "/", 1)
