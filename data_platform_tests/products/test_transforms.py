"""Transforms: SQL reaches its inputs and nothing else; functions get the declared columns in the frame they ask for."""

from typing import Any

import pyarrow as pa
import pytest

from data_platform.products.errors import InvalidProductError, TransformError, UndeclaredColumnError
from data_platform.products.sql_transform import run_sql
from data_platform.products.transform import limits_of, run_transform
from data_platform_tests.products.shop import ORDERS_COLUMNS, Shop

COLUMNS = ORDERS_COLUMNS.replace(", partitioned: true", "")
COUNT = "- {name: orders, logicalType: integer, description: So many.}\n"
ORDERS = pa.table({"order_id": [1, 2, 3], "total": [1.0, 2.0, None]})


@pytest.fixture
def sales(shop: Shop) -> Shop:
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    shop.product("sales/orders_v1", COLUMNS, sql="SELECT 1 AS order_id")
    return shop


def made(shop: Shop, **inputs: Any) -> list[dict[str, Any]]:
    product = shop.read("sales/counts_v1")
    rows: list[dict[str, Any]] = run_transform(product, inputs or {"sales.orders_v1": ORDERS}).to_pylist()
    return rows


def python(shop: Shop, text: str, columns: str = "[order_id, total]") -> None:
    defs = f"inputs: {{orders: {{asset: sales/orders_v1, columns: {columns}}}}}"
    shop.product("sales/counts_v1", COUNT, python=text, defs=defs)


def test_a_query_gives_a_batch_in_the_contracts_types(sales: Shop) -> None:
    sql = "WITH paid AS (SELECT * FROM sales.orders_v1 WHERE total > 0)\nSELECT sum(order_id) AS orders FROM paid"
    sales.product("sales/counts_v1", COUNT, sql=sql)
    product = sales.read("sales/counts_v1")
    assert product.inputs[0].columns == ("order_id", "total")
    assert run_transform(product, {"sales.orders_v1": ORDERS}) == pa.table({"orders": [3]})


def test_an_error_of_a_query_names_file_and_line(sales: Shop) -> None:
    sales.product("sales/counts_v1", COUNT, sql="SELECT\n  order_id\n  + 'x'::INTEGER AS orders\nFROM sales.orders_v1")
    with pytest.raises(TransformError, match=r"transform\.sql:\d: "):
        made(sales)


def test_an_error_of_a_query_repeats_no_value_of_a_table_with_personal_data(sales: Shop) -> None:
    sales.product("sales/counts_v1", COUNT, sql="SELECT email::INTEGER AS orders FROM sales.orders_v1")
    with pytest.raises(TransformError, match="details withheld") as error:
        made(sales, **{"sales.orders_v1": pa.table({"email": ["ada@shop.example"]})})
    assert "ada@" not in str(error.value)


ESCAPES = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT content FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_parquet('s3://bucket/key')",
    "SELECT getenv('HOME') AS orders",
    "COPY (SELECT 1) TO '/tmp/x'",
    "COPY sales.orders_v1 TO '/tmp/x.csv'",
    "ATTACH '/tmp/x.db'",
    "ATTACH '' AS pg (TYPE postgres)",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "PRAGMA version",
    "SET memory_limit = '1TB'",
    "RESET lock_configuration",
    "SELECT current_setting('home_directory') AS orders",
    "SELECT 1 AS orders; SELECT 2 AS orders",
    "SELECT 1 AS orders; DROP TABLE x",
    "CREATE TABLE x AS SELECT 1",
    "CREATE SECRET (TYPE s3)",
    "INSERT INTO x VALUES (1)",
    "UPDATE x SET y = 1",
    "DELETE FROM x",
    "DROP SCHEMA sales",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "CALL pragma_version()",
    "EXPLAIN SELECT 1",
    "DESCRIBE sales.orders_v1",
    "SHOW TABLES",
    "VACUUM",
    "CHECKPOINT",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_tables",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('x')",
    "SELECT * FROM sqlite_scan('/tmp/x', 'y')",
    "SELECT * FROM postgres_query('x', 'y')",
    "WITH x AS (SELECT * FROM read_json('/etc/passwd')) SELECT * FROM x",
    "SELECT (SELECT count(*) FROM read_blob('/etc/*')) AS orders",
    "SELECT * FROM input0",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_sql_that_reaches_outside_is_refused_at_load(sales: Shop, sql: str) -> None:
    sales.product("sales/counts_v1", COUNT, sql=sql)
    with pytest.raises(InvalidProductError, match=r"transform\.sql:\d+:\d+: error"):
        sales.read("sales/counts_v1")


