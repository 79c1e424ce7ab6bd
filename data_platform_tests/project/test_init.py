"""`data-platform init`: a project that depends on the platform, and names it rightly."""

import errno
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.mesh.errors import MeshError
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
    assert "has Makefile already: choose a folder that is new or empty" in init(tmp_path, code=1)
    (tmp_path / "a file").write_text("mine\n")
    assert "is a file" in init(tmp_path / "a file", code=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Makefile", "a file"]


def test_a_folder_that_is_empty_or_a_fresh_clone_becomes_a_project(tmp_path: Path) -> None:
    for name in ("empty", "clone"):
        (tmp_path / name).mkdir()
    (tmp_path / "clone" / ".git").mkdir()
    for name in ("empty", "clone"):
        init(tmp_path / name)
        assert Project.read(tmp_path / name).domain_modules() == {}
    assert (tmp_path / "clone" / ".git").is_dir()
    assert not list(tmp_path.rglob(".data-platform-*"))


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "link").symlink_to(elsewhere)
    (tmp_path / "nowhere").symlink_to(tmp_path / "not there")
    for target in ("link", "link/mesh", "nowhere", "nowhere/mesh"):
        assert "is a link, and nothing is written through links" in init(tmp_path / target, code=1)
    assert not list(elsewhere.iterdir())
    assert not (tmp_path / "not there").exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("n" * 101, "has 101 characters; a project's name may have 100"),
        ("n" * 300, "has 300 characters"),
        ("class", "a keyword of Python"),
        ("json", "a module of Python's own library"),
        ("dagster", "a package that is installed"),
        ("Dagster-Webserver", "a package that is installed"),
        (DISTRIBUTION, "a package that is installed"),
        ("data-platform", "a package that is installed"),
    ],
)
def test_a_project_is_not_called_as_what_it_depends_on(tmp_path: Path, name: str, why: str) -> None:
    assert why in " ".join(init(tmp_path / name, code=2).split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("domain", "why"),
    [
        ("n" * 300, "has 300 characters; a domain's name may have 100"),
        ("class", "'class' is a keyword of Python"),
        ("json", "'json' is a module of Python's own library"),
        ("dagster", "'dagster' is a package that is installed"),
        ("data_platform", "'data_platform' is a package that is installed"),
        ("order", "'order' is a reserved word of SQL"),
    ],
)
def test_a_new_domain_is_not_called_as_what_python_or_sql_mean_by_it(tmp_path: Path, domain: str, why: str) -> None:
    assert why in " ".join(init(tmp_path / "repo", "--domain", domain, code=2).split())
    init(tmp_path / "mesh")
    before = sorted((tmp_path / "mesh").rglob("*"))
    (tmp_path / "rows.csv").write_text("id\n1\n")
    domains = ["--domains", str(tmp_path / "mesh" / "domains")]
    command = ["new", f"{domain}/orders_v1", "--from", str(tmp_path / "rows.csv"), *domains]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 2
    assert why in " ".join(done.output.split())
    assert sorted((tmp_path / "mesh").rglob("*")) == before


@pytest.mark.parametrize("how", ["a full disk", "Ctrl-C"])
@pytest.mark.parametrize("existing", [False, True])
def test_what_ends_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, existing: bool
) -> None:
    if existing:
        (tmp_path / "mesh").mkdir()
    write, written = Path.write_text, []

    def fails(path: Path, *arguments: Any, **more: Any) -> int:
        written.append(path)
        if len(written) == 7:
            raise (
                OSError(errno.ENOSPC, "No space left on device", str(path))
                if how == "a full disk"
                else KeyboardInterrupt
            )
        return write(path, *arguments, **more)

    monkeypatch.setattr(Path, "write_text", fails)
    with pytest.raises(MeshError if how == "a full disk" else KeyboardInterrupt):
        NewProject(tmp_path / "mesh").write()
    assert [path.name for path in tmp_path.rglob("*")] == (["mesh"] if existing else [])


@pytest.mark.parametrize("link", ["domains/sales", "domains/sales/orders_v1", "tests/domains"])
def test_a_new_product_is_not_written_through_a_link(tmp_path: Path, link: str) -> None:
    root, elsewhere = tmp_path / "mesh", tmp_path / "elsewhere"
    init(root)
    elsewhere.mkdir()
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(elsewhere)
    (tmp_path / "rows.csv").write_text("id\n1\n")
    options = ["--from", str(tmp_path / "rows.csv"), "--domains", str(root / "domains")]
    done = CliRunner().invoke(app, ["new", "sales/orders_v1", *options])
    assert done.exit_code == 1, done.output
    assert f"{link} is a link to {elsewhere}, and nothing is written through links" in " ".join(done.output.split())
    assert not list(elsewhere.iterdir())


def test_a_move_that_fails_takes_back_those_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mesh").mkdir()
    rename, renamed = Path.rename, []

    def fails(path: Path, target: Path) -> Path:
        renamed.append(path)
        if len(renamed) == 4:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(KeyboardInterrupt):
        NewProject(tmp_path / "mesh").write()
    assert len(renamed) == 4
    assert not list((tmp_path / "mesh").iterdir())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--domain", "Sales"), "cannot be the name of a domain"),
        (("--domain", "imported"), "no domain can be called that"),
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
