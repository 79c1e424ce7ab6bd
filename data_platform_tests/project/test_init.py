"""`data-platform init`: a project that depends on the platform, and names it rightly."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.mesh.scaffold.project import DISTRIBUTION, NewProject
from data_platform.project import Project
from data_platform_tests.repository import PROJECT_ROOT

TAKEN = "data-platform"
"""On PyPI this is the name of somebody else's package: who asks for it would install theirs."""


def init(folder: Path, *options: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["init", str(folder), *options])
    assert done.exit_code == code, done.output
    return done.output


def test_a_new_project_is_a_dozen_short_files_without_the_film_shop(tmp_path: Path) -> None:
    said = init(tmp_path / "My Mesh")
    files = [path for path in (tmp_path / "My Mesh").rglob("*") if path.is_file()]
    assert len(files) <= 12
    assert all(len(path.read_text().splitlines()) <= 90 for path in files)
    assert not [path for path in files if re.search("film|movie|tmdb|simulator", path.read_text(), re.IGNORECASE)]
    assert all(str(path.relative_to(tmp_path / "My Mesh")) in said for path in files)
    project = tomllib.loads((tmp_path / "My Mesh" / "pyproject.toml").read_text())
    assert project["project"]["name"] == "my-mesh"
    assert [name for name in project["project"]["dependencies"] if name.startswith(f"{DISTRIBUTION}~=")]
    assert Project.read(tmp_path / "My Mesh").domain_modules() == {}
    yaml.safe_load((tmp_path / "My Mesh" / ".github" / "workflows" / "ci.yml").read_text())


def test_a_project_for_one_domain_has_its_code_location_its_image_and_its_release(tmp_path: Path) -> None:
    root = tmp_path / "sales-repo"
    init(root, "--domain", "sales")
    project = tomllib.loads((root / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["data_platform.domains"] == {"sales": "domains.sales"}
    assert Project.read(root).domain_modules() == {"sales": "domains.sales"}
    (entry,) = yaml.safe_load((root / "workspace.yaml").read_text())["load_from"]
    assert entry["python_module"]["location_name"] == "sales"
    assert '"--attribute", "sales"' in (root / "Dockerfile").read_text()
    yaml.safe_load((root / ".github" / "workflows" / "release.yml").read_text())
    ignored = (root / ".dockerignore").read_text().splitlines()
    assert {".data_platform/", ".venv/"} <= set(ignored), "a laptop's credentials are in no image"


def test_the_example_is_the_film_shop_as_a_project_of_its_own(tmp_path: Path) -> None:
    init(tmp_path / "shop", "--example")
    project = Project.read(tmp_path / "shop")
    assert list(project.domain_modules()) == ["logistics", "logs", "marketing", "movies", "sales"]
    assert (project.sources, project.simulator) == (
        Project.read(PROJECT_ROOT).sources,
        Project.read(PROJECT_ROOT).simulator,
    )
    texts = [path.read_text() for path in project.domains.rglob("*") if path.suffix in {".py", ".yaml", ".sql"}]
    assert not [text for text in texts if "data_platform.domains" in text]


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("mine\n")
    assert "is there already, and is not overwritten" in init(tmp_path, code=1)
    assert [path.name for path in tmp_path.iterdir()] == ["Makefile"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--domain", "Sales"), "cannot be the name of a domain"),
        (("--domain", "imported"), "cannot be the name of a domain"),
        (("--domain", "sales", "--example"), "not both"),
    ],
)
def test_names_that_cannot_be_are_refused_with_what_to_write(
    tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    assert says in init(tmp_path / "mesh", *options, code=2)
    assert not (tmp_path / "mesh").exists()


ASKS = {
    "pip": rf"pip install[^\n]*[ '\"]{TAKEN}(?![-\w./])",
    "metadata": rf"version\(['\"]{TAKEN}['\"]\)",
    "a dependency": rf"^\s*\"{TAKEN}(?:[=~<>\[ ;][^\"]*)?\",?\s*(?:#.*)?$",
    "a lock": rf"^{TAKEN}(?:\[\w+\])?\s*(?:[=~<>]=|@)",
    "its own name": rf"^name\s*=\s*\"{TAKEN}\"",
}
"""What would install, or look up, the package of that name."""


def test_no_text_of_the_repository_asks_for_the_name_that_is_anothers() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        file = PROJECT_ROOT / name
        if not file.is_file() or file == Path(__file__):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        lists = file.suffix in {".toml", ".lock", ".txt", ".in"}
        for what, pattern in ASKS.items():
            if lists or what in {"pip", "metadata"}:
                assert not re.search(pattern, text, re.MULTILINE), f"{name}: {what}"


def test_the_wheel_has_all_that_a_project_needs_and_no_tests(tmp_path: Path) -> None:
    command = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), "."]
    copy = tmp_path / "source"  # a build writes beside its sources
    copy.mkdir()
    for name in ("data_platform", "pyproject.toml", "README.md", "LICENSE"):
        (copy / name).symlink_to(PROJECT_ROOT / name)
    done = subprocess.run([sys.executable, *command], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.startswith(f"{DISTRIBUTION.replace('-', '_')}-")
    names = set(zipfile.ZipFile(wheel).namelist())
    root = PROJECT_ROOT / "data_platform"
    wanted = {
        f"data_platform/{path.relative_to(root).as_posix()}"
        for path in root.rglob("*")
        if path.is_file()
        and path.suffix in {".py", ".yaml", ".sql", ".toml", ".yml", ""}
        and "__pycache__" not in path.parts
    }
    assert wanted - names == set()
    assert not [name for name in names if "tests" in name.split("/")[0]]


def test_the_files_of_a_project_are_those_of_the_platform_itself(tmp_path: Path) -> None:
    files = NewProject(tmp_path / "mesh").files()
    assert files[tmp_path / "mesh" / "dagster.yaml"] == (PROJECT_ROOT / "dagster.yaml").read_text()
