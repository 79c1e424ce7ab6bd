"""The component as Dagster's own commands see it, and what a domain's location gets from it."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from data_platform.orchestration.products.component import DoubtfulProductWarning
from data_platform_tests.products.shop import ORDERS_COLUMNS, Platform, Shop

COLUMNS = ORDERS_COLUMNS.replace(", partitioned: true", "")
COUNT = "- {name: orders, logicalType: integer, description: So many.}\n"
PYPROJECT = """\
[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "{package}"
defs_module = "{package}.domains"
registry_modules = ["data_platform"]
"""


@pytest.fixture
def sales(shop: Shop) -> Shop:
    shop.write("sales/ingestion.py", '"""Raw."""\n\nNAME = "raw_orders"\n')
    defs = "inputs: {sales.raw_orders: {columns: [order_id, day, total, email]}}"
    shop.product("sales/orders_v1", COLUMNS, sql="SELECT order_id, day, total, email FROM sales.raw_orders", defs=defs)
    (shop.root / "pyproject.toml").write_text(PYPROJECT.format(package=shop.package))
    (shop.root / shop.package / "__init__.py").touch()
    return shop


def dg_says(shop: Shop, *arguments: str) -> tuple[int, str]:
    command = [str(Path(sys.executable).parent / "dg"), *arguments]
    environment = os.environ | {"PYTHONPATH": str(shop.root), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=shop.root, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_dg_check_yaml_takes_a_right_file(sales: Shop) -> None:
    code, said = dg_says(sales, "check", "yaml")
    assert code == 0, said


@pytest.mark.slow
def test_dg_check_yaml_names_file_and_line_of_a_wrong_attribute(sales: Shop) -> None:
    sales.write(
        "sales/orders_v1/defs.yaml",
        "type: data_platform.DataProduct\n"
        "attributes:\n  inputs:\n    sales.raw_orders:\n      colums: [order_id]\n  memory: much\n",
    )
    code, said = dg_says(sales, "check", "yaml")
    assert code != 0
    assert "orders_v1/defs.yaml:5" in said
    assert "'colums' was unexpected" in said
    assert "orders_v1/defs.yaml:6" in said


@pytest.mark.slow
def test_dg_lists_the_component_with_its_description(sales: Shop) -> None:
    code, said = dg_says(sales, "list", "components", "--json")
    assert code == 0, said
    assert "data_platform.DataProduct" in said
    assert "published only if it keeps the contract" in said


def test_importing_the_package_imports_no_dagster() -> None:
    code = "import sys, data_platform.products.folder, data_platform.products.publish, data_platform.products.testing\n"
    code += "sys.exit('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_domain_with_a_wrong_product_fails_to_load_naming_file_line_and_fix(sales: Shop) -> None:
    sales.product("sales/counts_v1", COUNT, sql="SELECT count(*) AS orders\nFROM sales.order_v1")
    with pytest.raises(Exception, match="counts_v1") as error:
        sales.definitions("sales")
    cause = error.value.__cause__
    assert "transform.sql:2:6: error[input]: there is no product sales/order_v1" in str(cause)


def test_a_deprecated_input_is_said_at_load(sales: Shop) -> None:
    replaced = {"replacedBy": "sales/orders_v2"}
    sales.product("sales/orders_v1", COLUMNS, status="deprecated", custom=replaced)
    sales.product("marketing/counts_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    with pytest.warns(DoubtfulProductWarning, match="sales/orders_v1 is deprecated"):
        sales.definitions("marketing")


def test_a_product_of_another_location_is_a_dependency_by_key_alone(sales: Shop, platform: Platform) -> None:
    sales.product("marketing/counts_v1", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    (spec,) = [
        one for one in platform.definitions("marketing").resolve_all_asset_specs() if one.key.path[0] == "marketing"
    ]
    assert [one.asset_key for one in spec.deps] == [dg.AssetKey(["sales", "orders_v1"])]


def test_two_versions_of_a_product_stand_side_by_side(sales: Shop, platform: Platform) -> None:
    sales.product("sales/orders_v2", COUNT, sql="SELECT count(*) AS orders FROM sales.orders_v1")
    keys = {one.key.to_user_string() for one in platform.definitions("sales").resolve_all_asset_specs()}
    assert {"sales/orders_v1", "sales/orders_v2"} <= keys
    assert sales.read("sales/orders_v1").contract.id == sales.read("sales/orders_v2").contract.id


def test_a_retired_product_without_consumers_is_shown_but_cannot_be_made(sales: Shop, platform: Platform) -> None:
    defs = "inputs: {sales.raw_orders: {columns: [order_id, day, total, email]}}"
    sales.product("sales/orders_v1", COLUMNS, defs=defs, status="retired")
    graph = platform.definitions("sales").resolve_asset_graph()
    assert not graph.get(dg.AssetKey(["sales", "orders_v1"])).is_materializable
