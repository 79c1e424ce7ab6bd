"""`ci` on the command line: exit codes, files, GitHub's environment, and the workflows of the docs."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform_tests.mesh.pull_request import PullRequest, git, new_pull_request
from data_platform_tests.mesh.registry_shop import AS_AMOUNT, ORDERS
from data_platform_tests.products.shop import ORDERS_COLUMNS
from data_platform_tests.repository import PROJECT_ROOT

ENVIRONMENT = {
    "DATA_PLATFORM_STORE": "", "DATA_PLATFORM_STATE": "/nowhere", "GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": "",
}  # fmt: skip
DOCS = PROJECT_ROOT / "docs"


@pytest.fixture
def request_(tmp_path: Path) -> Iterator[PullRequest]:
    with new_pull_request(tmp_path) as made:
        yield made


def ci(request: PullRequest, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, answer, complaints."""
    line = ["ci", "--base", "main", "--domains", str(request.desk.shop.domains), *arguments]
    done = CliRunner().invoke(app, line, env=ENVIRONMENT | environment, catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def break_it(request: PullRequest) -> None:
    request.desk.orders(columns=ORDERS_COLUMNS.replace("name: total", "name: amount"), version="1.1.0")
    request.desk.shop.write("sales/orders_v1/transform.sql", AS_AMOUNT)


@pytest.mark.parametrize(
    ("base", "broken", "expected"),
    [("main", False, 0), ("main", True, 1), pytest.param("nowhere", True, 2, marks=pytest.mark.slow)],
)
def test_the_exit_code_is_the_verdict(request_: PullRequest, base: str, broken: bool, expected: int) -> None:
    if broken:
        break_it(request_)
    command = [str(Path(sys.executable).with_name("data-platform")), "ci", "--base", base]
    line = [*command, "--domains", str(request_.desk.shop.domains)]
    done = subprocess.run(line, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == expected, done.stderr
    assert ("git knows no revision 'nowhere'" in done.stderr) == (expected == 2)
    assert "Traceback" not in done.stderr


def test_each_format_goes_to_its_file_and_people_read_the_log(request_: PullRequest, tmp_path: Path) -> None:
    break_it(request_)
    files = {form: tmp_path / f"out.{form}" for form in ("json", "junit", "markdown")}
    code, said, _ = ci(request_, *(word for form, file in files.items() for word in (f"--{form}", str(file))))
    assert code == 1
    assert "The change breaks the rules of the mesh." in said
    assert "::error" not in said
    assert json.loads(files["json"].read_text())["fine"] is False
    assert ET.parse(files["junit"]).getroot().tag == "testsuites"
    assert files["markdown"].read_text().startswith("<!-- data-platform ci -->")


@pytest.mark.parametrize("form", ["json", "junit", "markdown"])
def test_standard_output_has_the_format_alone_and_the_annotations_go_elsewhere(
    request_: PullRequest, form: str
) -> None:
    break_it(request_)
    code, said, complained = ci(request_, f"--{form}", "-", "--github")
    assert code == 1
    starts = {"json": "{\n", "junit": "<?xml", "markdown": "<!-- data-platform ci -->\n"}
    assert said.startswith(starts[form])
    assert "::error" not in said
    assert complained.count("::error file=") == 3


def test_two_formats_do_not_fit_into_standard_output_and_a_file_needs_its_folder(request_: PullRequest) -> None:
    code, _, complained = ci(request_, "--json", "-", "--markdown", "-")
    assert code == 2
    assert "all but one of --json, --markdown" in complained
    code, _, complained = ci(request_, "--json", "/nowhere/x.json")
    assert code == 2
    assert "/nowhere/x.json cannot be written: No such file or directory" in complained


def test_in_github_actions_there_are_annotations_at_files_and_a_summary(request_: PullRequest, tmp_path: Path) -> None:
    break_it(request_)
    summary = tmp_path / "summary.md"
    summary.write_text("earlier\n")
    code, said, _ = ci(request_, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert code == 1
    for file, line in re.findall(r"^::error file=(.+?),line=(\d+),", said, re.MULTILINE):
        assert len((request_.root / file).read_text().splitlines()) >= int(line)
    assert said.count("\n::error ") == 3
    assert summary.read_text().startswith("earlier\n<!-- data-platform ci -->\n### ❌")
    code, said, _ = ci(request_, "--no-github", GITHUB_ACTIONS="true")
    assert "::error" not in said


def test_github_is_told_why_there_is_no_answer(request_: PullRequest) -> None:
    code, _, complained = ci(request_, "--base", "nowhere", GITHUB_ACTIONS="true")
    assert code == 2
    assert "::error title=data-platform ci could not find out::git knows no revision 'nowhere'" in complained


def test_the_registry_is_asked_where_a_store_is_set_and_told_of_where_none_is(request_: PullRequest) -> None:
    desk = request_.desk
    assert desk.run("subscribe", ORDERS, "--consumer", "mail", "--owner", "bi", "--columns", "total")[0] == 0
    break_it(request_)
    _, said, _ = ci(request_, "--json", "-", DATA_PLATFORM_STORE=str(desk.store.url))
    answer = json.loads(said)
    assert answer["registry"] == {"looked_at": True, "why_not": None, "unread": []}
    assert "mail" in {one["consumer"] for one in answer["impact"]["consumers"]}
    _, said, _ = ci(request_, "--json", "-")
    answer = json.loads(said)
    assert "there is no store to ask" in answer["registry"]["why_not"]
    assert "mail" not in {one["consumer"] for one in answer["impact"]["consumers"]}


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """The folder of the platform's own domains, in a repository whose branch main is as they are."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT_ROOT / "data_platform" / "domains", tmp_path / "domains", ignore=ignored)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "all")
    return tmp_path / "domains"


def test_the_platforms_own_domains_are_fine_and_a_column_that_their_consumers_read_is_kept(company: Path) -> None:
    def answer() -> Any:
        line = ["ci", "--base", "main", "--domains", str(company), "--json", "-"]
        return json.loads(CliRunner().invoke(app, line, env=ENVIRONMENT, catch_exceptions=False).stdout)

    contract = company / ORDERS / "contract.odcs.yaml"
    text = contract.read_text()
    contract.write_text(text.replace("one row an order", "one row each order").replace("version: 1.", "version: 1.9"))
    assert answer()["fine"]
    start = text.index("      - name: total_amount")
    contract.write_text(text[:start] + text[text.index("      - name: ", start + 20) :])
    found = answer()
    assert not found["fine"]
    broken = {one["consumer"] for one in found["impact"]["consumers"] if one["verdict"] == "breaks"}
    assert {"sales/daily_revenue_v1", "marketing/campaign_performance_v1"} <= broken
    assert {one["product"] for one in found["problems"] if one["rule"] == "lint"} >= broken & {
        "sales/daily_revenue_v1", "marketing/campaign_performance_v1",
    }  # fmt: skip


def workflow() -> dict[Any, Any]:
    made = yaml.safe_load((DOCS / "examples" / "data-platform-ci.yml").read_text())
    assert isinstance(made, dict)
    return made


def blocks() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", (DOCS / "ci.md").read_text(), re.DOTALL)


def test_the_page_shows_the_workflow_that_can_be_copied() -> None:
    assert blocks()[0] == (DOCS / "examples" / "data-platform-ci.yml").read_text()


def test_the_workflow_is_safe_for_forks() -> None:
    made = workflow()
    assert list(made[True]) == ["pull_request"]  # YAML 1.1 reads the key `on` as a flag
    assert made["permissions"] == {"contents": "read"}
    assert made["concurrency"]["cancel-in-progress"] is True
    jobs = made["jobs"]
    assert "permissions" not in jobs["judge"]
    assert jobs["judge"]["steps"][0]["with"] == {"fetch-depth": 0, "persist-credentials": False}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert "head.repo.full_name == github.repository" in jobs["comment"]["if"]
    uses = [step.get("uses", "") for step in jobs["comment"]["steps"]]
    assert not any("checkout" in one for one in uses)
    assert "secrets" not in (DOCS / "examples" / "data-platform-ci.yml").read_text()
    scripts = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert not any("${{" in one for one in scripts), "what is put into a script is run"


def test_every_workflow_calls_the_command_as_it_is() -> None:
    gitlab = yaml.safe_load(blocks()[1])["data-platform-ci"]
    steps = workflow()["jobs"]["judge"]["steps"]
    lines = [*gitlab["script"], *(step.get("run", "") for step in steps)]
    calls = [shlex.split(one)[1:] for one in lines if "data-platform ci" in one]
    assert len(calls) == 2
    for verb, *arguments in calls:
        command: Any = get_command(app)
        values = command.commands[verb].make_context(verb, list(arguments)).params
        assert (values["junit"], values["markdown"], values["as_json"]) == ("ci.xml", "ci.md", "ci.json")
    assert gitlab["artifacts"]["reports"] == {"junit": "ci.xml"}
    assert gitlab["variables"]["GIT_DEPTH"] == "0"
