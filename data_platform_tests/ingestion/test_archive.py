"""Landed input: kept for good, newest last, told apart by its mark."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.ingestion.archive import Archive, mark_of
from data_platform.ingestion.text_rows import read_rows
from data_platform.orchestration.ingestion.restatement import look_due
from data_platform.redaction import remember
from data_platform.storage.errors import Conflict
from data_platform.storage.objects.store import ObjectStore


@pytest.fixture
def archive(tmp_path) -> Archive:
    return Archive(ObjectStore.open(f"file://{tmp_path}"), "sales/landing/orders")


def test_the_newest_of_a_slot_is_found_and_earlier_ones_stay(archive: Archive) -> None:
    assert archive.newest("2026-11-20") is None
    first = archive.add("2026-11-20", b"one", mark_of("1"), ".csv", datetime(2026, 11, 21, tzinfo=UTC))
    second = archive.add("2026-11-20", b"two", mark_of("2"), ".csv", datetime(2026, 11, 22, tzinfo=UTC))
    archive.add("2026-11-21", b"three", mark_of("3"), ".csv")
    assert archive.newest("2026-11-20") == second
    assert (archive.read(first), archive.read(second)) == (b"one", b"two")
    assert second.taken_at == datetime(2026, 11, 22, tzinfo=UTC)


def test_nothing_that_was_landed_is_ever_replaced(archive: Archive) -> None:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    archive.add("2026-11-20", b"one", mark_of("1"), ".csv", moment)
    with pytest.raises(Conflict):
        archive.add("2026-11-20", b"other", mark_of("1"), ".csv", moment)


@pytest.mark.parametrize("extension", [".csv", ".json", ".jsonl", ".pages", ".txt", ".xml"])
def test_a_secret_that_a_server_sends_back_is_not_landed_in_any_kind_of_text(archive: Archive, extension: str) -> None:
    remember("s3nt-back-by-a-server")
    landed = archive.add("2026-11-20", b"you sent s3nt-back-by-a-server", mark_of("1"), extension)
    assert b"s3nt-back" not in archive.read(landed)


def test_marks_tell_their_parts_apart() -> None:
    assert mark_of("a", "bc") != mark_of("ab", "c")
    assert mark_of("a", 1, None) == mark_of("a", 1, None)


def test_a_look_is_due_once_a_day_from_its_time_on() -> None:
    def due(cursor: str | None, hour: int) -> str | None:
        not_before = datetime(2026, 1, 1, 3, tzinfo=UTC).time()
        return look_due(cursor, datetime(2026, 11, 22, hour, tzinfo=UTC), not_before)

    assert due(None, 4) == "2026-11-22"
    assert due("2026-11-22", 23) is None
    assert due("2026-11-21", 2) is None
    assert due("2026-11-21", 3) == "2026-11-22"


@given(st.text(max_size=200), st.sampled_from([",", ";"]))
def test_no_cell_of_any_text_is_lost(text: str, delimiter: str) -> None:
    for row in read_rows(text, delimiter, {"a": "a"}):
        assert set(row) == {"a", "_extra", "_line"}
        assert row["_line"] >= 1


def test_cells_beyond_the_headings_are_kept_and_missing_ones_are_null() -> None:
    first, second = read_rows("a;b\n1;2;3\n4\n", ";", {"a": "x", "b": "y"})
    assert (first["x"], first["y"], first["_extra"], first["_line"]) == ("1", "2", '{"#3": "3"}', 2)
    assert (second["x"], second["y"], second["_extra"]) == ("4", None, None)
