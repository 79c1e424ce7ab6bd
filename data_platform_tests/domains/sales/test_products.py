"""The sales' products: each transform by itself, what each contract refuses, and all four on real raw data."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import dagster as dg
import pyarrow as pa
import pytest

from data_platform.products.testing import RunResult, run
from data_platform.simulator.orders.keeper import OrderDatabase
from data_platform.simulator.shop.demand import on_sale
from data_platform.storage import delta
from data_platform_tests.domains.platforms import SINCE, TODAY, Domain, back

DAY: Final = date(2026, 11, 1)
NOON: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
PRODUCTS: Final = ("customers_v1", "orders_v1", "order_lines_v1", "daily_revenue_v1")
FIRST, LAST = back(3), back(1)

Row = Mapping[str, Any]

CUSTOMER: Final = {
    "customer_id": 7,
    "full_name": " Ada Lovelace  ",
    "email": "ADA@EXAMPLE.ORG",
    "phone": None,
    "street": "1 Matinee Lane",
    "postcode": "ls1 4ab",
    "city": "Leeds",
    "country": "United Kingdom",
    "marketing_consent": True,
    "created_at": NOON,
    "updated_at": NOON,
}
ORDER: Final = {
    "day": "2026-11-01",
    "order_id": 1,
    "customer_id": 7,
    "status": "paid",
    "placed_at": NOON,
    "currency": "GBP",
    "total_amount": Decimal("13.35"),
    "shipping_fee": Decimal("3.35"),
    "payment_method": "card",
    "utm_campaign": "cmp-0042",
    "ship_to_country": "gb",
    "updated_at": NOON,
}
LINE: Final = {
    "day": "2026-11-01",
    "order_id": 1,
    "line_number": 1,
    "film_id": 603,
    "format": "dvd",
    "quantity": 2,
    "unit_price": Decimal("5.00"),
    "updated_at": NOON,
}
FILM: Final = {"day": DAY, "list": "popular", "id": 603, "title": "Metropolis"}
SOLD: Final = {"day": DAY, "order_id": 1, "currency": "GBP", "status": "paid", "total_amount": Decimal("13.35")}


def customers(**changes: Any) -> RunResult:
    return run("sales/customers_v1", {"sales.raw_customers": [CUSTOMER | changes]}, now=NOON)


def orders(**changes: Any) -> RunResult:
    known: list[Row] = [{"customer_id": 7, "created_at": NOON}]
    inputs = {"sales.raw_orders": [ORDER | changes], "sales.customers_v1": known}
    return run("sales/orders_v1", inputs, partition="2026-11-01", others={"sales/customers_v1": known})


def lines(films: list[Row] | None = None, **changes: Any) -> RunResult:
    films = [FILM] if films is None else films
    inputs = {"sales.raw_order_lines": [LINE | changes], "sales.orders_v1": [SOLD], "movies.top_movies_v1": films}
    others = {"sales/orders_v1": [SOLD], "movies/top_movies_v1": films or pa.table({"day": [DAY], "id": [0]})}
    return run("sales/order_lines_v1", inputs, partition="2026-11-01", others=others)


def revenue(*sold: Row) -> RunResult:
    return run("sales/daily_revenue_v1", {"sales.orders_v1": list(sold)}, partition="2026-11-01")


def broken(made: RunResult) -> set[str]:
    return {one.check.name for one in made.report.failures}


def test_customers_are_spelled_alike() -> None:
    made = customers()
    assert made.report.passed
    (row,) = made.rows
    assert (row["full_name"], row["email"], row["country"]) == ("Ada Lovelace", "ada@example.org", "GB")
    assert row["postcode"] == "LS1 4AB"


def test_orders_say_since_when_the_customer_is_one_and_which_campaign_it_was() -> None:
    made = orders()
    assert made.report.passed
    (row,) = made.rows
    assert (row["day"], row["customer_since"]) == (DAY, DAY)
    assert (row["campaign_id"], row["ship_to_country"]) == ("CMP-0042", "GB")


@pytest.mark.parametrize("said", [None, "(not set)", "", "spring sale"])
def test_what_is_no_campaign_is_null_and_stops_no_order(said: str | None) -> None:
    made = orders(utm_campaign=said)
    assert made.report.passed
    assert made.rows[0]["campaign_id"] is None


def test_lines_have_their_amount_in_the_orders_currency() -> None:
    made = lines()
    assert made.report.passed
    (row,) = made.rows
    assert (row["line_amount"], row["currency"]) == (Decimal("10.00"), "GBP")


def test_lines_have_the_films_title_on_the_day_in_the_popular_list_once() -> None:
    others = [FILM | {"list": "trending", "title": "Other"}, FILM | {"day": DAY - timedelta(days=1), "title": "Older"}]
    made = lines([FILM, *others])
    assert made.report.passed
    assert [row["film_title"] for row in made.rows] == ["Metropolis"]


@pytest.mark.parametrize("films", [[], [FILM | {"id": 604}], [FILM | {"day": DAY + timedelta(days=1)}]])
def test_a_film_that_the_days_catalogue_lacks_is_told_and_stops_no_order(films: list[Row]) -> None:
    made = lines(films)
    assert made.report.passed
    assert broken(made) == {"day_film_id_foreign_key"}
    assert [row["film_title"] for row in made.rows] == [None]


def test_cancelled_and_refunded_orders_bring_no_revenue() -> None:
    made = revenue(SOLD, SOLD | {"status": "cancelled"}, SOLD | {"currency": "EUR", "status": "refunded"})
    assert made.report.passed
    found = {row["currency"]: (row["orders"], row["lost_orders"], row["revenue"]) for row in made.rows}
    assert found == {"GBP": (2, 1, Decimal("13.35")), "EUR": (1, 1, Decimal("0.00"))}


def test_customers_refuse_what_is_no_address_and_no_country() -> None:
    assert broken(customers(email="ada")) == {"email_pattern"}
    assert broken(customers(country="Atlantis")) == {"country_pattern"}
    assert broken(customers(created_at=NOON.replace(day=2))) == {"changed_after_signing_up"}


def test_orders_refuse_an_unknown_status_customer_and_total() -> None:
    assert broken(orders(status="lost")) == {"status_known"}
    assert broken(orders(customer_id=8)) == {"customer_id_foreign_key", "customer_since_required"}
    assert broken(orders(total_amount=Decimal("1.00"))) == {"total_covers_shipping"}
    assert broken(orders(day="2026-10-31")) == {"signed_up_before_ordering"}


def test_order_lines_refuse_an_unknown_order_and_format() -> None:
    assert broken(lines(order_id=2)) == {"day_order_id_foreign_key", "currency_required"}
    assert broken(lines(day="2026-11-02")) == {"day_order_id_foreign_key", "day_film_id_foreign_key"}
    assert broken(lines(format="vhs", quantity=0)) == {"format_known", "quantity_minimum"}


def test_daily_revenue_refuses_a_day_without_orders_and_less_than_nothing() -> None:
    assert broken(revenue()) == {"not_empty"}
    assert broken(revenue(SOLD | {"total_amount": Decimal("-1.00")})) == {"revenue_minimum"}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was at the last midnight: all days up to yesterday are complete."""
    url = f"sqlite:///{tmp_path}/orders.sqlite"
    monkeypatch.setenv("SALES_DATABASE_URL", url)
    OrderDatabase(url, 0, since=SINCE, pinned=TODAY).advance(datetime.combine(TODAY, time(), UTC))


