"""How carriers write, read by hypothesis and by hand."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform import FileRows
from data_platform.domains.logistics.dialects import DIALECTS, day_of_text, read_events, read_shipments

FILE = "events_2026-11-20.csv"
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31))


@given(DAYS, st.sampled_from(["", "T12:30:00Z", " 12:30:00+00:00", " 09:15"]))
def test_every_day_is_read_back_in_each_spelling(day: date, rest: str) -> None:
    assert day_of_text(f"{day.isoformat()}{rest}") == day
    if not rest.startswith("T"):
        assert day_of_text(f" {day.day}-{day:%b-%y}{rest} ") == day
        assert day_of_text(f"{day.day:02}-{day:%b-%Y}{rest}".upper()) == day


@given(st.text())
def test_any_other_text_is_no_day_and_no_error(text: str) -> None:
    day = day_of_text(text)
    assert day is None or any(character.isdigit() for character in text)


@pytest.mark.parametrize("text", [None, "", "N/A", "Date Not Captured", "31-Feb-26", "2026-02-30", "1-Foo-26", "2026"])
def test_words_and_impossible_days_are_none(text: str | None) -> None:
    assert day_of_text(text) is None


@given(st.sampled_from(list(DIALECTS)), st.sampled_from([read_shipments, read_events]), st.binary(max_size=300))
def test_any_bytes_are_rows_of_text_or_none(
    carrier: str, read: Callable[[bytes, str], FileRows], content: bytes
) -> None:
    for row in read(content, f"{carrier}/{FILE}").rows:
        assert all(value is None or isinstance(value, str | int | date) for value in row.values())


def test_a_byte_order_mark_latin_1_and_two_cells_of_time_are_read() -> None:
    text = "\ufefftracking_number,event,event_time\nP1,DELIVERED,2026-11-18T01:00:00Z\n"
    (first,) = read_events(text.encode(), f"out/parcelo/{FILE}").rows
    assert (first["tracking_number"], first["scanned_on"]) == ("P1", date(2026, 11, 18))
    text = "Sendung;Ereignis;Datum;Uhrzeit;Ort\nN1;DELIVERED;2-Nov-26;08:15;Köln\n"
    (second,) = read_events(text.encode("latin-1"), f"nordpost/{FILE}").rows
    assert (second["event_time"], second["location"]) == ("2-Nov-26 08:15", "Köln")
    assert (second["_carrier"], second["_file"], second["scanned_on"]) == ("nordpost", FILE, date(2026, 11, 2))


def test_a_scan_without_a_time_says_no_day() -> None:
    (row,) = read_events(b"Tracking;Timestamp\nS1;Date Not Captured\n", f"swiftline/{FILE}").rows
    assert (row["event_time"], row["scanned_on"]) == ("Date Not Captured", None)


@pytest.mark.parametrize("read", [read_shipments, read_events])
def test_headings_that_nobody_knows_are_told_by_the_numbers_that_they_hide(
    read: Callable[[bytes, str], FileRows],
) -> None:
    read_as = read(b"Parcel;Order\nS1;7\n", f"swiftline/{FILE}")
    assert read_as.problems == ["line 2 has no tracking number"]
    (row,) = read_as.rows
    assert row["_extra"] == '{"Parcel": "S1"}'
