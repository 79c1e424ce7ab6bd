"""`sales/orders_v2`: what differs from `orders_v1`, and that both are served side by side."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pytest

from data_platform.products.folder import consumers_of, read_product
from data_platform.products.testing import DOMAINS, RunResult, run

V1: Final = read_product(DOMAINS / "sales" / "orders_v1")
V2: Final = read_product(DOMAINS / "sales" / "orders_v2")
KEY: Final = "2026-11-01"
NOON: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
ORDER: Final = {
    "day": KEY,
    "order_id": 1,
    "customer_id": 7,
    "status": "paid",
    "placed_at": NOON,
    "currency": "GBP",
    "total_amount": Decimal("13.35"),
    "shipping_fee": Decimal("3.35"),
    "payment_method": "card",
    "utm_campaign": "cmp-0042",
    "ship_to_country": "United Kingdom",
    "updated_at": NOON,
}


def made(*orders: Mapping[str, Any]) -> RunResult:
    known = [{"customer_id": 7}]
    lines = pa.Table.from_pylist([{**ORDER, **one} for one in [*orders, {}]]).slice(0, len(orders))
    inputs = {"sales.raw_orders": lines, "sales.customers_v1": known}
    return run(V2, inputs, partition=KEY, others={"sales/customers_v1": known})


def row(**cells: Any) -> dict[str, Any]:
    result = made(cells)
    assert result.report.passed
    (one,) = result.rows
    return one


def broken(result: RunResult) -> set[str]:
    return {one.check.name for one in result.report.failures}


def test_an_order_is_split_into_items_and_shipping() -> None:
    one = row()
    assert (one["items_amount"], one["shipping_fee"], one["total_amount"]) == (
        Decimal("10.00"),
        Decimal("3.35"),
        Decimal("13.35"),
    )
    assert (one["shipping_country"], one["campaign_id"], one["needs_shipping"]) == ("GB", "CMP-0042", True)


def test_what_is_only_streamed_needs_no_shipping() -> None:
    assert row(shipping_fee=Decimal("0.00"))["needs_shipping"] is False


@pytest.mark.parametrize(
    ("status", "group"),
    [
        ("placed", "open"),
        ("paid", "open"),
        ("shipped", "open"),
        ("delivered", "completed"),
        ("cancelled", "lost"),
        ("refunded", "lost"),
    ],
)
def test_every_status_is_in_a_group(status: str, group: str) -> None:
    assert row(status=status)["status_group"] == group


def test_an_order_outlives_its_customer() -> None:
    result = made({"customer_id": 8}, {"order_id": 2})
    assert result.report.passed
    assert {one["order_id"]: one["customer_id"] for one in result.rows} == {1: None, 2: 7}


def test_many_orders_without_a_customer_are_a_mistake() -> None:
    orders = [{"order_id": number, "customer_id": 8} for number in range(1, 13)]
    assert broken(made(*orders)) == {"customers_mostly_known"}


def test_what_no_order_can_be_is_refused() -> None:
    assert broken(made({"status": "eaten"})) == {"status_known", "status_group_required"}
    assert broken(made({"total_amount": Decimal("1.00")})) == {"items_amount_minimum"}
    assert broken(made({"ship_to_country": "Atlantis"})) == {"shipping_country_pattern"}
    assert broken(made({"updated_at": NOON.replace(hour=11)})) == {"changed_after_being_placed"}
    assert broken(made({}, {})) == {"order_id_unique", "primary_key"}
    assert broken(made()) == {"not_empty"}


def test_both_versions_are_one_contract_and_a_renamed_column_keeps_its_id() -> None:
    assert V1.contract.id == V2.contract.id
    assert (V1.contract.status, V2.contract.status) == ("active", "active")
    named = {one.id: one.name for one in V1.schema.properties if one.id}
    assert {one.id: (named[one.id], one.name) for one in V2.schema.properties if one.id} == {
        "orders-shipping-country": ("ship_to_country", "shipping_country")
    }


def test_each_version_has_its_consumers() -> None:
    assert {"sales/daily_revenue_v1", "logistics/shipments_v1"} <= set(consumers_of(V1))
    assert "sales/order_fulfilment_v1" in consumers_of(V2)
    assert not set(consumers_of(V1)) & set(consumers_of(V2))
