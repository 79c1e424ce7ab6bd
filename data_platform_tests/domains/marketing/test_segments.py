"""Customer segments: who is in which, what never depends on anything but the orders, and whose address is told."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import dagster as dg
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.contracts.checks.run import check
from data_platform.orchestration.products.check_results import results_of
from data_platform.products.folder import read_product
from data_platform.products.masking import masked
from data_platform.products.testing import DOMAINS, RunResult, run
from data_platform_tests.examples import examples

Row = Mapping[str, Any]

NEWEST: Final = date(2026, 11, 1)
NOW: Final = datetime(2026, 11, 2, 3, tzinfo=UTC)
ADDRESS: Final = "ada@example.org"


def customer(number: int, *, consent: bool = True) -> Row:
    return {"customer_id": number, "email": ADDRESS, "marketing_consent": consent}


def order(customer_id: int, days_ago: int = 0, amount: str = "10.00", **changes: Any) -> Row:
    day = NEWEST - timedelta(days=days_ago)
    of_whom = {"day": day, "order_id": customer_id * 1000 + 999 - days_ago, "customer_id": customer_id}
    return of_whom | {"status": "paid", "currency": "EUR", "total_amount": Decimal(amount)} | changes


def segments(customers: Sequence[Row], orders: Sequence[Row]) -> RunResult:
    inputs = {"customers": list(customers), "orders": list(orders)}
    others = {"sales/customers_v1": list(customers)}
    return run("marketing/customer_segments_v1", inputs, others=others, now=NOW)


def of(made: RunResult, number: int) -> Row:
    assert made.report.passed, made.report
    (row,) = (row for row in made.rows if row["customer_id"] == number)
    return row


def test_figures_are_of_all_orders_that_were_kept() -> None:
    lost = [order(1, status="cancelled"), order(1, status="refunded")]
    row = of(segments([customer(1)], [order(1, 3), order(1, 9, "5.50"), *lost]), 1)
    assert (row["orders"], row["spent"], row["currency"]) == (2, Decimal("15.50"), "EUR")
    assert (row["last_order_day"], row["recency_days"]) == (NEWEST - timedelta(days=3), 3)
    assert row["reference_day"] == NEWEST


def test_who_never_bought_is_there_without_figures() -> None:
    row = of(segments([customer(1), customer(2)], [order(1), order(2, status="cancelled")]), 2)
    assert (row["segment"], row["orders"], row["spent"], row["recency_score"]) == ("no_orders", 0, None, None)


def test_amounts_of_two_currencies_are_never_added_nor_compared() -> None:
    orders = [order(1, 2, "900.00", currency="SEK"), order(1, 0, "20.00"), order(1, 5, "1.00"), order(2, 0, "30.00")]
    made = segments([customer(number) for number in (1, 2, 3)], [*orders, order(3, 0, "5.00", currency="SEK")])
    assert (of(made, 1)["spent"], of(made, 1)["currency"], of(made, 1)["orders"]) == (Decimal("21.00"), "EUR", 3)
    assert {number: of(made, number)["monetary_score"] for number in (1, 2, 3)} == {1: 1, 2: 3, 3: 1}


def test_scores_are_fifths_and_equal_values_score_alike() -> None:
    made = segments([customer(number) for number in range(10)], [order(number, number // 2) for number in range(10)])
    assert [of(made, number)["recency_score"] for number in range(10)] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert {of(made, number)["frequency_score"] for number in range(10)} == {1}


def test_segments_are_named_by_their_rules() -> None:
    often = {1: (0, 6, "50.00"), 2: (2, 5, "1.00"), 3: (9, 7, "60.00"), 4: (0, 1, "2.00"), 5: (9, 1, "1.50")}
    fill = dict.fromkeys(range(6, 11), (3, 2, "3.00"))
    orders = [
        order(number, days_ago + back, amount)
        for number, (days_ago, count, amount) in (often | fill).items()
        for back in range(count)
    ]
    made = segments([customer(number) for number in range(1, 12)], orders)
    assert [of(made, number)["segment"] for number in (1, 2, 3, 4, 5, 6, 11)] == [
        *("champions", "loyal", "at_risk", "new", "lost"),
        *("lost", "no_orders"),
    ]


def test_an_address_is_hashed_as_ad_platforms_want_it_and_told_with_consent_only() -> None:
    made = segments([customer(1), customer(2, consent=False)], [order(1), order(2)])
    assert of(made, 1)["email_sha256"] == hashlib.sha256(ADDRESS.encode()).hexdigest()
    assert of(made, 2)["email_sha256"] is None
    assert ADDRESS not in str(made.rows)


@pytest.mark.parametrize(
    ("address", "rules"),
    [(ADDRESS, {"email_sha256_pattern"}), (None, {"addresses_with_consent_only"})],
)
def test_the_contract_refuses_addresses_in_clear_and_those_that_consent_does_not_fit(
    address: str | None, rules: set[str]
) -> None:
    product = read_product(DOMAINS / "marketing/customer_segments_v1")
    table = segments([customer(1)], [order(1)]).table
    at = table.column_names.index("email_sha256")
    report = check(product.checks, table.set_column(at, "email_sha256", pa.array([address], pa.string())), now=NOW)
    assert {one.check.name for one in report.failures} == rules
    assert ADDRESS not in "".join(str(one) for one in results_of(dg.AssetKey(product.key.split("/")), report))


def test_hashed_addresses_are_not_shown_either() -> None:
    product = read_product(DOMAINS / "marketing/customer_segments_v1")
    (row,) = masked(product, segments([customer(1)], [order(1)]).table).to_pylist()
    assert row["email_sha256"] == "***"


def test_orders_of_people_who_are_no_customers_stay_out() -> None:
    made = segments([customer(1)], [order(1), order(7)])
    assert [row["customer_id"] for row in made.rows] == [1]


def test_without_any_order_there_is_no_reference_day_and_nothing_is_published() -> None:
    failed = {one.check.name for one in segments([customer(1)], []).report.failures if one.check.blocking}
    assert failed == {"reference_day_required"}


ORDERS: Final = st.lists(
    st.builds(
        order,
        customer_id=st.integers(1, 12),
        days_ago=st.integers(0, 40),
        amount=st.sampled_from(["0.00", "4.99", "10.00", "999.99"]),
        status=st.sampled_from(["placed", "paid", "delivered", "cancelled", "refunded"]),
        currency=st.sampled_from(["EUR", "GBP"]),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=examples(8))
@given(ORDERS, st.sets(st.integers(1, 12), min_size=1), st.randoms(use_true_random=False))
def test_any_orders_keep_the_contract_and_their_order_in_the_table_means_nothing(
    orders: list[Row], consenting: set[int], chance: Any
) -> None:
    customers = [customer(number, consent=number in consenting) for number in range(1, 13)]
    numbered = [each | {"order_id": at + 1} for at, each in enumerate(orders)]
    made = segments(customers, numbered)
    assert [one.check.name for one in made.report.failures if one.check.blocking] == []
    bought = sorted((row for row in made.rows if row["orders"]), key=lambda row: row["orders"])
    scores = [row["frequency_score"] for row in bought]
    assert scores == sorted(scores), "who buys more often never scores less"
    chance.shuffle(numbered)
    chance.shuffle(customers)
    assert segments(customers, numbered).rows == made.rows
