"""A company's first day with its own data: a table of its Postgres and a prefix of its S3, from the wheel alone."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from data_platform_tests.end_to_end.test_first_day import Company, company
from data_platform_tests.own_sources import at, day
from data_platform_tests.postgres import Postgres, running_postgres
from data_platform_tests.s3 import S3Server

__all__ = ["company"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

MOST_COMMANDS = 6
MOST_LINES = 25
PRODUCT = "SELECT day, count(*) AS orders, sum(amount) AS revenue FROM acme.raw_orders GROUP BY day"


def filled(server: Postgres) -> str:
    """The address of a database with orders of the last two weeks."""
    with psycopg2.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, dbname=server.database
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "CREATE TABLE orders (order_id BIGINT PRIMARY KEY, amount NUMERIC(10, 2) NOT NULL, "
            "placed_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL)"
        )
        for number in range(200):
            moment = at(number % 14)
            cursor.execute("INSERT INTO orders VALUES (%s, %s, %s, %s)", (number, number, moment, moment))
    return f"postgresql://{server.user}:{server.password}@{server.host}:{server.port}/{server.database}"


def test_a_companys_first_day_with_its_own_data(company: Company, s3_store: S3Server, tmp_path: Path) -> None:
    python, uv = str(company.bin / "python"), Path(sys.executable).with_name("uv")
    subprocess.run([str(uv), "pip", "install", "--quiet", "--python", python, "psycopg2-binary"], check=True)
    bucket, client = s3_store.fresh_bucket(), s3_store.client()
    for number in (1, 2, 3):
        body = f"visit_id,page\n{number},/\n{number + 10},/films\n".encode()
        client.put_object(Bucket=bucket, Key=f"visits/visits_{day(number)}.csv", Body=body)
    (tmp_path / "postgres").mkdir()
    with running_postgres(tmp_path / "postgres") as server:
        own = {
            **s3_store.environment,
            "DATA_PLATFORM_STORE": f"s3://{bucket}/mesh",
            "ACME_DATABASE_URL": filled(server),
        }
        begun = time.monotonic()
        company.commands.clear()
        company.run("data-platform init own-mesh")
        before = {file for file in (company.folder / "own-mesh").rglob("*") if file.is_file()}
        log = company.folder / "own-mesh.log"
        company.commands.append("make run")
        with company.up("own-mesh", **own):
            table = "data-platform new acme/raw_orders --source ACME_DATABASE_URL --table orders"
            company.run(table, "own-mesh", **own)
            visits = f"data-platform new acme/raw_visits --source 's3://{bucket}/visits/*.csv'"
            company.run(visits, "own-mesh", **own)
            company.until(lambda: "Served now: acme" in log.read_text(), "the new domain is served without a restart")
            for source in ("raw_orders", "raw_visits"):
                told = company.run(f"data-platform run acme/{source}", "own-mesh", **own)
                assert server.password not in told
            spent, commands = time.monotonic() - begun, list(company.commands)
            domains = company.folder / "own-mesh" / "domains"
            lines = sum(len(file.read_text().splitlines()) for file in domains.rglob("*/defs.yaml"))
            company.run(f'data-platform new acme/revenue_v1 --sql "{PRODUCT}"', "own-mesh", **own)
            company.until(lambda: "revenue_v1" in company.run("data-platform list", "own-mesh", **own), "it is there")
            company.run("data-platform run acme/revenue_v1", "own-mesh", **own)
            rows = company.until(lambda: company.rows("acme/revenue_v1", "own-mesh", **own), "the product is made")
            assert rows[0]["orders"] >= 14
        kept = [file for file in (company.folder / "own-mesh").rglob("*") if file.is_file() and file not in before]
        assert [file for file in kept if server.password.encode() in file.read_bytes()] == []
    print(f"{spent:.0f} s, {len(commands)} commands, {lines} lines of YAML that new wrote, none by hand")  # noqa: T201
    assert len(commands) <= MOST_COMMANDS
    assert lines <= 2 * MOST_LINES
