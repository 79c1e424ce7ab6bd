"""The order database, whole: a real database that moves, into a store, with what must never happen."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data_platform.products.source_file import read_source
from data_platform.settings import STATE_VARIABLE
from data_platform.simulator.orders.keeper import OrderDatabase
from data_platform.simulator.orders.tables import ORDER_LINES, ORDERS
from data_platform_tests.domains.platforms import (
    SINCE,
    TODAY,
    YESTERDAY,
    Domain,
    asked_days,
    back,
    failure_of,
    retries_of,
)
from data_platform_tests.postgres import running_postgres
from data_platform_tests.repository import PROJECT_ROOT

DAY = back(2)
SALES_DATABASE_VARIABLE = "SALES_DATABASE_URL"
CHANGES = "sales_raw_orders_changes"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/orders.sqlite"
    monkeypatch.setenv(SALES_DATABASE_VARIABLE, url)
    return url


@pytest.fixture(scope="session")
def as_it_was(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database at yesterday's midnight: the days up to `DAY` are complete."""
    path = tmp_path_factory.mktemp("orders") / "orders.sqlite"
    OrderDatabase(f"sqlite:///{path}", 0, since=SINCE, pinned=TODAY).advance(datetime.combine(YESTERDAY, time(), UTC))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def database(url: str, as_it_was: Path) -> OrderDatabase:
    shutil.copyfile(as_it_was, url.removeprefix("sqlite:///"))
    return OrderDatabase(url, 0, since=SINCE, pinned=TODAY)


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


def count(engine: sa.Engine, table: sa.Table, *where: Any) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0)


def test_a_day_is_taken_whole_and_typed_as_in_the_database(
    platform: Domain, database: OrderDatabase, engine: sa.Engine
) -> None:
    assert platform.run(DAY).success
    orders, lines = platform.table("raw_orders"), platform.table("raw_order_lines")
    assert orders.num_rows == count(engine, ORDERS, sa.func.date(ORDERS.c.placed_at) == DAY) > 100
    assert set(lines["order_id"].to_pylist()) == set(orders["order_id"].to_pylist())
    assert str(orders.schema.field("total_amount").type) == "decimal128(12, 2)"
    assert {moment.date().isoformat() for moment in orders["placed_at"].to_pylist()} == {DAY}
    totals = dict.fromkeys(orders["order_id"].to_pylist(), Decimal(0))
    for line in lines.to_pylist():
        totals[line["order_id"]] += line["unit_price"] * line["quantity"]
    for order in orders.to_pylist():
        assert order["total_amount"] == totals[order["order_id"]] + order["shipping_fee"]
    customers = platform.table("raw_customers")
    assert set(orders["customer_id"].to_pylist()) <= set(customers["customer_id"].to_pylist())


@pytest.mark.slow
def test_the_extract_is_kept_and_running_again_reads_and_changes_nothing(
    platform: Domain, database: OrderDatabase
) -> None:
    platform.run(DAY)
    before, rows = platform.landed(), platform.rows("raw_orders")
    assert platform.run(DAY).success
    assert platform.landed() == before
    assert platform.rows("raw_orders") == rows
    assert platform.metadata("raw_orders", DAY)["taken_now"] is False


@pytest.mark.slow
def test_several_days_in_one_run_are_the_same_as_one_by_one(platform: Domain, database: OrderDatabase) -> None:
    assert platform.run(back(4), DAY).success
    together = {day: platform.rows("raw_orders", day) for day in (back(4), back(3), DAY)}
    for day, rows in together.items():
        assert platform.run(day).success
        assert platform.rows("raw_orders", day) == rows
        about = platform.metadata("raw_orders", day)
        assert about["dagster/row_count"] == len(rows)
        assert about["uri"].endswith(f"/sales/raw_orders/day={day}")


def test_a_late_change_makes_its_day_again_and_no_other(
    platform: Domain, database: OrderDatabase, engine: sa.Engine
) -> None:
    platform.run(back(5), DAY)
    assert platform.look(CHANGES).run_requests == []
    with engine.begin() as connection:
        changed = connection.execute(
            sa.select(ORDERS.c.order_id).where(sa.func.date(ORDERS.c.placed_at) == back(4)).limit(1)
        ).scalar_one()
        later = {"status": "refunded", "updated_at": datetime.combine(TODAY, time(1))}
        connection.execute(sa.update(ORDERS).where(ORDERS.c.order_id == changed).values(**later))
    tick = platform.look(CHANGES)
    assert asked_days(tick) == [(back(4), back(4))]
    (request,) = tick.run_requests
    assert request.asset_selection == [platform.key("raw_orders")]
    assert platform.do(request).success
    row = next(row for row in platform.rows("raw_orders", back(4)) if row["order_id"] == changed)
    assert row["status"] == "refunded"
    assert platform.look(CHANGES).run_requests == []


@pytest.mark.slow
def test_a_look_is_taken_once_a_day_and_repeated_until_the_day_was_made(
    platform: Domain, database: OrderDatabase
) -> None:
    platform.run(back(5), DAY)
    database.advance()
    first = platform.look(CHANGES)
    assert first.run_requests
    assert platform.look(CHANGES, cursor=first.cursor).run_requests == []
    again = platform.look(CHANGES, cursor=back(3))  # as on another day: nothing was made since
    assert asked_days(again) == asked_days(first)
    for request in again.run_requests:
        assert platform.do(request).success
    assert platform.look(CHANGES, cursor=back(3)).run_requests == []


