"""Tables of real servers of databases: Postgres and MariaDB, and what happens to servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from data_platform.ingestion.errors import PermanentSourceError, TransientSourceError
from data_platform.ingestion.sources.opening import opened
from data_platform.ingestion.sources.sql import engine
from data_platform.products.source_file import read_source
from data_platform_tests import mariadb
from data_platform_tests.domains.platforms import asked_days, back, failure_of
from data_platform_tests.own_sources import at, day, platform_of, run_whole, values, write_source
from data_platform_tests.postgres import Postgres, running_postgres

pytestmark = pytest.mark.slow

ORDERS = """
source: {type: sql, url: ACME_DATABASE_URL, table: orders}
partition: {column: placed_at}
key: [id]
cursor: updated_at
restated_days: 10
columns:
  {id: int64, amount: "decimal(10, 2)", paid: bool, note: string, about: string, placed_at: timestamp,
   updated_at: timestamp}
"""
DDL = (
    "CREATE TABLE orders (id BIGINT PRIMARY KEY, amount NUMERIC(10, 2), paid BOOLEAN, note VARCHAR(40), about JSON, "
    "placed_at {time} NOT NULL, updated_at {time} NOT NULL)"
)
CHANGES = "acme_raw_orders_changes"


def filled(address: str, time: str) -> sa.Engine:
    """A database with an order a day, the last second of a day among them."""
    own = sa.create_engine(address)
    with own.begin() as connection:
        connection.execute(sa.text(DDL.format(time=time)))
        for number in range(1, 6):
            late = at(number, 23).replace(minute=59, second=59)
            insert(connection, number, late)
    return own


def insert(connection: sa.Connection, number: int, placed: datetime) -> None:
    row = {"id": number, "amount": Decimal("1.50"), "paid": True, "about": '{"a": 1}', "at": placed}
    text = "INSERT INTO orders VALUES (:id, :amount, :paid, 'ä', :about, :at, :at)"
    connection.execute(sa.text(text), row)


@pytest.fixture
def postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    with running_postgres(tmp_path) as server:
        monkeypatch.setenv("ACME_DATABASE_URL", address(server).replace("+psycopg2", ""))
        yield server


def address(server: Postgres) -> str:
    return f"postgresql+psycopg2://{server.user}:{server.password}@{server.host}:{server.port}/{server.database}"


def a_year_in_the_life_of(own: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take, change, delete, bring late, take again: the raw table is what the database has."""
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", ORDERS)) as platform:
        result = platform.run(back(4), back(1))
        assert result.success, failure_of(result)
        row = platform.rows("raw_orders", back(2))[0]
        assert (row["id"], row["amount"], row["paid"], row["note"]) == (2, Decimal("1.50"), True, "ä")
        assert row["placed_at"] == at(2, 23).replace(minute=59, second=59, tzinfo=UTC)
        assert platform.look(CHANGES).run_requests == []
        with own.begin() as connection:
            insert(connection, 30, at(3))
            connection.execute(sa.text("DELETE FROM orders WHERE id = 1"))
            insert(connection, 10, at(1))
            connection.execute(sa.text("UPDATE orders SET note = 'b', updated_at = :at WHERE id = 2"), {"at": at(0)})
        tick = platform.look(CHANGES)
        assert asked_days(tick) == [(back(3), back(1))]
        for request in tick.run_requests:
            assert platform.do(request).success
        assert values(platform, "raw_orders", "id") == [2, 3, 4, 10, 30]
        assert platform.look(CHANGES).run_requests == []
        with own.begin() as connection:
            connection.execute(sa.text("ALTER TABLE orders DROP COLUMN note"))
            insert_without_note = "UPDATE orders SET updated_at = :at WHERE id = 3"
            connection.execute(sa.text(insert_without_note), {"at": at(0)})
        assert "column note is missing" in failure_of(platform.run(back(3)))
        assert values(platform, "raw_orders", "id") == [2, 3, 4, 10, 30]


def brought_up_to_date(own: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: str) -> None:
    """Take the whole, then what changed, then the whole where something is gone."""
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_orders", whole)) as platform:
        result = run_whole(platform)
        assert result.success, failure_of(result)
        with own.begin() as connection:
            insert(connection, 30, at(0))
            connection.execute(sa.text("UPDATE orders SET note = 'b', updated_at = :at WHERE id = 2"), {"at": at(0)})
        assert run_whole(platform).success
        about = platform.metadata("raw_orders")
        assert (about["changed_rows"], about["dagster/row_count"]) == (3, 6)  # with the last of before
        assert dict(zip(*(platform.table("raw_orders")[name].to_pylist() for name in ("id", "note")), strict=True)) == {
            **dict.fromkeys((1, 3, 4, 5, 30), "ä"),
            2: "b",
        }
        with own.begin() as connection:
            connection.execute(sa.text("DELETE FROM orders WHERE id = 3"))
            insert(connection, 31, at(0, 11))
        assert run_whole(platform).success
        assert values(platform, "raw_orders", "id") == [1, 2, 4, 5, 30, 31]
        assert platform.metadata("raw_orders")["changed_rows"] == 6


