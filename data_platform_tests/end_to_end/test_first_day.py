"""A company's first day: from the wheel alone, in empty folders, to a mesh of three repositories on one store.

What belongs here: what a new user does, by the commands that the README gives, in an environment in which there is
nothing but the wheel and what it asks for.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from data_platform_tests.repository import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ORDERS = "order_id,customer,amount,day\n1,ann,10.5,2026-11-01\n2,bob,3.25,2026-11-01\n3,cid,7,2026-11-02\n"
BY_DAY = "SELECT day, count(*) AS orders, sum(amount) AS revenue FROM sales.orders_v1 GROUP BY day"
TOLD = """\
import dagster as dg
with dg.DagsterInstance.get() as instance:
    records = instance.fetch_materializations(dg.AssetKey(["sales", "orders_v1"]), limit=100).records
print(sorted(int(str(record.asset_materialization.metadata["table_version"].value)) for record in records))
"""
"""Says which versions of sales' table an instance was told of."""

HIDDEN = ("DATA_PLATFORM", "DAGSTER", "AWS_", "PYTHONPATH", "TMDB", "VIRTUAL_ENV")


@dataclass
class Company:
    """Some folders, an environment with the wheel, and the commands that were given."""

    folder: Path
    bin: Path
    commands: list[str] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return kept | {"HOME": str(home), "PATH": f"{self.bin}:{os.environ['PATH']}"} | more

    def run(self, line: str, where: str = ".", *, code: int = 0, **more: str) -> str:
        """A command as a person types it."""
        self.commands.append(line)
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder / where,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def until(self, holds: Callable[[], Any], what: str, seconds: float = 300) -> Any:
        deadline = time.monotonic() + seconds
        while not (answer := holds()):
            logs = "\n".join(log.read_text()[-3000:] for log in self.folder.glob("*.log"))
            assert time.monotonic() < deadline, f"{what}\n{logs}"
            time.sleep(0.5)
        return answer

    @contextmanager
    def up(self, where: str, **more: str) -> Iterator["subprocess.Popen[bytes]"]:
        """`data-platform up` in a project, ready; stopped at the end."""
        log = self.folder / f"{where}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["data-platform", "up"],
                cwd=self.folder / where,
                env=self.environment(**more),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.until(lambda: "Ctrl-C stops everything" in log.read_text(), f"{where} is ready")
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(60)

    def rows(self, product: str, where: str, **more: str) -> list[dict[str, Any]]:
        """What is published of a product; nothing, while it is not."""
        done = subprocess.run(
            ["data-platform", "read", product, "--json"],
            cwd=self.folder / where,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            check=False,
        )
        return list(json.loads(done.stdout)["rows"]) if done.returncode == 0 else []


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The wheel in an empty environment."""
    folder = tmp_path_factory.mktemp("company")
    source = folder / "source"  # a build writes beside its sources
    source.mkdir()
    for name in ("data_platform", "pyproject.toml", "README.md", "LICENSE"):
        (source / name).symlink_to(PROJECT_ROOT / name)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder / "dist")]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "."], cwd=source, check=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    (built,) = (folder / "dist").glob("*.whl")
    python, uv = str(folder / "venv" / "bin" / "python"), Path(sys.executable).with_name("uv")
    pip = [str(uv), "pip", "install", "--python", python, "--compile-bytecode"]
    if not uv.exists():
        pip = [python, "-m", "pip", "install"]
    subprocess.run([*pip, "--quiet", str(built), "pytest"], check=True)
    return Company(folder, folder / "venv" / "bin")


def test_a_companys_first_day(company: Company) -> None:
    begun = time.monotonic()
    company.commands.clear()
    company.run("data-platform init my-mesh")
    log = company.folder / "my-mesh.log"
    with company.up("my-mesh"):
        assert "There is no domain yet" in log.read_text()
        (company.folder / "my-mesh" / "orders.csv").write_text(ORDERS)
        company.run("data-platform new sales/orders_v1 --from orders.csv", "my-mesh")
        company.until(lambda: "Served now: sales" in log.read_text(), "the new domain is served without a restart")
        company.run("data-platform run sales/raw_orders", "my-mesh")
        company.until(lambda: company.rows("sales/orders_v1", "my-mesh"), "the product follows by itself")
        first_product = time.monotonic() - begun
        company.run("data-platform register sales/orders_v1", "my-mesh")
        company.run(f'data-platform new marketing/by_day_v1 --sql "{BY_DAY}"', "my-mesh")
        company.until(lambda: "Served now: marketing" in log.read_text(), "a second domain is served")
        company.run("data-platform run marketing/by_day_v1", "my-mesh")
        assert len(company.rows("marketing/by_day_v1", "my-mesh")) == 2
        assert "film" not in log.read_text().lower()
    company.run("data-platform lint && pytest -q", "my-mesh")
    dropped = company.run("data-platform impact sales/orders_v1 --drop amount", "my-mesh", code=1)
    assert "marketing/by_day_v1" in dropped
    told = f"{first_product:.0f} s to the first product, {len(company.commands)} commands: {company.commands}"
    print(told)  # noqa: T201 - the closing note's figures
    assert not list((company.folder / "my-mesh").rglob("*movies*"))


def orders_of(company: Company, rows: str) -> None:
    file = company.folder / "sales-repo" / "orders.csv"
    file.write_text(rows)


def test_three_repositories_two_platforms_and_one_store_with_kills(company: Company) -> None:
    store = company.folder / "store"
    store.mkdir()
    shared = {"DATA_PLATFORM_STORE": f"file://{store}"}
    for domain in ("sales", "marketing", "finance"):
        company.run(f"data-platform init {domain}-repo --domain {domain}")
    orders_of(company, ORDERS)
    company.run("data-platform new sales/orders_v1 --from orders.csv", "sales-repo", **shared)
    company.run("data-platform register sales/orders_v1", "sales-repo", **shared)
    company.run("data-platform use sales/orders_v1", "marketing-repo", **shared)
    company.run(f'data-platform new marketing/by_day_v1 --sql "{BY_DAY}"', "marketing-repo", **shared)
    company.run("data-platform register marketing/by_day_v1", "marketing-repo", **shared)
    company.run("data-platform use marketing/by_day_v1", "finance-repo", **shared)
    plan = "SELECT day, revenue * 2 AS plan FROM marketing.by_day_v1"
    company.run(f'data-platform new finance/plan_v1 --sql "{plan}"', "finance-repo", **shared)
    company.run("data-platform register finance/plan_v1", "finance-repo", **shared)

    # A breaking change is refused for a consumer in another repository.
    contract = company.folder / "sales-repo" / "domains" / "sales" / "orders_v1" / "contract.odcs.yaml"
    before = contract.read_text()
    contract.write_text(re.sub(r"version: 1\.0\.0", "version: 1.1.0", before).replace("name: amount", "name: total"))
    transform = contract.with_name("transform.sql")
    query = transform.read_text()
    transform.write_text(query.replace("AS amount", "AS total"))
    refused = company.run("data-platform register sales/orders_v1", "sales-repo", code=1, **shared)
    assert "marketing/by_day_v1 (product of another repository, of marketing) breaks" in refused
    contract.write_text(before)
    transform.write_text(query)

    with company.up("sales-repo", **shared):
        with company.up("marketing-repo", **shared) as consumer:
            company.run("data-platform run sales/raw_orders", "sales-repo", **shared)
            follows = lambda product, where: company.rows(product, where, **shared)  # noqa: E731 - short
            company.until(lambda: len(follows("marketing/by_day_v1", "marketing-repo")) == 2, "the consumer follows")
            # The consumer's platform is killed whole while the producer goes on.
            for process in [*psutil.Process(consumer.pid).children(recursive=True), psutil.Process(consumer.pid)]:
                process.kill()
            consumer.wait()
        orders_of(company, f"{ORDERS}4,dan,1,2026-11-03\n")
        company.run("data-platform run sales/raw_orders", "sales-repo", **shared)
        company.until(lambda: len(follows("sales/orders_v1", "sales-repo")) == 4, "the producer publishes")
        with company.up("marketing-repo", **shared):
            company.until(lambda: len(follows("marketing/by_day_v1", "marketing-repo")) == 3, "nothing was missed")
            said = company.run("data-platform list", "marketing-repo", **shared)
            assert "finance/plan_v1" in said
            (company.folder / "told.py").write_text(TOLD)
            reports = company.run(
                "DAGSTER_HOME=$PWD/.data_platform/dagster python ../told.py", "marketing-repo", **shared
            )
            versions = json.loads(reports.strip().splitlines()[-1])
            assert len(versions) == len(set(versions)), f"a publication was told twice: {versions}"