@pytest.mark.slow
def test_the_days_made_again_end_as_if_they_had_been_taken_only_then(
    platform: Domain, database: OrderDatabase, engine: sa.Engine
) -> None:
    platform.run(back(8), DAY)
    database.advance(datetime.combine(TODAY, time(), UTC))
    for request in platform.look(CHANGES).run_requests:
        assert platform.do(request).success
    with engine.connect() as connection:
        start = datetime.combine(TODAY - timedelta(days=8), time())
        wanted = sa.select(ORDERS.c.order_id, ORDERS.c.status).where(
            ORDERS.c.placed_at >= start, ORDERS.c.placed_at < datetime.combine(TODAY, time())
        )
        truth = {row.order_id: row.status for row in connection.execute(wanted)}
    assert {row["order_id"]: row["status"] for row in platform.rows("raw_orders")} == truth


def test_a_missing_database_is_permanent_and_says_what_to_set(
    platform: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SALES_DATABASE_VARIABLE, raising=False)
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "nowhere"))
    result = platform.run(DAY)
    assert f"set {SALES_DATABASE_VARIABLE}" in failure_of(result)
    assert retries_of(result) == 0
    assert not (tmp_path / "nowhere").exists()


def test_a_database_without_the_tables_is_permanent_and_writes_nothing(platform: Domain, url: str) -> None:
    sa.create_engine(url).connect().exec_driver_sql("CREATE TABLE other (x)")
    result = platform.run(DAY)
    assert "no such table" in failure_of(result)
    assert retries_of(result) == 0
    assert platform.landed() == {}


def test_an_unreachable_database_is_retried(platform: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SALES_DATABASE_VARIABLE, "postgresql://somebody:s3cret-w0rd@127.0.0.1:1/orders")
    result = platform.run(DAY, only=[platform.key("raw_orders")])
    assert retries_of(result) == 3
    assert "s3cret-w0rd" not in failure_of(result)


def test_a_day_without_an_order_is_refused_and_the_check_says_so(platform: Domain, database: OrderDatabase) -> None:
    day = (SINCE - timedelta(days=1)).isoformat()
    result = platform.run(day, only=[platform.key("raw_orders")])
    assert "has no rows" in failure_of(result)
    assert [e.check_name for e in result.get_asset_check_evaluations() if not e.passed] == ["not_empty"]


def test_the_checks_of_a_good_day_all_pass(platform: Domain, database: OrderDatabase) -> None:
    evaluations = platform.run(DAY).get_asset_check_evaluations()
    assert len(evaluations) == 18
    assert all(evaluation.passed for evaluation in evaluations)


def test_a_column_that_we_do_not_read_is_told_and_does_no_harm(
    platform: Domain, database: OrderDatabase, engine: sa.Engine
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE orders ADD COLUMN gift_note TEXT")
    assert platform.run(DAY).success
    assert platform.metadata("raw_orders", DAY)["new_columns"] == ["gift_note"]


@pytest.mark.slow
def test_postgres_gives_the_same_rows_as_sqlite(
    platform: Domain, database: OrderDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.run(DAY)
    unlike = {"_source", "_taken_at"}

    def rows(asset: str) -> list[dict[str, Any]]:
        found = [{name: value for name, value in row.items() if name not in unlike} for row in platform.rows(asset)]
        return sorted(found, key=str)

    first = {asset: rows(asset) for asset in ("raw_orders", "raw_order_lines", "raw_customers")}
    (tmp_path / "postgres").mkdir()
    with running_postgres(tmp_path / "postgres") as server:
        url = f"postgresql://{server.user}:{server.password}@{server.host}:{server.port}/{server.database}"
        OrderDatabase(url.replace("postgresql", "postgresql+psycopg2"), 0, since=SINCE, pinned=TODAY).advance(
            datetime.combine(YESTERDAY, time(), UTC)
        )
        monkeypatch.setenv(SALES_DATABASE_VARIABLE, url)
        for entry in list(platform.landed()):
            platform.store.delete(entry)
        assert platform.run(DAY).success
        assert {asset: rows(asset) for asset in first} == first
        told = "".join(
            str(record) for run in platform.instance.get_runs() for record in platform.instance.all_logs(run.run_id)
        )
        assert server.password not in told


def test_the_tables_of_the_simulator_are_the_ones_that_we_read() -> None:
    for name, theirs in (("raw_orders", ORDERS), ("raw_order_lines", ORDER_LINES)):
        spec, _ = read_source(PROJECT_ROOT / "data_platform" / "domains" / "sales" / name)
        assert list(spec.columns) == [column.name for column in theirs.columns]
        assert spec.key == [column.name for column in theirs.primary_key]


def test_the_schedule_asks_for_the_day_that_has_ended(platform: Domain) -> None:
    request = platform.scheduled(datetime(2026, 11, 22, 2, 15, tzinfo=UTC))
    assert request.partition_key == request.run_key == "2026-11-21"
