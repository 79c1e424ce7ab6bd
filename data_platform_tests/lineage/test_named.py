"""Names of products found without parsing are those that the parser finds, or none are given."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.lineage.errors import InvalidSelect
from data_platform.lineage.named import products_named
from data_platform.lineage.select import read_select
from data_platform_tests.examples import examples
from data_platform_tests.lineage.queries import TABLES, Part, queries

KNOWN = frozenset({"sales.orders_v1", "sales.lines_v1", "movies.films_v1", "sales.raw"})


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("select * from sales.orders_v1", {"sales.orders_v1"}),
        ('SELECT 1 FROM "Sales". "ORDERS_V1" AS o', {"sales.orders_v1"}),
        ("from sales.orders_v1", {"sales.orders_v1"}),
        ("select 1 from sales.-- where from\norders_v1", {"sales.orders_v1"}),
        ("select 'movies.films_v1' as x from sales.raw -- movies.films_v1", {"sales.raw"}),
        ("select 'it''s movies.films_v1' from sales.raw", {"sales.raw"}),
        ("select o.films_v1 from sales.orders_v1 as o", {"sales.orders_v1"}),
        ("select sales.orders_v1.total from sales.orders_v1", {"sales.orders_v1"}),
        (
            "with s as (select 1 from movies.films_v1) select * from s, sales.lines_v1",
            {"movies.films_v1", "sales.lines_v1"},
        ),
        ("select $partition_key as day, sales_total from sales.raw", {"sales.raw"}),
        ("select 1 from other.orders_v1", set()),
        ("select 1 as x", set()),
    ],
)
def test_products_are_found_by_their_names(sql: str, named: set[str]) -> None:
    assert products_named(sql, KNOWN) == named


@pytest.mark.parametrize(
    "sql",
    [
        "select sales.orders_v1 from movies.films_v1 as sales",
        "with sales as (select 1 as orders_v1) select sales.orders_v1 from sales",
        "select x from movies.sales join sales.raw using (x)",
        "select 1 /* a /* b */ sales.raw */ from movies.films_v1",
        "select e'\\' from sales.raw --'",
        "select * from .sales.raw",
        "select * from sales .raw",
        "select (f(x)).sales.raw from movies.films_v1",
        "select $$ from sales.raw $$ from movies.films_v1",
        "select $a$ from sales.raw $a$ from movies.films_v1",
        'select 1 from "sales"."or""ders"',
        "select 'open from sales.raw",
    ],
)
def test_what_may_mean_something_else_is_left_to_the_parser(sql: str) -> None:
    assert products_named(sql, KNOWN) is None


@settings(max_examples=examples(60))
@given(query=queries())
def test_of_random_queries_it_finds_what_the_parser_finds(query: Part) -> None:
    found = products_named(query.sql, frozenset(TABLES))
    assert found is None or found == set(read_select(query.sql).products)


PIECES = st.sampled_from(
    ["select", "from", "1", "*", "sales", "orders_v1", "raw", ".", ".", " ", " ", "as", ",", "'", '"', "--", "\n", "/*",
     "*/", "(", ")", "$", "e", "x", "sales.raw", "sales.orders_v1", "movies.films_v1", "join", "on", "true"]
)  # fmt: skip


@settings(max_examples=examples(150))
@given(pieces=st.lists(PIECES, max_size=14))
def test_of_any_text_that_parses_it_finds_what_the_parser_finds(pieces: list[str]) -> None:
    sql = f"select * from {''.join(pieces)}"
    try:
        parsed = set(read_select(sql).products) & KNOWN
    except InvalidSelect:
        return
    found = products_named(sql, KNOWN)
    assert found is None or found == parsed
