"""The carriers' drops, whole: over real HTTP, into a store, with what comes late, twice, or not at all."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest

from data_platform.simulator.carriers.dialects import DIALECTS
from data_platform.simulator.carriers.drops import file
from data_platform.simulator.carriers.reports import LATEST, reported
from data_platform_tests.domains.platforms import (
    SINCE,
    TODAY,
    YESTERDAY,
    Domain,
    asked_days,
    back,
    failure_of,
    retries_of,
    world_on,
)

DAY = back(4)
LATE = "logistics_raw_scan_events_late_rows"
CHANGED = "logistics_raw_shipments_changes"
AFTERWARDS = TODAY + timedelta(days=30)


def scans_of_day(day: date, until: date) -> Counter[tuple[str, str]]:
    """The truth: what the carriers had reported of a day's scans until a day, repetitions included."""
    return Counter(
        (parcel.tracking, scan.event.upper())
        for lag in range(LATEST + 1)
        for carrier in DIALECTS
        if day + timedelta(days=lag) <= until
        for parcel, scan in reported(0, carrier, day + timedelta(days=lag), since=SINCE)
        if scan.moment.date() == day
    )


def scans(rows: list[dict[str, Any]], *, dated: bool = True) -> Counter[tuple[str, str]]:
    return Counter(
        (row["tracking_number"], row["event"])
        for row in rows
        if not dated or not row["event_time"].startswith("Date Not Captured")
    )


