"""The page "Bring your own source": each of its commands is run, and each of its files is read."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.products.source_file import read_source
from data_platform_tests.answering import Asked, Reply, Server, answering
from data_platform_tests.domains.platforms import failure_of
from data_platform_tests.own_sources import DOMAIN, at, day, platform_of
from data_platform_tests.repository import PROJECT_ROOT
from data_platform_tests.s3 import S3Server
from data_platform_tests.sftp import Sftp, running_sftp

PAGE = (PROJECT_ROOT / "docs" / "sources.md").read_text()
COMMANDS = [line.split(" #")[0].strip() for line in re.findall(r"^data-platform new .*--source.*$", PAGE, re.MULTILINE)]
FILES = [block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "data_platform.Source" in block]
DDL = "CREATE TABLE orders (id INTEGER PRIMARY KEY, amount NUMERIC(12, 2), placed_at TIMESTAMP NOT NULL)"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert CliRunner().invoke(app, ["init", str(tmp_path / "mesh")]).exit_code == 0
    monkeypatch.chdir(tmp_path / "mesh")
    monkeypatch.setenv("DATA_PLATFORM_PROJECT", str(tmp_path / "mesh"))
    return tmp_path / "mesh"


@pytest.fixture
def web() -> Iterator[Server]:
    def answer(asked: Asked) -> Reply:
        return Reply(b'{"data": [{"id": 1, "total": "2"}]}' if asked.path == "/orders" else b"id,total\n1,2\n")

    with answering(answer) as server:
        yield server


@pytest.fixture
def sftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sftp]:
    with running_sftp(tmp_path / "sftp") as server:
        monkeypatch.setenv("HOME", str(tmp_path))  # with its known_hosts
        (tmp_path / ".ssh").mkdir()
        (tmp_path / ".ssh" / "known_hosts").write_text(server.known_hosts.read_text())
        (server.root / "out").mkdir()
        (server.root / "out" / f"orders_{day(1)}.csv").write_text("id,total\n1,2\n")
        yield server


def with_a_database(project: Path) -> str:
    import sqlite3  # noqa: PLC0415 - for this alone

    (project / "data").mkdir()
    with sqlite3.connect(project / "data" / "shop.sqlite") as connection:
        connection.execute(DDL)
        connection.execute("INSERT INTO orders VALUES (1, 2.5, ?)", (str(at(1)),))
    return "sqlite:///data/shop.sqlite"


def test_the_page_has_all_kinds_of_sources() -> None:
    told = " ".join(COMMANDS)
    assert all(kind in told for kind in ("sqlite:", "ACME_ORDERS_URL", "drops/", "s3:", "sftp:", "https:", "--rest"))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_page_writes_a_source(
    project: Path, command: str, web: Server, sftp: Sftp, s3_store: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = with_a_database(project)
    monkeypatch.setenv("ACME_ORDERS_URL", database)
    for name, value in s3_store.environment.items():
        monkeypatch.setenv(name, value)
    bucket = s3_store.fresh_bucket()
    s3_store.client().put_object(Bucket=bucket, Key=f"orders/{day(1)}/a.parquet", Body=a_parquet(project))
    (project / "drops").mkdir()
    (project / "drops" / f"orders_{day(1)}.csv").write_text("id,total\n1,2\n")
    instead = {
        "https://api.acme.com": web.url,
        "https://acme.com": web.url,
        "s3://acme": f"s3://{bucket}",
        "reader@files.acme.com": f"reader:{sftp.password}@127.0.0.1:{sftp.port}",
    }
    for theirs, ours in instead.items():
        command = command.replace(theirs, ours)
    given = [*shlex.split(command)[1:], "--domains", str(project / "domains")]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 0, done.output
    assert sftp.password not in done.output
    (written,) = (project / "domains" / DOMAIN).glob("raw_*")
    assert read_source(written)[0].columns
    assert sftp.password not in (written / "defs.yaml").read_text()
    monkeypatch.delenv("ACME_ORDERS_URL", raising=False)


@pytest.mark.parametrize("number", range(len(FILES)))
def test_each_file_of_the_page_is_read(tmp_path: Path, number: int) -> None:
    folder = tmp_path / DOMAIN / "raw_orders"
    folder.mkdir(parents=True)
    (folder / "defs.yaml").write_text(FILES[number])
    write_modules(tmp_path)
    spec, _ = read_source(folder)
    assert spec.source.type == yaml.safe_load(FILES[number])["attributes"]["source"]["type"]


def test_the_pages_format_of_ones_own_is_read_by_the_pages_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text,) = (file for file in FILES if "prices.read_prices" in file)
    folder = tmp_path / DOMAIN / "raw_prices"
    folder.mkdir(parents=True)
    (folder / "defs.yaml").write_text(text.replace("drops/", f"{tmp_path}/drops/"))
    write_modules(tmp_path)
    (tmp_path / "drops").mkdir()
    (tmp_path / "drops" / f"prices_{day(1)}.txt").write_text(f"Prices of {day(1)}\nAlien;9.90\nHeat;8\nrows: 2\n")
    (tmp_path / "drops" / f"prices_{day(2)}.txt").write_text(f"Prices of {day(2)}\nAlien;9.90\nrows: 2\n")
    with platform_of(tmp_path / "store", monkeypatch, folder) as platform:
        assert platform.run(str(day(1))).success
        rows = platform.rows("raw_prices")
        assert [(row["film"], str(row["price"])) for row in rows] == [("Alien", "9.90"), ("Heat", "8.00")]
        assert platform.metadata("raw_prices", str(day(1)))["comments"] == [f"Prices of {day(1)}"]
        assert "1 rows instead of 2" in failure_of(platform.run(str(day(2))))


def write_modules(domains: Path) -> None:
    """The page's Python, each where its first line says."""
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        place = block.partition("\n")[0].removeprefix("# domains/")
        (domains / place).write_text(block)


def a_parquet(project: Path) -> bytes:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    write: Callable[..., None] = pq.write_table
    write(pa.table({"id": [1]}), project / "a.parquet")
    return (project / "a.parquet").read_bytes()
