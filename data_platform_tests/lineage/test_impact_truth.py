"""What ``impact`` says of small meshes of random queries, against what DuckDB makes of them.

A mesh is two tables and a few products, each a random query over the tables and the products before it. It is made
twice, before and after a column is dropped, renamed, retyped or filled with other values. As on the platform a product
is published only with its columns and their types as they were, and one whose input is not published is not made.
"""

from collections import Counter
from dataclasses import dataclass

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_platform.lineage.edges import KnownBy, Node, edges_of
from data_platform.lineage.effects import ColumnChange, Effect, Verdict
from data_platform.lineage.graph import Graph
from data_platform.lineage.impact import impact
from data_platform.lineage.reading import read_columns
from data_platform.lineage.select import read_select
from data_platform_tests.examples import examples
from data_platform_tests.lineage.queries import TABLES, queries
from data_platform_tests.lineage.walkers import GraphReaders

VALUES = st.one_of(st.none(), st.integers(0, 3))
ROWS = {name: st.lists(st.tuples(*[VALUES] * len(columns)), min_size=1, max_size=4) for name, columns in TABLES.items()}
UNHURRIED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
EFFECTS = {"drop": Effect.GONE, "rename": Effect.GONE, "retype": Effect.RETYPED, "fill": Effect.CHANGED}
BROKEN = "broken"


@st.composite
def meshes(draw) -> dict[str, str]:
    """Queries by product."""
    tables, made = dict(TABLES), {}
    for number in range(draw(st.integers(2, 4))):
        query = draw(queries(tables))
        made[f"d.p{number}"] = query.sql
        tables[f"d.p{number}"] = query.columns
    return made


def graph_of(mesh: dict[str, str]) -> Graph:
    columns, nodes, edges = dict(TABLES), [Node(name, names) for name, names in TABLES.items()], []
    for name, sql in mesh.items():
        select = read_select(sql)
        reading = read_columns(select, {each: dict.fromkeys(names, "BIGINT") for each, names in columns.items()})
        columns[name] = tuple(each.name for each in reading.outputs)
        nodes.append(Node(name, columns[name], frozenset(select.products)))
        edges += edges_of(name, reading, KnownBy.ENFORCED)
    return Graph.of(nodes, edges)


@dataclass(frozen=True)
class Mutation:
    kind: str
    product: str
    column: str


@pytest.fixture(scope="module")
def connection():
    made = duckdb.connect(config={"threads": 1, "enable_external_access": False})
    made.execute("create schema d")
    yield made
    made.close()


def run(connection, mesh, data, shapes=None, mutation=None):
    """Make all; what each product holds, or that it is broken; and their columns with types."""
    for name, rows in data.items():
        connection.execute(f"create or replace table {name} ({', '.join(f'{c} bigint' for c in TABLES[name])})")
        connection.executemany(f"insert into {name} values ({', '.join('?' * len(TABLES[name]))})", rows)
    made, found = {}, {}
    for name, sql in {**dict.fromkeys(TABLES), **mesh}.items():
        if sql is not None:
            made[name], found[name] = publish(connection, name, sql, made, shapes)
        if mutation is not None and mutation.product == name and made.get(name) != BROKEN:
            mutate(connection, mutation)
    return made, found


def publish(connection, name, sql, made, shapes):
    connection.execute(f"drop table if exists {name}")
    if any(made.get(each) == BROKEN for each in read_select(sql).products):
        return BROKEN, None
    try:
        result = connection.execute(sql).to_arrow_table()
    except duckdb.Error:
        return BROKEN, None
    types = {field.name: str(field.type) for field in result.schema}
    wanted = types if shapes is None else shapes[name]
    if wanted != types:
        return BROKEN, None
    connection.register("result", result)
    connection.execute(f"create table {name} as select * from result")
    return Counter(tuple(row.values()) for row in result.to_pylist()), types


def mutate(connection, mutation):
    table, column = mutation.product, mutation.column
    statement = {
        "drop": f"alter table {table} drop column {column}",
        "rename": f"alter table {table} rename column {column} to renamed",
        "retype": f"alter table {table} alter {column} type varchar",
        "fill": f"update {table} set {column} = 1000 + rowid",
    }[mutation.kind]
    connection.execute(statement)


def check(connection, mesh, data, alarms: Counter | None = None, most: int = 9) -> None:
    """Drop, rename, retype and fill each column, and hold what happens against what is said."""
    graph = graph_of(mesh)
    before, shapes = run(connection, mesh, data)
    if BROKEN in before.values():
        return
    for product, node in graph.nodes.items():
        for column in node.columns[:most] if len(node.columns) > 1 else ():
            for kind, effect in EFFECTS.items():
                change = ColumnChange(product, column, effect, kind)
                said = {each.consumer: each for each in impact(GraphReaders(graph, typed=True), [change])}
                after, _ = run(connection, mesh, data, shapes, Mutation(kind, product, column))
                for name in graph.downstream(product):
                    verdict, same = said[name].verdict, after[name] == before[name]
                    assert same or verdict is not Verdict.UNAFFECTED, (kind, product, column, name, said[name])
                    assert after[name] != BROKEN or verdict is Verdict.BREAKS or effect is not Effect.GONE
                    if alarms is not None:
                        alarms[kind, verdict, "nothing happened" if same else "right"] += 1


@pytest.mark.slow
@settings(max_examples=examples(4), suppress_health_check=UNHURRIED)
@given(mesh=meshes(), data=st.fixed_dictionaries(ROWS))
def test_nothing_that_breaks_or_changes_was_called_unaffected(connection, mesh, data) -> None:
    check(connection, mesh, data, most=1)


@pytest.mark.slow
def test_nothing_that_breaks_or_changes_in_many_meshes_was_called_unaffected(connection) -> None:
    alarms: Counter = Counter()

    @settings(max_examples=examples(120), suppress_health_check=UNHURRIED)
    @given(mesh=meshes(), data=st.fixed_dictionaries(ROWS))
    def all_of_them(mesh, data) -> None:
        check(connection, mesh, data, alarms)

    all_of_them()
    for key, number in sorted(alarms.items()):
        print(*key, number)  # noqa: T201 - the share of false alarms is what this run is for
    assert alarms["drop", Verdict.BREAKS, "right"] > alarms["drop", Verdict.BREAKS, "nothing happened"]
