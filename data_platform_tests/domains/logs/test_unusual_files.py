"""Files that do what files do: end within a line, are renamed, have a line that is no line."""

import gzip
from dataclasses import replace

import dagster as dg
import pytest

from data_platform.domains.logs.settings import ZONE_VARIABLE
from data_platform_tests.domains.logs.location import EVENTS, REJECTED, Location, day, line, materialized

pytestmark = pytest.mark.slow

MIB = 1 << 20


def test_a_file_that_ends_within_a_line_again_and_again_is_right_every_time(logs: Location) -> None:
    lines = [line(number) for number in range(1, 5)]
    torn = len(b"192.0.2.1 - - [")
    for number, whole in enumerate(lines):
        logs.land("a.log", *lines[:number], whole[:torn])
        logs.settle()
        (undated,) = logs.rows(REJECTED)
        assert undated["offset"] == number * len(whole)
    logs.land("a.log", *lines)
    logs.settle()
    assert logs.rows(REJECTED) == []
    assert [row["date"] for row in sorted(logs.rows(EVENTS), key=lambda row: row["offset"])] == [
        day(number) for number in range(1, 5)
    ]


def test_a_file_that_ended_within_a_line_is_scanned_from_there_when_it_goes_on(logs: Location) -> None:
    first = [line(1, f"/{number}") for number in range(5_000)]
    logs.land("a.log", *first, line(2)[:60])
    logs.settle()
    logs.land("a.log", *first, line(2))
    scan, *made = logs.settle()
    (event,) = [event for event in scan.all_events if event.event_type_value == "ASSET_MATERIALIZATION"]
    assert event.materialization.metadata["bytes_scanned"].value == len(line(2))
    assert materialized(made) == [day(2)]


def test_a_renamed_file_counts_once_under_its_new_name(logs: Location) -> None:
    old = logs.land("access.log", line(1), line(2))
    logs.settle()
    new = old + ".1"
    move(logs, old, new)
    assert all(result.success for result in logs.settle())
    assert logs.places() == [(new, 0), (new, len(line(1)))]


def test_a_log_that_is_rotated_counts_once(logs: Location) -> None:
    old = logs.land("access.log", line(1), line(2))
    logs.settle()
    move(logs, old, old + ".1")
    logs.land("access.log", line(2, "/new"))
    assert all(result.success for result in logs.settle())
    assert logs.places() == [(old, 0), (old + ".1", 0), (old + ".1", len(line(1)))]


def move(logs: Location, old: str, new: str) -> None:
    """Rename a file as one does in a folder; in an S3, the copy has the ETag of what it is a copy of."""
    folder = logs.store.url.folder
    (folder / old).rename(folder / new)


@pytest.mark.parametrize("name", ["a.log", "a.log.gz"])
@pytest.mark.parametrize("start", [b"", b" ", line(2)[:-1], line(2)[:-2]], ids=["x", "space", "good", "unclosed"])
def test_a_line_longer_than_1_mib_is_rejected_and_the_others_are_events(
    logs: Location, start: bytes, name: str
) -> None:

    long = start + (start[:1].strip() or b" " if start == b" " else b"x") * 9 * MIB
    parts = [line(2) * 30, long, b"\n", line(2, "/after") * 30, b"\n"]
    text = b"".join(parts)
    key = logs.land(name, gzip.compress(text) if name.endswith("gz") else text)
    assert all(result.success for result in logs.settle())
    (row,) = logs.rows(REJECTED)
    assert (row["reason"], row["file"], row["offset"], row["line_number"]) == (
        "longer than 1 MiB",
        key,
        30 * len(line(2)),
        31,
    )
    assert row["raw"] == long[: 64 << 10]
    assert row["date"] == (day(2) if len(start) > 1 else "undated")
    assert len(logs.rows(EVENTS)) == 60


def test_another_zone_takes_nothing_away_before_it_has_given_something_else(
    logs: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.land("a.log", line(1, hour=23), line(3))
    logs.settle()
    monkeypatch.setenv(ZONE_VARIABLE, "Europe/Berlin")
    (scan,) = logs.look().run_requests
    assert scan.job_name == "logs_scan"
    logs.do(scan)
    logs.settle()
    assert sorted(row["date"] for row in logs.rows(EVENTS)) == [day(2), day(3)]


def test_an_instance_that_was_never_told_of_published_dates_is_told(logs: Location) -> None:
    logs.land("a.log", line(1), line(2))
    logs.settle()
    version = logs.version()
    with dg.DagsterInstance.ephemeral() as another:
        moved = replace(logs, instance=another, cursor=None)
        assert materialized(moved.settle()) == [day(1), day(2)]
        assert materialized([moved.make(day(1), day(2))]) == []
    assert logs.version() == version


def test_a_date_of_a_run_that_died_is_told_of_once(logs: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.land("a.log", line(1), line(2))
    logs.do(logs.look().run_requests[0])
    with monkeypatch.context() as dying:
        dying.setattr("data_platform.domains.logs.running._events", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert not logs.do(logs.look().run_requests[0]).success
    assert materialized([logs.make(day(1), day(2))]) == [day(1), day(2)]
    assert materialized([logs.make(day(1), day(2))]) == []
