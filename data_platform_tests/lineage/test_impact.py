"""Who breaks, on graphs made by hand."""

import pytest

from data_platform.lineage.affected import Affected
from data_platform.lineage.edges import Column, Edge, KnownBy, Node
from data_platform.lineage.effects import ColumnChange, Effect, Reference, Verdict
from data_platform.lineage.graph import Graph
from data_platform.lineage.impact import impact
from data_platform.lineage.model import Use
from data_platform_tests.lineage.walkers import GraphReaders

BREAKS, MAY, FINE = Verdict.BREAKS, Verdict.MAY_BREAK, Verdict.UNAFFECTED


def node(name: str, columns: str, *inputs: str) -> Node:
    return Node(name, tuple(columns.split()), frozenset(inputs))


def edge(producer: str, consumer: str, target: str | None = None, uses: str = "select", **more) -> Edge:
    product, _, column = producer.rpartition(".")
    known_by = more.pop("known_by", KnownBy.ENFORCED)
    return Edge(consumer, Column(product, column), target, frozenset(map(Use, uses.split())), known_by, **more)


def change(text: str, effect: Effect) -> ColumnChange:
    product, _, column = text.rpartition(".")
    return ColumnChange(product, column, effect, f"is {effect}")


def verdicts(found: tuple[Affected, ...]) -> dict[str, Verdict]:
    return {each.consumer: each.verdict for each in found}


def one_reader(*edges: Edge, effect: Effect, **more) -> Affected:
    """What becomes of d.b, which reads d.a."""
    graph = Graph.of([node("d.a", "x y"), node("d.b", "u v", "d.a")], edges)
    (found,) = impact(GraphReaders(graph, **more), [change("d.a.x", effect)])
    return found


@pytest.mark.parametrize(
    ("effect", "use", "verdict"),
    [
        (Effect.GONE, "filter", BREAKS),
        (Effect.GONE, "named", BREAKS),
        (Effect.RETYPED, "join", MAY),
        (Effect.RETYPED, "named", MAY),
        (Effect.WIDENED, "group", MAY),
        (Effect.LOOSENED, "filter", MAY),
        (Effect.LOOSENED, "order", MAY),
        (Effect.LOOSENED, "window", MAY),
        (Effect.LOOSENED, "named", FINE),
        (Effect.CHANGED, "filter", MAY),
        (Effect.CHANGED, "named", FINE),
        (Effect.TIGHTENED, "filter", FINE),
        (Effect.ADDED, "filter", FINE),
    ],
)
def test_what_a_change_means_depends_on_how_the_column_is_used(effect: Effect, use: str, verdict: Verdict) -> None:
    found = one_reader(edge("d.a.x", "d.b", uses=use), effect=effect)
    assert found.verdict is verdict
    if effect is not Effect.ADDED:
        assert found.reasons[0].uses == {Use(use)}


@pytest.mark.parametrize(
    ("effect", "promised", "verdict"),
    [
        (Effect.LOOSENED, None, FINE),
        (Effect.LOOSENED, "no nulls", MAY),
        (Effect.WIDENED, None, FINE),
        (Effect.WIDENED, "32 bits", MAY),
        (Effect.RETYPED, None, MAY),
        (Effect.RETYPED, "a text", BREAKS),
    ],
)
def test_a_copy_is_as_safe_as_the_consumers_own_contract_lets_it_be(effect, promised, verdict) -> None:
    promises = {"d.b.u": promised} if promised else {}
    found = one_reader(edge("d.a.x", "d.b", "u", copied=True), effect=effect, promises=promises)
    assert found.verdict is verdict
    assert promised is None or promised in found.reasons[0].text


def test_a_computed_column_may_break_on_values_it_was_not_written_for() -> None:
    assert one_reader(edge("d.a.x", "d.b", "u"), effect=Effect.LOOSENED).verdict is MAY


def test_who_reads_nobody_knows_what_may_break_by_anything_but_a_tighter_promise() -> None:
    unknown = edge("d.a.x", "d.b", known_by=KnownBy.UNKNOWN)
    assert one_reader(unknown, effect=Effect.GONE).verdict is MAY
    assert one_reader(unknown, effect=Effect.TIGHTENED).verdict is FINE


def test_a_reader_of_other_columns_is_unaffected_and_told_why() -> None:
    found = one_reader(edge("d.a.y", "d.b", "u"), effect=Effect.GONE)
    assert (found.verdict, found.reasons[0].text) == (FINE, "of d.a it reads only y")


def test_a_reader_that_only_counts_rows_breaks_when_the_product_goes_and_by_no_column() -> None:
    graph = Graph.of([node("d.a", "x"), node("d.b", "n", "d.a")])
    assert verdicts(impact(GraphReaders(graph), [change("d.a.x", Effect.GONE)])) == {"d.b": FINE}
    whole = ColumnChange("d.a", None, Effect.GONE, "is removed")
    assert verdicts(impact(GraphReaders(graph), [whole])) == {"d.b": BREAKS}
    rows = ColumnChange("d.a", None, Effect.LOOSENED, "has another key")
    assert verdicts(impact(GraphReaders(graph), [rows])) == {"d.b": MAY}


@pytest.fixture
def chain() -> Graph:
    """a.x -> b.u -> c.w; d reads b.v, which is made of a.y; e reads c and a."""
    return Graph.of(
        [node("d.a", "x y"), node("d.b", "u v"), node("d.c", "w"), node("d.d", "z"), node("d.e", "q")],
        [
            edge("d.a.x", "d.b", "u"),
            edge("d.a.y", "d.b", "v"),
            edge("d.b.u", "d.c", "w"),
            edge("d.b.v", "d.d", "z"),
            edge("d.c.w", "d.e", "q"),
            edge("d.a.y", "d.e", None, "filter"),
        ],
    )


