"""`data-platform upgrade`: what is left as it was written is replaced, what somebody edited is shown."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.mesh.scaffold.project import NewProject, digest_of
from data_platform.project import Project
from data_platform.settings import PROJECT_VARIABLE

OLD = "run:\n\t@data-platform up\n"
"""A Makefile as an earlier version wrote it."""


@pytest.fixture(params=["", "sales"], ids=["mesh", "domain"])
def project(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "mesh"
    NewProject(root, request.param).write()
    monkeypatch.setenv(PROJECT_VARIABLE, str(root))
    return root


def upgrade(*options: str, code: int) -> str:
    done = CliRunner().invoke(app, ["upgrade", *options])
    assert done.exit_code == code, done.output
    return done.output


def made_by_an_earlier_version(root: Path) -> None:
    (root / "Makefile").write_text(OLD)
    text = (root / "pyproject.toml").read_text()
    now = digest_of(next(text for file, text in NewProject(root).files().items() if file.name == "Makefile"))
    text = text.replace(now, digest_of(OLD)).replace(
        'version = "0.1.0" # of the platform', 'version = "0.0.9" # of the platform'
    )
    (root / "pyproject.toml").write_text(text.replace("~=0.1.0", "~=0.0.9"))


def test_a_project_of_this_version_has_nothing_to_change(project: Path) -> None:
    assert "files are those of" in upgrade(code=0)


def test_a_project_without_an_identity_gets_one_that_stays(project: Path) -> None:
    file = project / "pyproject.toml"
    first = Project.read(project).repository
    assert re.fullmatch(r"mesh-[0-9a-f]{10}", first)
    assert NewProject(project).files()[file] != file.read_text(), "no other project has the same"
    file.write_text(re.sub(r"repository = .*\n", "", file.read_text()))
    assert "--write gives this repository an identity, mesh-" in upgrade(code=1)
    upgrade("--write", code=0)
    given = Project.read(project).repository
    assert re.fullmatch(r"mesh-[0-9a-f]{10}", given)
    assert given != first
    assert "files are those of" in upgrade(code=0)
    assert Project.read(project).repository == given


def test_what_nobody_edited_is_replaced_and_the_project_says_of_which_version_it_is(project: Path) -> None:
    made_by_an_earlier_version(project)
    said = upgrade(code=1)
    assert "made by 0.0.9" in said
    assert "Makefile: --write replaces it" in said
    assert (project / "Makefile").read_text() == OLD, "without --write nothing is written"
    upgrade("--write", code=0)
    assert "test: setup" in (project / "Makefile").read_text()
    ours = tomllib.loads((project / "pyproject.toml").read_text())
    assert ours["tool"]["data_platform"]["version"] == "0.1.0"
    assert ours["project"]["dependencies"] == ["dagster-data-mesh~=0.1.0"]
    assert ours["tool"]["pytest"]["ini_options"]["testpaths"] == ["tests"], "the rest is as it was"
    assert "files are those of" in upgrade(code=0)


def test_what_somebody_edited_is_shown_until_it_is_dealt_with_and_never_replaced(project: Path) -> None:
    made_by_an_earlier_version(project)
    edited = f"{OLD}\nours: ## of this team\n"
    (project / "Makefile").write_text(edited)
    (step,) = json.loads(upgrade("--json", code=1))["steps"]
    assert (step["file"], step["edited"]) == ("Makefile", True)
    for options, code in (((), 1), (("--write",), 0)):
        said = upgrade(*options, code=code)
        assert "Makefile: edited here" in said
        assert "-ours: ## of this team" in said
    assert (project / "Makefile").read_text() == edited
    assert "files are those of" in upgrade(code=0)


def test_what_somebody_edited_on_purpose_is_theirs_as_long_as_the_platform_has_nothing_new_for_it(
    project: Path,
) -> None:
    (project / "Makefile").write_text("ours: ## of this team\n")
    (project / "tests" / "test_project.py").unlink()
    assert "files are those of" in upgrade(code=0)
    before = (project / "pyproject.toml").read_text()
    upgrade("--write", code=0)
    assert (project / "pyproject.toml").read_text() == before
    assert (project / "Makefile").read_text() == "ours: ## of this team\n"
    assert not (project / "tests" / "test_project.py").exists()


def test_domains_are_nobodys_but_their_teams(project: Path) -> None:
    (project / "domains" / "acme").mkdir()
    (project / "domains" / "acme" / "__init__.py").write_text("# ours\n")
    assert "acme" in Project.read(project).domain_modules()
    upgrade("--write", code=0)
    assert (project / "domains" / "acme" / "__init__.py").read_text() == "# ours\n"


def test_a_project_that_does_not_say_who_made_it_is_told_what_to_write(project: Path) -> None:
    text = (project / "pyproject.toml").read_text()
    lines = [line for line in text.splitlines() if "# of the platform" not in line]
    (project / "pyproject.toml").write_text("\n".join(lines))
    assert 'add version = "0.1.0"' in upgrade(code=2)


def test_what_people_wrote_into_pyproject_stays_and_what_they_deleted_stays_away(project: Path) -> None:
    made_by_an_earlier_version(project)
    with (project / "pyproject.toml").open("a") as file:
        file.write("# our notes\n")
    (project / "tests" / "test_project.py").unlink()
    (project / ".github" / "workflows" / "ci.yml").write_text("")
    assert "tests/test_project.py" not in upgrade("--write", code=0)
    assert (project / "pyproject.toml").read_text().count("# our notes") == 1
    assert not (project / "tests" / "test_project.py").exists()
    assert (project / ".github" / "workflows" / "ci.yml").read_text() == ""
    tomllib.loads((project / "pyproject.toml").read_text())
