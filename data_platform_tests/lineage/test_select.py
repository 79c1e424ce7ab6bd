import pytest

from data_platform.lineage.errors import InvalidSelect
from data_platform.lineage.reading import read_columns
from data_platform.lineage.select import read_select

SCHEMAS = {"sales.orders_v1": {"order_id": "BIGINT", "amount": "DOUBLE"}, "sales.lines_v1": {"order_id": "BIGINT"}}


def test_inputs_are_found_wherever_they_are_named_with_their_first_place() -> None:
    select = read_select(
        "with x as (select * from Sales.Orders_v1)\nselect x.*, (select max(v) from ads.spend_v1) as m\n"
        "from x join sales.orders_v1 using (order_id) where x.day = $partition_key"
    )
    assert [(each.product, each.line, each.column) for each in select.inputs] == [
        ("ads.spend_v1", 2, 33),
        ("sales.orders_v1", 1, 26),
    ]
    assert select.products == ("ads.spend_v1", "sales.orders_v1")
    assert select.parameters == {"partition_key"}


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 as x;",
        "-- a comment\nselect 1 as x",
        "table a.b",
        "from a.b",
        "(select 1 as x) union (select 2)",
        "with t as (select 1 as x) select t.x from t, lateral (select t.x) y",
        "select 'copy x to y; drop table z' as text from a.b",
        "select x from a.b where x glob 'a*' or x like '%'",
        'select "read_csv" from a.b',
    ],
)
def test_one_select_is_accepted(sql: str) -> None:
    assert read_select(sql).sql == sql


REFUSED = [
    ("", 1, 1, "there is no query"),
    ("-- nothing", 1, 1, "there is no query"),
    ("select 1 as x; select 2", 1, 16, "2 statements"),
    ("select 1 as x;\n drop table x", 2, 2, "2 statements"),
    ("selec 1", 1, 7, "no SQL that can be read"),
    ("select (select 1", 1, 16, "no SQL that can be read"),
    ("insert into a.b values (1)", 1, 1, "INSERT is not a SELECT"),
    ("update a.b set x = 1", 1, 1, "UPDATE is not"),
    ("delete from a.b", 1, 1, "DELETE is not"),
    ("merge into a.b using a.c on true when matched then delete", 1, 1, "MERGE is not"),
    ("create table x as select 1", 1, 1, "CREATE is not"),
    ("create macro f() as 1", 1, 1, "CREATE is not"),
    ("drop table a.b", 1, 1, "DROP is not"),
    ("alter table a.b add column x int", 1, 1, "ALTER is not"),
    ("truncate a.b", 1, 1, "TRUNCATE is not"),
    ("copy a.b to 'x.csv'", 1, 1, "COPY is not"),
    ("copy (select 1) to 'x.csv'", 1, 1, "COPY is not"),
    ("copy a.b from 'x.csv'", 1, 1, "COPY is not"),
    ("attach 'x.db'", 1, 1, "ATTACH is not"),
    ("detach x", 1, 1, "DETACH is not"),
    ("use x", 1, 1, "USE is not"),
    ("pragma database_list", 1, 1, "PRAGMA is not"),
    ("set enable_external_access = true", 1, 1, "SET is not"),
    ("reset memory_limit", 1, 1, "RESET"),
    ("install httpfs", 1, 1, "INSTALL is not"),
    ("load httpfs", 1, 1, "LOAD is not"),
    ("call pragma_version()", 1, 1, "CALL is not"),
    ("export database 'x'", 1, 17, "no SQL that can be read"),
    ("import database 'x'", 1, 17, "no SQL that can be read"),
    ("checkpoint", 1, 1, ""),
    ("vacuum", 1, 1, ""),
    ("begin", 1, 1, ""),
    ("prepare x as select 1", 1, 1, ""),
    ("execute x", 1, 1, ""),
    ("explain select 1", 1, 1, "EXPLAIN is not"),
    ("describe a.b", 1, 1, "DESCRIBE is not"),
    ("show tables", 1, 1, "SHOW is not"),
    ("summarize a.b", 1, 1, "SUMMARIZE is not"),
    ("values (1)", 1, 1, "VALUES is not"),
    ("pivot a.b on x using sum(y)", 1, 1, "PIVOT is not"),
    ("select 1 as x into y", 1, 20, "INTO changes"),
    ("with x as (delete from a.b returning *) select * from x", 1, 24, "DELETE changes"),
    ("with x as (insert into a.b select 1) select * from x", 1, 24, "INSERT changes"),
    ("select * from read_csv('/etc/passwd')", 1, 15, "read_csv is no product"),
    ("select * from read_csv_auto('x')", 1, 15, "read_csv_auto is no product"),
    ("select * from read_parquet(['x'])", 1, 15, "read_parquet is no product"),
    ("select * from parquet_scan('x')", 1, 15, "parquet_scan is no product"),
    ("select * from parquet_metadata('x')", 1, 15, "parquet_metadata is no product"),
    ("select * from read_json('x')", 1, 15, "read_json is no product"),
    ("select * from read_text('x')", 1, 15, "read_text is no product"),
    ("select * from read_blob('x')", 1, 15, "read_blob is no product"),
    ("select * from sniff_csv('x')", 1, 15, "sniff_csv is no product"),
    ("select * from glob('*')", 1, 15, "glob is no product"),
    ("select * from duckdb_settings()", 1, 15, "duckdb_settings is no product"),
    ("select * from duckdb_secrets()", 1, 15, "duckdb_secrets is no product"),
    ("select * from pragma_table_info('x')", 1, 15, "pragma_table_info is no product"),
    ("select * from query('select 1')", 1, 15, "query is no product"),
    ("select * from query_table('x')", 1, 15, "query_table is no product"),
    ("select * from delta_scan('s3://x')", 1, 15, "delta_scan is no product"),
    ("select * from sqlite_scan('x', 'y')", 1, 15, "sqlite_scan is no product"),
    ("select * from whatever(1)", 1, 15, "whatever is no product"),
    ("select * from a.b, lateral glob('*')", 1, 28, "glob"),
    ("select * from 'file.csv'", 1, 15, "'file.csv' is a file"),
    ("select * from \"s3://x/y.parquet\"", 1, 15, "is a file"),
    ("select * from a.'x.csv'", 1, 15, "is no name of a product"),
    ("select * from a.\"b c\"", 1, 15, "is no name of a product"),
    ("select * from information_schema.tables", 1, 15, "belongs to the engine"),
    ("select * from main.x", 1, 15, "belongs to the engine"),
    ("select * from memory.main.x", 1, 15, "3 parts"),
    ("select * from a.b at (version => 1)", 1, 15, "old version"),
    ("select getenv('HOME') as x", 1, 8, "getenv() looks outside"),
    ("select current_setting('threads') as x", 1, 8, "current_setting() looks outside"),
    ("select 1 as x,\n  getvariable('y') as y", 2, 3, "getvariable() looks outside"),
    ("select current_user as x", 1, 8, "current_user() looks outside"),
    ("select nextval('x') as y", 1, 8, "nextval() looks outside"),
    ("select x from a.b where y = ?", 1, 29, "parameter without a name"),
    ("select x from a.b where y = $1", 1, 29, "parameter without a name"),
    ("select #1 from a.b", 1, 8, "by its position"),
    ("select columns('x.*') from a.b", 1, 8, "COLUMNS(...)"),
    ("select * like 'x%' from a.b", 1, 8, "* with a pattern"),
    ("select * from a.b natural join a.c", 1, 32, "NATURAL JOIN"),
    ("select * from a.b pivot (sum(x) for y in (1, 2))", 1, 26, "PIVOT"),
    ("select * from (" * 400 + "select 1" + ")" * 400, 1, 1, "nested too deeply"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "line", "column", "said"), REFUSED, ids=[each[0][:60] for each in REFUSED])
