"""``new --source``: a look at somebody's data becomes a source that loads; no secret becomes part of any file."""

import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.products.source_file import read_source
from data_platform_tests.answering import Reply, answering
from data_platform_tests.own_sources import at, day

RUN = CliRunner()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert RUN.invoke(app, ["init", str(tmp_path / "mesh")]).exit_code == 0
    monkeypatch.chdir(tmp_path / "mesh")
    monkeypatch.setenv("DATA_PLATFORM_PROJECT", str(tmp_path / "mesh"))
    return tmp_path / "mesh"


def a_table(file: Path, ddl: str, rows: list[tuple[object, ...]]) -> None:
    file.parent.mkdir(exist_ok=True)
    with sqlite3.connect(file) as connection:
        connection.execute(ddl)
        connection.executemany(f"INSERT INTO orders VALUES ({', '.join('?' * len(rows[0]))})", rows)


def invoke(verb: str, *arguments: str) -> Result:
    """A verb in the project's folder; its domains are named, since the command found those of this checkout before."""
    return RUN.invoke(app, [verb, *arguments, "--domains", str(Path.cwd() / "domains")])


def new(*arguments: str) -> str:
    done = invoke("new", *arguments)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_table_becomes_a_source_and_what_was_guessed_is_said(project: Path) -> None:
    ddl = (
        'CREATE TABLE orders (id INTEGER PRIMARY KEY, "Total Amount" NUMERIC(12, 2), photo BLOB, '
        "created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP)"
    )
    rows = [(n, 1, b"x", str(at(1 + n)), str(at(n) + timedelta(days=1))) for n in range(0, 20, 2)]
    a_table(project / "data" / "shop.sqlite", ddl, rows)
    told = new("acme/raw_orders", "--source", "sqlite:///data/shop.sqlite", "--table", "orders")
    spec, _ = read_source(project / "domains" / "acme" / "raw_orders")
    assert {name: column.type for name, column in spec.columns.items()} == {
        "id": "int64", "total_amount": "decimal(12, 2)", "created_at": "timestamp", "updated_at": "timestamp",
    }  # fmt: skip
    assert spec.columns["total_amount"].source == "Total Amount"
    assert (spec.key, spec.cursor, spec.leave_out) == (["id"], "updated_at", ["photo"])
    assert spec.partition is not None
    assert (spec.partition.column, spec.restated_days, spec.empty) == ("created_at", 30, "allowed")
    for guess in ("by the UTC date of created_at, a guess", "a guess by its name", "days have no rows", "photo"):
        assert guess in told
    assert "data-platform run acme/raw_orders" in told
    assert invoke("lint").exit_code == 0


def test_a_table_without_a_time_is_taken_whole(project: Path) -> None:
    a_table(project / "data" / "shop.sqlite", "CREATE TABLE orders (id INTEGER, name TEXT)", [(1, "a")])
    told = new("acme/raw_orders", "--source", "sqlite:///data/shop.sqlite", "--table", "orders")
    spec, _ = read_source(project / "domains" / "acme" / "raw_orders")
    assert not spec.daily
    assert "no column says when a row came to be" in told
    assert "the database knows none" in told


def test_a_product_over_a_source_knows_its_columns_before_anything_was_taken(project: Path) -> None:
    rows = [(1, 2.5, str(at(1)))]
    ddl = "CREATE TABLE orders (id INTEGER PRIMARY KEY, amount NUMERIC(12, 2), created_at TIMESTAMP NOT NULL)"
    a_table(project / "data" / "shop.sqlite", ddl, rows)
    new("acme/raw_orders", "--source", "sqlite:///data/shop.sqlite", "--table", "orders")
    new("acme/orders_v1", "--sql", "SELECT day, id, amount FROM acme.raw_orders")
    assert "daily" in (project / "domains" / "acme" / "orders_v1" / "defs.yaml").read_text()
    linted = invoke("lint")
    assert linted.exit_code == 0
    assert "raw_orders" not in linted.output


def test_files_with_a_date_in_their_names_become_a_source_of_days(project: Path) -> None:
    for back in (1, 2):
        (project / "drops").mkdir(exist_ok=True)
        (project / "drops" / f"orders_{day(back)}_v{back}.csv").write_text("Order ID,Total\n1,2.5\n2,3\n")
    told = new("acme/raw_orders", "--source", "drops/*.csv")
    spec, _ = read_source(project / "domains" / "acme" / "raw_orders")
    assert spec.source.url == "drops/orders_{day}*.csv"
    assert (spec.daily, spec.restated_days, spec.key) == (True, 30, ["order_id"])
    assert spec.columns["order_id"].source == "Order ID"
    assert "by the date in the files' names, a guess" in told


def test_a_folder_of_parquet_becomes_a_source_with_its_types(project: Path) -> None:
    (project / "drops").mkdir()
    pq.write_table(
        pa.table({"id": [1, 2], "at": pa.array([0, 1], pa.timestamp("us"))}), project / "drops" / "a.parquet"
    )
    new("acme/raw_orders", "--source", "drops/*.parquet")
    spec, _ = read_source(project / "domains" / "acme" / "raw_orders")
    assert {name: column.type for name, column in spec.columns.items()} == {"id": "int64", "at": "timestamp"}


def test_an_api_becomes_a_source_and_its_secret_address_stays_in_a_variable(project: Path) -> None:
    answer = Reply(b'{"items": [{"id": "a", "name": "b"}]}', headers={"Content-Type": "application/json"})
    with answering(lambda asked: answer) as server:
        address = f"{server.url}/orders?api_key=s3cr3t-w0rd-of-acme"
        told = new("acme/raw_orders", "--source", address, "--rest", "--records", "items")
    text = (project / "domains" / "acme" / "raw_orders" / "defs.yaml").read_text()
    assert "url: ACME_ORDERS_URL" in text
    assert "set ACME_ORDERS_URL to the address" in told
    assert "s3cr3t" not in text + told
    del os.environ["ACME_ORDERS_URL"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["acme/orders_v1", "--source", "sqlite:///x.sqlite"], "write domain/raw_name"),
        (["acme/raw_orders", "--source", "sqlite:///x.sqlite", "--table", "orders"], "there is no database at"),
        (["acme/raw_orders", "--source", "sqlite:///x.sqlite"], "--table orders"),
        (["acme/raw_orders", "--source", "NOT_SET_URL", "--table", "orders"], "NOT_SET_URL is not set"),
        (["acme/raw_orders", "--source", "ftp://x/y"], "is no address of a source"),
    ],
)
def test_what_cannot_be_a_source_is_refused_and_nothing_is_written(
    project: Path, arguments: list[str], told: str
) -> None:
    done = invoke("new", *arguments)
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())
    assert not (project / "domains" / "acme").exists()


def test_a_password_is_never_shown_or_written_where_the_database_does_not_answer(project: Path) -> None:
    address = "postgresql://reader:s3cr3t-w0rd@127.0.0.1:1/shop"
    done = invoke("new", "acme/raw_orders", "--source", address, "--table", "orders")
    assert done.exit_code == 2
    assert "s3cr3t" not in done.output


def test_a_source_with_a_mistake_is_an_error_of_lint_with_its_line(project: Path) -> None:
    folder = project / "domains" / "acme" / "raw_orders"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "defs.yaml").write_text("type: data_platform.Source\nattributes:\n  source: {type: sql, tabel: x}\n")
    done = invoke("lint", "acme")
    assert done.exit_code == 1
    assert "raw_orders/defs.yaml:3:" in done.output
    assert "did you mean 'table'?" in done.output