def rows_of(platform: Domain, product: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = delta.read_table(platform.store, f"sales/{product}").to_pylist()
    return rows


def put_films_on_sale(platform: Domain) -> None:
    """The days' popular lists as the movies' domain publishes them, from the simulator's own books."""
    for day in (date.fromisoformat(back(days)) for days in (1, 2, 3)):
        films = enumerate(on_sale(0, day), start=1)
        rows = [{"day": day, "list": "popular", "id": film, "title": f"Film {rank}"} for rank, film in films]
        part = [{"day": day.isoformat()}]
        delta.replace_partitions(platform.store, "movies/top_movies_v1", pa.Table.from_pylist(rows), part)


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_all_four_are_published_from_raw_data_and_keep_every_rule(platform: Domain) -> None:
    assert platform.run(FIRST, LAST).success
    put_films_on_sale(platform)
    job = platform.definitions.resolve_implicit_global_asset_job_def()
    several = {"dagster/asset_partition_range_start": FIRST, "dagster/asset_partition_range_end": LAST}
    made = job.execute_in_process(
        instance=platform.instance,
        asset_selection=[platform.key(product) for product in PRODUCTS],
        tags=several,
        raise_on_error=False,
    )
    assert made.success
    checks = made.get_asset_check_evaluations()
    assert {check.asset_key.path[-1] for check in checks} == set(PRODUCTS)
    assert [f"{check.asset_key.path[-1]}: {check.check_name}" for check in checks if not check.passed] == []
    judged = {dg.AssetCheckKey(check.asset_key, check.check_name) for check in checks}
    graph = platform.definitions.resolve_asset_graph()
    promised = {key for product in PRODUCTS for key in graph.get_check_keys_for_assets({platform.key(product)})}
    # A single day has no gaps to measure.
    assert {key.name for key in promised - judged} == {"sla_day_frequency"}
    foreign_keys = {"customer_id_foreign_key", "day_order_id_foreign_key", "day_film_id_foreign_key"}
    assert foreign_keys <= {key.name for key in judged}

    sold, earned = rows_of(platform, "orders_v1"), rows_of(platform, "daily_revenue_v1")
    assert len(sold) == platform.table("raw_orders").num_rows
    assert len(rows_of(platform, "order_lines_v1")) == platform.table("raw_order_lines").num_rows
    assert all(row["film_title"] for row in rows_of(platform, "order_lines_v1"))
    assert len(rows_of(platform, "customers_v1")) == platform.table("raw_customers").num_rows
    assert {str(row["day"]) for row in earned} == {FIRST, back(2), LAST}
    assert sum(row["orders"] for row in earned) == len(sold)
    kept = [row["total_amount"] for row in sold if row["status"] not in {"cancelled", "refunded"}]
    assert sum(row["revenue"] for row in earned) == sum(kept)


def test_a_days_orders_wait_for_the_customers_that_they_refer_to(platform: Domain) -> None:
    graph = platform.definitions.resolve_asset_graph()
    assert platform.key("customers_v1") in graph.get(platform.key("orders_v1")).parent_keys
    assert graph.get(platform.key("daily_revenue_v1")).parent_keys == {dg.AssetKey(["sales", "orders_v1"])}
