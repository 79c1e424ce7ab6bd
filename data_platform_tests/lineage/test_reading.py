"""One construct of SQL a row: what it reads of its inputs, and what for."""

import pytest

from data_platform.lineage.model import Reading
from data_platform.lineage.reading import read_columns
from data_platform.lineage.select import read_select

SCHEMAS = {
    "d.t": {
        "a": "INTEGER",
        "B": "VARCHAR",
        "c": "DOUBLE",
        "s": "STRUCT(x INTEGER, y VARCHAR)",
        "l": "INTEGER[]",
        "k": "BIGINT",
    },
    "d.u": {"k": "BIGINT", "v": "DOUBLE", "w": "DATE"},
}
LETTERS = {
    "s": "select",
    "f": "filter",
    "j": "join",
    "g": "group",
    "o": "order",
    "w": "window",
    "n": "named",
}


def read(sql: str) -> Reading:
    return read_columns(read_select(sql), SCHEMAS)


def uses(**columns: str) -> dict[str, set[str]]:
    return {name: {LETTERS[letter] for letter in letters} for name, letters in columns.items()}


T_ALL = {"a": "s", "B": "s", "c": "s", "s": "s", "l": "s", "k": "s"}

CASES = [
    ("select a, b from d.t where c > 1", {"a": "s", "B": "s", "c": "f"}, None),
    ("from d.t", T_ALL, None),
    ("from d.t select a", {"a": "s"}, None),
    ("select count(*) as n from d.t", {}, None),
    ("select 1 as one from d.t, d.u", {}, {}),
    # what nothing uses
    ("with x as (select * from d.t) select a from x", {"a": "s"}, None),
    ("with x as (select a, b, c + k as ck from d.t) select a from x", {"a": "s", "B": "n", "c": "n", "k": "n"}, None),
    ("with x as (select * from d.t), y as (select c as q, * from x) select a from y", {"a": "s", "c": "n"}, None),
    ("with unused as (select c from d.t where k > 1) select a from d.t", {"a": "s", "c": "n", "k": "n"}, None),
    ("select n from (select count(*) as n, max(c) as m from d.t)", {"c": "n"}, None),
    ("select a from d.t where exists (select w from d.u where u.k = t.k)", {"a": "s", "k": "f"}, {"k": "f", "w": "n"}),
    # uses pass through parts
    ("with x as (select * from d.t) select x.a from x where x.k > 2", {"a": "s", "k": "f"}, None),
    ("with x(p, q) as (select a, c from d.t) select p from x order by q", {"a": "s", "c": "o"}, None),
    ("select p from (select a, c from d.t) x(p, q) where q > 1", {"a": "s", "c": "f"}, None),
    ("with recursive r(n, m) as (select a, c from d.t union all select n + 1, m from r where n < 5) select n from r",
     {"a": "sf", "c": "s"}, None),
    # joins
    ("select t.a, u.v from d.t join d.u using (k)", {"a": "s", "k": "j"}, {"v": "s", "k": "j"}),
    ("select k, v from d.t full join d.u using (k)", {"k": "sj"}, {"v": "s", "k": "sj"}),
    ("select a from d.t left join d.u on t.k = u.k and u.v > 1", {"a": "s", "k": "j"}, {"k": "j", "v": "j"}),
    ("select a from d.t semi join d.u using (k)", {"a": "s", "k": "j"}, {"k": "j"}),
    ("select a from d.t anti join d.u on t.k = u.k", {"a": "s", "k": "j"}, {"k": "j"}),
    ("select a, v from d.t asof join d.u on t.k >= u.k", {"a": "s", "k": "j"}, {"v": "s", "k": "j"}),
    ("select x.a, y.c from d.t x join d.t y on x.k = y.a", {"a": "sj", "c": "s", "k": "j"}, None),
    ("select a, q from d.t, lateral (select v as q from d.u where u.k = t.k) x", {"a": "s", "k": "jf"},
     {"k": "f", "v": "s"}),
    ("select x from d.t, unnest(t.l) as u(x)", {"l": "sj"}, None),
    ("select a, i from d.t, range(3) as r(i)", {"a": "s"}, None),
    # clauses
    ("select b, sum(c) as c from d.t group by b having max(a) > 1", {"a": "f", "B": "sg", "c": "s"}, None),
    ("select b, sum(c) as c from d.t group by all", {"B": "sg", "c": "s"}, None),
    ("select b, sum(c) as c from d.t group by 1 order by 2", {"B": "sg", "c": "so"}, None),
    ("select a from d.t group by rollup (a, b)", {"a": "sg", "B": "g"}, None),
    ("select a from d.t order by c desc, k", {"a": "s", "c": "o", "k": "o"}, None),
    ("select a, b from d.t order by all", {"a": "so", "B": "so"}, None),
    ("select distinct a, b from d.t", {"a": "sg", "B": "sg"}, None),
    ("select distinct on (a) b from d.t order by c", {"a": "g", "B": "s", "c": "o"}, None),
    ("select a from d.t limit (select max(k) from d.u)", {"a": "s"}, {"k": "f"}),
    ("select b, count(*) filter (where a > 1) as n from d.t group by b", {"a": "sf", "B": "sg"}, None),
    ("select string_agg(b, ',' order by k) as g from d.t", {"B": "s", "k": "s"}, None),
    # windows
    ("select sum(a) over (partition by b order by c) as r from d.t", {"a": "sw", "B": "sw", "c": "sw"}, None),
    ("select max(a) over w as m from d.t window w as (partition by b)", {"a": "sw", "B": "w"}, None),
    ("select a from d.t qualify row_number() over (partition by b order by c) = 1",
     {"a": "s", "B": "fw", "c": "fw"}, None),
    ("select a, rank() over (order by c) as r from d.t qualify r < 3", {"a": "s", "c": "sfw"}, None),
    # aliases
    ("select a + 1 as z, z * 2 as y from d.t where z > 3", {"a": "sf"}, None),
    ("select a as b, b as a from d.t order by b", {"a": "so", "B": "s"}, None),
    ("select T.A as \"Weird\", \"B\" from D.T as t", {"a": "s", "B": "s"}, None),
    ("with t as (select v as a from d.u) select a from t", None, {"v": "s"}),
    # stars
    ("select * exclude (l, s) replace (c + k as c) from d.t", {**T_ALL, "l": "n", "s": "n"}, None),
    ("select * rename (a as z) from d.t", T_ALL, None),
    ("select u.* from d.t join d.u using (k)", {"k": "j"}, {"k": "sj", "v": "s", "w": "s"}),
    ("select a from (select * exclude (c) from d.t)", {"a": "s", "c": "n"}, None),
    # subqueries
    ("select a, (select max(v) from d.u where u.k = t.k) as m from d.t", {"a": "s", "k": "sf"}, {"k": "f", "v": "s"}),
    ("select a from d.t where c in (select v from d.u where w > date '2024-01-01')",
     {"a": "s", "c": "f"}, {"v": "f", "w": "f"}),
    ("select a from d.t where c > all (select v from d.u)", {"a": "s", "c": "f"}, {"v": "f"}),
    ("select a from (select a, (select max(v) from d.u) as m from d.t)", {"a": "s"}, {"v": "n"}),
    # nested types
    ("select s.x as x, t.s.y as y from d.t", {"s": "s"}, None),
    ("select s['x'] as x, l[1] as y from d.t", {"s": "s", "l": "s"}, None),
    ("select {'p': a, 'q': b} as st from d.t", {"a": "s", "B": "s"}, None),
    ("select unnest(l) as e from d.t", {"l": "s"}, None),
    ("select [q * 2 for q in l if q > 1] as f from d.t", {"l": "s"}, None),
    ("select [k * 2 for k in l] as f from d.t", {"l": "s"}, None),
    ("select list_transform(l, z -> z + a) as g from d.t", {"l": "s", "a": "s"}, None),
    ("select list_transform(l, lambda z: z + a) as g from d.t", {"l": "s", "a": "s"}, None),
    # set operations
    ("select a from (select a, b from d.t union all select k, w::varchar from d.u) order by b",
     {"a": "s", "B": "o"}, {"k": "s", "w": "o"}),
    ("select a from (select a, b from d.t union select k, w::varchar from d.u)",
     {"a": "sg", "B": "g"}, {"k": "sg", "w": "g"}),
    ("select a from (select a, b from d.t except all select k, w::varchar from d.u)",
     {"a": "sg", "B": "g"}, {"k": "sg", "w": "g"}),
    ("select a from (select a, c as b from d.t union all by name select v as b, k as a from d.u)",
     {"a": "s", "c": "n"}, {"k": "s", "v": "n"}),
    ("select a from d.t intersect select k from d.u order by a", {"a": "sgo"}, {"k": "sgo"}),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "of_t", "of_u"), CASES, ids=[case[0][:70] for case in CASES])