@pytest.mark.slow
def test_a_days_files_are_landed_byte_by_byte_and_their_parcels_kept_line_by_line(
    platform: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world_on(TODAY, monkeypatch):
        assert platform.run(DAY).success
    landed = platform.landed()
    for carrier in DIALECTS:
        for kind in ("shipments", "events"):
            there = file(0, carrier, f"{kind}_{DAY}.csv", TODAY, since=SINCE)
            found = [content for path, content in landed.items() if f"/{carrier}%2F{kind}_{DAY}.csv/" in path]
            assert found == ([] if there is None else [there.content])
    rows = platform.rows("raw_shipments")
    assert {row["_carrier"] for row in rows} <= set(DIALECTS)
    assert any(row["weight_kg"] == "Weight Captured Separately" for row in rows)
    assert any(row["freight_eur"] == "Freight Included in Commodity Cost" for row in rows)
    assert not any("\ufeff" in str(row) or "\ufffd" in str(row) for row in rows)


@pytest.mark.slow
def test_the_scans_of_a_day_are_those_of_all_files_that_have_some(
    platform: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = TODAY - timedelta(days=LATEST + 2)
    with world_on(TODAY, monkeypatch):
        assert platform.run(day.isoformat(), back(1)).success
    found, truth = scans(platform.rows("raw_scan_events", day.isoformat())), scans_of_day(day, YESTERDAY)
    missing = truth - found  # scans whose time was not captured are of the day of their file
    assert not found - truth
    assert sum(missing.values()) < 0.02 * sum(truth.values())
    assert any(times > 1 for times in found.values())


@pytest.mark.slow
def test_no_line_is_lost_between_the_files_and_the_table(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(TODAY, monkeypatch):
        assert platform.run(back(10), back(1)).success
    files = {path: content for path, content in platform.landed().items() if "/scan_events/" in path}
    lines = sum(max(0, len(content.splitlines()) - 1) for content in files.values())
    rows = [row for path, content in files.items() for row in _rows(path, content)]
    early = sum(back(10) > row["scanned_on"].isoformat() >= row["reach"] for row in rows if row["scanned_on"])
    assert platform.table("raw_scan_events").num_rows == lines - early


def _rows(path: str, content: bytes) -> list[dict[str, Any]]:
    from data_platform.domains.logistics.dialects import read_events  # noqa: PLC0415 - the other side's

    day, name = path.split("/")[3:5]
    reach = (date.fromisoformat(day) - timedelta(days=LATEST)).isoformat()
    return [{**row, "reach": reach} for row in read_events(content, unquote(name)).rows]


@pytest.mark.slow
def test_late_scans_make_their_days_again_and_no_others(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(YESTERDAY, monkeypatch):
        assert platform.run(back(9), back(2)).success
    tick = platform.look(LATE)
    assert tick.run_requests == []
    with world_on(TODAY, monkeypatch):
        assert platform.run(back(1)).success
    landed = platform.metadata("raw_scan_events", back(1))["rows_of_past_days"]
    tick = platform.look(LATE, cursor=tick.cursor)
    asked = [day for first, last in asked_days(tick) for day in map(back, range(9, 0, -1)) if first <= day <= last]
    assert asked == sorted(landed)
    assert asked
    for request in tick.run_requests:
        assert request.asset_selection == [platform.key("raw_scan_events")]
        assert platform.do(request).success
    assert platform.look(LATE, cursor=tick.cursor).run_requests == []
    assert platform.look(LATE).run_requests == []  # a lost cursor asks for nothing twice
    day = TODAY - timedelta(days=3)
    assert not scans(platform.rows("raw_scan_events", day.isoformat())) - scans_of_day(day, YESTERDAY)


@pytest.mark.slow
def test_files_that_come_late_or_are_replaced_make_their_day_again(
    platform: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = list(map(back, range(10, 1, -1)))

    def seen(kind: str, day: str, on: date) -> list[bytes | None]:
        files = [file(0, carrier, f"{kind}_{day}.csv", on, since=SINCE) for carrier in DIALECTS]
        return [each and each.content for each in files]

    for day in days:  # each as it was on the day after it
        with world_on(date.fromisoformat(day) + timedelta(days=1), monkeypatch):
            assert platform.run(day).success
    with world_on(TODAY, monkeypatch):
        tick = platform.look(CHANGED)
        for kind, asset in (("shipments", "raw_shipments"), ("events", "raw_scan_events")):
            then = {day: seen(kind, day, date.fromisoformat(day) + timedelta(days=1)) for day in days}
            changed = [day for day in days if seen(kind, day, TODAY) != then[day]]
            requests = [one for one in tick.run_requests if one.asset_selection == [platform.key(asset)]]
            asked = asked_days(SimpleNamespace(run_requests=requests))
            assert changed
            assert [day for first, last in asked for day in [*days, back(1)] if first <= day <= last] == [
                *changed,
                back(1),  # yesterday was never made
            ]
        for request in tick.run_requests:
            assert platform.do(request).success
        assert platform.look(CHANGED).run_requests == []


@pytest.mark.slow
def test_running_again_fetches_no_file_and_changes_nothing(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(TODAY, monkeypatch) as simulator:
        platform.run(DAY)
        before, rows = platform.landed(), platform.rows("raw_scan_events")
        simulator.forget()
        assert platform.run(DAY).success
        assert set(simulator.requests) == {f"/carriers/{carrier}/" for carrier in DIALECTS}
    assert platform.landed() == before
    assert platform.rows("raw_scan_events") == rows


@pytest.mark.slow
def test_what_the_carriers_have_deleted_is_made_again_from_what_was_landed(
    platform: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world_on(TODAY, monkeypatch):
        platform.run(DAY)
        rows = platform.rows("raw_shipments")
    with world_on(AFTERWARDS, monkeypatch, since=AFTERWARDS):
        assert platform.run(DAY).success
    assert platform.rows("raw_shipments") == rows


def test_a_day_of_which_nothing_is_left_fails_and_says_so(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(AFTERWARDS, monkeypatch, since=AFTERWARDS):
        assert f"there is nothing of {DAY}" in failure_of(platform.run(DAY))


@pytest.mark.slow
def test_faults_of_all_kinds_are_survived(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(TODAY, monkeypatch) as simulator:
        simulator.set_faults(rate_429=0.25, rate_5xx=0.25, rate_reset=0.25, max_consecutive=4, retry_after_seconds=0)
        result = platform.run(DAY)
        assert result.success
        assert retries_of(result) == 0
        assert simulator.faults_served.total() > 3


def test_the_schedule_asks_for_the_day_that_has_ended(platform: Domain) -> None:
    request = platform.scheduled(datetime(2026, 11, 22, 2, 45, tzinfo=UTC))
    assert request.partition_key == request.run_key == "2026-11-21"