WHOLE = "\n".join(line for line in ORDERS.splitlines() if not line.startswith(("partition", "restated_days")))


@pytest.mark.parametrize("time", ["TIMESTAMP", "TIMESTAMPTZ"])
def test_a_table_of_postgres_is_brought_up_to_date_by_its_changes(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time: str
) -> None:
    own = filled(f"{address(postgres)}?options=-ctimezone%3DUTC", time)
    brought_up_to_date(own, tmp_path, monkeypatch, WHOLE)


@pytest.mark.skipif(mariadb.SERVER is None, reason="Debian's mariadb-server is not installed")
def test_a_table_of_mariadb_is_brought_up_to_date_by_its_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mariadb.running_mariadb() as url:
        monkeypatch.setenv("ACME_DATABASE_URL", url)
        own = filled(url.replace("mysql://", "mysql+pymysql://"), "DATETIME")
        brought_up_to_date(own, tmp_path, monkeypatch, WHOLE)


@pytest.mark.parametrize("time", ["TIMESTAMP", "TIMESTAMPTZ"])
def test_postgres_is_a_source(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time: str) -> None:
    own = filled(f"{address(postgres)}?options=-ctimezone%3DUTC", time)
    a_year_in_the_life_of(own, tmp_path, monkeypatch)


@pytest.mark.skipif(mariadb.SERVER is None, reason="Debian's mariadb-server is not installed")
def test_mariadb_is_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mariadb.running_mariadb() as url:
        monkeypatch.setenv("ACME_DATABASE_URL", url)
        own = filled(url.replace("mysql://", "mysql+pymysql://"), "DATETIME")
        a_year_in_the_life_of(own, tmp_path, monkeypatch)


def ask_what_does_not_answer(connection: sa.Connection) -> None:
    (number,) = connection.exec_driver_sql("SELECT pg_backend_pid()").one()
    backend = psutil.Process(number)
    backend.suspend()
    try:
        connection.exec_driver_sql("SELECT 1")
    finally:
        backend.resume()


@contextmanager
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(engine, "LIMITS", replace(engine.LIMITS, total_seconds=0.3))
        patch.setattr(engine, "CONNECT_SECONDS", 1)
        yield


def test_a_database_that_thinks_for_ever_or_stops_to_answer_is_given_up(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        impatient(monkeypatch),
        pytest.raises(TransientSourceError, match="statement timeout"),
        engine.reading(address(postgres), "ACME_DATABASE_URL") as connection,
    ):
        connection.exec_driver_sql("SELECT pg_sleep(60)")
    with (
        impatient(monkeypatch),
        pytest.raises(TransientSourceError),
        engine.reading(address(postgres), "ACME_DATABASE_URL") as connection,
    ):
        ask_what_does_not_answer(connection)


def test_a_server_that_is_killed_while_it_is_read_is_asked_again_and_nothing_is_landed(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = filled(address(postgres), "TIMESTAMP")
    spec, _ = read_source(write_source(tmp_path, "raw_orders", ORDERS))
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state LIKE 'idle in%'"
    )
    with pytest.raises(TransientSourceError), opened(spec) as reader:  # noqa: PT012 - it ends in between
        reader.shown((day(5), day(1)))
        with own.connect() as connection:
            connection.execute(sa.text(end))
        reader.read(back(1), "orders")


def test_all_that_is_read_is_of_one_state_while_others_write(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = filled(address(postgres), "TIMESTAMP")
    spec, _ = read_source(write_source(tmp_path, "raw_orders", ORDERS))
    with opened(spec) as reader:
        shown = reader.shown((day(1), day(1)))
        with own.begin() as connection:
            insert(connection, 99, at(1))
        assert reader.read(back(1), "orders").mark == shown[back(1)]["orders"].mark


def test_a_wrong_password_is_for_good_and_is_not_told(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = address(postgres).replace(postgres.password, "wr0ng-passw0rd")
    with pytest.raises(PermanentSourceError, match="authentication failed") as error, engine.reading(wrong, "X"):
        pass
    assert "wr0ng" not in str(error.value)
