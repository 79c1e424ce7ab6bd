"""A product's folder: every mistake names its file and line, and what to do."""

import textwrap

import pytest

from data_platform.products.defs_file import COMPONENT
from data_platform.products.errors import InvalidProductError
from data_platform_tests.products.shop import ORDERS_COLUMNS, Shop, contract

COLUMNS = ORDERS_COLUMNS.replace(", partitioned: true", "")
SQL = "SELECT order_id, day, total, email\nFROM sales.raw_orders\n"
DEFS = "inputs: {sales.raw_orders: {columns: [order_id, day, total, email]}}"
COUNT = "- {name: orders, logicalType: integer, description: So many.}\n"


@pytest.fixture
def sales(shop: Shop) -> Shop:
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    shop.product("sales/orders_v1", COLUMNS, sql=SQL, defs=DEFS)
    return shop


def problems(shop: Shop, key: str) -> str:
    with pytest.raises(InvalidProductError) as error:
        shop.read(key)
    return str(error.value)


def test_a_right_folder_has_its_inputs_and_columns(sales: Shop) -> None:
    product = sales.read("sales/orders_v1")
    (one,) = product.inputs
    assert (one.key, one.columns, one.partitions) == ("sales/raw_orders", ("order_id", "day", "total", "email"), "all")
    assert product.primary_key == ("order_id",)
    assert product.classified == {"email"}
    assert not product.warnings


def test_columns_of_a_product_are_parsed_out_of_the_query_filters_and_joins_included(sales: Shop) -> None:
    sql = "SELECT count(*) AS orders FROM sales.orders_v1 AS o WHERE total > 5"
    sales.product("marketing/counts_v1", COUNT, sql=sql)
    (one,) = sales.read("marketing/counts_v1").inputs
    assert one.columns == ("total",)


def test_an_input_of_which_only_rows_are_counted_has_its_first_column(sales: Shop) -> None:
    sales.product("marketing/counts_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    (one,) = sales.read("marketing/counts_v1").inputs
    assert one.columns == ("order_id",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("version: 2.0.0", "contract.odcs.yaml:5:1: error[product]: version: version 2.0.0 is in the folder orders_v1"),
        (
            "domain: marketing",
            "contract.odcs.yaml:7:1: error[product]: domain: domain 'marketing' is in the folder sales",
        ),
        ("dataProduct: order_v1", "contract.odcs.yaml:8:1: error[product]: dataProduct: dataProduct 'order_v1'"),
        ("status: activ", "contract.odcs.yaml:6:1: error"),
    ],
)
def test_the_contract_must_agree_with_the_folders_name(sales: Shop, change: str, said: str) -> None:
    key = change.partition(":")[0]
    lines = contract("sales/orders_v1", COLUMNS).splitlines()
    text = "\n".join(change if line.startswith(f"{key}:") else line for line in lines)
    sales.write("sales/orders_v1/contract.odcs.yaml", text + "\n")
    assert said in problems(sales, "sales/orders_v1")


def test_a_folder_without_a_version_in_its_name_is_refused(sales: Shop) -> None:
    sales.product("sales/orders", COLUMNS, sql=SQL, defs=DEFS, version="1.0.0")
    assert "the folder 'orders' has no version" in problems(sales, "sales/orders")


def test_a_product_has_one_transform(sales: Shop) -> None:
    sales.write("sales/orders_v1/transform.py", "def orders(raw):\n    return raw\n")
    assert "there are both transform.sql and transform.py" in problems(sales, "sales/orders_v1")
    for name in ("transform.sql", "transform.py"):
        (sales.domains / "sales" / "orders_v1" / name).unlink()
    assert "there is no transform" in problems(sales, "sales/orders_v1")


