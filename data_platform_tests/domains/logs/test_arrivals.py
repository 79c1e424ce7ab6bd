"""From files that arrive to events: what the sensor asks for, and what it does not."""

import bz2
import gzip
from datetime import UTC, datetime, timedelta

import pytest

from data_platform.domains.logs.landing import sorted_out
from data_platform.domains.logs.settings import SETTLE_VARIABLE, settings
from data_platform.storage.objects.store import ObjectInfo
from data_platform_tests.domains.logs.location import EVENTS, REJECTED, Location, checks, day, line, materialized
from data_platform_tests.shown import shown


def test_an_empty_landing_folder_is_waited_for_and_the_ui_says_so(logs: Location) -> None:
    tick = logs.look()
    assert not tick.run_requests
    assert "no log files in file://" in tick.skip_message


def test_files_become_partitions_by_date_and_every_line_an_event(logs: Location) -> None:
    key = logs.land("web-1/access.log", line(1), line(2, "/a"), line(2, "/b"), line(1, "/late"))
    assert all(result.success for result in logs.settle())
    assert logs.dates() == [day(1), day(2)]
    size = len(line(1))
    assert logs.places() == [
        (key, 0),
        (key, size),
        (key, size + len(line(2, "/a"))),
        (key, size + 2 * len(line(2, "/a"))),
    ]
    assert sorted(row["path"] for row in logs.rows(EVENTS, day(1))) == ["/", "/late"]


@pytest.mark.slow
def test_nothing_is_asked_for_twice(logs: Location) -> None:
    logs.land("a.log", line(1))
    assert len(logs.settle()) == 2, "a scan and a date"
    tick = logs.look()
    assert not tick.run_requests
    assert "all 1 files are scanned, and every date was asked for" in tick.skip_message


@pytest.mark.slow
def test_a_sensor_that_forgot_everything_changes_nothing(logs: Location) -> None:
    logs.land("a.log", line(1), line(2))
    logs.settle()
    version, logs.cursor = logs.version(), None
    again = logs.settle()
    assert all(result.success for result in again)
    assert logs.version() == version
    assert materialized(again) == []


def test_one_late_line_costs_one_date(logs: Location) -> None:
    first = [line(number) for number in range(1, 10)]
    logs.land("a.log", *first)
    logs.settle()
    logs.land("a.log", *first, line(4, "/late"))
    again = logs.settle()
    assert materialized(again) == [day(4)]
    assert len(logs.rows(EVENTS)) == 10


@pytest.mark.slow
def test_a_grown_file_is_scanned_where_it_grew(logs: Location) -> None:
    first = [line(1, f"/{number}") for number in range(5_000)]
    logs.land("a.log", *first)
    logs.settle()
    logs.land("a.log", *first, line(2))
    scan, _ = logs.settle()
    (made,) = [event for event in scan.all_events if event.event_type_value == "ASSET_MATERIALIZATION"]
    assert made.materialization.metadata["bytes_scanned"].value == len(line(2))


@pytest.mark.slow
def test_a_file_that_ended_within_a_line_is_right_when_it_goes_on(logs: Location) -> None:
    whole = line(1) + line(2, "/whole")
    logs.land("a.log", whole[:-30])
    logs.settle()
    logs.land("a.log", whole, line(3))
    logs.settle()
    assert sorted(row["path"] for row in logs.rows(EVENTS)) == ["/", "/", "/whole"]
    assert logs.rows(REJECTED) == []


@pytest.mark.slow
def test_a_replaced_file_takes_its_old_lines_away(logs: Location) -> None:
    logs.land("a.log", line(1, "/old"), line(2, "/old"))
    logs.land("b.log", line(1, "/other"))
    logs.settle()
    logs.land("a.log", line(3, "/new") * 3)
    again = logs.settle()
    assert materialized(again) == [day(1), day(2), day(3)]
    assert sorted(row["path"] for row in logs.rows(EVENTS)) == ["/new", "/new", "/new", "/other"]


@pytest.mark.slow
def test_a_cut_file_takes_its_lost_lines_away(logs: Location) -> None:
    logs.land("a.log", line(1), line(2))
    logs.settle()
    logs.land("a.log", line(1))
    logs.settle()
    assert [row["date"] for row in logs.rows(EVENTS)] == [day(1)]


