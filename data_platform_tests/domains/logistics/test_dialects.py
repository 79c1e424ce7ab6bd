"""How carriers write, read by hypothesis and by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.domains.logistics.dialects import DIALECTS, day_of_text
from data_platform.domains.logistics.drops import day_of_scan, marks_by_scan_day

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


@given(st.sampled_from(list(DIALECTS)), st.sampled_from(["shipments", "events"]), st.binary(max_size=300))
def test_any_bytes_are_rows_of_text_or_none(carrier: str, kind: str, content: bytes) -> None:
    for row in DIALECTS[carrier].read(kind, content):
        assert all(value is None or isinstance(value, str | int) for value in row.values())


def test_a_byte_order_mark_latin_1_and_two_cells_of_time_are_read() -> None:
    (first,) = DIALECTS["parcelo"].read("events", "\ufefftracking_number,event\nP1,DELIVERED\n".encode())
    assert first["tracking_number"] == "P1"
    text = "Sendung;Ereignis;Datum;Uhrzeit;Ort\nN1;DELIVERED;2-Nov-26;08:15;Köln\n"
    (second,) = DIALECTS["nordpost"].read("events", text.encode("latin-1"))
    assert (second["event_time"], second["location"]) == ("2-Nov-26 08:15", "Köln")


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-11-18T01:00:00Z", "2026-11-18"), ("2026-11-10T01:00:00Z", "2026-11-20"), ("N/A", "2026-11-20")],
)
def test_a_scan_that_its_file_cannot_hold_is_of_the_files_day(text: str, day: str) -> None:
    assert day_of_scan({"_file": "events_2026-11-20.csv", "event_time": text}).isoformat() == day


def test_the_marks_of_a_file_change_for_the_day_that_changed_alone() -> None:
    rows = [{"_file": "events_2026-11-20.csv", "event_time": f"2026-11-{day}", "event": "X"} for day in (18, 19, 20)]
    before = marks_by_scan_day(rows)
    after = marks_by_scan_day([*rows[:2], rows[2] | {"event": "Y"}])
    assert [day for day in before if before[day] != after[day]] == ["2026-11-20"]
