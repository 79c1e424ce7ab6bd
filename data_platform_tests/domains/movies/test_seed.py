"""The past that a fresh laptop gets."""

from datetime import date, timedelta

import pyarrow as pa
import pytest

from data_platform.domains.movies.partitions import today
from data_platform.domains.movies.resources import TMDB_TOKEN_VARIABLE
from data_platform.domains.movies.seed import seed
from data_platform.simulator.serving import Simulator
from data_platform.simulator.shop.demand import on_sale
from data_platform.storage.delta import read_table
from data_platform_tests.domains.movies.conftest import CSV, HISTORY, PAGES, TOP, Platform

PAST = [today() - timedelta(days=back) for back in (3, 2, 1)]


def films_of(table: pa.Table, day: date) -> set[int]:
    return {row["id"] for row in table.to_pylist() if row["day"] == day}


@pytest.mark.slow
def test_past_days_get_everything_once_and_the_films_that_the_shop_sold_on_them(
    platform: Platform, simulator: Simulator
) -> None:
    assert platform.run().success  # as on a laptop: today first
    assert seed(platform.instance, days=3) == 3
    for key in (PAGES, CSV, TOP, HISTORY):
        assert platform.instance.get_materialized_partitions(key) == {day.isoformat() for day in [*PAST, today()]}
    compared = read_table(platform.store, "movies/rank_history_v1", partitions=[{"day": today().isoformat()}])
    assert compared["movement"].null_count == 0
    top = read_table(platform.store, "movies/top_movies_v1")
    assert all(films_of(top, day) == set(on_sale(simulator.settings.seed, day)) for day in PAST)
    simulator.forget()
    assert seed(platform.instance, days=3) == 0
    assert not simulator.requests


def test_tmdbs_own_past_is_never_made_up(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TMDB_TOKEN_VARIABLE, "a-token")
    assert seed(platform.instance, days=3) == 0
    assert not list(platform.store.list())