@pytest.mark.slow
def test_what_was_published_of_a_deleted_file_stays(logs: Location) -> None:
    key = logs.land("a.log", line(1))
    logs.settle()
    logs.store.delete(key)
    logs.land("b.log", line(2))
    logs.settle()
    assert sorted(row["date"] for row in logs.rows(EVENTS)) == [day(1), day(2)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.log", "a.log.gz", "a.log.bz2"])
def test_compressed_files_are_read_as_well(logs: Location, name: str) -> None:
    text = b"".join(line(number % 3 + 1, f"/{number}") for number in range(200))
    logs.land(name, {"gz": gzip.compress, "bz2": bz2.compress}.get(name.rpartition(".")[2], bytes)(text))
    assert all(result.success for result in logs.settle())
    assert sorted(row["path"] for row in logs.rows(EVENTS)) == sorted(f"/{number}" for number in range(200))


def test_a_corrupt_file_is_named_and_the_others_are_processed(logs: Location) -> None:
    logs.land("bad.log.gz", gzip.compress(line(1) * 1000)[:-10])
    logs.land("good.log", line(2))
    results = logs.settle()
    assert checks(results)["files_readable"] is False
    (evaluation,) = [one for one in results[0].get_asset_check_evaluations() if one.check_name == "files_readable"]
    assert "bad.log.gz: This gzip file cannot be decompressed" in shown(evaluation.description or "")
    assert [row["date"] for row in logs.rows(EVENTS)] == [day(2)]
    assert "1 cannot be read: logs/landing/bad.log.gz" in logs.look().skip_message
    logs.land("bad.log.gz", gzip.compress(line(1)))
    assert checks(logs.settle())["files_readable"] is True
    assert len(logs.rows(EVENTS)) == 2


def test_empty_files_folders_and_hidden_files_are_no_trouble(logs: Location) -> None:
    logs.land("empty.log", b"")
    logs.land("_SUCCESS", b"")
    logs.land("good.log", line(1))
    results = logs.settle()
    assert all(result.success for result in results)
    assert checks(results)["raw_data_present"] is True
    assert len(logs.rows(EVENTS)) == 1


def test_a_key_that_looks_like_a_folder_is_no_file() -> None:
    now = datetime.now(UTC)
    landing = sorted_out(
        [ObjectInfo("logs/landing/web-1/", 0, now), ObjectInfo("logs/landing/a", 1, now)], settings(), now
    )
    assert landing.ignored == ("logs/landing/web-1/",)
    assert landing.keys == {"logs/landing/a"}


def test_a_file_of_which_no_line_is_a_log_line_ends_in_quarantine(logs: Location) -> None:
    logs.land("photo.log", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10)
    logs.land("good.log", line(1))
    results = logs.settle()
    assert all(result.success for result in results)
    assert logs.dates() == [day(1), "undated"]
    assert {row["reason"] for row in logs.rows(REJECTED)} <= {"no time"}
    assert {row["date"] for row in logs.rows(REJECTED)} == {"undated"}


@pytest.mark.slow
def test_the_same_content_under_two_names_counts_once(logs: Location) -> None:
    logs.land("a.log", line(1))
    logs.settle()
    logs.land("copy.log", line(1))
    results = logs.settle()
    if any(file.etag for file in logs.store.list("logs/landing") if file.etag and "-" not in file.etag):
        assert checks(results)["no_file_twice"] is False


def test_a_growing_file_is_waited_for_unless_it_is_marked_complete(
    logs: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTLE_VARIABLE, "3600")
    logs.land("a.log", line(1))
    tick = logs.look()
    assert not tick.run_requests
    assert "1 files in" in tick.skip_message
    assert "are still being written: logs/landing/a.log" in tick.skip_message
    logs.land("a.log.complete")
    assert logs.settle()
    assert len(logs.rows(EVENTS)) == 1


def test_a_settled_file_is_one_that_nobody_wrote_for_a_while() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    files = [ObjectInfo(f"logs/landing/{age}", 1, now - timedelta(seconds=age)) for age in (0, 9, 10, 11)]
    assert sorted(sorted_out(files, settings(), now).settled) == ["logs/landing/10", "logs/landing/11"]


def test_a_scan_that_was_asked_for_and_did_not_happen_is_asked_for_again_later(
    logs: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.land("a.log", line(1))
    (first,) = logs.look().run_requests
    tick = logs.look()
    assert not tick.run_requests
    assert "a scan of 1 files was asked for and is not done" in tick.skip_message
    monkeypatch.setattr("data_platform.domains.logs.schedules.RETRY_SECONDS", 0)
    (second,) = logs.look().run_requests
    assert first.run_key != second.run_key


@pytest.mark.slow
def test_dates_that_follow_each_other_go_in_one_run(logs: Location) -> None:
    logs.land("a.log", *(line(number) for number in range(1, 8)))
    logs.settle()
    logs.land("b.log", line(2), line(3), line(6))
    logs.do(logs.look().run_requests[0])
    asked = [
        (one.tags["dagster/asset_partition_range_start"], one.tags["dagster/asset_partition_range_end"])
        for one in logs.look().run_requests
    ]
    assert asked == [(day(2), day(3)), (day(6), day(6))]
