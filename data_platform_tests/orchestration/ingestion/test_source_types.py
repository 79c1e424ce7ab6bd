"""What the types of databases become: JSON with its digits, numbers without bounds, sets, small numbers, odd times."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data_platform_tests import mariadb
from data_platform_tests.domains.platforms import Domain, back, failure_of
from data_platform_tests.own_sources import platform_of, run_whole, write_source
from data_platform_tests.postgres import running_postgres

pytestmark = pytest.mark.slow

ODD = """
source: {{type: sql, url: ACME_DATABASE_URL, table: '{table}'}}
{more}
columns: {columns}
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield f"postgresql://{server.user}:{server.password}@{server.host}:{server.port}/{server.database}"


def run(address: str, *statements: str) -> None:
    driver = {"postgresql": "postgresql+psycopg2", "mysql": "mysql+pymysql"}
    scheme, rest = address.split("://")
    with sa.create_engine(f"{driver[scheme]}://{rest}").begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@contextmanager
def source(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str, *, table: str = "odd", more: str = ""
) -> Iterator[Domain]:
    monkeypatch.setenv("ACME_DATABASE_URL", address)
    text = ODD.format(table=table, columns=columns, more=more)
    with platform_of(tmp_path / "store", monkeypatch, write_source(tmp_path, "raw_odd", text)) as platform:
        yield platform


def taken(platform: Domain) -> list[dict[str, Any]]:
    result = run_whole(platform)
    assert result.success, failure_of(result)
    landed = platform.landed()
    result = run_whole(platform)
    assert result.success, failure_of(result)
    assert platform.landed() == landed  # nothing moved, whatever the types
    return platform.table("raw_odd").to_pylist()


