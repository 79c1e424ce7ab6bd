"""`new --python`, `new --next-version`, and a domain that is new."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.contracts.lint import lint
from data_platform.mesh.scaffold.domain import domain_edits
from data_platform.mesh.scaffold.place import Place
from data_platform.products.folder import read_product
from data_platform.products.testing import run
from data_platform_tests.mesh.authoring import NO_PLATFORM, Author, an_author, well_formed
from data_platform_tests.repository import PROJECT_ROOT

ENDING = "customProperties:  # how\n  - {property: dataPlatform.replacedBy, value: sales/orders_v9}\n"


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    with an_author(tmp_path) as made:
        yield made


def test_a_function_gets_the_declared_columns_and_passes_the_first_input_on(author: Author) -> None:
    inputs = ("--input", "orders=sales/orders_v1:day,order_id,total", "--input", "sales/customers_v1:customer_id")
    product = author.new("sales/scored_v1", "--python", *inputs)
    assert {one.name: one.columns for one in product.inputs} == {
        "orders": ("day", "order_id", "total"),
        "customers": ("customer_id",),
    }
    assert (product.partition_column, product.primary_key) == ("day", ("day", "order_id"))
    author.test_passes("sales/scored_v1")
    assert well_formed(product.folder / "transform.py") == ""


def test_a_function_needs_inputs_that_are_there(author: Author) -> None:
    assert "needs an input" in author.refused("new", "sales/x_v1", "--python")
    assert "did you mean 'total'" in author.refused("new", "sales/x_v1", "--python", "--input", "sales/orders_v1:totl")
    assert "no product sales/order_v1" in author.refused(
        "new", "sales/x_v1", "--python", "--input", "sales/order_v1:day"
    )
    assert "cannot be read" in author.refused("new", "sales/x_v1", "--python", "--input", "orders")


def test_the_next_version_is_a_draft_that_keeps_ids_comments_and_all_else(author: Author) -> None:
    file = author.shop.domains / "sales" / "orders_v1" / "contract.odcs.yaml"
    before = file.read_text().replace("{name: campaign,", "{name: campaign, id: brought-by,")
    before = before.replace(
        "customProperties:\n",
        "customProperties:  # how\n  - {property: dataPlatform.replacedBy, value: sales/orders_v9}\n",
    )
    before += "slaProperties:\n  - property: endOfSupport\n    value: '2030-01-01'\n"
    before += "  - {property: frequency, value: 1, unit: d}\n"
    file.write_text(before.replace("status: active", "status: deprecated"))
    product = author.new("sales/orders_v2", "--next-version")
    old, new = read_product(file.parent).contract, product.contract
    assert (new.version_text, new.status, new.data_product) == ("2.0.0", "draft", "orders_v2")
    assert (new.id, new.name) == (old.id, old.name)
    assert new.schemas[0].find("campaign").id == "brought-by"  # type: ignore[union-attr]
    assert [one.property for one in new.service_levels] == ["frequency"]
    assert new.custom.replaced_by is None
    assert "# how" in (product.folder / "contract.odcs.yaml").read_text()
    assert (product.folder / "transform.sql").read_text() == (file.parent / "transform.sql").read_text()
    author.test_passes("sales/orders_v2")


def test_a_next_version_needs_one_before_it_and_a_place(author: Author) -> None:
    assert "no version of sales/returns before" in author.refused("new", "sales/returns_v2", "--next-version")
    assert "data-platform new sales/orders_v2" in author.refused("new", "sales/orders_v1", "--next-version", code=1)
    (author.shop.domains / "sales" / "orders_v1" / "defs.yaml").write_text("type: other\n")
    assert "must be right before it is copied" in author.refused("new", "sales/orders_v2", "--next-version", code=1)


def checkout(folder: Path, *, whole: bool = False) -> Path:
    """A copy of this checkout: its domains and what lists them, or all of its code."""
    names = ["pyproject.toml", "workspace.yaml"]
    parts = ["data_platform", "dagster.yaml"] if whole else ["data_platform/domains"]
    for name in [*names, *parts]:
        source, target = PROJECT_ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return folder


def test_a_new_domain_is_a_package_a_location_and_a_folder_of_tests(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    (root / "data_platform_tests" / "domains").mkdir(parents=True)
    (root / "data_platform_tests" / "domains" / "__init__.py").touch()
    before = yaml.safe_load((root / "workspace.yaml").read_text())["load_from"]
    sql = "SELECT day, ship_to_country, count(*) AS orders FROM sales.orders_v1 GROUP BY ALL"
    line = ["new", "support/load_v1", "--sql", sql, "--domains", str(root / "data_platform" / "domains")]
    done = CliRunner().invoke(app, line, env=NO_PLATFORM)
    assert done.exit_code == 0, done.output
    entries = yaml.safe_load((root / "workspace.yaml").read_text())["load_from"]
    assert entries[-1]["python_module"] == {
        "module_name": "data_platform.locations",
        "attribute": "support",
        "location_name": "support",
    }
    assert entries[:-1] == before
    assert "Owner: team support" in (root / "data_platform/domains/support/__init__.py").read_text()
    assert (root / "data_platform_tests/domains/support/__init__.py").exists()
    assert lint(root / "data_platform/domains/support/load_v1/contract.odcs.yaml") == []


def test_a_list_of_locations_that_people_wrote_is_left_alone(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    (root / "workspace.yaml").write_text("load_from: [{grpc_server: {host: localhost, port: 4000}}]\n")
    assert domain_edits(Place.of("support/load_v1", root / "data_platform" / "domains")) == {}


@pytest.mark.slow
def test_a_new_domain_from_a_file_and_a_product_from_sql_materialize_in_a_real_instance(tmp_path: Path) -> None:
    root = checkout(tmp_path / "checkout", whole=True)
    (root / "data").mkdir()
    (root / "data" / "tickets.csv").write_text("Ticket,Film,Opened\n1,603,2026-11-01\n2,604,2026-11-02\n")
    environment = {**os.environ, "PYTHONPATH": str(root), "DATA_PLATFORM_STORE": f"file://{tmp_path}/store"}
    environment |= {"DATA_PLATFORM_STATE": str(tmp_path / "state"), "DAGSTER_HOME": str(tmp_path)}
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")

    def called(*line: str) -> str:
        done = subprocess.run(line, capture_output=True, text=True, check=False, env=environment, cwd=root)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    command = [sys.executable, "-c", "from data_platform.cli import app; app()"]
    called(*command, "new", "support/tickets_v1", "--from", "data/tickets.csv")
    called(
        *command,
        "new",
        "support/films_v1",
        "--sql",
        "SELECT film, count(*) AS tickets FROM support.tickets_v1 GROUP BY film",
    )
    called(*command, "new", "support/films_v2", "--next-version")
    called(*command, "lint", "support", "--strict")
    scripts = Path(sys.executable).parent
    called(str(scripts / "dg"), "check", "yaml")
    called(str(scripts / "dagster"), "definitions", "validate", "-w", "workspace.yaml")
    script = """if True:
        import json, dagster as dg
        from data_platform.locations import load_domain
        with dg.DagsterInstance.get() as instance:
            job = load_domain("support").resolve_implicit_global_asset_job_def()
            result = job.execute_in_process(instance=instance)
            print(json.dumps(sorted("/".join(e.asset_key.path) for e in result.get_asset_materialization_events())))
    """
    made = called(sys.executable, "-c", script).strip().splitlines()[-1]
    assert json.loads(made) == ["support/films_v1", "support/films_v2", "support/raw_tickets", "support/tickets_v1"]
    answer = json.loads(called(*command, "test", "support/films_v1", "--json"))
    assert (answer["passed"], answer["total_rows"]) == (True, 2)
    answer = json.loads(called(*command, "test", "support/tickets_v1", "--run", "--json"))
    assert (answer["passed"], answer["total_rows"]) == (True, 2)
    tests = sorted((root / "data_platform_tests" / "domains" / "support").glob("test_*.py"))
    assert len(tests) == 3
    called(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, tests))


def test_a_function_that_returns_its_rows_is_run_by_its_test(author: Author) -> None:
    product = author.new("sales/kept_v1", "--python", "--input", "sales/customers_v1")
    made = run(product, {"customers": [{"customer_id": 7, "email": None}]})
    assert made.rows == [{"customer_id": 7, "email": None}]