def test_exactly_the_columns_that_matter_are_found_with_their_uses(sql: str, of_t, of_u) -> None:
    wanted = {name: uses(**part) for name, part in (("d.t", of_t), ("d.u", of_u)) if part is not None}
    found = {name: {column: set(each) for column, each in part.items()} for name, part in read(sql).columns.items()}
    assert found == wanted


def test_an_input_that_is_named_for_nothing_has_to_be_there_but_its_values_do_not_matter() -> None:
    reading = read("with x as (select a, b from d.t) select a from x")
    assert reading.reads("d.t") == {"a"}
    assert reading.named("d.t") == {"B"}


@pytest.mark.parametrize(
    ("sql", "outputs"),
    [
        ("select a, c + k as ck, b as \"My B\" from d.t", [
            ("a", "INT", ["d.t.a="]), ("ck", "DOUBLE", ["d.t.c~", "d.t.k~"]), ("My B", "TEXT", ["d.t.B="])]),
        ("with x as (select * from d.t) select a as z from x where k > 1", [("z", "INT", ["d.t.a="])]),
        ("select k from d.t full join d.u using (k)", [("k", "BIGINT", ["d.t.k~", "d.u.k~"])]),
        ("select a from d.t union all select k from d.u", [("a", None, ["d.t.a=", "d.u.k="])]),
        ("select max(a) over (partition by b) as m from d.t", [("m", "INT", ["d.t.B~", "d.t.a~"])]),
        ("select (select max(v) from d.u where u.k = t.k) as m from d.t", [("m", "DOUBLE", ["d.u.v~"])]),
        ("select x from d.t, unnest(t.l) as u(x)", [("x", "INT", ["d.t.l~"])]),
        ("select t.s.y from d.t", [("y", "TEXT", ["d.t.s~"])]),
        ("select count(*) as n, 1 as one from d.t", [("n", "BIGINT", []), ("one", "INT", [])]),
        ("with recursive r(n) as (select a from d.t union all select n + 1 from r) select n from r",
         [("n", "INT", ["d.t.a~"])]),
        ("select B from d.t", [("B", "TEXT", ["d.t.B="])]),
        ("select * from (select b from d.t)", [("B", "TEXT", ["d.t.B="])]),
        ("select q from (values (1)) as v(q)", [("q", "INT", [])]),
    ],
)  # fmt: skip
def test_each_output_knows_its_name_its_type_and_what_it_is_made_of(sql: str, outputs) -> None:
    found = [
        (each.name, each.type, [f"{one.product}.{one.column}{'=' if one.copied else '~'}" for one in each.sources])
        for each in read(sql).outputs
    ]
    assert found == outputs


def test_types_may_be_unknown() -> None:
    reading = read_columns(read_select("select a, b::integer as b from d.t"), {"d.t": {"a": None, "b": None}})
    assert [each.type for each in reading.outputs] == [None, "INT"]
