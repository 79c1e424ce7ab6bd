"""Which project a process works in, and what its `pyproject.toml` says to us."""

import re
import subprocess
from pathlib import Path

import pytest

from data_platform.project import Project, ProjectError, Source, current, domains_folder, see_project, state_folder
from data_platform.settings import PROJECT_VARIABLE, STATE_VARIABLE
from data_platform.workspace_file import is_ours, workspace_text
from data_platform_tests.repository import PROJECT_ROOT

OURS = '[tool.dg.project]\ndefs_module = "domains"\nregistry_modules = ["data_platform"]\n'


def a_project(folder: Path, text: str = OURS, *domains: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text)
    for domain in domains:
        (folder / "domains" / domain).mkdir(parents=True)
        (folder / "domains" / domain / "__init__.py").touch()
    return folder


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROJECT_VARIABLE, raising=False)
    monkeypatch.delenv(STATE_VARIABLE, raising=False)


def test_the_project_is_the_nearest_folder_above_that_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = a_project(tmp_path / "mesh", OURS, "acme")
    a_project(tmp_path / "mesh" / "domains" / "acme" / "library", "[project]\nname = 'a-library'\n")
    monkeypatch.chdir(root / "domains" / "acme" / "library")
    assert current().root == root
    assert domains_folder() == root / "domains"
    assert state_folder() == root / ".data_platform"


def test_a_variable_names_the_project_wherever_a_process_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = a_project(tmp_path / "mesh", OURS)
    monkeypatch.setenv(PROJECT_VARIABLE, str(root))
    monkeypatch.chdir(tmp_path)
    assert current().root == root
    monkeypatch.setenv(PROJECT_VARIABLE, str(tmp_path))
    with pytest.raises(ProjectError, match=r"needs \[tool\.dg\.project\] with registry_modules"):
        current()


def test_where_there_is_no_project_the_checkout_of_the_platform_is_the_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert current().root == PROJECT_ROOT
    assert [source.variable for source in current().sources] == [
        "TMDB_API_TOKEN",
        "SALES_DATABASE_URL",
        "ADS_API_URL",
        "CARRIER_DROPS_URL",
    ]


def test_domains_are_packages_in_the_folder_and_others_are_not(tmp_path: Path) -> None:
    root = a_project(tmp_path, OURS, "sales", "acme")
    (root / "domains" / "not_a_package").mkdir()
    (root / "domains" / "imported_from_elsewhere" / "orders_v1").mkdir(parents=True)
    assert Project.read(root).domain_modules() == {"acme": "domains.acme", "sales": "domains.sales"}


def test_an_installed_package_brings_its_domains_by_an_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "site" / "sales_repo-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sales-repo\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[data_platform.domains]\nsales = sales_repo.domains.sales\nacme = another.acme\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    root = a_project(tmp_path / "mesh", OURS, "acme")
    modules = Project.read(root).domain_modules()
    assert modules == {"acme": "domains.acme", "sales": "sales_repo.domains.sales"}, "a folder wins over a package"


@pytest.mark.parametrize(
    ("ours", "says"),
    [
        ('[tool.data_platform.sources]\nCRM_URL = { named = "x" }\n', "sources.CRM_URL: write"),
        ("[tool.data_platform.simulator]\nmodule = 7\n", "simulator.module is no module's name"),
        ("[tool.data_platform\n", "pyproject.toml"),
        ("[tool]\ndata_platform = 3\n", "has another form"),
        ('[tool.data_platform]\nsources = ["A"]\n', "has another form"),
    ],
)
def test_what_cannot_be_used_is_an_error_that_names_the_file_and_the_key(tmp_path: Path, ours: str, says: str) -> None:
    root = a_project(tmp_path, OURS + ours)
    with pytest.raises(ProjectError, match=says) as raised:
        Project.read(root)
    assert str(root / "pyproject.toml") in str(raised.value)


def test_sources_have_a_name_and_may_have_a_notice(tmp_path: Path) -> None:
    said = '[tool.data_platform.sources]\nCRM_URL = "the CRM"\nERP = {name = "the ERP", notice = "Ask."}\nX = {}\n'
    sources = Project.read(a_project(tmp_path, OURS + said)).sources
    assert sources == (Source("CRM_URL", "the CRM"), Source("ERP", "the ERP", "Ask."), Source("X", "X"))


def test_tests_lie_beside_the_code_as_dg_projects_have_them(tmp_path: Path) -> None:
    assert Project(tmp_path, "domains").tests == tmp_path / "tests" / "domains"
    assert Project(tmp_path, "shop.domains").tests == tmp_path / "shop_tests" / "domains"


def test_a_folder_of_domains_in_no_project_has_a_plain_one_around_it(tmp_path: Path) -> None:
    (tmp_path / "domains").mkdir()
    assert Project.of_domains(tmp_path / "domains") == Project(tmp_path, "domains")
    package = tmp_path / "shop"
    (package / "domains").mkdir(parents=True)
    (package / "__init__.py").touch()
    assert Project.of_domains(package / "domains") == Project(tmp_path, "shop.domains")


def test_the_list_of_locations_is_recognised_as_ours() -> None:
    assert is_ours(workspace_text(["sales"]))
    assert "start_here" in workspace_text([])
    assert not is_ours("load_from: []\n")


def test_nothing_of_the_platform_knows_the_example_but_the_plug_that_brings_it_along() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "data_platform"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    example = (
        "data_platform/domains/",
        "data_platform/simulator/",
        "data_platform/mesh/scaffold/templates/example.toml",
    )
    files = [PROJECT_ROOT / name for name in listed.stdout.splitlines() if not name.startswith(example)]
    words = re.compile("film|movie|tmdb|SALES_DATABASE|ADS_API|CARRIER", re.IGNORECASE)
    assert [str(file) for file in files if file.is_file() and words.search(file.read_text(errors="replace"))] == []


def test_a_folder_with_products_is_a_domain_though_nobody_made_it_a_package(tmp_path: Path) -> None:
    root = a_project(tmp_path, OURS, "sales")
    (root / "domains" / "hr" / "staff_v1").mkdir(parents=True)
    (root / "domains" / "hr" / "staff_v1" / "defs.yaml").touch()
    assert list(Project.read(root).domain_modules()) == ["hr", "sales"]


def test_nothing_is_written_into_a_project_that_one_is_not_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    see_project(tmp_path / "domains")  # somebody named it
    with pytest.raises(ProjectError, match="There is no project in"):
        see_project(domains_folder())
    monkeypatch.setenv(PROJECT_VARIABLE, str(PROJECT_ROOT))
    see_project(domains_folder())


def test_a_project_of_dg_that_lacks_our_line_is_told_which_and_an_unknown_table_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = a_project(tmp_path, OURS.replace("registry_modules", "registry_module"))
    monkeypatch.chdir(root)
    with pytest.raises(ProjectError, match=r"write registry_modules = \[\"data_platform\"\]"):
        see_project(domains_folder())
    a_project(tmp_path, f"{OURS}[tool.data_platform.simulatr]\n")
    with pytest.raises(ProjectError, match="simulatr is not known: there are repository, simulator, sources"):
        Project.read(root)
