"""Changed code of a domain is served anew: which changes count, and the whole of it on a real platform."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_platform.laptop.changes import Changes
from data_platform.laptop.dagster_api import DagsterAPI
from data_platform.mesh.scaffold.project import NewProject
from data_platform.products.imported import LOCATION
from data_platform.project import Project
from data_platform.settings import PROJECT_VARIABLE, STATE_VARIABLE, STORE_VARIABLE


class Looks:
    """A project whose files are looked at, again and again."""

    def __init__(self, root: Path) -> None:
        self.project = Project.read(root)
        self.now = 0.0
        self.changes = Changes(clock=lambda: self.now)
        self.locations = ["sales", "finance", LOCATION]

    def write(self, name: str, text: str) -> None:
        file = self.project.domains / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def look(self, seconds: float = 3.0) -> set[str]:
        self.now += seconds
        return self.changes.look(self.project, self.locations)


@pytest.fixture
def looks(tmp_path: Path) -> Looks:
    NewProject(tmp_path / "mesh").write()
    looks = Looks(tmp_path / "mesh")
    looks.write("sales/__init__.py", "")
    looks.write("finance/__init__.py", "")
    looks.write("sales/orders_v1/transform.sql", "SELECT 1 AS n")
    assert looks.look() == set()
    return looks


@pytest.mark.parametrize("file", ["orders_v1/transform.sql", "orders_v1/defs.yaml", "raw_orders.py"])
def test_a_domain_whose_files_changed_is_due_once_and_no_other_is(looks: Looks, file: str) -> None:
    looks.write(f"sales/{file}", "SELECT 22 AS n")
    assert looks.look() == set(), "there may be more to come"
    assert looks.look() == {"sales"}
    assert looks.look() == set()


def test_while_files_go_on_changing_nothing_is_due(looks: Looks) -> None:
    for number in range(4):
        looks.write("sales/orders_v1/transform.sql", f"SELECT {'1' * number} AS n")
        assert looks.look() == set()
    assert looks.look() == {"sales"}


def test_a_file_that_is_deleted_is_a_change_and_what_python_and_editors_leave_is_none(looks: Looks) -> None:
    for name in ("__pycache__/x.py", ".cache/x.py", ".#raw.py", "orders_v1/notes.txt", "orders_v1/transform.sql.swp"):
        looks.write(f"sales/{name}", "x")
    assert [looks.look(), looks.look()] == [set(), set()]
    (looks.project.domains / "sales/orders_v1/transform.sql").unlink()
    assert [looks.look(), looks.look()] == [set(), {"sales"}]


def test_a_location_that_is_new_is_served_as_it_is_and_one_that_could_not_be_loaded_comes_again(looks: Looks) -> None:
    looks.write("new/__init__.py", "")
    looks.locations.append("new")
    assert [looks.look(), looks.look()] == [set(), set()]
    looks.changes.again("new")
    assert looks.look() == {"new"}


def test_a_contract_that_was_imported_anew_is_a_change_of_the_location_of_imports(looks: Looks) -> None:
    looks.write("crm/people_v1/imported.yaml", "product: crm/people_v1")
    looks.write("crm/people_v1/contract.odcs.yaml", "version: 1.0.0")
    assert [looks.look(), looks.look()] == [set(), {LOCATION}]
    looks.write("crm/people_v1/contract.odcs.yaml", "version: 1.10.0")
    assert [looks.look(), looks.look()] == [set(), {LOCATION}]


def test_files_are_not_looked_at_at_each_turn(looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    looks.look()
    monkeypatch.setattr(os, "walk", lambda *_: pytest.fail("looked"))
    assert looks.look(seconds=0.5) == set()


def until(holds: Callable[[], Any], output: Path, seconds: float = 240) -> Any:
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.3)
    return answer


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_running_platform_serves_what_was_added_to_a_domain_and_comes_back_from_code_that_does_not_load(
    tmp_path: Path,
) -> None:
    root = tmp_path / "mesh"
    NewProject(root).write()
    (tmp_path / "store").mkdir()
    (root / "orders.csv").write_text("order_id,amount\n1,10\n2,20\n")
    variables = {
        PROJECT_VARIABLE: str(root),
        STATE_VARIABLE: str(tmp_path / "state"),
        STORE_VARIABLE: f"file://{tmp_path / 'store'}",
    }
    command = str(Path(sys.executable).with_name("data-platform"))

    def run(*arguments: str, check: bool = True) -> int:
        environment = os.environ | variables
        done = subprocess.run([command, *arguments], cwd=root, env=environment, check=check, capture_output=True)
        return done.returncode

    run("new", "sales/orders_v1", "--from", "orders.csv")
    output = tmp_path / "up.log"
    with output.open("wb") as out:
        up = subprocess.Popen([command, "up"], cwd=root, env=os.environ | variables, stdout=out, stderr=out)
    try:
        until(lambda: "Ctrl-C stops everything" in output.read_text(), output)
        with DagsterAPI.of_running(tmp_path / "state") as api:
            assert "sales/totals_v1" not in api.materializable()
            run("new", "sales/totals_v1", "--sql", "SELECT sum(amount) AS total FROM sales.orders_v1")
            until(lambda: "sales/totals_v1" in api.materializable(), output)
            until(lambda: "Files changed; served anew: sales" in output.read_text(), output)
            module = root / "domains" / "sales" / "raw_orders.py"
            code = module.read_text()
            module.write_text("raise RuntimeError('half written')\n")
            until(lambda: "half written" in output.read_text(), output)
            module.write_text(code)
            until(lambda: "sales/totals_v1" in api.materializable(), output)
            run("run", "sales/raw_orders")
            until(lambda: run("read", "sales/totals_v1", check=False) == 0, output)
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(60)