def test_all_that_needs_a_consumer_that_breaks_breaks_with_it_and_the_path_is_shown_where_there_is_one(chain) -> None:
    found = {each.consumer: each for each in impact(GraphReaders(chain), [change("d.a.x", Effect.GONE)])}
    assert {name: each.verdict for name, each in found.items()} == dict.fromkeys(("d.b", "d.c", "d.d", "d.e"), BREAKS)
    assert found["d.c"].reasons[0].text == "its input d.b is not made any more"
    assert [str(each) for each in found["d.c"].reasons[1].path] == ["d.a.x", "d.b.u", "d.c.w"]
    assert [reason.path for reason in found["d.d"].reasons] == [()]
    assert [found[name].distance for name in ("d.b", "d.c", "d.d", "d.e")] == [1, 2, 2, 1]


def test_a_consumer_that_may_break_lets_those_behind_it_break_no_worse(chain) -> None:
    found = verdicts(impact(GraphReaders(chain), [change("d.a.x", Effect.LOOSENED)]))
    assert found == dict.fromkeys(("d.b", "d.c", "d.d", "d.e"), MAY)


def test_other_values_within_the_contract_concern_only_who_reads_what_is_made_of_them(chain) -> None:
    found = impact(GraphReaders(chain), [change("d.a.x", Effect.CHANGED)])
    assert verdicts(found) == {"d.b": MAY, "d.c": MAY, "d.e": MAY, "d.d": FINE}
    (spared,) = [each for each in found if each.consumer == "d.d"]
    assert spared.reasons[0].text == "of d.b it reads only v"


def test_a_filter_makes_all_values_of_a_product_others() -> None:
    graph = Graph.of(
        [node("d.a", "x"), node("d.b", "u"), node("d.c", "w", "d.b")],
        [edge("d.a.x", "d.b", None, "filter"), edge("d.b.u", "d.c", "w")],
    )
    assert verdicts(impact(GraphReaders(graph), [change("d.a.x", Effect.CHANGED)])) == {"d.b": MAY, "d.c": MAY}


def test_what_a_contract_stops_goes_no_further() -> None:
    graph = Graph.of(
        [node("d.a", "x"), node("d.b", "u"), node("d.c", "w")],
        [edge("d.a.x", "d.b", "u", copied=True), edge("d.b.u", "d.c", None, "filter")],
    )
    found = impact(GraphReaders(graph), [change("d.a.x", Effect.LOOSENED)])
    assert verdicts(found) == {"d.b": FINE, "d.c": FINE}
    assert found[1].reasons[0].text == "nothing that it reads is affected"


def test_a_verdict_does_not_hang_on_how_far_paths_are_shown(chain) -> None:
    near, far = GraphReaders(chain), GraphReaders(chain)
    found = impact(near, [change("d.a.x", Effect.GONE)], paths=0)
    assert verdicts(found) == verdicts(impact(far, [change("d.a.x", Effect.GONE)], paths=9))
    assert set(near.asked) == {"d.b", "d.e"}
    assert set(far.asked) > set(near.asked)


def test_products_that_need_each_other_are_walked_once() -> None:
    graph = Graph.of(
        [node("d.a", "x"), node("d.b", "u"), node("d.c", "w")],
        [edge("d.a.x", "d.b", "u"), edge("d.b.u", "d.c", "w"), edge("d.c.w", "d.b", "u"), edge("d.c.w", "d.a", "x")],
    )
    found = verdicts(impact(GraphReaders(graph), [change("d.a.x", Effect.GONE)]))
    assert found == {"d.b": BREAKS, "d.c": BREAKS, "d.a": BREAKS}


def test_changes_of_several_products_are_judged_together(chain) -> None:
    found = impact(GraphReaders(chain), [change("d.a.y", Effect.TIGHTENED), change("d.c.w", Effect.GONE)])
    assert verdicts(found) == {"d.e": BREAKS, "d.b": FINE, "d.c": FINE, "d.d": FINE}


RULE = Reference("d.b", "d.a", frozenset({"x"}), "the foreign key u")


@pytest.mark.parametrize(
    ("effect", "verdict"),
    [(Effect.GONE, BREAKS), (Effect.TIGHTENED, MAY), (Effect.RETYPED, MAY), (Effect.LOOSENED, FINE)],
)
def test_a_rule_of_a_contract_that_looks_at_a_column_counts_though_no_transform_reads_it(effect, verdict) -> None:
    graph = Graph.of([node("d.a", "x y"), node("d.b", "u")])
    (found,) = impact(GraphReaders(graph, rules=[RULE]), [change("d.a.x", effect)])
    assert (found.verdict, found.reasons[0].text.startswith("the foreign key u")) == (verdict, True)
    (other,) = impact(GraphReaders(graph, rules=[RULE]), [change("d.a.y", effect)])
    assert other.verdict is FINE


def test_a_rule_that_looks_at_a_product_which_is_not_made_any_more_may_break() -> None:
    graph = Graph.of([node("d.z", "x"), node("d.a", "x"), node("d.b", "u")], [edge("d.z.x", "d.a", "x")])
    found = verdicts(impact(GraphReaders(graph, rules=[RULE]), [change("d.z.x", Effect.GONE)]))
    assert found == {"d.a": BREAKS, "d.b": MAY}


def test_nobody_downstream_is_an_empty_answer() -> None:
    assert impact(GraphReaders(Graph.of([node("d.a", "x")])), [change("d.a.x", Effect.GONE)]) == ()
