"""The testing kit: what a domain's unit test looks like."""

import pandas as pd
import polars as pl
import pytest

from data_platform.products.errors import ProductError
from data_platform.products.testing import run
from data_platform_tests.products.shop import ORDERS_COLUMNS, Shop

COLUMNS = ORDERS_COLUMNS.replace(", partitioned: true", "")
REVENUE = """\
- {name: day, logicalType: date, required: true, primaryKey: true, description: The day.}
- {name: revenue, logicalType: number, required: true, description: In all., logicalTypeOptions: {minimum: 0}}
"""
SQL = "SELECT day, sum(total) AS revenue FROM sales.orders_v1 GROUP BY day"


@pytest.fixture
def sales(shop: Shop) -> Shop:
    shop.product("sales/orders_v1", COLUMNS, sql="SELECT 1 AS order_id")
    shop.product("sales/revenue_v1", REVENUE, sql=SQL)
    return shop


def test_a_unit_test_of_a_product_is_five_lines(sales: Shop) -> None:
    orders = [
        {"day": pd.Timestamp("2026-11-01").date(), "total": 2},
        {"day": pd.Timestamp("2026-11-01").date(), "total": 3},
    ]
    made = run(sales.domains / "sales/revenue_v1", {"sales.orders_v1": orders})
    assert made.report.passed
    assert made.frame["revenue"].tolist() == [5.0]


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_of_any_kind_are_taken(sales: Shop, frame: type) -> None:
    orders = frame({"day": [pd.Timestamp("2026-11-01").date()], "total": [-1], "email": ["ada@shop.example"]})
    made = run(sales.domains / "sales/revenue_v1", {"sales.orders_v1": orders})
    assert [one.check.name for one in made.report.failures] == ["revenue_minimum"]


def test_an_empty_list_is_an_empty_input_of_the_right_types(sales: Shop) -> None:
    assert run(sales.domains / "sales/revenue_v1", {"sales.orders_v1": []}).rows == []


def test_forgotten_inputs_and_columns_are_named(sales: Shop) -> None:
    product = sales.domains / "sales/revenue_v1"
    with pytest.raises(ProductError, match=r"no frame was given for its input 'sales\.orders_v1'"):
        run(product)
    with pytest.raises(ProductError, match=r"lacks \['total'\]"):
        run(product, {"sales.orders_v1": [{"day": None}]})
    with pytest.raises(ProductError, match=r"has no input \['orders'\]"):
        run(product, {"orders": []})