def test_types_of_postgres_keep_their_values(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(
        postgres,
        "DROP TABLE IF EXISTS odd",
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TABLE odd (j JSONB, js JSON, n NUMERIC, w NUMERIC(50, 20), e mood, a INT[], u UUID, i INTERVAL, "
        't TIME, p POINT, b BYTEA, r INT4RANGE, ip INET, "order ""50 %%""" INT, "Größe (cm)" REAL, "User" TEXT)',
        'INSERT INTO odd VALUES (\'"1"\', \'{"v": 1.10, "big": 12345678901234567890.123456789}\', '
        "1.123456789012345678901234567890, 123456789012345678901234567890.12345678901234567890, 'ok', '{1,2}', "
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '1 day', '10:00', '(1,2)', '\\x00ff', '[1,5)', '10.0.0.1', "
        "5, 1.5, 'u')",
        "INSERT INTO odd (js) VALUES ('true'), ('null'), ('1.10')",
    )
    columns = (
        "{j: string, js: string, n: string, w: string, e: string, a: string, u: string, i: string, t: string, "
        "p: string, b: string, r: string, ip: string, odd_name: {type: int64, source: 'order \"50 %\"'}, "
        "size: {type: double, source: Größe (cm)}, who: {type: string, source: User}}"
    )
    with source(postgres, tmp_path, monkeypatch, columns) as platform:
        rows = taken(platform)
    row = next(row for row in rows if row["u"])
    assert row["j"] == '"1"'
    assert row["js"] == '{"v": 1.10, "big": 12345678901234567890.123456789}'
    assert (row["n"], row["w"]) == (
        "1.123456789012345678901234567890",
        "123456789012345678901234567890.12345678901234567890",
    )
    assert (row["e"], row["a"], row["b"], row["odd_name"], row["size"], row["who"]) == (
        "ok",
        "[1, 2]",
        "AP8=",
        5,
        1.5,
        "u",
    )
    assert sorted(other["js"] for other in rows if not other["u"]) == ["1.10", "null", "true"]


def test_a_number_without_bounds_that_does_not_fit_is_refused_with_what_to_write(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(postgres, "DROP TABLE IF EXISTS odd", "CREATE TABLE odd (n NUMERIC)", "INSERT INTO odd VALUES (0.123456789012)")
    with source(postgres, tmp_path, monkeypatch, '{n: "decimal(38, 10)"}') as platform:
        assert "may be declared as string or a wider decimal" in failure_of(run_whole(platform))
    with source(postgres, tmp_path, monkeypatch, '{n: "decimal(30, 20)"}') as platform:
        assert [row["n"] for row in taken(platform)] == [Decimal("0.12345678901200000000")]


@pytest.mark.parametrize("value", ["infinity", "10000-01-01", "0044-03-15 BC"])
@pytest.mark.parametrize("kind", ["TIMESTAMPTZ", "DATE"])
def test_times_that_no_calendar_has_are_of_no_day_and_told_by_column(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, kind: str
) -> None:
    run(
        postgres,
        "DROP TABLE IF EXISTS odd",
        f"CREATE TABLE odd (id INT PRIMARY KEY, at {kind})",
        f"INSERT INTO odd VALUES (1, '{value}'), (2, '{back(2)}')",
    )
    columns = f"{{id: int64, at: {'date' if kind == 'DATE' else 'timestamp'}}}"
    for number, cursor in enumerate(("", "cursor: at")):
        own = tmp_path / str(number)
        with source(postgres, own, monkeypatch, columns, more=f"key: [id]\n{cursor}") as platform:
            result = run_whole(platform)
            if value == "infinity":  # the last moment that there is, as the driver has it
                assert result.success, failure_of(result)
            else:
                assert "columns of times are at: have it mended" in failure_of(result)
    daily = "key: [id]\npartition: {column: at}\nrestated_days: 3"
    with source(postgres, tmp_path, monkeypatch, columns, more=daily) as platform:
        result = platform.run(back(2))
        assert result.success, failure_of(result)
        checks = {event.check_name: event for event in result.get_asset_check_evaluations()}
        assert not checks["rows_have_a_day"].passed


def test_tables_of_another_schema_views_and_names_that_sql_has_a_meaning_for(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(
        postgres,
        "CREATE SCHEMA IF NOT EXISTS shop",
        "DROP TABLE IF EXISTS shop.odd CASCADE",
        'CREATE TABLE shop.odd (id INT PRIMARY KEY, "select" TEXT)',
        "INSERT INTO shop.odd VALUES (1, 'a')",
        'CREATE VIEW shop."My View; DROP" AS SELECT * FROM shop.odd',
        "CREATE MATERIALIZED VIEW shop.kept AS SELECT * FROM shop.odd",
    )
    for table in ("shop.odd", "shop.My View; DROP", "shop.kept"):
        with source(
            postgres, tmp_path / table[5:8], monkeypatch, "{id: int64, select: string}", table=table
        ) as platform:
            assert [row["select"] for row in taken(platform)] == ["a"]
    with source(postgres, tmp_path, monkeypatch, "{id: int64}", table="odd; DROP TABLE shop.odd") as platform:
        assert "there is no such table" in failure_of(run_whole(platform))


@pytest.mark.skipif(mariadb.SERVER is None, reason="Debian's mariadb-server is not installed")
def test_types_of_mariadb_keep_their_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mariadb.running_mariadb() as url:
        run(
            url,
            "CREATE TABLE odd (id INT PRIMARY KEY, few TINYINT(1), s SET('c', 'a', 'b'), e ENUM('x', 'y'), y YEAR, "
            "t TIME, j JSON, b BIT(3), u BIGINT UNSIGNED, at DATETIME(6), bin VARBINARY(4))",
            "INSERT INTO odd VALUES (1, 5, 'a,b,c', 'y', 2026, '-10:00:00', '{\"v\": 1.10}', 5, 18446744073709551615, "
            "'2026-11-30 10:00:00.123456', x'00ff')",
        )
        columns = (
            "{id: int64, few: int64, s: string, e: string, y: string, t: string, j: string, b: string, "
            'u: "decimal(20, 0)", at: timestamp, bin: string}'
        )
        with source(url, tmp_path, monkeypatch, columns) as platform:
            (row,) = taken(platform)
        assert (row["few"], row["s"], row["e"], row["y"], row["j"], row["b"]) == (
            5, "c,a,b", "y", "2026", '{"v": 1.10}', "5",
        )  # fmt: skip
        with source(url, tmp_path / "b", monkeypatch, columns.replace("few: int64", "few: bool")) as platform:
            assert "a value of column few is no bool" in failure_of(run_whole(platform))
