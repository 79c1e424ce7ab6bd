import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.lineage.edges import Column, Edge, KnownBy, Node, edges_of, unknown_edges
from data_platform.lineage.errors import CyclicLineage, LineageError
from data_platform.lineage.graph import Graph
from data_platform.lineage.model import Use
from data_platform.lineage.reading import read_columns
from data_platform.lineage.select import read_select

A = Node("a.raw", ("id", "v", "day"))


def product(name: str, sql: str, *inputs: Node) -> tuple[Node, list[Edge]]:
    reading = read_columns(read_select(sql), {each.product: dict.fromkeys(each.columns, "BIGINT") for each in inputs})
    node = Node(name, tuple(each.name for each in reading.outputs), frozenset(each.product for each in inputs))
    return node, edges_of(name, reading)


@pytest.fixture
def graph() -> Graph:
    b, of_b = product("b.mid", "select id, v * 2 as w, day from a.raw", A)
    c, of_c = product("c.sum", "select id, sum(w) as total from b.mid where day > 3 group by id", b)
    d, of_d = product("c.count", "select count(*) as n from b.mid", b)
    e = Node("e.book", ("x",), frozenset({"c.sum"}))
    return Graph.of([A, b, c, d, e], [*of_b, *of_c, *of_d, *unknown_edges(e, c)])


def test_products_up_and_down_direct_and_transitive(graph: Graph) -> None:
    assert graph.downstream("a.raw") == {"b.mid", "c.sum", "c.count", "e.book"}
    assert graph.downstream("a.raw", transitive=False) == {"b.mid"}
    assert graph.upstream("e.book") == {"c.sum", "b.mid", "a.raw"}
    assert graph.upstream("c.count", transitive=False) == {"b.mid"}


def test_an_edge_says_how_it_is_used_copied_and_known(graph: Graph) -> None:
    found = {(str(edge.producer), edge.target): edge for edge in graph.reads("c.sum")}
    assert set(found) == {("b.mid.id", "id"), ("b.mid.id", None), ("b.mid.w", "total"), ("b.mid.day", None)}
    assert found["b.mid.id", "id"].copied
    assert not found["b.mid.w", "total"].copied
    assert found["b.mid.day", None].uses == {Use.FILTER}
    assert found["b.mid.id", None].uses == {Use.GROUP}
    assert {edge.known_by for edge in graph.reads("e.book")} == {KnownBy.UNKNOWN}


def test_products_come_after_what_they_need(graph: Graph) -> None:
    assert graph.order() == ("a.raw", "b.mid", "c.count", "c.sum", "e.book")


def test_cycles_are_found_and_named() -> None:
    nodes = [Node("a.a", (), frozenset({"a.c"})), Node("a.b", (), frozenset({"a.a"})),
             Node("a.c", (), frozenset({"a.b"})), Node("a.d", (), frozenset({"a.c", "a.d"}))]  # fmt: skip
    graph = Graph.of(nodes)
    assert graph.cycles() == (("a.a", "a.b", "a.c"), ("a.d",))
    with pytest.raises(CyclicLineage, match=r"a\.a -> a\.b -> a\.c -> a\.a"):
        graph.order()
    assert graph.downstream("a.a") == {"a.a", "a.b", "a.c", "a.d"}


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_there_is_an_order_exactly_if_there_is_no_cycle(pairs) -> None:
    inputs: dict[int, set[str]] = {number: set() for number in range(7)}
    for consumer, producer in pairs:
        inputs[consumer].add(f"p.n{producer}")
    graph = Graph.of(Node(f"p.n{number}", (), frozenset(each)) for number, each in inputs.items())
    in_cycles = {name for name in graph.nodes if name in graph.upstream(name)}
    for cycle in graph.cycles():
        assert set(cycle) <= in_cycles
        for one, following in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert one in graph.nodes[following].inputs
    assert bool(graph.cycles()) == bool(in_cycles)
    if not in_cycles:
        order = graph.order()
        assert all(order.index(each) < order.index(name) for name in order for each in graph.nodes[name].inputs)


def test_a_chain_may_be_as_long_as_it_likes() -> None:
    count = 20_000
    graph = Graph.of(Node(f"p.n{n:05}", (), frozenset({f"p.n{n - 1:05}"} if n else ())) for n in range(count))
    assert len(graph.downstream("p.n00000")) == count - 1
    assert graph.order()[-1] == f"p.n{count - 1:05}"


def test_ends_that_are_not_there_are_refused_with_a_suggestion(graph: Graph) -> None:
    with pytest.raises(LineageError, match=r"x\.y needs a\.row, which there is not: did you mean 'a\.raw'"):
        Graph.of([A, Node("x.y", (), frozenset({"a.row"}))])
    edge = Edge("x.y", Column("a.raw", "dau"), None, frozenset({Use.SELECT}), KnownBy.DECLARED)
    with pytest.raises(LineageError, match=r"a\.raw has no column dau: did you mean 'day'"):
        Graph.of([A, Node("x.y", ())], [edge])
    with pytest.raises(LineageError, match="two products"):
        Graph.of([A, Node("a.raw")])
    with pytest.raises(LineageError, match=r"there is no product b\.mud: did you mean 'b\.mid'"):
        graph.upstream("b.mud")


def test_a_graph_needs_no_parser() -> None:
    code = "import sys, data_platform.lineage.graph; sys.exit('sqlglot' in sys.modules or 'dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
