"""Ranks against the day before, and the week's movers."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from data_platform.domains.movies.chart import movers_png
from data_platform.domains.movies.movement import COLUMNS, movements, week_of_ranks
from data_platform_tests.domains.movies.examples import day_list

DAY = date(2026, 11, 21)
orders = st.lists(st.integers(min_value=1, max_value=25), min_size=1, max_size=15, unique=True)


def by_film(frame: pd.DataFrame) -> dict[int, str]:
    return dict(zip(frame["id"], frame["movement"], strict=True))


def test_new_up_down_same_and_out_are_told_apart() -> None:
    frame = movements(DAY, day_list([1, 3, 2, 5, 9]), day_list([1, 2, 3, 4, 5]))
    assert by_film(frame) == {1: "same", 3: "up", 2: "down", 5: "up", 9: "new", 4: "out"}
    assert frame["id"].tolist() == [1, 3, 2, 5, 9, 4]
    assert frame["change"].tolist()[:4] == [0, 1, -1, 1]
    assert frame["change"].isna().tolist() == [False] * 4 + [True] * 2


def test_the_frame_has_the_declared_columns_and_the_day() -> None:
    frame = movements(DAY, day_list([1, 2]), day_list([2, 1]))
    assert list(frame.columns) == list(COLUMNS)
    assert frame["date"].unique().tolist() == [DAY]


def test_without_the_day_before_nothing_is_said_of_movement() -> None:
    frame = movements(DAY, day_list([7, 8]), None)
    assert frame["rank"].tolist() == [1, 2]
    assert frame[["previous_rank", "change", "movement"]].isna().all().all()


def test_a_film_that_is_out_keeps_the_title_it_had() -> None:
    frame = movements(DAY, day_list([1, 2]), day_list([1, 3]))
    assert frame.loc[frame["id"] == 3, "title"].tolist() == ["Film 3"]


def test_lists_of_different_length_are_compared_over_the_shorter() -> None:
    frame = movements(DAY, day_list([1, 2]), day_list([1, 2, 3, 4]))
    assert by_film(frame) == {1: "same", 2: "same"}


@given(today=orders, yesterday=orders)
def test_every_film_of_either_day_occurs_once_and_changes_add_up(today: list[int], yesterday: list[int]) -> None:
    length = min(len(today), len(yesterday))
    frame = movements(DAY, day_list(today), day_list(yesterday))
    assert sorted(frame["id"]) == sorted({*today[:length], *yesterday[:length]})
    both = frame.dropna(subset=["rank", "previous_rank"])
    assert (both["change"] == both["previous_rank"] - both["rank"]).all()
    counts = frame["movement"].value_counts()
    assert counts.get("new", 0) == counts.get("out", 0)


def test_the_week_follows_the_films_that_moved_most() -> None:
    lists = {DAY - timedelta(days=1): day_list([1, 2, 3, 4]), DAY: day_list([4, 1, 2, 3])}
    ranks = week_of_ranks(DAY, lists, most=2)
    assert ranks.index.tolist() == [DAY - timedelta(days=1), DAY]
    assert ranks["Film 4"].tolist() == [4, 1]
    assert len(ranks.columns) == 2


def test_days_before_the_week_are_passed_over_and_one_day_has_no_movers() -> None:
    lists = {DAY - timedelta(days=7): day_list([1, 2]), DAY: day_list([2, 1])}
    assert week_of_ranks(DAY, lists).empty


def test_two_films_of_one_title_are_told_apart_by_their_number() -> None:
    lists = {
        DAY - timedelta(days=1): day_list([1, 2], title="Twins"),
        DAY: day_list([2, 1], title="Twins"),
    }
    assert sorted(week_of_ranks(DAY, lists).columns) == ["Twins (1)", "Twins (2)"]


def test_a_picture_is_drawn_of_titles_that_look_like_markup() -> None:
    lists = {
        DAY - timedelta(days=2): day_list([1, 2, 3], title="$\\frac{1}{2}$ & <b>more"),
        DAY: day_list([3, 1, 4], title="$\\frac{1}{2}$ & <b>more"),
    }
    assert movers_png(week_of_ranks(DAY, lists)).startswith(b"\x89PNG")
