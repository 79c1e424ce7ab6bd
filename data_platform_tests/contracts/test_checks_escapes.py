"""SQL that others wrote reaches nothing but the tables that it was given."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from data_platform.contracts.checks.duckdb.session import (
    Limits,
    TimedOutError,
    UnsafeSqlError,
    check_select,
    locked,
    session,
    time_limit,
)
from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.results import Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.rules.kinds.sql_query import Sql
from data_platform.contracts.rules.thresholds import Operator, Threshold

SECRET_IN_THE_TESTS_OWN_FRAME = pa.table({"secret": [1]})

ESCAPES = [
    "COPY orders TO '/tmp/stolen.csv'",
    "COPY (SELECT 1) TO '/tmp/stolen.parquet'",
    "COPY orders FROM '/etc/passwd'",
    "ATTACH '/tmp/other.db'",
    "DETACH memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FORCE INSTALL json FROM community",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "SET memory_limit = '900GB'",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "USE memory",
    "CALL pragma_version()",
    "CHECKPOINT",
    "VACUUM",
    "EXPORT DATABASE '/tmp/stolen'",
    "IMPORT DATABASE '/tmp/stolen'",
    "CREATE TABLE orders2 AS SELECT 1",
    "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "CREATE MACRO f() AS 1",
    "DROP VIEW orders",
    "INSERT INTO orders VALUES (1)",
    "UPDATE orders SET id = 1",
    "DELETE FROM orders",
    "ALTER VIEW orders RENAME TO other",
    "PREPARE p AS SELECT 1",
    "EXPLAIN SELECT 1",
    "DESCRIBE orders",
    "SHOW TABLES",
    "SUMMARIZE orders",
    "BEGIN",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW orders",
    "SELECT 1 /* ; */ ; COPY orders TO '/tmp/stolen.csv' --",
    "SELECT * FROM (DESCRIBE orders)",
    "SELECT * FROM (SHOW ALL TABLES)",
    "SELECT count(*) FROM '/etc/passwd'",
    "SELECT count(*) FROM '/tmp/file.csv'",
    "SELECT count(*) FROM \"/tmp/file.parquet\"",
    "SELECT count(*) FROM 's3://bucket/key.parquet'",
    "SELECT count(*) FROM 'https://example.com/a.csv'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_parquet('/tmp/a.parquet')",
    "SELECT * FROM parquet_scan('/tmp/a.parquet')",
    "SELECT * FROM parquet_metadata('/tmp/a.parquet')",
    "SELECT * FROM read_json('/tmp/a.json')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_duckdb('/tmp/a.db')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_tables()",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('orders')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM pandas_scan(1)",
    "SELECT * FROM repeat_row(1, num_rows = 5)",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM pg_class",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM duckdb_logs",
    "SELECT * FROM SECRET_IN_THE_TESTS_OWN_FRAME",
    "SELECT * FROM other",
    "SELECT * FROM \"#rows\"",
    "SELECT * FROM main.orders",
    "SELECT * FROM orders, LATERAL (SELECT * FROM glob('/etc/*'))",
    "SELECT (SELECT count(*) FROM read_text('/etc/passwd')) FROM orders",
    "SELECT id FROM orders WHERE id IN (SELECT size FROM read_blob('/etc/passwd'))",
    "SELECT id FROM orders UNION ALL SELECT count(*) FROM glob('/*')",
    "WITH t AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM t",
    "WITH pg_class AS (SELECT 1) SELECT * FROM pg_class",
    "WITH \"/etc/passwd\" AS (SELECT 1) SELECT * FROM \"/etc/passwd\"",
    "FROM read_text('/etc/passwd') SELECT content",
    "TABLE pg_class",
    "PIVOT read_csv('/etc/passwd') ON a",
    "SELECT getenv('HOME')",
    "SELECT main.getenv('HOME')",
    "SELECT current_setting('home_directory')",
    "SELECT getvariable('x')",
    "SELECT current_query()",
    "SELECT version()",
    "SELECT current_database()",
    "SELECT pg_sleep(100)",
    "SELECT sleep_ms(100000)",
    "SELECT write_log('x')",
    "SELECT nextval('s')",
    "SELECT $1",
    "SELECT ?",
    "SELECT * INTO other FROM orders",
    "",
    ";",
    "-- nothing",
    "not sql",
    "SELECT",
]  # fmt: skip
ALLOWED = [
    "SELECT count(*) FROM orders",
    "FROM orders SELECT sum(id)",
    "SELECT count(*) FROM Orders o WHERE o.id IN (SELECT id FROM orders)",
    "WITH a AS (SELECT id FROM orders), b AS (SELECT * FROM a) SELECT max(id) FROM b",
    "SELECT sum(u) FROM (SELECT unnest([1, 2]) AS u)",
    "SELECT count(*) FROM range(3) r LEFT JOIN orders ON orders.id = r.range",
    "SELECT count(*) FROM (VALUES (1), (2)) v(id) ANTI JOIN orders USING (id)",
    "SELECT count(*) FILTER (WHERE n > 1) FROM (SELECT row_number() OVER (PARTITION BY id) AS n FROM orders)",
    "SELECT date_diff('day', min(now()), max(now())) FROM orders",
]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with locked() as opened:
        opened.register("orders", pa.table({"id": [1]}))
        yield opened


@pytest.mark.parametrize("sql", ESCAPES)
def test_an_escape_is_refused_before_it_runs(sql: str, connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UnsafeSqlError):
        check_select(connection, sql, ["orders"])


def test_as_a_rule_an_escape_is_an_error_and_never_passes() -> None:
    anything = Threshold(Operator.GREATER_OR_EQUAL, (0,))
    checks = tuple(Check(f"r{number}", Sql(sql, anything)) for number, sql in enumerate(ESCAPES))

    report = check(TableChecks("orders", checks), pa.table({"id": [1]}))

    assert {one.status for one in report.results} == {Status.ERROR}
    assert not report.passed


@pytest.mark.parametrize("sql", ALLOWED)
def test_a_select_over_the_given_tables_runs(sql: str, connection: duckdb.DuckDBPyConnection) -> None:
    check_select(connection, sql, ["orders"])
    assert connection.execute(sql).fetchone() is not None


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{folder}/stolen.csv'",
        "ATTACH '{folder}/other.db'",
        "EXPORT DATABASE '{folder}/stolen'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM SECRET_IN_THE_TESTS_OWN_FRAME",
        "SELECT getenv('HOME')",
        "SET enable_external_access = true",
        "SET memory_limit = '900GB'",
        "SET threads = 99",
        "RESET lock_configuration",
        "INSTALL httpfs",
        "CREATE PERSISTENT SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
    ],
)
@pytest.mark.parametrize("opened", [locked, session])
def test_the_engine_itself_refuses_too(opened: Callable[..., Any], sql: str, tmp_path: Path) -> None:
    with opened(Limits()) as connection, pytest.raises(duckdb.Error):
        connection.execute(sql.format(folder=tmp_path)).fetchall()


def test_a_query_is_stopped_when_its_time_is_over() -> None:
    with locked(Limits(seconds=0.2)) as connection, pytest.raises(TimedOutError), time_limit(connection, 0.2):
        connection.execute("SELECT count(*) FROM range(100000000000) a WHERE hash(a.range) = 1").fetchall()


def test_a_query_beyond_the_memory_limit_is_an_error_of_its_rule() -> None:
    rule = Sql("SELECT len(list(range)) FROM range(100000000)", Threshold(Operator.GREATER, (0,)))

    report = check(TableChecks("t", (Check("r", rule),)), pa.table({"id": ["a"]}), limits=Limits(memory="100MB"))

    assert report["r"].status is Status.ERROR


def test_nothing_is_left_on_disk(tmp_path: Path) -> None:
    with locked(Limits(spill=str(tmp_path), memory="50MB")) as connection:
        connection.execute("CREATE TABLE big AS SELECT range AS i, hash(range)::VARCHAR AS t FROM range(2000000)")
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_of_a_session_nothing_is_left_on_disk(tmp_path: Path) -> None:
    with session(Limits(spill=str(tmp_path), memory="50MB")) as connection:
        connection.execute("CREATE TEMP TABLE big AS SELECT range AS i, hash(range)::VARCHAR AS t FROM range(2000000)")
        assert [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_session_sees_nothing_of_another() -> None:
    with session(Limits()) as first, session(Limits()) as second:
        first.register("registered", pa.table({"id": [1]}))
        first.execute("CREATE TEMP TABLE made AS SELECT 1")
        with session(Limits()) as third:
            for connection, name in itertools.product((second, third), ("registered", "made")):
                with pytest.raises(duckdb.CatalogException):
                    connection.execute(f"SELECT * FROM {name}")


def test_a_session_that_is_interrupted_interrupts_no_other() -> None:
    with session(Limits()) as first, session(Limits()) as second:
        with pytest.raises(TimedOutError), time_limit(first, 0.2):
            first.execute("SELECT count(*) FROM range(100000000000) a WHERE hash(a.range) = 1").fetchall()
        assert second.execute("SELECT 1").fetchone() == (1,)


def test_time_limit_leaves_a_fast_query_alone() -> None:
    with locked() as connection, time_limit(connection, 60):
        assert connection.execute("SELECT 1").fetchone() == (1,)
