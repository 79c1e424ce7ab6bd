"""A table of one's own, from its ``defs.yaml`` to the raw table, with what happens to tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from data_platform.ingestion.horizon import Horizon
from data_platform.orchestration.ingestion.source_group import group_in
from data_platform.orchestration.ingestion.whole_source import ask
from data_platform_tests.domains.platforms import Domain, asked_days, back, failure_of, retries_of
from data_platform_tests.own_sources import Shop, at, definitions_of, platform_of, run_whole, values, write_source

DAY = back(2)
ORDERS = """
source: {{type: sql, url: "{url}", table: orders}}
partition: {{column: placed_at}}
key: [id]
cursor: updated_at
restated_days: 10
columns: {{id: int64, amount: "decimal(10, 2)", placed_at: timestamp, updated_at: timestamp}}
"""
WHOLE = """
source: {{type: sql, url: "{url}", table: orders}}
columns: {{id: int64, amount: "decimal(10, 2)"}}
"""
CHANGES = "acme_raw_orders_changes"


@pytest.fixture
def platform(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Domain]:
    folder = write_source(tmp_path, "raw_orders", ORDERS.format(url=url))
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        yield platform


def test_a_day_is_taken_typed_once_and_running_again_reads_and_changes_nothing(platform: Domain) -> None:
    assert platform.run(DAY).success
    table = platform.table("raw_orders")
    assert str(table.schema.field("amount").type) == "decimal128(10, 2)"
    assert str(table.schema.field("placed_at").type) == "timestamp[us, tz=UTC]"
    assert values(platform, "raw_orders", "id") == [3, 4, 5]
    landed = platform.landed()
    assert platform.run(DAY).success
    assert platform.landed() == landed
    assert platform.metadata("raw_orders", DAY)["taken_now"] is False


def test_rows_that_are_late_changed_deleted_and_doubled_make_their_day_again(platform: Domain, shop: Shop) -> None:
    platform.run(back(6), back(2))
    assert asked_days(platform.look(CHANGES)) == [(back(1), back(1))]  # its own run comes later in the day
    shop.order(100, 3, changed=0)
    shop.run("UPDATE orders SET amount = 9, updated_at = ? WHERE id = 12", str(at(0)))
    shop.run("DELETE FROM orders WHERE id = 16")
    tick = platform.look(CHANGES)
    assert asked_days(tick) == [(back(6), back(5)), (back(3), back(3)), (back(1), back(1))]
    for request in tick.run_requests:
        assert platform.do(request).success
    assert values(platform, "raw_orders", "id") == [0, 1, 2, *range(3, 16), 17, 100]
    assert platform.look(CHANGES).run_requests == []


def test_a_key_that_occurs_twice_is_refused_after_it_was_landed(platform: Domain, shop: Shop) -> None:
    shop.run("DROP TABLE orders")
    shop.run("CREATE TABLE orders (id INTEGER, amount NUMERIC(10, 2), placed_at TIMESTAMP, updated_at TIMESTAMP)")
    shop.order(3, 2)
    shop.order(3, 2)
    result = platform.run(DAY)
    assert "keys_unique: id 3" in failure_of(result)
    assert len(platform.landed()) == 1


def test_a_new_column_is_told_kept_and_has_its_past_once_it_is_named(
    platform: Domain, shop: Shop, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run("ALTER TABLE orders ADD COLUMN channel TEXT DEFAULT 'web'")
    result = platform.run(DAY)
    assert result.success
    (check,) = [e for e in result.get_asset_check_evaluations() if not e.passed]
    assert (check.check_name, check.severity) == ("no_new_columns", dg.AssetCheckSeverity.WARN)
    assert platform.metadata("raw_orders", DAY)["new_columns"] == ["channel"]
    landed = platform.landed()
    folder = write_source(
        tmp_path, "raw_orders", ORDERS.format(url=url).replace("id: int64", "id: int64, channel: string")
    )
    named = replace(platform, definitions=definitions_of(folder))
    assert named.run(DAY).success
    assert values(named, "raw_orders", "channel", DAY) == ["web"] * 3
    assert named.landed() == landed  # it came of what was landed, the source was not read


def test_a_missing_and_a_retyped_column_are_refused_with_what_to_write(platform: Domain, shop: Shop) -> None:
    platform.run(DAY)
    before = platform.rows("raw_orders")
    shop.run("DROP TABLE orders")
    shop.run("CREATE TABLE orders (id INTEGER, amount VARCHAR(10), placed_at TIMESTAMP, updated_at TIMESTAMP)")
    shop.order(3, 2)
    result = platform.run(DAY)
    assert "column amount is string, and was to be decimal(10, 2)" in failure_of(result)
    assert "write amount: string" in failure_of(result)
    shop.run("ALTER TABLE orders DROP COLUMN amount")
    assert "column amount is missing" in failure_of(platform.run(DAY))
    assert platform.rows("raw_orders") == before
    assert len(platform.landed()) == 3  # what came is landed before it is judged
    assert "column amount is missing" in failure_of(platform.run(DAY))
    assert len(platform.landed()) == 3  # and once
    shop.run("ALTER TABLE orders ADD COLUMN amount NUMERIC(10, 2)")  # mended, and no row has moved
    assert platform.run(DAY).success


def test_a_day_without_a_row_is_refused_unless_it_is_allowed(
    platform: Domain, shop: Shop, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.run("DELETE FROM orders WHERE id IN (3, 4, 5)")
    assert f"not_empty: {DAY} has no rows" in failure_of(platform.run(DAY))
    folder = write_source(tmp_path, "raw_orders", f"{ORDERS.format(url=url)}\nempty: allowed")
    with platform_of(tmp_path / "other", monkeypatch, folder) as allowing:
        assert allowing.run(DAY).success
        assert allowing.table("raw_orders").num_rows == 0


def test_a_day_of_too_few_rows_is_refused_and_readers_keep_what_they_had(
    tmp_path: Path, url: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_source(tmp_path, "raw_orders", ORDERS.format(url=url) + "least_rows: 3\n")
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        assert platform.run(DAY).success
        shop.run("DELETE FROM orders WHERE id = 3")
        assert f"{DAY} has 2 rows, and at least 3 were to come" in failure_of(platform.run(DAY))
        assert values(platform, "raw_orders", "id") == [3, 4, 5]


def test_a_column_that_may_be_missing_is_null_where_it_is(
    tmp_path: Path, url: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ORDERS.format(url=url).replace("id: int64", "id: int64, channel: {type: string, optional: true}")
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", text)) as platform:
        assert platform.run(DAY).success
        assert platform.table("raw_orders")["channel"].to_pylist() == [None] * 3
        shop.run("ALTER TABLE orders ADD COLUMN channel TEXT DEFAULT 'web'")
        shop.run("UPDATE orders SET updated_at = ? WHERE id = 3", str(at(0)))
        assert platform.run(DAY).success
        assert platform.table("raw_orders")["channel"].to_pylist() == ["web"] * 3


def test_rows_without_a_day_are_told(platform: Domain, shop: Shop) -> None:
    shop.run("INSERT INTO orders VALUES (200, 1, NULL, ?)", str(at(2)))
    result = platform.run(DAY)
    assert result.success
    (check,) = [e for e in result.get_asset_check_evaluations() if not e.passed]
    assert check.check_name == "rows_have_a_day"


def test_without_a_cursor_rows_are_read_to_see_whether_they_moved(
    shop: Shop, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_source(tmp_path, "raw_orders", ORDERS.format(url=url).replace("cursor: updated_at\n", ""))
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        platform.run(back(3), back(1))
        assert platform.look(CHANGES).run_requests == []
        shop.run("UPDATE orders SET amount = 77 WHERE id = 3")  # and updated_at stays
        assert asked_days(platform.look(CHANGES)) == [(DAY, DAY)]
        assert platform.run(DAY).success
        assert 77 in values(platform, "raw_orders", "amount", DAY)


def test_a_database_that_is_gone_is_asked_again_and_a_wrong_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = "postgresql://reader@127.0.0.1:1/shop"
    folder = write_source(tmp_path, "raw_orders", ORDERS.format(url=gone))
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        assert retries_of(platform.run(DAY)) == 3
        skipped = platform.look(CHANGES)
        assert "could not be looked at" in str(skipped.skip_message)
    folder = write_source(tmp_path, "raw_orders", ORDERS.format(url=f"sqlite:///{tmp_path}/none.sqlite"))
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        result = platform.run(DAY)
        assert retries_of(result) == 0
        assert "there is no database" in failure_of(result)


def test_a_table_without_days_is_taken_whole_where_it_moved(
    shop: Shop, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_source(tmp_path, "raw_orders", WHOLE.format(url=url))
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        assert run_whole(platform).success
        assert platform.table("raw_orders").num_rows == 30
        assert platform.metadata("raw_orders")["new_columns"] == ["placed_at", "updated_at"]
        assert run_whole(platform).success
        assert len(platform.landed()) == 1
        shop.run("DELETE FROM orders WHERE id < 10")
        assert run_whole(platform).success
        assert (platform.table("raw_orders").num_rows, len(platform.landed())) == (20, 2)


def test_a_source_without_days_is_asked_again_ever_more_slowly_until_it_came(
    shop: Shop, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_source(tmp_path, "raw_orders", WHOLE.format(url=url))
    now = datetime.now(UTC)
    horizon = Horizon((now - timedelta(hours=1)).time(), 0, timedelta(days=1))
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        group, instance = group_in(folder), platform.instance
        assert "never taken" in str(ask(instance, group, horizon, now))
        shop.run("ALTER TABLE orders RENAME TO elsewhere")
        assert not run_whole(platform).success
        assert "asked for 1 times in vain" in str(ask(instance, group, horizon, datetime.now(UTC)))
        request = ask(instance, group, horizon, datetime.now(UTC) + timedelta(minutes=10))
        assert isinstance(request, dg.RunRequest)
        assert str(request.run_key).endswith(":1")
        shop.run("ALTER TABLE elsewhere RENAME TO orders")
        assert run_whole(platform).success
        assert "is there" in str(ask(instance, group, horizon, datetime.now(UTC)))


def test_sources_that_are_taken_together_have_one_job_one_schedule_and_two_sensors(tmp_path: Path, url: str) -> None:
    folder = write_source(tmp_path, "raw_orders", ORDERS.format(url=url))
    other = write_source(tmp_path, "raw_more", f"{ORDERS.format(url=url)}\ntaken_with: raw_orders")
    repository = definitions_of(folder, other).get_repository_def()
    assert sorted(sensor.name for sensor in repository.sensor_defs) == ["acme_raw_orders_asked_again", CHANGES]
    assert [schedule.name for schedule in repository.schedule_defs] == ["acme_raw_orders_when_due"]
    job = repository.get_job("acme_raw_orders_daily")
    assert {key.path[-1] for key in job.asset_layer.selected_asset_keys} == {"raw_orders", "raw_more"}
