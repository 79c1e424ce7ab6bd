"""The movies' products by themselves: typed lists, ranks against the day before, and the week's picture."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.contracts.lint import lint
from data_platform.orchestration.products.picture import draw
from data_platform.products.folder import read_product
from data_platform.products.testing import DOMAINS, RunResult, run
from data_platform.storage.formats.csv import read_csv, write_csv
from data_platform.storage.formats.frames import from_arrow, to_arrow
from data_platform_tests.domains.movies.examples import day_list
from data_platform_tests.examples import examples

DAY: Final = date(2026, 11, 21)
YESTERDAY: Final = DAY - timedelta(days=1)
FILM: Final = {
    "list": "popular",
    "rank": "1",
    "id": "603",
    "title": "=Metropolis",
    "original_title": "Metropolis",
    "language": "de",
    "release_date": "1927-01-10",
    "genres": "Drama|Science Fiction",
    "popularity": "12.5",
    "vote_average": "8.2",
    "vote_count": "2800",
    "adult": "false",
    "poster_path": "/m.jpg",
    "overview": "A city.",
}

Films = Sequence[int]
orders = st.lists(st.integers(min_value=1, max_value=25), min_size=1, max_size=15, unique=True)


def top(*films: Mapping[str, Any], partition: str = "2026-11-21") -> RunResult:
    return run("movies/top_movies_v1", {"movies.top_movies_csv": list(films)}, partition=partition)


def ranked(day: date, films: Films, name: str = "popular", title: str = "Film") -> list[dict[str, Any]]:
    return [
        {"day": day, "list": name, "id": film, "title": f"{title} {film}", "rank": rank}
        for rank, film in enumerate(films, start=1)
    ]


def history(today: Films, yesterday: Films | None = None) -> RunResult:
    rows = ranked(DAY, today) + ranked(YESTERDAY, yesterday or [], title="Old")
    return run("movies/rank_history_v1", {"films": rows}, partition=DAY.isoformat())


def by_film(made: RunResult, column: str = "movement") -> dict[int, Any]:
    return {row["id"]: row[column] for row in made.rows}


def broken(made: RunResult) -> set[str]:
    return {one.check.name for one in made.report.failures}


@pytest.mark.parametrize("product", ["top_movies_v1", "rank_history_v1"])
def test_the_contracts_are_without_a_doubt_and_carry_tmdbs_notice(product: str) -> None:
    folder = DOMAINS / "movies" / product
    assert lint(folder / "contract.odcs.yaml") == []
    found = read_product(folder)
    assert found.warnings == ()
    limitations = found.contract.description.limitations if found.contract.description else ""
    assert "uses the TMDB API but is not endorsed or certified by TMDB" in (limitations or "")


def test_a_list_is_typed_and_has_its_day() -> None:
    made = top(FILM)
    assert made.report.passed
    (row,) = made.rows
    assert (row["day"], row["rank"], row["id"], row["title"]) == (DAY, 1, 603, "=Metropolis")
    assert (row["release_date"], row["popularity"], row["vote_average"]) == (date(1927, 1, 10), 12.5, 8.2)
    assert (row["vote_count"], row["adult"]) == (2800, False)


def test_what_tmdb_does_not_know_is_null() -> None:
    unknown = dict.fromkeys(("release_date", "genres", "poster_path", "overview", "original_title"))
    made = top(FILM | unknown)
    assert made.report.passed
    assert {name: made.rows[0][name] for name in unknown} == unknown


def test_the_rows_of_a_days_file_keep_the_contract() -> None:
    made = top(*read_csv(write_csv(to_arrow(day_list([5, 3, 8])))).to_pylist())
    assert made.report.passed
    assert by_film(made, "rank") == {5: 1, 3: 2, 8: 3}


def test_lists_of_a_day_stand_side_by_side() -> None:
    assert top(FILM, FILM | {"list": "trending"}).report.passed


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({"list": "worst"}, {"list_known"}),
        ({"vote_average": "10.5"}, {"vote_average_maximum"}),
        ({"vote_average": "-1"}, {"vote_average_minimum"}),
        ({"vote_count": "many"}, {"vote_count_required"}),
        ({"title": "  "}, {"title_pattern"}),
        ({"title": None}, {"title_required"}),
        ({"adult": "maybe"}, {"adult_required"}),
        ({"rank": "2"}, {"ranks_without_a_gap"}),
        ({"language": "klingon"}, {"language_two_letters"}),
    ],
)
def test_a_list_that_is_wrong_breaks_the_rule_that_says_so(change: Mapping[str, Any], rules: set[str]) -> None:
    assert broken(top(FILM | change)) == rules


def test_an_odd_language_is_told_and_stops_nothing() -> None:
    assert top(FILM | {"language": "sr-Latn"}).report.passed


def test_a_film_or_a_rank_that_comes_twice_is_refused() -> None:
    assert broken(top(FILM, FILM | {"rank": "2"})) == {"primary_key"}
    assert broken(top(FILM, FILM | {"id": "604"})) == {"every_rank_once", "ranks_without_a_gap"}


def test_a_release_date_that_is_none_fails_naming_the_file_and_the_film() -> None:
    with pytest.raises(Exception, match=r"transform\.sql:\d+: .* read as DATE: '1927-02-30' where .* id is 603"):
        top(FILM | {"release_date": "1927-02-30"})


def test_new_up_down_same_and_out_are_told_apart() -> None:
    made = history([1, 3, 2, 5, 9], [1, 2, 3, 4, 5])
    assert made.report.passed
    assert by_film(made) == {1: "same", 3: "up", 2: "down", 5: "up", 9: "new", 4: "out"}
    assert [row["id"] for row in made.rows] == [1, 3, 2, 5, 9, 4]
    assert [row["change"] for row in made.rows] == [0, 1, -1, 1, None, None]


def test_without_the_day_before_nothing_is_said_of_movement() -> None:
    made = history([7, 8])
    assert made.report.passed
    assert [(row["rank"], row["previous_rank"], row["change"], row["movement"]) for row in made.rows] == [
        (1, None, None, None),
        (2, None, None, None),
    ]


def test_a_film_that_is_out_keeps_the_title_it_had() -> None:
    assert by_film(history([1, 2], [1, 3]), "title") == {1: "Film 1", 2: "Film 2", 3: "Old 3"}


def test_lists_of_different_length_are_compared_over_the_shorter() -> None:
    assert by_film(history([1, 2], [1, 2, 3, 4])) == {1: "same", 2: "same"}
    assert by_film(history([1, 2, 3], [2])) == {1: "new", 2: "out"}


def test_each_list_is_compared_with_itself_and_one_that_was_not_taken_today_has_no_rows() -> None:
    rows = [
        *ranked(DAY, [1, 2]),
        *ranked(DAY, [2, 1], "trending"),
        *ranked(YESTERDAY, [2, 1], "trending"),
        *ranked(YESTERDAY, [1], "top_rated"),
    ]
    made = run("movies/rank_history_v1", {"films": rows}, partition=DAY.isoformat())
    assert made.report.passed
    found = [(row["list"], row["id"], row["movement"]) for row in made.rows]
    assert found == [("popular", 1, None), ("popular", 2, None), ("trending", 2, "same"), ("trending", 1, "same")]


def test_a_day_without_films_is_refused() -> None:
    made = run("movies/rank_history_v1", {"films": ranked(YESTERDAY, [1])}, partition=DAY.isoformat())
    assert "not_empty" in broken(made)


@given(today=orders, yesterday=orders)
@settings(max_examples=examples(15))
def test_every_film_of_either_day_occurs_once_and_changes_add_up(today: list[int], yesterday: list[int]) -> None:
    length = min(len(today), len(yesterday))
    made = history(today, yesterday)
    assert made.report.passed
    assert sorted(row["id"] for row in made.rows) == sorted({*today[:length], *yesterday[:length]})
    for row in made.rows:
        both = row["rank"] and row["previous_rank"]
        assert row["change"] == (row["previous_rank"] - row["rank"] if both else None)


def picture(*rows: Mapping[str, Any]) -> bytes:
    product = read_product(DOMAINS / "movies" / "rank_history_v1")
    assert product.picture is not None
    columns = list(product.picture.columns)
    table = pa.Table.from_pylist(list(rows)) if rows else to_arrow(pd.DataFrame(columns=columns).astype("string"))
    return draw(product, product.picture, table.select(columns))


def movers(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    from data_platform.products.python_module import imported  # noqa: PLC0415 - as a run imports it

    module = imported(Path(DOMAINS / "movies" / "rank_history_v1" / "picture.py"), "test")
    frame: pd.DataFrame = module._movers(from_arrow(pa.Table.from_pylist(list(rows))))
    return frame


def test_the_picture_follows_the_films_that_moved_most() -> None:
    ranks = movers(ranked(YESTERDAY, [1, 2, 3, 4]) + ranked(DAY, [4, 1, 2, 3]))
    assert ranks.index.tolist() == [YESTERDAY, DAY]
    assert ranks.columns[0] == "Film 4"
    assert ranks["Film 4"].tolist() == [4, 1]
    assert movers(ranked(YESTERDAY, [1, 2]) + ranked(DAY, [1, 2, 3])).columns.empty


def test_two_films_of_one_title_are_told_apart_by_their_number() -> None:
    rows = [row | {"title": "Twins"} for row in ranked(YESTERDAY, [1, 2]) + ranked(DAY, [2, 1])]
    assert sorted(movers(rows).columns) == ["Twins (1)", "Twins (2)"]


def test_a_picture_is_drawn_of_titles_that_look_like_markup_and_of_a_film_that_is_out() -> None:
    odd = "$\\frac{1}{2}$ & <b>more"
    rows = ranked(YESTERDAY, [1, 2, 3], title=odd) + ranked(DAY, [3, 1], title=odd)
    assert picture(*rows, {"day": DAY, "list": "popular", "id": 2, "title": odd, "rank": None})


def test_a_first_day_is_a_picture_that_says_so() -> None:
    one_day = picture(*ranked(DAY, [1, 2, 3]))
    assert one_day != picture(*ranked(YESTERDAY, [1, 2, 3]), *ranked(DAY, [3, 2, 1]))
    assert picture(*ranked(DAY, [1], "trending")) != one_day
