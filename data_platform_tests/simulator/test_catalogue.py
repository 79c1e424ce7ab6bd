import re
import unicodedata
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.simulator.tmdb import ranking
from data_platform.simulator.tmdb.catalogue import BACKLIST, Film, film
from data_platform.simulator.tmdb.faults import Faults
from data_platform.simulator.tmdb.pages import list_page
from data_platform.simulator.tmdb.ranking import ListName, ranked
from data_platform_tests.examples import examples

DAY = date(2026, 3, 14)
NEXT = DAY + timedelta(days=1)
LIST_NAMES: tuple[ListName, ...] = ("popular", "top_rated", "trending")
days = st.sampled_from([DAY + timedelta(days=offset) for offset in range(6)])


def first_hundred(day: date = DAY, seed: int = 0, name: ListName = "popular") -> list[Film]:
    return [film(seed, standing.number) for standing in ranked(seed, day, name)[:100]]


@pytest.mark.slow
def test_ids_are_unique_and_unlike_small_consecutive_numbers() -> None:
    ids = [film(0, standing.number).id for standing in ranked(0, DAY, "popular")]
    assert len(set(ids)) == len(ids) > 10_000
    assert max(ids) > 1_000_000
    assert not any(abs(one - other) == 1 for one, other in pairwise(ids[:101]))


def test_another_seed_is_another_catalogue() -> None:
    assert not {one.id for one in first_hundred(seed=0)} & {other.id for other in first_hundred(seed=1)}


@pytest.mark.parametrize("day", [date(2020, 1, 1), DAY, date(2026, 11, 22), date(2099, 12, 31)])
@pytest.mark.parametrize("seed", [0, 42])
def test_every_days_first_hundred_has_what_trips_a_reader(day: date, seed: int) -> None:
    top = first_hundred(day, seed)
    titles = [one.title for one in top]
    assert {title[0] for title in titles} >= set("=+@-")
    assert {"NA", "None", "1894", "0047", "True"} <= set(titles)
    assert any("," in title for title in titles)
    assert any('"' in title for title in titles)
    assert any("\n" in one.overview and '"' in one.overview for one in top)
    assert any(one.overview == "" for one in top)
    assert any(one.genre_ids == () for one in top)
    assert any(one.release_date == "" for one in top)
    assert any(one.release_date is None for one in top)
    assert any(one.poster_path is None for one in top)
    assert any(one.backdrop_path is None for one in top)
    assert any((one.release_date or "") > day.isoformat() for one in top)
    assert any((s.vote_average, s.vote_count) == (10.0, 1) for s in ranked(seed, day, "popular")[:100])


def test_a_release_date_that_is_not_known_is_empty_or_absent_but_never_null() -> None:
    items = [item for page in range(1, 6) for item in list_page(0, DAY, "popular", page, Faults())["results"]]
    assert sum("release_date" not in item for item in items) >= 1
    assert all(re.fullmatch(r"(\d{4}-\d{2}-\d{2})?", item.get("release_date", "")) for item in items)


def test_original_titles_come_in_many_languages_and_scripts() -> None:
    films = [film(0, number) for number in range(2_000)]
    scripts = {
        unicodedata.name(letter).split()[0] for one in films for letter in one.original_title if letter.isalpha()
    }
    assert {"LATIN", "CYRILLIC", "CJK", "HIRAGANA", "HANGUL", "ARABIC", "HEBREW", "DEVANAGARI", "THAI"} <= scripts
    assert len({one.original_language for one in films}) >= 15


@given(seed=st.integers(), number=st.integers(0, BACKLIST + 20_000))
@settings(max_examples=examples(200))
def test_any_film_of_any_seed_is_well_formed(seed: int, number: int) -> None:
    one = film(seed, number)
    assert one.id > 1
    assert one.title.strip() == one.title != ""
    assert one.original_title
    assert len(one.genre_ids) == len(set(one.genre_ids))
    if one.release_date:
        date.fromisoformat(one.release_date)
    for path in (one.poster_path, one.backdrop_path):
        assert path is None or re.fullmatch(r"/[0-9A-Za-z]{27}\.jpg", path)


@pytest.mark.parametrize("name", LIST_NAMES)
def test_a_film_mostly_moves_by_a_few_ranks_a_day(name: ListName) -> None:
    before = [standing.number for standing in ranked(0, DAY, name)[:100]]
    after = [standing.number for standing in ranked(0, NEXT, name)[:100]]
    moves = sorted(abs(before.index(number) - after.index(number)) for number in before if number in after)
    assert len(moves) >= 85
    assert moves[len(moves) // 2] <= 5


def test_films_enter_and_leave_the_first_hundred_within_a_week() -> None:
    before, after = ({one.id for one in first_hundred(day)} for day in (DAY, DAY + timedelta(days=7)))
    assert 2 <= len(after - before) <= 30
    assert len(before) == len(after) == 100


def test_a_new_release_can_rise_into_the_first_hundred() -> None:
    since = (DAY - timedelta(days=45)).isoformat()
    assert any((one.release_date or "") > since for one in first_hundred())


@given(day=days)
@settings(max_examples=examples(6))
def test_votes_never_decrease_and_stay_in_range(day: date) -> None:
    later = {standing.number: standing for standing in ranking.standings(0, day + timedelta(days=1))}
    for standing in ranking.standings(0, day):
        assert 0 <= standing.vote_average <= 10
        if standing.number in later:
            assert later[standing.number].vote_count >= standing.vote_count


@given(day=days, name=st.sampled_from(LIST_NAMES), rate=st.floats(0, 1), first=st.integers(1, 480))
@settings(max_examples=examples(60))
def test_an_overlap_repeats_the_last_film_of_a_page_and_pushes_another_out(
    day: date, name: ListName, rate: float, first: int
) -> None:
    faults = Faults(overlap_rate=rate)
    pages = [
        [item["id"] for item in list_page(0, day, name, page, faults)["results"]] for page in range(first, first + 5)
    ]
    clean = [
        item["id"] for page in range(first, first + 5) for item in list_page(0, day, name, page, Faults())["results"]
    ]
    repeated = 0
    for before, after in pairwise(pages):
        common = set(before) & set(after)
        assert common in (set(), {before[-1]})
        assert not common or after[0] == before[-1]
        repeated += len(common)
    shown = [one for page in pages for one in page]
    assert all(len(page) == 20 for page in pages)
    assert len(set(shown)) == len(shown) - repeated
    if rate == 0:
        assert shown == clean
    if rate == 1:
        assert repeated == 4
        assert len(set(clean) - set(shown)) >= 4


@given(day=days, length=st.integers(0, 150), name=st.sampled_from(LIST_NAMES))
@settings(max_examples=examples(60))
def test_a_list_told_to_end_early_has_exactly_so_many_films(day: date, length: int, name: ListName) -> None:
    faults = Faults(list_ends_after=length)
    bodies = [list_page(0, day, name, page, faults) for page in range(1, 11)]
    assert len({item["id"] for body in bodies for item in body["results"]}) == length
    assert {body["total_results"] for body in bodies} == {length}
    assert {body["total_pages"] for body in bodies} == {max(1, -(-length // 20))}