@pytest.mark.parametrize(
    ("text", "told", "fix"),
    [
        ("", "the defs.yaml file is empty", "start with type: data_platform.DataProduct"),
        ("- a\n", "the defs.yaml file is not a mapping of keys", "start with type: data_platform.DataProduct"),
        ("attributes: {}\n", "does not say of what type it is", "write type: data_platform.DataProduct"),
        ("type: data_platform.Product\n", "type is 'data_platform.Product'", "write type: data_platform.DataProduct"),
        (
            f"type: {COMPONENT}\nattribtes: {{}}\n",
            "the key 'attribtes' is not known here",
            "did you mean 'attributes'?",
        ),
        (f"type: {COMPONENT}\nmemory: 1GB\n", "the key 'memory' is not known here", "write memory under attributes"),
    ],
)
def test_a_defs_yaml_that_is_none_is_told_as_what_it_is(sales: Shop, text: str, told: str, fix: str) -> None:
    sales.write("sales/orders_v1/defs.yaml", text)
    said = problems(sales, "sales/orders_v1")
    assert told in said
    assert fix in said
    assert "apiVersion" not in said


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ("partitons: {type: daily}", "the key 'partitons' is not known here. Fix: did you mean 'partitions'?"),
        ("inputs: {a.b: {asst: x}}", "inputs.a.b.asst: the key 'asst' is not known here. Fix: did you mean 'asset'?"),
        ("partitions: {type: dialy}", "'dialy' is none of its values. Fix: did you mean 'daily'?"),
        ("partitions: {type: hourly}", "Fix: there are daily and dynamic partitions; write daily, and keep the hour"),
        ("partitions: {type: weekly}", "or write dynamic, with keys such as 2026-W48"),
        ("partitions: {type: monthly}", "or write dynamic, with keys such as 2026-11"),
        ("partitions: {type: static, name: regions}", "write dynamic with a name: its keys are added in the UI"),
        ("partitions: {type: multi}", "keep the second dimension as a column"),
        ("partitions: {type: daily, timezone: Asia/Tokyo}", "days are those of UTC, so there is no timezone"),
        ("partitions: daily", "'daily' is not a mapping. Fix: write a mapping with type, includes_today, name"),
        ("inputs: {a.b: {columns: id}}", "'id' is not a list. Fix: write a list"),
        ("automation: often", "'often' is not true or false. Fix: write true or false"),
        ("picture: {lookback_days: few, columns: [a]}", "'few' is not a whole number. Fix: write a whole number"),
        ("picture: {}", "the key columns is missing. Fix: add columns: …"),
        ("memory: much", "'much' cannot be read. Fix: write a size such as 500MB or 2GB"),
        ("pool: 7", "7 is not text. Fix: write text"),
    ],
)
def test_a_wrong_attribute_is_told_in_words_with_what_was_meant(sales: Shop, attributes: str, told: str) -> None:
    sales.write("sales/orders_v1/defs.yaml", f"type: {COMPONENT}\nattributes: {{{attributes}}}\n")
    assert told in problems(sales, "sales/orders_v1")


def test_all_mistakes_are_said_at_once(sales: Shop) -> None:
    sales.write("sales/orders_v1/transform.sql", "SELECT 1 AS one;\nDROP TABLE x\n")
    sales.write("sales/orders_v1/defs.yaml", "type: data_platform.DataProduct\nattributes: {memory: much}\n")
    text = contract("sales/orders_v1", COLUMNS).replace("version: 1.0.0", "version: one")
    sales.write("sales/orders_v1/contract.odcs.yaml", text)
    said = problems(sales, "sales/orders_v1")
    assert "transform.sql:2:1" in said
    assert "defs.yaml:2:14: error[defs]: attributes.memory" in said
    assert "contract.odcs.yaml:5:1" in said


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "SELECT count(*) AS orders\nFROM sales.order_v1",
            "transform.sql:2:6: error[input]: there is no product sales/order_v1. Fix: did you mean 'sales/orders_v1'?",
        ),
        ("SELECT count(*) AS orders\nFROM sales.orders_v2", "there is no product sales/orders_v2"),
        (
            "SELECT count(*) AS orders\nFROM sales.raw_orders",
            "transform.sql:2:6: error[input]: sales/raw_orders is no product of sales, and what is not published",
        ),
        ("SELECT sum(totl) AS orders FROM sales.orders_v1", "transform.sql:1:12"),
        (
            "SELECT sum(total) AS orders FROM sales.orders_v1 WHERE day = $day",
            "transform.sql:1:62: error[transform]: the parameter $day has no value",
        ),
        ("SELECT count(*) AS orders FROM orders_v1", "transform.sql:1"),
        ("SELECT count(*) AS orders FROM marketing.counts_v1", "the product reads itself"),
    ],
)
def test_a_query_reads_products_that_are_there(sales: Shop, sql: str, said: str) -> None:
    sales.product("marketing/counts_v1", COUNT, sql=sql)
    assert said in problems(sales, "marketing/counts_v1")


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (
            "o: {asset: sales/raw_orders, columns: [total]}",
            "defs.yaml:4:9: error[input]: attributes.inputs.o.asset: sales/raw_orders is no product of sales",
        ),
        ("o: {asset: sales/orders_v1}", "nothing says which columns of sales/orders_v1 are read"),
        (
            "o: {asset: sales/orders_v1, columns: [totl]}",
            "defs.yaml:4:33: error[input]: attributes.inputs.o.columns: sales/orders_v1 has no column 'totl'",
        ),
        (
            "p: {asset: sales/orders_v1, columns: [total]}",
            "defs.yaml:4:5: error[input]: attributes.inputs.p: the transform has no input 'p'",
        ),
        (
            "p: {asset: sales/orders_v1, columns: [total]}",
            "transform.py:1:12: error[input]: the argument 'o' of counts has no input",
        ),
        ("o: {asset: orders, columns: [total]}", "'orders' names no asset"),
        ("o: {asset: sales/orders_v1, columns: [total], partitions: same}", "the product is not partitioned"),
        ("o: {asset: sales/orders_v1, column: [total]}", "attributes.inputs.o.column"),
        ("o: {asset: sales/orders_v1, columns: [total], lookback_days: 0}", "write a number of days from 1"),
    ],
)
def test_the_inputs_of_a_function_are_declared_and_there(sales: Shop, inputs: str, said: str) -> None:
    python = "def counts(o):\n    return o\n"
    sales.product("marketing/counts_v1", COUNT, python=python, defs=f"inputs:\n  {inputs}")
    assert said in problems(sales, "marketing/counts_v1")


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("def a(o): ...\n\n\ndef b(o): ...\n", "transform.py:4:1: error[transform]: there are 2 public functions"),
        ("x = 1\n", "there are 0 public functions"),
        ("async def a(o): ...\n", "the function is asynchronous"),
        ("def a(*o): ...\n", "transform.py:1:1: error[transform]: a takes *"),
        ("def a(o:\n", "transform.py:1"),
    ],
)
def test_a_python_transform_is_one_public_function(sales: Shop, python: str, said: str) -> None:
    sales.product(
        "marketing/counts_v1", COUNT, python=python, defs="inputs: {o: {asset: sales/orders_v1, columns: [total]}}"
    )
    assert said in problems(sales, "marketing/counts_v1")