def test_anything_else_is_refused_with_its_place(sql: str, line: int, column: int, said: str) -> None:
    with pytest.raises(InvalidSelect) as caught:
        read_select(sql, file="sales/orders_v1/transform.sql")
    problem = caught.value.problems[0]
    assert (problem.line, problem.column) == (line, column)
    assert said in problem.message
    assert str(problem).startswith(f"sales/orders_v1/transform.sql:{line}:{column}: ")
    assert ". Fix: " in str(problem)


@pytest.mark.parametrize(
    ("sql", "line", "column", "said", "fix"),
    [
        ("select * from orders_v1 join sales.orders_v1 using (x)", 1, 15, "neither", "did you mean 'sales.orders_v1'?"),
        ("with parts as (select 1 as x) select * from part", 1, 45, "neither", "did you mean 'parts'?"),
        ("select order_id from sales.order_v1", 1, 22, "no product sales.order_v1", "did you mean 'sales.orders_v1'?"),
        ("select order_id,\n  amont from sales.orders_v1", 2, 3, "no column amont", "did you mean 'amount'?"),
        ("select o.amont from sales.orders_v1 o", 1, 10, "no column amont", "did you mean 'amount'?"),
        ("select p.amount from sales.orders_v1 o", 1, 8, "no p here", "use one of o"),
        ("select order_id from sales.orders_v1 o, sales.lines_v1 l", 1, 8, "ambiguous", "l.order_id or o.order_id"),
        ("with x as (select amount, nope from sales.orders_v1) select amount from x", 1, 27, "column nope", "use one"),
        ("with x as (select order_id from sales.orders_v1) select amount from x", 1, 57, "column amount", "order_id"),
        ("select amount * 2 from sales.orders_v1", 1, 8, "output column 1 has no name", "AS"),
        ("select * from sales.orders_v1 join sales.lines_v1 on true", 1, 1, "two columns order_id", "USING"),
        ("select amount from sales.orders_v1 where exists (select 1 from sales.lines_v1 where no)", 1, 85, "no", "one"),
    ],
)  # fmt: skip
def test_a_name_that_is_not_there_is_refused_with_a_suggestion(sql, line, column, said, fix) -> None:
    with pytest.raises(InvalidSelect) as caught:
        read_columns(read_select(sql), SCHEMAS)
    problem = caught.value.problems[0]
    assert (problem.line, problem.column) == (line, column), str(problem)
    assert said in problem.message
    assert fix in problem.fix


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidSelect) as caught:
        read_select("select getenv('x'), ? from read_csv('y') natural join a.b")
    assert len(caught.value.problems) >= 4
