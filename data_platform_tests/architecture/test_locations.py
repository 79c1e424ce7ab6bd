"""One code location a domain; a broken domain fails alone; Dagster's own commands work from the root."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from data_platform_tests.repository import PROJECT_ROOT

BIN = Path(sys.executable).parent


def run(*command: str, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_workspace_names_one_location_for_every_domain_folder() -> None:
    assert run("data-platform", "workspace", "--check", cwd=PROJECT_ROOT).returncode == 0
    entries = yaml.safe_load((PROJECT_ROOT / "workspace.yaml").read_text())["load_from"]
    modules = [entry["python_module"] for entry in entries]
    domains = sorted(path.parent.name for path in (PROJECT_ROOT / "data_platform" / "domains").glob("*/__init__.py"))
    assert sorted(module["location_name"] for module in modules) == domains
    assert all(module["module_name"] == "data_platform.locations" for module in modules)
    assert all(module["attribute"] == module["location_name"] for module in modules)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("dg", "list", "defs"), marks=pytest.mark.slow),
        pytest.param(("dg", "check", "yaml"), marks=pytest.mark.slow),
        pytest.param(("dg", "check", "defs"), marks=pytest.mark.slow),
        pytest.param(("dagster", "definitions", "validate", "-w", "workspace.yaml"), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_dagsters_own_commands_work_from_the_root(command: tuple[str, ...]) -> None:
    done = run(*command, cwd=PROJECT_ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


SECOND_DOMAIN: Mapping[str, str] = {
    "data_platform/domains/shipping/__init__.py": '"""A second domain."""\n',
    "data_platform/domains/shipping/ingestion.py": (
        'import dagster as dg\n\n\n@dg.asset(key=["shipping", "parcels"])\ndef parcels(): ...\n'
    ),
}


@pytest.fixture
def two_domains(tmp_path: Path) -> Path:
    """A copy of the project with a second domain in it."""
    for name in ("data_platform", "pyproject.toml", "workspace.yaml", "dagster.yaml"):
        source = PROJECT_ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    for name, text in SECOND_DOMAIN.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    written = run("data-platform", "workspace", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert written.returncode == 0, written.stderr
    return tmp_path


def validate(project: Path) -> str:
    done = run("dagster", "definitions", "validate", "-w", "workspace.yaml", cwd=project, PYTHONPATH=str(project))
    return done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("broken", "standing"), [("movies", "shipping"), ("shipping", "movies")])
def test_a_domain_that_cannot_be_imported_leaves_the_others_standing(
    two_domains: Path, broken: str, standing: str
) -> None:
    ingestion = two_domains / "data_platform" / "domains" / broken / "ingestion.py"
    ingestion.write_text("import a_library_that_nobody_has\n")
    said = validate(two_domains)
    assert f"Validation successful for code location {standing}" in said
    assert f"Validation failed for code location {broken}" in said
    assert "a_library_that_nobody_has" in said
