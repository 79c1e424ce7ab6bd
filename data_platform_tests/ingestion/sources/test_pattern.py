"""Which files a pattern means, and of which day."""

from datetime import date

import pytest

from data_platform.ingestion.sources.files.pattern import Pattern


@pytest.mark.parametrize(
    ("pattern", "path", "day"),
    [
        ("in/*.csv", "in/a.csv", ""),
        ("in/*.csv", "in/b/a.csv", None),
        ("in/**/*.csv", "in/b/c/a.csv", ""),
        ("in/**/*.csv", "in/a.csv", ""),
        ("in/a.csv", "in/aXcsv", None),
        ("in/orders_{day}.csv", "in/orders_2026-11-30.csv", "2026-11-30"),
        ("in/orders_{day}*.csv", "in/orders_2026-11-30_2.csv", "2026-11-30"),
        ("in/{day:%Y/%m/%d}/*.csv", "in/2026/11/30/x.csv", "2026-11-30"),
        ("in/{day:%Y%m%d}.csv", "in/20261130.csv", "2026-11-30"),
        ("in/{day}.csv", "in/2026-13-45.csv", None),
        ("{day}/x_{day:%Y%m%d}.csv", "2026-11-30/x_20261130.csv", "2026-11-30"),
        ("{day}/x_{day:%Y%m%d}.csv", "2026-11-30/x_20261129.csv", None),
        ("{dhl,d.p.d}/{day}.csv", "dhl/2026-11-30.csv", "2026-11-30"),
        ("{dhl,d.p.d}/{day}.csv", "d.p.d/2026-11-30.csv", "2026-11-30"),
        ("{dhl,d.p.d}/{day}.csv", "dxpxd/2026-11-30.csv", None),
    ],
)
def test_a_file_is_of_the_day_in_its_name_or_not_meant(pattern: str, path: str, day: str | None) -> None:
    assert Pattern(pattern).day_of(path) == day


def test_the_folder_to_list_is_as_deep_as_it_can_be() -> None:
    assert Pattern("in/{day}/*.csv").folder == "in"
    assert Pattern("in/{day}/*.csv").of(date(2026, 11, 30)).folder == "in/2026-11-30"
    assert Pattern("*.csv").folder == ""


def test_names_in_braces_are_each_a_pattern_of_their_own() -> None:
    patterns = Pattern("{dhl,dpd}/{in,out}_{day}.csv").alternatives
    texts = [pattern.of(date(2026, 11, 30)) for pattern in patterns]
    assert [pattern.text for pattern in texts] == [
        f"{carrier}/{way}_2026-11-30.csv" for carrier in ("dhl", "dpd") for way in ("in", "out")
    ]
    assert all(pattern.exact for pattern in texts)
    assert Pattern("a/{day}.csv").alternatives == [Pattern("a/{day}.csv")]
    assert not Pattern("a/{day}.csv").exact
