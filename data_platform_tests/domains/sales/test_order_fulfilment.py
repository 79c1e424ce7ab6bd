"""`sales/order_fulfilment_v1`: an order's state from its parcels and their scans."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.products.folder import read_product
from data_platform.products.testing import DOMAINS, RunResult, run
from data_platform_tests.examples import examples

PRODUCT: Final = read_product(DOMAINS / "sales" / "order_fulfilment_v1")
DAY: Final = date(2026, 11, 1)
NOON: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
PROMISED: Final = date(2026, 11, 5)
ORDER: Final = {
    "day": DAY,
    "order_id": 1,
    "status_group": "open",
    "placed_at": NOON,
    "needs_shipping": True,
    "shipping_country": "GB",
}


def parcel(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "day": date(2026, 11, 2),
        "carrier": "parcelo",
        "tracking_number": f"PA000{number}",
        "order_id": 1,
        "shipped_on": date(2026, 11, 2),
        "promised_on": PROMISED,
    } | more


def scan(number: int = 1, event: str = "delivered", *, day: date = PROMISED, hour: int | None = 12) -> dict[str, Any]:
    at = None if hour is None else datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return {"day": day, "carrier": "parcelo", "tracking_number": f"PA000{number}", "event": event, "scanned_at": at}


def news(day: date) -> dict[str, Any]:
    """A scan of a parcel of nobody: scans are known until its day."""
    return scan(9999, "in_transit", day=day)


def made(
    parcels: list[dict[str, Any]], scans: list[dict[str, Any]], orders: list[Mapping[str, Any]] | None = None
) -> RunResult:
    day = [{**ORDER, **one} for one in ([{}] if orders is None else orders)]
    inputs: dict[str, Any] = {
        "sales.orders_v2": day,
        "logistics.shipments_v1": parcels,
        "logistics.scan_events_v1": scans,
    }
    return run(PRODUCT, inputs, partition="2026-11-01", others={"sales/orders_v2": day or [ORDER]})


def row(parcels: list[dict[str, Any]], scans: list[dict[str, Any]], **order: Any) -> dict[str, Any]:
    result = made(parcels, scans, [order])
    assert result.report.passed
    (one,) = result.rows
    return one


def test_an_order_is_delivered_when_its_last_parcel_is() -> None:
    one = row([parcel(1), parcel(2)], [scan(2, day=date(2026, 11, 4), hour=18), scan(1, day=date(2026, 11, 3))])
    assert (one["state"], one["parcels"], one["parcels_delivered"]) == ("delivered", 2, 2)
    assert (one["first_shipped_on"], one["delivered_on"]) == (date(2026, 11, 2), date(2026, 11, 4))
    assert (one["fulfilment_hours"], one["is_late"]) == (78.0, False)


def test_one_of_two_parcels_is_partly_delivered() -> None:
    one = row([parcel(1), parcel(2)], [scan(1)])
    assert (one["state"], one["delivered_on"], one["fulfilment_hours"]) == ("partly_delivered", None, None)


def test_without_a_parcel_the_order_says_what_is_to_come() -> None:
    assert row([], [news(DAY)])["state"] == "open"
    assert row([], [], status_group="lost")["state"] == "cancelled"
    streamed = row([], [], needs_shipping=False, status_group="completed")
    assert (streamed["state"], streamed["parcels"], streamed["is_late"]) == ("nothing_to_ship", 0, None)


def test_parcels_of_an_order_that_was_cancelled_afterwards_are_followed_all_the_same() -> None:
    assert row([parcel()], [], status_group="lost")["state"] == "shipped"


@pytest.mark.parametrize(("known", "state", "late"), [(7, "shipped", None), (8, "shipped", True), (15, "lost", True)])
def test_what_does_not_arrive_is_late_after_three_days_and_lost_after_ten(known: int, state: str, late: bool) -> None:
    one = row([parcel()], [scan(1, "picked_up", day=date(2026, 11, 2)), news(date(2026, 11, known))])
    assert (one["state"], one["is_late"], one["known_until"]) == (state, late, date(2026, 11, known))


def test_a_late_scan_brings_a_lost_order_back() -> None:
    one = row([parcel()], [scan(day=date(2026, 11, 6)), news(date(2026, 11, 20))])
    assert (one["state"], one["is_late"]) == ("delivered", True)


def test_an_order_is_followed_for_sixty_days() -> None:
    parcels = [parcel(day=date(2026, 12, 31), promised_on=None), parcel(2, day=date(2027, 1, 1))]
    one = row(parcels, [scan(day=date(2026, 12, 31))])
    assert (one["parcels"], one["state"]) == (1, "delivered")
    assert row(parcels, [scan(day=date(2027, 1, 1))])["state"] == "shipped"


def test_a_delivery_whose_time_was_not_captured_counts_by_its_day() -> None:
    one = row([parcel()], [scan(hour=None)])
    assert (one["state"], one["delivered_on"], one["fulfilment_hours"]) == ("delivered", PROMISED, None)


def test_nothing_is_late_that_was_not_promised() -> None:
    one = row([parcel(promised_on=None)], [news(date(2026, 12, 20))])
    assert (one["state"], one["is_late"], one["promised_on"]) == ("shipped", None, None)


def test_a_parcel_that_is_announced_twice_and_delivered_twice_counts_once() -> None:
    again = parcel(day=date(2026, 11, 3), promised_on=date(2026, 11, 30))
    one = row([again, parcel()], [scan(), scan(day=date(2026, 11, 9))])
    assert (one["parcels"], one["promised_on"], one["delivered_on"]) == (1, PROMISED, PROMISED)


def test_a_parcel_without_a_day_of_pick_up_was_sent_on_the_day_of_its_announcement() -> None:
    assert row([parcel(shipped_on=None)], [])["first_shipped_on"] == date(2026, 11, 2)


def test_parcels_of_other_orders_and_other_carriers_scans_do_not_count() -> None:
    one = row([parcel(), parcel(2, order_id=2)], [scan(2), scan() | {"carrier": "nordpost"}])
    assert (one["state"], one["parcels"]) == ("shipped", 1)


def test_a_day_without_orders_is_refused_and_a_parcel_before_its_order_noticed() -> None:
    assert [one.check.name for one in made([], [], []).report.failures] == ["not_empty"]
    early = made([parcel(shipped_on=date(2026, 10, 31))], [])
    assert [one.check.name for one in early.report.failures] == ["sent_after_being_ordered"]
    assert early.report.passed


PARCELS: Final = st.lists(st.one_of(st.none(), st.integers(-2, 12)), min_size=1, max_size=3)


@given(st.lists(PARCELS, min_size=1, max_size=12), st.integers(0, 14))
@settings(max_examples=examples(12))
def test_the_state_is_what_the_parcels_say(orders: list[list[int | None]], known: int) -> None:
    """Each parcel arrived so many days after its promise, or not; scans are known until so many days after it."""
    until = PROMISED + timedelta(days=known)
    arrivals = [[None if one is None or one > known else one for one in each] for each in orders]
    numbered = [(order, at) for order, each in enumerate(arrivals, 1) for at in each]
    parcels = [parcel(number, order_id=order) for number, (order, _) in enumerate(numbered)]
    scans = [
        scan(number, day=PROMISED + timedelta(days=at)) for number, (_, at) in enumerate(numbered) if at is not None
    ]
    result = made(parcels, [*scans, news(until)], [{"order_id": order} for order in range(1, len(orders) + 1)])
    assert result.report.passed
    found = {one["order_id"]: (one["state"], one["is_late"]) for one in result.rows}
    assert found == {order: expected(each, known) for order, each in enumerate(arrivals, 1)}


def expected(arrivals: list[int | None], known: int) -> tuple[str, bool | None]:
    there = [at for at in arrivals if at is not None]
    whole = len(there) == len(arrivals)
    late = any(at > 0 for at in there) or (not whole and known >= 3)
    if whole:
        return "delivered", late
    state = "lost" if known >= 10 else "partly_delivered" if there else "shipped"
    return state, True if late else None
