"""What the scaffold promises of a query's result, against what DuckDB makes of rows that keep the inputs' promises."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from data_platform.lineage.qualified import qualified
from data_platform.lineage.select import read_select
from data_platform.mesh.scaffold.keys import Keys
from data_platform.mesh.scaffold.nulls import Nulls
from data_platform_tests.examples import examples
from data_platform_tests.lineage.queries import TABLES, Part, queries

SCHEMAS = {name: dict.fromkeys(columns, "BIGINT") for name, columns in TABLES.items()}
REQUIRED = {"d.t": {"k", "a"}, "d.u": {"k", "v"}}
KEYS = {"d.t": ("k", "a"), "d.u": ("k",)}
UNHURRIED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]

Rows = list[tuple[int | None, ...]]


def tables(name: str) -> st.SearchStrategy[Rows]:
    """Rows that keep what is known of a table: its key, and what is never null."""
    known, maybe = st.integers(0, 2), st.one_of(st.none(), st.integers(0, 2))
    row = st.tuples(*(known if column in REQUIRED[name] else maybe for column in TABLES[name]))
    positions = [TABLES[name].index(each) for each in KEYS[name]]
    return st.lists(row, max_size=6, unique_by=lambda made: tuple(made[at] for at in positions))


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1, "enable_external_access": False}) as made:
        made.execute("create schema d")
        yield made


def made_by(connection: duckdb.DuckDBPyConnection, sql: str, data: dict[str, Rows]) -> list[tuple[Any, ...]]:
    for name, rows in data.items():
        connection.execute(f"create or replace table {name} ({', '.join(f'{each} bigint' for each in TABLES[name])})")
        if rows:
            values = ", ".join(str(row).replace("None", "null") for row in rows)
            connection.execute(f"insert into {name} values {values}")
    return connection.execute(sql).fetchall()


def promised(sql: str) -> tuple[list[int], frozenset[int] | None]:
    """The numbers of the columns that are never null, and those of the key."""
    query = qualified(read_select(sql), {each.product: SCHEMAS[each.product] for each in read_select(sql).inputs})
    nulls, width = Nulls(query, REQUIRED), len(query.root.expression.selects)
    return [at for at in range(width) if nulls.never(query.root, at)], Keys(query, KEYS).of(query.root)


def check(connection: duckdb.DuckDBPyConnection, sql: str, data: dict[str, Rows]) -> None:
    never, key = promised(sql)
    rows = made_by(connection, sql, data)
    event(f"key {key is not None}, never null {bool(never)}")
    assert [at for at in never if any(row[at] is None for row in rows)] == []
    if key is not None:
        keys = [tuple(row[at] for at in sorted(key)) for row in rows]
        assert len(set(keys)) == len(keys)


@settings(max_examples=examples(60), suppress_health_check=UNHURRIED)
@given(query=queries(), data=st.fixed_dictionaries({name: tables(name) for name in TABLES}))
def test_what_is_promised_of_any_query_holds_for_any_rows(
    connection: duckdb.DuckDBPyConnection, query: Part, data: dict[str, Rows]
) -> None:
    check(connection, query.sql, data)


@pytest.mark.slow
@settings(max_examples=examples(1500), suppress_health_check=UNHURRIED)
@given(query=queries(), data=st.fixed_dictionaries({name: tables(name) for name in TABLES}))
def test_what_is_promised_of_many_queries_holds_for_any_rows(
    connection: duckdb.DuckDBPyConnection, query: Part, data: dict[str, Rows]
) -> None:
    check(connection, query.sql, data)


@pytest.mark.parametrize(
    ("sql", "never", "key"),
    [
        ("select k, a, b from d.t", [0, 1], {0, 1}),
        ("select k, b from d.t", [0], None),
        ("select t.k, t.a, u.v from d.t t join d.u u on t.k = u.k", [0, 1, 2], {0, 1}),
        ("select t.k, t.a, u.v from d.t t left join d.u u on t.b = u.k", [0, 1], {0, 1}),
        ("select k, a, v from d.t left join d.u using (k)", [0, 1], {0, 1}),
        ("select t.a, u.v from d.t t right join d.u u on t.k = u.k", [1], None),
        ("select u.k, t.a, t.k as tk from d.u u join d.t t on t.b = u.w", [0, 1, 2], {0, 1, 2}),
        ("select k, count(*) as n, sum(a) as s, sum(b) as z from d.t group by k", [0, 1, 2], {0}),
        ("select b, count(*) as n from d.t group by b", [1], {0}),
        ("select b, count(*) as n from d.t where b is not null group by b", [0, 1], {0}),
        ("select k, a, count(*) as n from d.t group by rollup (k, a)", [2], None),
        ("select k + 1 as next, max(a) as m from d.t group by 1", [0, 1], {0}),
        ("select sum(a) as s, count(*) as n from d.t", [1], None),
        ("select distinct b, c from d.t", [], {0, 1}),
        ("select k from d.t union select k from d.u", [0], {0}),
        ("select k from d.t union all select b from d.t", [], None),
        ("select k from d.t except all select k from d.u", [0], None),
        ("with x as (select k, a from d.t) select k, a, coalesce(a, 0) as z from x", [0, 1, 2], {0, 1}),
        ("select k, b from d.t qualify row_number() over (partition by k order by a) = 1", [0], {0}),
        ("select case when a > 1 then k else 0 end as p, case when a > 1 then k end as q from d.t", [0], None),
        ("select t.k, t.a from d.t t where t.k in (select k from d.u)", [0, 1], {0, 1}),
        ("select k, a, try_cast(a as integer) as i, cast(a as integer) as j from d.t", [0, 1, 3], {0, 1}),
        ("select k, unnest([a, b]) as each from d.t", [0], None),
    ],
)
def test_what_is_told_of_a_query(sql: str, never: list[int], key: set[int] | None) -> None:
    assert promised(sql) == (never, None if key is None else frozenset(key))
