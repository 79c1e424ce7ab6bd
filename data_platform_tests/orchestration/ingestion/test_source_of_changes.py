"""A table without days brought up to date by its cursor: the raw table is what the database has, whatever happened."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from data_platform.orchestration.ingestion import changing_source
from data_platform_tests.domains.platforms import Domain, failure_of
from data_platform_tests.own_sources import (
    Shop,
    at,
    day,
    definitions_of,
    platform_of,
    run_whole,
    values,
    write_source,
)

ORDERS = """
source: {{type: sql, url: "{url}", table: orders}}
key: [id]
cursor: updated_at
columns: {{id: int64, amount: "decimal(10, 2)", updated_at: timestamp}}
"""


@pytest.fixture
def platform(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Domain]:
    folder = write_source(tmp_path, "raw_orders", ORDERS.format(url=url))
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        yield platform


def metadata(platform: Domain) -> dict[str, Any]:
    return platform.metadata("raw_orders")


def raw_rows(platform: Domain) -> list[tuple[Any, ...]]:
    table = platform.table("raw_orders")
    return sorted(zip(*(table[name].to_pylist() for name in ("id", "amount")), strict=True))


def test_only_what_changed_is_read_and_landed(platform: Domain, shop: Shop) -> None:
    assert run_whole(platform).success
    assert metadata(platform)["changed_rows"] == 30
    shop.order(100, 3, changed=0)
    shop.run("UPDATE orders SET amount = 9, updated_at = ? WHERE id = 12", str(at(0)))
    assert run_whole(platform).success
    about = metadata(platform)
    assert about["changed_rows"] < 10
    assert about["dagster/row_count"] == 31
    assert values(platform, "raw_orders", "id") == [*range(30), 100]
    assert dict(raw_rows(platform))[12] == 9
    assert [path.count("/changes/") for path in sorted(platform.landed())] == [0, 1]


def test_where_nothing_moved_nothing_is_read_landed_or_written(platform: Domain) -> None:
    assert run_whole(platform).success
    before, version = platform.landed(), metadata(platform)["table_version"]
    assert run_whole(platform).success
    assert platform.landed() == before
    about = metadata(platform)
    assert (about["table_version"], about["taken_now"], about["dagster/row_count"]) == (version, False, 30)


def test_rows_that_are_gone_or_late_with_a_low_cursor_have_the_whole_taken_again(platform: Domain, shop: Shop) -> None:
    assert run_whole(platform).success
    shop.run("DELETE FROM orders WHERE id = 7")
    shop.order(100, 9)  # of an old transaction; the number of rows is the same
    shop.order(101, 0)
    assert run_whole(platform).success
    assert values(platform, "raw_orders", "id") == [*range(7), *range(8, 30), 100, 101]
    shop.run("DELETE FROM orders")
    assert "not_empty" in failure_of(run_whole(platform))
    assert len(raw_rows(platform)) == 31, "an empty delivery takes nothing from readers"
    shop.order(1, 0)
    assert run_whole(platform).success
    assert values(platform, "raw_orders", "id") == [1]


def test_a_transaction_that_ends_an_hour_late_is_seen(platform: Domain, shop: Shop) -> None:
    assert run_whole(platform).success
    shop.order(100, 1, changed=0)
    assert run_whole(platform).success
    early = str(at(0, 11) - timedelta(minutes=50))
    shop.run("UPDATE orders SET amount = 7, updated_at = ? WHERE id = 5", early)
    shop.order(101, 1, changed=0)
    assert run_whole(platform).success
    assert dict(raw_rows(platform))[5] == 7


def test_a_run_that_ends_between_landing_and_writing_leaves_no_change_out(
    platform: Domain, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_whole(platform).success
    shop.order(100, 0)
    with monkeypatch.context() as patch:
        patch.setattr(changing_source, "upsert", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with suppress(KeyboardInterrupt):
            run_whole(platform)
    assert len(platform.landed()) == 2
    assert len(raw_rows(platform)) == 30
    assert run_whole(platform).success
    assert len(raw_rows(platform)) == 31
    assert len(platform.landed()) == 2, "what was landed is used"


def test_a_raw_table_that_was_deleted_is_made_of_what_was_landed_and_what_changed_since(
    platform: Domain, shop: Shop, tmp_path: Path
) -> None:
    assert run_whole(platform).success
    shop.order(100, 0)
    assert run_whole(platform).success
    shutil.rmtree(tmp_path / "store" / "acme" / "raw_orders")
    assert run_whole(platform).success
    assert len(raw_rows(platform)) == 31


def test_a_column_that_is_named_later_has_its_past_and_one_of_another_type_is_refused(
    platform: Domain, shop: Shop, tmp_path: Path, url: str
) -> None:
    assert run_whole(platform).success
    shop.run("ALTER TABLE orders ADD COLUMN channel TEXT DEFAULT 'web'")
    shop.run("INSERT INTO orders VALUES (100, 1, ?, ?, 'phone')", str(at(1)), str(at(0)))
    result = run_whole(platform)
    assert result.success
    assert [e.check_name for e in result.get_asset_check_evaluations() if not e.passed] == ["no_new_columns"]
    named = ORDERS.format(url=url).replace("id: int64", "id: int64, channel: string")
    later = replace(platform, definitions=definitions_of(write_source(tmp_path, "raw_orders", named)))
    assert run_whole(later).success
    assert values(later, "raw_orders", "channel") == ["phone", *["web"] * 30]
    shop.run("ALTER TABLE orders DROP COLUMN channel")
    shop.order(101, 0)
    assert "column channel is missing" in failure_of(run_whole(later))
    assert len(raw_rows(later)) == 31


def test_a_key_that_occurs_twice_is_refused(platform: Domain, shop: Shop) -> None:
    shop.run("DROP TABLE orders")
    shop.run("CREATE TABLE orders (id INTEGER, amount NUMERIC(10, 2), placed_at TIMESTAMP, updated_at TIMESTAMP)")
    shop.order(1, 3)
    assert run_whole(platform).success
    shop.order(2, 0)
    shop.order(2, 0)
    assert "keys_unique: id 2" in failure_of(run_whole(platform))
    assert len(raw_rows(platform)) == 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "insert late", "update", "delete", "update back", "run", "lost run"]),
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=14,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=12)
@given(steps=STEPS)
def test_whatever_happens_the_raw_table_is_the_databases(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path_factory.mktemp("random")
    shop, now = Shop(root / "shop.sqlite"), at(0, 12)
    folder = write_source(root, "raw_orders", ORDERS.format(url=f"sqlite:///{shop.file}"))
    with platform_of(root / "store", monkeypatch, folder) as platform:
        for step, number in [*steps, ("insert", 1000), ("run", 0)]:
            now += timedelta(seconds=1)
            if step in {"insert", "insert late"}:
                moment = now if step == "insert" else at(20)
                shop.run("INSERT OR IGNORE INTO orders VALUES (?, 1, ?, ?)", number, str(at(1)), str(moment))
            elif step == "update":
                shop.run("UPDATE orders SET amount = amount + 1, updated_at = ? WHERE id = ?", str(now), number)
            elif step == "update back":  # of a transaction that began half an hour ago
                early = str(now - timedelta(minutes=30))
                shop.run("UPDATE orders SET amount = amount + 2, updated_at = ? WHERE id = ?", early, number)
                shop.run("INSERT OR REPLACE INTO orders VALUES (999, ?, ?, ?)", number, str(at(1)), str(now))
            elif step == "delete":
                shop.run("DELETE FROM orders WHERE id = ?", number)
                shop.run("INSERT OR REPLACE INTO orders VALUES (998, ?, ?, ?)", number, str(at(1)), str(now))
            elif step == "run":
                assert run_whole(platform).success
                assert raw_rows(platform) == shop.rows()
            else:
                with monkeypatch.context() as patch:
                    for name in ("upsert", "replace_table"):
                        patch.setattr(changing_source, name, lambda *_, **__: (_ for _ in ()).throw(OSError("killed")))
                    run_whole(platform)


def amounts(platform: Domain) -> dict[int, Any]:
    table = platform.table("raw_orders")
    return dict(zip(*(table[name].to_pylist() for name in ("id", "amount")), strict=True))


@pytest.mark.parametrize("when", [str(at(1, 8)), None], ids=["a low cursor", "no cursor any more"])
def test_a_row_that_changed_with_a_cursor_that_is_not_raised_is_seen(
    platform: Domain, shop: Shop, when: str | None
) -> None:
    assert run_whole(platform).success
    shop.run("UPDATE orders SET amount = 99, updated_at = ? WHERE id = 12", when)
    assert run_whole(platform).success
    assert amounts(platform)[12] == 99


def test_a_cursor_of_dates_is_the_same_for_all_changes_of_a_day_and_so_rows_are_looked_at(
    tmp_path: Path, shop: Shop, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run("CREATE TABLE prices (id INTEGER PRIMARY KEY, amount INTEGER, changed DATE)")
    for number in range(5):
        shop.run("INSERT INTO prices VALUES (?, 1, ?)", number, str(day(1)))
    text = f"""
    source: {{type: sql, url: "{url}", table: prices}}
    key: [id]
    cursor: changed
    columns: {{id: int64, amount: int64, changed: date}}
    """
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
        assert run_whole(platform).success
        shop.run("UPDATE prices SET amount = 2 WHERE id = 3")
        assert run_whole(platform).success
        assert amounts(platform)[3] == 2
