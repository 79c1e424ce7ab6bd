"""Of which day a row of a table is: rows that go, that belong to nobody, and times that are written in odd ways."""

from pathlib import Path

import dagster as dg
import pytest

from data_platform_tests.domains.platforms import asked_days, back, failure_of
from data_platform_tests.own_sources import Shop, platform_of, values, write_source

CHANGES = "acme_raw_orders_changes"
ORDERS = """
source: {{type: sql, url: "sqlite:///{file}", table: {table}}}
partition: {partition}
key: [id]
{cursor}
restated_days: 10
empty: {empty}
columns: {{id: int64}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop.sqlite")


def orders(shop: Shop, *, table: str = "orders", partition: str = "{column: placed_at}", **more: str) -> str:
    return ORDERS.format(
        file=shop.file,
        table=table,
        partition=partition,
        cursor=more.get("cursor", ""),
        empty=more.get("empty", "allowed"),
    )


def said_of_days(result: dg.ExecuteInProcessResult) -> str:
    checks = {event.check_name: event for event in result.get_asset_check_evaluations()}
    return str(checks["rows_have_a_day"].metadata["problems"].value)


@pytest.mark.parametrize("cursor", ["", "cursor: updated_at"])
def test_a_day_of_which_all_rows_were_deleted_is_made_again_once_and_days_that_never_had_any_are_not(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch, cursor: str
) -> None:
    shop.run("DELETE FROM orders WHERE date(placed_at) = ?", back(3))
    text = orders(shop, cursor=cursor).replace("{id: int64}", "{id: int64, updated_at: timestamp}")
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
        assert platform.run(back(4)).success
        assert platform.run(back(2), back(1)).success
        shop.run("DELETE FROM orders WHERE date(placed_at) = ?", back(2))
        tick = platform.look(CHANGES)
        assert asked_days(tick) == [(back(2), back(2))]
        assert platform.do(tick.run_requests[0]).success
        assert values(platform, "raw_orders", "id", back(2)) == []
        assert platform.look(CHANGES).run_requests == []


def test_a_row_that_came_in_the_place_of_one_that_was_deleted_makes_its_day_again(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = orders(shop, cursor="cursor: updated_at").replace("{id: int64}", "{id: int64, updated_at: timestamp}")
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
        assert platform.run(back(4), back(1)).success
        shop.run("DELETE FROM orders WHERE id = 4")
        shop.order(200, 2)
        assert asked_days(platform.look(CHANGES)) == [(back(2), back(2))]


def test_a_row_of_a_parent_that_is_not_there_is_told(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run("ALTER TABLE orders RENAME COLUMN id TO order_id")
    shop.run("CREATE TABLE lines (id INTEGER PRIMARY KEY, order_id INTEGER)")
    for line, order in ((1, 3), (2, 999), (3, None)):
        shop.run("INSERT INTO lines VALUES (?, ?)", line, order)
    partition = "{column: placed_at, parent: orders, join: [order_id]}"
    text = orders(shop, table="lines", partition=partition).replace("{id: int64}", "{id: int64, order_id: int64}")
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_lines", text)) as platform:
        result = platform.run(back(2))
        assert result.success, failure_of(result)
        assert "2 rows" in said_of_days(result)


@pytest.mark.parametrize("cursor", ["", "cursor: id"])
@pytest.mark.parametrize("kind", ["TEXT", "TIMESTAMP"])
def test_a_time_with_an_offset_is_of_its_day_in_utc_and_a_text_that_is_no_time_is_told(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch, kind: str, cursor: str
) -> None:
    shop.run(f"CREATE TABLE odd (id INTEGER PRIMARY KEY, at {kind})")
    times = [f"{back(2)}T23:30:00-05:00", f"{back(2)}T10:00:00Z", f"{back(1)}T01:00:00+03:00"]
    for number, text in enumerate(times + (["", "soon"] if kind == "TEXT" else [])):
        shop.run("INSERT INTO odd VALUES (?, ?)", number, text)
    said = orders(shop, table="odd", partition="{column: at}", cursor=cursor)
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", said)) as platform:
        result = platform.run(back(2), back(1))
        assert result.success, failure_of(result)
        assert (values(platform, "raw_orders", "id", back(2)), values(platform, "raw_orders", "id", back(1))) == (
            [1, 2],
            [0],
        )
        assert ("2 rows" in said_of_days(result)) is (kind == "TEXT")


def test_a_day_is_taken_from_a_date_or_time_and_from_nothing_else(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = orders(shop, partition="{column: id}")
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
        told = failure_of(platform.run(back(2)))
        assert "orders.id is int64, and a day is taken from a date or time" in told
