"""`logistics/scan_events_v1`: each scan once, with its time; and what its contract refuses."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.products.folder import read_product
from data_platform.products.testing import DOMAINS, RunResult, run
from data_platform_tests.examples import examples

PRODUCT: Final = read_product(DOMAINS / "logistics" / "scan_events_v1")
KEY: Final = "2026-11-02"
SCAN: Final = {
    "day": KEY,
    "tracking_number": "PA0203300421",
    "event": "DELIVERED",
    "event_time": "2026-11-02T17:05:09Z",
    "location": "Leeds",
    "_carrier": "parcelo",
    "_file": "events_2026-11-02.csv",
}
UNDATED: Final = "Date Not Captured"
LATE: Final = "events_2026-11-04.csv"


def made(*scans: Mapping[str, Any]) -> RunResult:
    schema = pa.schema([(name, pa.string()) for name in SCAN])
    inputs = {"logistics.raw_scan_events": pa.Table.from_pylist([{**SCAN, **one} for one in scans], schema=schema)}
    return run(PRODUCT, inputs, partition=KEY)


def broken(result: RunResult) -> set[str]:
    return {one.check.name for one in result.report.failures}


@pytest.mark.parametrize(
    ("spelled", "seconds"),
    [
        ("2026-11-02T17:05:09Z", 9),
        ("2026-11-02 17:05:09+00:00", 9),
        ("2026-11-02 18:05:09+01:00", 9),
        ("2-Nov-26 17:05", 0),
        ("02-Nov-2026 17:05 ", 0),
    ],
)
def test_times_are_read_in_every_carriers_spelling(spelled: str, seconds: int) -> None:
    result = made({"event_time": spelled})
    assert result.report.passed
    assert result.rows[0]["scanned_at"] == datetime(2026, 11, 2, 17, 5, seconds, tzinfo=UTC)
    assert (result.rows[0]["event"], result.rows[0]["reported_on"]) == ("delivered", date(2026, 11, 2))


def test_a_scan_that_is_reported_again_counts_once_and_as_of_its_first_report() -> None:
    result = made(
        {"_file": LATE}, {}, {"tracking_number": "pa0203300421 "}, {"event_time": "2026-11-02 17:05:09+00:00"}
    )
    assert result.report.passed
    assert [one["reported_on"] for one in result.rows] == [date(2026, 11, 2)]


def test_scans_that_differ_are_all_kept() -> None:
    others = [{"event": "IN_TRANSIT"}, {"event_time": "2026-11-02T17:05:10Z"}, {"_carrier": "nordpost"}]
    others += [{"tracking_number": "PA0203300422"}, {"location": "York", "event_time": "2026-11-02T18:00:00Z"}]
    result = made({}, *others)
    assert result.report.passed
    assert len(result.rows) == 1 + len(others)


def test_a_scan_keeps_its_id_when_others_come_late() -> None:
    (alone,) = made({}).rows
    later = made({"event": "IN_TRANSIT", "event_time": "2026-11-02T01:00:00Z", "_file": LATE}, {})
    assert alone["scan_id"] in {one["scan_id"] for one in later.rows}


def test_a_scan_without_a_time_has_its_files_day_and_counts_once_a_day() -> None:
    result = made({}, {"event_time": UNDATED}, {"event_time": UNDATED})
    assert result.report.passed
    undated = [one for one in result.rows if one["scanned_at"] is None]
    assert [(one["day"], one["event"]) for one in undated] == [(date(2026, 11, 2), "delivered")]


def test_a_time_of_another_day_is_none() -> None:
    assert made({"event_time": "2027-11-02T17:05:09Z"}).rows[0]["scanned_at"] is None


def test_a_place_that_is_not_known_is_null() -> None:
    assert [made({"location": words}).rows[0]["location"] for words in ("N/A", "", None)] == [None] * 3


def test_a_day_without_scans_is_published_empty() -> None:
    assert made().report.passed


def test_what_no_scan_can_be_is_refused() -> None:
    assert broken(made({"event": "EATEN"})) == {"event_known"}
    assert broken(made({"tracking_number": "N/A"})) == {"tracking_number_pattern"}
    assert broken(made({"_file": "events_2026-11-06.csv"})) == {"reported_within_three_days"}


def test_a_new_spelling_of_times_is_refused_and_a_few_words_are_not() -> None:
    scans = [{"tracking_number": f"PA{number:010}", "event_time": UNDATED} for number in range(13)]
    assert made(*scans[:10]).report.passed
    assert broken(made(*scans)) == {"times_mostly_captured"}


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 23), st.sampled_from([2, 3, 4])), max_size=12))
@settings(max_examples=examples(10))
def test_there_is_one_row_for_each_parcel_and_time_whatever_the_order(reports: list[tuple[str, int, int]]) -> None:
    lines = [
        {
            "tracking_number": f"PA000000{parcel}",
            "event_time": f"2026-11-02T{hour:02}:00:00Z",
            "_file": f"events_2026-11-{day:02}.csv",
        }
        for parcel, hour, day in reports
    ]
    found = {(one["tracking_number"][-1], one["scanned_at"].hour): one["reported_on"].day for one in made(*lines).rows}
    keys = {(parcel, hour) for parcel, hour, _ in reports}
    assert found == {key: min(day for *one, day in reports if tuple(one) == key) for key in keys}
    assert by_id(made(*lines)) == by_id(made(*reversed(lines)))


def by_id(result: RunResult) -> dict[str, dict[str, Any]]:
    return {one["scan_id"]: one for one in result.rows}