@pytest.mark.parametrize("status", ["draft", "proposed"])
def test_a_draft_is_visible_in_its_own_domain_only(sales: Shop, status: str) -> None:
    sales.product("sales/orders_v1", COLUMNS, sql=SQL, defs=DEFS, status=status)
    sales.product("sales/own_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    sales.product("marketing/counts_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    assert sales.read("sales/own_v1").inputs
    assert f"sales/orders_v1 is {status}, so other domains do not see it" in problems(sales, "marketing/counts_v1")


def test_a_deprecated_input_warns_with_replacement_and_end(sales: Shop) -> None:
    end = "slaProperties:\n  - {property: endOfSupport, value: '2027-03-01'}"
    replaced = {"replacedBy": "sales/orders_v2"}
    sales.product("sales/orders_v1", COLUMNS, sql=SQL, defs=DEFS, status="deprecated", custom=replaced, extra=end)
    sales.product("marketing/counts_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    (warning,) = [one for one in sales.read("marketing/counts_v1").warnings if one.rule == "input"]
    assert "sales/orders_v1 is deprecated, and ends on 2027-03-01. Fix: move to sales/orders_v2" in str(warning)
    assert "transform.sql:1:32" in str(warning)


def test_neither_a_retired_product_nor_its_consumers_load_while_one_is_left(sales: Shop) -> None:
    sales.product("marketing/counts_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    replaced = {"replacedBy": "sales/orders_v2"}
    sales.product("sales/orders_v1", COLUMNS, sql=SQL, defs=DEFS, status="retired", custom=replaced)
    assert "sales/orders_v1 is retired. Fix: move to sales/orders_v2" in problems(sales, "marketing/counts_v1")
    assert "sales/orders_v1 is retired, but marketing/counts_v1 still read it" in problems(sales, "sales/orders_v1")
    (sales.domains / "marketing" / "counts_v1" / "defs.yaml").unlink()
    assert sales.read("sales/orders_v1")


def test_an_asset_that_nobody_speaks_of_is_doubted_but_not_refused(sales: Shop) -> None:
    sql = SQL.replace("raw_orders", "raw_order")
    sales.product("sales/orders_v1", COLUMNS, sql=sql, defs=DEFS.replace("raw_orders", "raw_order"))
    (warning,) = sales.read("sales/orders_v1").warnings
    assert "did you mean 'raw_orders'?" in str(warning)


def test_a_raw_input_of_a_query_needs_its_columns_declared(sales: Shop) -> None:
    sales.product("sales/orders_v1", COLUMNS, sql=SQL)
    assert "transform.sql:2:6: error[input]: nothing says which columns of sales/raw_orders" in problems(
        sales, "sales/orders_v1"
    )


def test_a_dangling_foreign_key_to_another_product_is_an_error_with_its_line(sales: Shop) -> None:
    columns = textwrap.dedent("""\
        - name: orders
          logicalType: integer
          description: So many.
          relationships:
            - {to: ../../sales/orders_v1/contract.odcs.yaml#/schema/orders/properties/nothing}
        """)
    sales.product("marketing/counts_v1", columns, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    assert "contract.odcs.yaml:20" in problems(sales, "marketing/counts_v1")
