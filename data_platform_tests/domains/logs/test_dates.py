"""Dates made: each by itself, every line accounted for, nothing made twice."""

from collections import Counter
from dataclasses import replace

import pytest

from data_platform.domains.logs.pseudonyms import KEY_VARIABLE
from data_platform.domains.logs.reconciliation import load_accounts, save_accounts
from data_platform.domains.logs.settings import REJECTED_VARIABLE, ZONE_VARIABLE
from data_platform_tests.domains.logs.location import EVENTS, REJECTED, Location, checks, day, line, materialized
from data_platform_tests.domains.logs.samples import MADE_UP, REAL
from data_platform_tests.domains.platforms import failure_of

BROKEN = b"this is no line of a log\n"


def test_samples_end_in_events_and_quarantine_with_every_line_accounted_for(
    logs: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REJECTED_VARIABLE, "0.5")  # of the made-up records one in twenty is torn
    samples = {sample.name: sample for sample in [*MADE_UP, *REAL]}
    for name, sample in samples.items():
        logs.land(name, sample.data)
    assert all(result.success for result in logs.settle())
    good = Counter(row["file"].rpartition("/")[2] for row in logs.rows(EVENTS))
    bad = Counter(row["file"].rpartition("/")[2] for row in logs.rows(REJECTED))
    assert {name: (good[name], bad[name]) for name in samples} == {
        name: (sample.good, sample.bad) for name, sample in samples.items()
    }
    for row in logs.rows(REJECTED):
        text = samples[row["file"].rpartition("/")[2]].data
        assert text[row["offset"] : row["offset"] + len(row["raw"])] == row["raw"]
        assert text[: row["offset"]].count(b"\n") + 1 == row["line_number"]


def test_a_rejected_line_is_kept_with_where_it_was_and_why(logs: Location) -> None:
    torn = line(1)[:60] + b"\n"
    key = logs.land("a.log", line(1) * 30, torn, BROKEN)
    assert all(result.success for result in logs.settle())
    found = {row["date"]: row for row in logs.rows(REJECTED)}
    assert found[day(1)]["file"] == key
    assert found[day(1)]["raw"] == torn[:-1]
    assert (found[day(1)]["offset"], found[day(1)]["line_number"]) == (30 * len(line(1)), 31)
    assert found["undated"]["reason"] == "no time"


@pytest.mark.slow
def test_a_date_of_too_many_broken_lines_is_not_published_and_the_others_are(logs: Location) -> None:
    logs.land("a.log", line(1) * 10, (line(2)[:60] + b"\n") * 2, line(2) * 10, line(3))
    results = logs.settle()
    assert materialized(results) == [day(1), day(3)]
    assert f"[{day(2)}] 2 of 12 lines cannot be read, more than 5.0%" in failure_of(results[-1])
    assert checks(results)["rejected_share"] is False
    assert checks(results)["every_line_accounted_for"] is True
    assert len(logs.rows(REJECTED, day(2))) == 2
    assert {row["date"] for row in logs.rows(EVENTS)} == {day(1), day(3)}


def test_the_share_of_broken_lines_that_is_borne_is_a_setting(logs: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REJECTED_VARIABLE, "0.5")
    logs.land("a.log", (line(2)[:60] + b"\n") * 2, line(2) * 10)
    assert all(result.success for result in logs.settle())
    assert len(logs.rows(EVENTS)) == 10


def test_a_rerun_with_nothing_changed_writes_nothing(logs: Location) -> None:
    logs.land("a.log", line(1), line(2), BROKEN)
    logs.settle()
    version = logs.version()
    again = logs.make(day(1), "undated")
    assert again.success
    assert logs.version() == version
    assert materialized([again]) == []


@pytest.mark.slow
def test_a_table_that_was_lost_is_made_again(logs: Location) -> None:
    logs.land("a.log", line(1), line(2))
    logs.settle()
    for one in list(logs.store.list(EVENTS)):
        logs.store.delete(one.path)
    assert logs.make(day(1), day(2)).success
    assert len(logs.rows(EVENTS)) == 2