@pytest.mark.parametrize("sql", ESCAPES)
def test_sql_that_reaches_outside_is_refused_by_the_engine_as_well(sales: Shop, sql: str) -> None:
    sales.product("sales/counts_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    product = sales.read("sales/counts_v1")
    object.__setattr__(product.source, "text", sql)
    with pytest.raises(TransformError):
        run_sql(product, {"sales.orders_v1": ORDERS}, None, limits_of(product))


@pytest.mark.parametrize(
    ("annotation", "body"),
    [
        ("pandas.DataFrame", "pandas.DataFrame({'orders': [len(orders)]})"),
        ("polars.DataFrame", "orders.select(orders=polars.len().cast(polars.Int64))"),
        ("polars.LazyFrame", "orders.select(orders=polars.len().cast(polars.Int64))"),
        ("pyarrow.Table", "pyarrow.table({'orders': [orders.num_rows]})"),
    ],
)
def test_frames_come_and_go_as_the_function_says(sales: Shop, annotation: str, body: str) -> None:
    head = f"import pandas, polars, pyarrow\n\n\ndef counts(orders: {annotation}):\n"
    text = f"{head}    assert isinstance(orders, {annotation})\n    return {body}\n"
    python(sales, text)
    assert made(sales, orders=ORDERS) == [{"orders": 3}]


@pytest.mark.parametrize(
    ("annotation", "body"),
    [
        ("pandas.DataFrame", "orders['email']"),
        ("pandas.DataFrame", "orders[['order_id', 'email']]"),
        ("pandas.DataFrame", "orders.email"),
        ("polars.DataFrame", "orders.select('email')"),
        ("polars.LazyFrame", "orders.select('email').collect()"),
        ("pyarrow.Table", "orders.select(['email'])"),
        ("pyarrow.Table", "orders['email']"),
    ],
)
def test_an_undeclared_column_is_refused_naming_product_line_and_how_to_declare_it(
    sales: Shop, annotation: str, body: str
) -> None:
    python(sales, f"import pandas, polars, pyarrow\n\n\ndef counts(orders: {annotation}):\n    return {body}\n")
    with pytest.raises(UndeclaredColumnError) as error:
        made(sales, orders=ORDERS)
    said = str(error.value)
    assert "transform.py:5: column 'email' of sales/orders_v1 was read, but is not declared" in said
    assert "inputs: {orders: {columns: [..., email]}}" in said


def test_a_column_that_nobody_has_is_an_ordinary_error(sales: Shop) -> None:
    python(sales, "def counts(orders):\n    return orders['nothing']\n")
    with pytest.raises(TransformError, match=r"transform\.py:2: KeyError") as error:
        made(sales, orders=ORDERS)
    assert not isinstance(error.value, UndeclaredColumnError)


@pytest.mark.parametrize("body", ["None", "5", "orders['order_id']"])
def test_what_is_no_frame_is_refused(sales: Shop, body: str) -> None:
    python(sales, f"def counts(orders):\n    return {body}\n")
    with pytest.raises(TransformError, match="is no frame"):
        made(sales, orders=ORDERS)


def test_a_file_that_cannot_be_imported_says_where(sales: Shop) -> None:
    python(sales, "import nothing_of_this_name\n\n\ndef counts(orders):\n    return orders\n")
    with pytest.raises(TransformError, match=r"transform\.py:1: ModuleNotFoundError"):
        made(sales, orders=ORDERS)
