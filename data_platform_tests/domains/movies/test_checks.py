"""The rules of a day's list: each is kept by a good list and names what breaks it."""

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.domains.movies.checks import RULES, findings, genres_named
from data_platform.domains.movies.ranking import ranked
from data_platform.storage.formats.csv import write_csv
from data_platform.storage.formats.frames import to_arrow
from data_platform_tests.domains.movies.examples import capture, day_list, film


def broken_by(change: Callable[[pd.DataFrame], pd.DataFrame], count: int = 100) -> dict[str, tuple[str, ...]]:
    return {f.rule: f.problems for f in findings(change(day_list(list(range(1, 101)))), count) if not f.passed}


def with_value(column: str, value: object, row: int = 4) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame[column] = frame[column].astype(object)
        frame.loc[row, column] = value
        return frame.infer_objects()

    return change


def test_a_good_list_keeps_every_rule() -> None:
    found = findings(day_list(list(range(1, 101))), 100)
    assert [f.rule for f in found] == list(RULES)
    assert all(f.passed for f in found)


def test_a_list_of_99_breaks_the_row_count_and_names_the_missing_rank() -> None:
    broken = broken_by(lambda frame: frame.head(99))
    assert broken == {"row_count": ("99 rows instead of 100",), "ranks_complete": ("rank 100 is missing",)}


def test_a_list_of_101_breaks_the_row_count() -> None:
    broken = broken_by(lambda frame: frame, count=99)
    assert broken == {"row_count": ("100 rows instead of 99",), "ranks_complete": ("rank 100 is beyond 1 to 99",)}


def test_a_film_that_occurs_twice_is_named() -> None:
    assert broken_by(with_value("id", 17)) == {"ids_unique": ("film 17 occurs 2 times",)}


def test_a_rank_that_occurs_twice_is_named() -> None:
    assert broken_by(with_value("rank", 4)) == {"ranks_complete": ("rank 5 is missing", "rank 4 occurs 2 times")}


@pytest.mark.parametrize("title", ["", "   ", None])
def test_a_film_without_title_is_named(title: object) -> None:
    assert broken_by(with_value("title", title)) == {"titles_present": ("film 5 has no title",)}


@pytest.mark.parametrize("text", ["2025-02-29", "2025-13-01", "20250301", "2025-W09-6", "soon", "2025-3-1", " "])
def test_a_release_date_that_is_no_date_is_named(text: str) -> None:
    assert broken_by(with_value("release_date", text)) == {
        "release_dates_real": (f"film 5 is released on {text!r}, which is no date",)
    }


@pytest.mark.parametrize("text", ["", "2024-02-29", "2031-12-24", "1895-12-28"])
def test_empty_and_future_release_dates_are_fine(text: str) -> None:
    assert broken_by(with_value("release_date", text)) == {}


@pytest.mark.parametrize(("column", "value"), [("vote_average", 10.1), ("vote_average", -0.1), ("vote_count", -1)])
def test_votes_out_of_range_are_named(column: str, value: float) -> None:
    broken = broken_by(with_value(column, value))
    assert list(broken) == ["votes_within_range"]
    assert broken["votes_within_range"][0].startswith("film 5 has an average of")


def test_what_tmdb_did_not_give_is_empty_and_breaks_no_rule() -> None:
    for name in ("vote_average", "vote_count", "adult", "popularity", "overview", "release_date"):
        gone = capture([film(number, **{name: None}) for number in range(1, 4)])
        frame = ranked(gone, 3)
        assert [finding.rule for finding in findings(frame, 3) if not finding.passed] == []
        assert write_csv(to_arrow(frame)).decode().count(",,") >= 3
        assert gone.films.drift.lines() == [f"`{name}` is null: 3 times"]


def test_a_few_genres_without_a_name_are_told_and_all_of_them_stop_the_day() -> None:
    assert genres_named([], {28}).passed
    assert not genres_named([77], {28}).stops
    assert genres_named([77], set()).stops


def test_problems_are_counted_all_and_listed_up_to_twenty() -> None:
    frame = day_list(list(range(1, 101)))
    frame["title"] = ""
    (finding,) = [f for f in findings(frame, 100) if not f.passed]
    assert (finding.violations, len(finding.problems)) == (100, 20)


@given(st.lists(st.integers(min_value=1, max_value=30), max_size=30))
def test_ids_are_unique_exactly_when_no_number_repeats(numbers: list[int]) -> None:
    frame = day_list([1]).iloc[[0] * len(numbers)].assign(id=numbers, rank=range(1, len(numbers) + 1))
    (finding,) = [f for f in findings(frame, len(numbers)) if f.rule == "ids_unique"]
    assert finding.passed == (len(set(numbers)) == len(numbers))
