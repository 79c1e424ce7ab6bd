"""Files that have rows of past days too: each row is of its day, and a day follows what later files say of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data_platform.ingestion.sources.late_rows import day_of
from data_platform_tests.domains.platforms import Domain, asked_days, back, failure_of
from data_platform_tests.own_sources import platform_of, values, write_source

SOURCE = """
source: {type: files, url: "INBOX/{north,south}/events_{day}.csv"}
partition: {column: at, late_days: 2}
restated_days: 10
empty: allowed
columns: {id: string, at: string}
"""
CHANGES = "acme_raw_events_changes"
LATE = "acme_raw_events_late_rows"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "in"


@pytest.fixture
def platform(tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Domain]:
    source = write_source(tmp_path, "raw_events", SOURCE.replace("INBOX", str(inbox)))
    with platform_of(tmp_path / "store", monkeypatch, source) as platform:
        yield platform


def a_file(inbox: Path, days_ago: int, *rows: tuple[str, str], of: str = "north") -> Path:
    file = inbox / of / f"events_{back(days_ago)}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("id,at\n" + "".join(f"{name},{at}\n" for name, at in rows))
    return file


def at(days_ago: int) -> str:
    return f"{back(days_ago)}T12:00:00Z"


def test_a_row_is_of_the_day_that_it_says_and_of_its_files_where_that_cannot_be(platform: Domain, inbox: Path) -> None:
    a_file(inbox, 4, ("a", at(4)))
    a_file(inbox, 3, ("b", at(3)), ("late", at(4)), ("words", "not captured"), ("early", at(1)))
    a_file(inbox, 2, ("c", at(2)), ("latest", f"{back(4)} 23:30:00-00:00"), ("older", at(5)), of="south")
    assert platform.run(back(4), back(2)).success
    assert values(platform, "raw_events", "id", back(4)) == ["a", "late", "latest"]
    assert values(platform, "raw_events", "id", back(3)) == ["b", "early", "words"]
    assert values(platform, "raw_events", "id", back(2)) == ["c", "older"]
    (source,) = {row["_source"] for row in platform.rows("raw_events", back(4)) if row["id"] == "late"}
    assert f"events_{back(3)}.csv" in source


def test_a_past_day_is_made_again_when_its_share_of_a_later_file_is_new_or_changed_and_then_alone(
    platform: Domain, inbox: Path
) -> None:
    for days_ago in (5, 4, 3):
        a_file(inbox, days_ago, (f"of {days_ago}", at(days_ago)))
    assert platform.run(back(5), back(3)).success
    tick = platform.look(LATE)
    assert tick.run_requests == []

    file = a_file(inbox, 2, ("late", at(4)), ("of 2", at(2)))
    assert platform.run(back(2)).success
    tick = platform.look(LATE, cursor=tick.cursor)
    assert asked_days(tick) == [(back(4), back(4))]
    landed = file.read_text()
    file.unlink()  # the run needs what was landed alone
    (request,) = tick.run_requests
    assert platform.do(request).success
    assert values(platform, "raw_events", "id", back(4)) == ["late", "of 4"]
    assert platform.look(LATE).run_requests == []  # a lost cursor asks for nothing twice

    file.write_text(landed.replace("of 2", "changed"))
    (changed,) = platform.look(CHANGES).run_requests
    assert platform.do(changed).success
    assert platform.look(LATE, cursor=tick.cursor).run_requests == []  # what it has of other days has not moved

    file.write_text(landed.replace("late", "later"))
    (changed,) = platform.look(CHANGES).run_requests
    assert platform.do(changed).success
    (request,) = platform.look(LATE).run_requests
    assert platform.do(request).success
    assert values(platform, "raw_events", "id", back(4)) == ["later", "of 4"]

    file.write_text("id,at\n")
    (changed,) = platform.look(CHANGES).run_requests
    assert platform.do(changed).success
    (request,) = platform.look(LATE).run_requests
    assert platform.do(request).success
    assert values(platform, "raw_events", "id", back(4)) == ["of 4"]
    assert platform.look(LATE).run_requests == []


def test_a_late_row_of_a_day_that_was_never_made_is_there_when_it_is(platform: Domain, inbox: Path) -> None:
    a_file(inbox, 2, ("late", at(3)))
    a_file(inbox, 3, ("of 3", at(3)))
    assert platform.run(back(2)).success
    assert platform.look(LATE).run_requests == []
    assert platform.run(back(3)).success
    assert values(platform, "raw_events", "id", back(3)) == ["late", "of 3"]


def test_a_file_that_is_not_there_yet_is_told_and_makes_its_day_again_when_it_comes(
    platform: Domain, inbox: Path
) -> None:
    a_file(inbox, 3, ("of north", at(3)))
    result = platform.run(back(3))
    assert result.success
    (told,) = (check for check in result.get_asset_check_evaluations() if check.check_name == "no_file_missing")
    (missing,) = told.metadata["problems"].value
    assert (told.passed, missing.endswith(f"/south/events_{back(3)}.csv")) == (False, True)
    a_file(inbox, 3, ("of south", at(3)), of="south")
    (request,) = platform.look(CHANGES).run_requests
    again = platform.do(request)
    (told,) = (check for check in again.get_asset_check_evaluations() if check.check_name == "no_file_missing")
    assert told.passed
    assert values(platform, "raw_events", "id", back(3)) == ["of north", "of south"]
    assert f"there is nothing of {back(6)}" in failure_of(platform.run(back(6)))


def test_a_file_that_does_not_say_of_which_day_a_row_is_is_refused(platform: Domain, inbox: Path) -> None:
    file = a_file(inbox, 3, ("a", at(3)))
    file.write_text(file.read_text().replace("id,at", "id,when"))
    assert "column at is missing" in failure_of(platform.run(back(3)))


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-18", "2026-11-18"),
        (" 2026-11-18T23:30:00Z", "2026-11-18"),
        ("2026-11-18T23:30:00-02:00", "2026-11-19"),
        ("2026-11-18 01:00", "2026-11-18"),
        ("N/A", None),
        ("2026-02-30", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_the_day_of_a_value_is_in_utc(value: object, day: str | None) -> None:
    assert day_of(value) == day
