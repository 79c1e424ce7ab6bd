"""`logistics/delivery_performance_v1`: what became of a day's parcels, as far as scans are known."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from data_platform.products.folder import read_product
from data_platform.products.testing import DOMAINS, RunResult, run

PRODUCT: Final = read_product(DOMAINS / "logistics" / "delivery_performance_v1")
DAY: Final = date(2026, 11, 2)
PARCEL: Final = {
    "day": DAY,
    "carrier": "parcelo",
    "tracking_number": "PA0001",
    "promised_on": date(2026, 11, 5),
    "freight_eur": Decimal("9.50"),
}
PICKED_UP: Final = datetime(2026, 11, 2, 18, tzinfo=UTC)


def scan(event: str, hours: float | None = None, day: date | None = None, **more: Any) -> dict[str, Any]:
    """A scan so many hours after the pick-up, or on a day without a time."""
    at = None if hours is None else PICKED_UP + timedelta(hours=hours)
    of = day or (at.date() if at else DAY)
    return {"carrier": "parcelo", "tracking_number": "PA0001", "event": event, "scanned_at": at, "day": of} | more


def news(day: date) -> dict[str, Any]:
    """A scan of another parcel: scans are known until its day."""
    return scan("in_transit", day=day, tracking_number="PA9999")


def made(parcels: list[Mapping[str, Any]], *scans: Mapping[str, Any]) -> RunResult:
    inputs: dict[str, Any] = {
        "logistics.shipments_v1": [{**PARCEL, **one} for one in parcels],
        "logistics.scan_events_v1": list(scans),
    }
    return run(PRODUCT, inputs, partition="2026-11-02")


def figures(parcels: list[Mapping[str, Any]], *scans: Mapping[str, Any]) -> dict[str, Any]:
    result = made(parcels, *scans)
    assert result.report.passed
    (row,) = result.rows
    return row


def test_a_parcel_that_came_in_time_is_on_time_three_days_after_its_promised_day() -> None:
    arrived = [scan("picked_up", 0), scan("delivered", 42)]
    early = figures([{}], *arrived, news(date(2026, 11, 7)))
    assert (early["delivered"], early["due"], early["on_time"], early["on_time_share"]) == (1, 0, 0, None)
    late = figures([{}], *arrived, news(date(2026, 11, 8)))
    assert (late["known_until"], late["due"], late["on_time"], late["on_time_share"]) == (date(2026, 11, 8), 1, 1, 1.0)


@pytest.mark.parametrize(("day", "on_time"), [(date(2026, 11, 5), 1), (date(2026, 11, 6), 0)])
def test_a_delivery_without_a_time_counts_by_its_day_and_has_no_hours(day: date, on_time: int) -> None:
    row = figures([{}], scan("picked_up", 0), scan("delivered", day=day), news(date(2026, 11, 9)))
    assert (row["delivered"], row["on_time"], row["due"]) == (1, on_time, 1)
    assert (row["timed"], row["transit_hours_median"], row["transit_hours_p90"]) == (0, None, None)


def test_shares_are_null_where_there_is_nothing_to_divide() -> None:
    row = figures([{"freight_eur": None}])
    assert (row["parcels"], row["delivered"], row["due"], row["missing"]) == (1, 0, 0, 0)
    assert {row[name] for name in ("on_time_share", "first_attempt_share", "freight_eur", "known_until")} == {None}


def test_a_late_scan_changes_the_figures_and_may_come_in_any_order() -> None:
    before = [news(date(2026, 11, 9)), scan("picked_up", 0)]
    assert figures([{}], *before)["on_time_share"] == 0.0
    row = figures([{}], scan("delivered", 50), *before)
    assert (row["on_time_share"], row["transit_hours_median"]) == (1.0, 50.0)


def test_hours_are_those_between_the_first_pick_up_and_the_first_delivery() -> None:
    parcels = [{"tracking_number": f"PA000{number}"} for number in range(1, 11)]
    scans = [
        scan(event, hours, tracking_number=f"PA000{number}")
        for number in range(1, 11)
        for event, hours in [("picked_up", 0), ("picked_up", 1), ("delivered", number * 10), ("delivered", 120)]
    ]
    row = figures(list(parcels), *scans)
    assert (row["timed"], row["transit_hours_median"], row["transit_hours_p90"]) == (10, 55.0, 91.0)


def test_a_delivery_before_its_pick_up_is_not_timed() -> None:
    row = figures([{}], scan("picked_up", 5), scan("delivered", 1))
    assert (row["delivered"], row["timed"]) == (1, 0)


def test_a_second_attempt_lowers_the_share_of_first_ones() -> None:
    parcels: list[Mapping[str, Any]] = [{}, {"tracking_number": "PA0002"}]
    scans = [scan("delivery_attempted", 40), scan("delivered", 60), scan("delivered", 40, tracking_number="PA0002")]
    assert figures(parcels, *scans)["first_attempt_share"] == 0.5


def test_a_parcel_is_missing_ten_days_after_its_promised_day_until_it_turns_up() -> None:
    tenth = news(date(2026, 11, 15))
    assert figures([{}], news(date(2026, 11, 14)))["missing"] == 0
    assert figures([{}], tenth)["missing"] == 1
    row = figures([{}], tenth, scan("delivered", day=date(2026, 11, 16)))
    assert (row["missing"], row["delivered"], row["on_time"]) == (0, 1, 0)


def test_a_parcel_without_a_promise_is_never_due_nor_missing() -> None:
    row = figures([{"promised_on": None}], news(date(2026, 12, 24)))
    assert (row["parcels"], row["due"], row["missing"]) == (1, 0, 0)


def test_carriers_are_told_apart_even_with_the_same_number() -> None:
    result = made([{}, {"carrier": "swiftline"}], scan("delivered", 40))
    assert {row["carrier"]: row["delivered"] for row in result.rows} == {"parcelo": 1, "swiftline": 0}


def test_a_day_without_parcels_is_published_empty() -> None:
    result = made([], scan("delivered", 40))
    assert result.report.passed
    assert result.rows == []


def test_a_negative_freight_is_refused() -> None:
    result = made([{"freight_eur": Decimal("-1.00")}])
    assert [one.check.name for one in result.report.failures] == ["freight_eur_minimum"]