def test_a_date_that_was_published_by_a_run_that_died_is_told_of_by_the_next(
    logs: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.land("a.log", line(1), line(2))
    (scan,) = logs.look().run_requests
    logs.do(scan)
    (request,) = logs.look().run_requests
    with monkeypatch.context() as dying:
        dying.setattr("data_platform.domains.logs.running._events", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert not logs.do(request).success
    assert len(logs.rows(EVENTS)) == 2
    again = logs.make(day(1), day(2))
    assert materialized([again]) == [day(1), day(2)]


@pytest.mark.slow
def test_a_file_deleted_between_scan_and_reading_fails_its_dates_alone(logs: Location) -> None:
    key = logs.land("a.log", line(1))
    logs.land("b.log", line(2))
    logs.do(logs.look().run_requests[0])
    requests = logs.look().run_requests
    logs.store.delete(key)
    results = [logs.do(request) for request in requests]
    assert f"[{day(1)}] {logs.store.uri(key)} was deleted after it was scanned" in failure_of(results[0])
    assert [row["date"] for row in logs.rows(EVENTS)] == [day(2)]
    logs.land("a.log", line(1, "/back"))
    logs.settle()
    assert len(logs.rows(EVENTS)) == 2


@pytest.mark.slow
def test_a_file_that_grows_between_scan_and_reading_gives_what_was_scanned(logs: Location) -> None:
    logs.land("a.log", line(1), line(2))
    logs.do(logs.look().run_requests[0])
    requests = logs.look().run_requests
    logs.land("a.log", line(1), line(2), line(2, "/new"))
    assert all(logs.do(request).success for request in requests)
    assert sorted(row["path"] for row in logs.rows(EVENTS)) == ["/", "/"]
    logs.settle()
    assert sorted(row["path"] for row in logs.rows(EVENTS)) == ["/", "/", "/new"]


@pytest.mark.slow
def test_a_zone_of_ones_own_decides_which_date_a_line_has(logs: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.land("a.log", line(1, hour=23))
    logs.settle()
    monkeypatch.setenv(ZONE_VARIABLE, "Europe/Berlin")
    logs.settle()
    assert [row["date"] for row in logs.rows(EVENTS)] == [day(2)]


def test_with_a_key_no_address_is_in_any_column_and_versions_stay_what_they_are(
    logs: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a key that nobody guesses")
    agent = b"Mozilla/5.0 Chrome/120.0.0.0 (192.0.2.1)"
    odd = line(1, "/of/192.0.2.9?ip=2001:db8::7&v=1.2.3", client="shop.example 192.0.2.1, 192.0.2.77")
    logs.land("a.log", odd.replace(b"Mozilla/5.0 (X11)", agent).replace(b'"-"', b'"http://192.0.2.8:80/"'))
    logs.settle()
    (row,) = logs.rows(EVENTS)
    text = " ".join(str(value) for value in row.values())
    assert "192.0.2" not in text
    assert "2001:db8" not in text
    assert "Chrome/120.0.0.0" in row["agent"]
    assert row["query"].endswith("&v=1.2.3")
    assert row["client"] in row["agent"]
    assert row["extra"].startswith("shop.example ")


@pytest.mark.slow
def test_clients_are_published_under_another_name_where_a_key_is_set(
    logs: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a key that nobody guesses")
    logs.land("a.log", line(1, client="192.0.2.1"), line(2, client="192.0.2.1"), line(2, client="192.0.2.2"))
    logs.settle()
    names = [row["client"] for row in sorted(logs.rows(EVENTS), key=lambda row: row["offset"])]
    assert names[0] == names[1] != names[2]
    assert all("192.0.2" not in name and len(name) == 32 for name in names)
    monkeypatch.delenv(KEY_VARIABLE)
    logs.make(day(1), day(2))
    assert {row["client"] for row in logs.rows(EVENTS)} == {"192.0.2.1", "192.0.2.2"}


@pytest.mark.slow
def test_a_large_date_is_published_piece_by_piece_with_the_same_result(
    logs: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line(number % 2 + 1, f"/{number}") for number in range(3_000)]
    logs.land("a.log", *lines, b"\n" * 3)
    monkeypatch.setattr("data_platform.domains.logs.publisher.LARGE_LINES", 1_000)
    monkeypatch.setattr("data_platform.domains.logs.chunks.CHUNK_BYTES", 10_000)
    assert all(result.success for result in logs.settle())
    assert sorted(row["path"] for row in logs.rows(EVENTS)) == sorted(f"/{number}" for number in range(3_000))
    accounts = load_accounts(logs.store).values()
    assert (sum(one.lines for one in accounts), sum(one.blank for one in accounts)) == (3_003, 3)


@pytest.mark.slow
def test_the_merge_has_every_date_of_the_calendar_and_loses_nothing(logs: Location) -> None:
    logs.land("a.log", line(1) * 3, line(4), BROKEN, b"\n")
    logs.settle()
    assert logs.materialize("logs/daily_traffic_v1", day(1), "undated").success
    assert logs.materialize("logs/traffic_summary_v1").success
    rows = {row["date"]: row for row in logs.rows("logs/traffic_summary_v1")}
    assert sorted(rows) == [day(1), day(2), day(3), day(4), "undated"]
    assert [rows[day(number)]["hits"] for number in range(1, 5)] == [3, 0, 0, 1]
    assert rows[day(2)]["note"] == "no log line of this date arrived"
    assert rows["undated"]["total_lines"] == 6
    assert sum(row["lines"] for row in rows.values()) == 6


@pytest.mark.slow
def test_a_date_whose_lines_do_not_add_up_is_no_part_of_the_merge(logs: Location) -> None:
    logs.land("a.log", line(1) * 3)
    logs.settle()
    (account,) = load_accounts(logs.store).values()
    save_accounts(logs.store, [replace(account, scanned=4)])
    result = logs.materialize("logs/daily_traffic_v1", day(1))
    assert "1 rule of its contract is broken" in failure_of(result)
