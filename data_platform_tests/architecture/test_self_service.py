"""The self-service tutorial, all but what needs the running platform: each command, and what the page shows of it."""

import os
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform_tests.tutorials import SOMEBODY, Step, checkout, steps

STEPS = steps("self-service.md")
NEEDS_THE_PLATFORM = ("make run", "source ", "(\n", "data-platform test ")


def run(command: str, folder: Path) -> tuple[int, str]:
    """A command's exit code, and all that it says; the verbs in this process, since each start of another is dear."""
    verb, _, rest = command.partition(" ")
    if verb == "data-platform":
        today = datetime.now(UTC).date().isoformat()
        line = shlex.split(rest.replace("$(date -u +%F)", today))
        here = {
            "DATA_PLATFORM_DOMAINS": str(folder / "data_platform/domains"),
            "DATA_PLATFORM_STORE": f"file://{folder.with_name('store')}",
        }
        done = CliRunner().invoke(app, line, env=here, catch_exceptions=False)
        return done.exit_code, done.output
    if verb == "make":
        run_tests(folder / rest.partition("ARGS=")[2], folder)
        return 0, ""
    ran = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | SOMEBODY,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def run_tests(path: Path, folder: Path) -> None:
    """Run generated tests on the products of this folder."""
    found = 0
    for file in [path] if path.is_file() else sorted(path.glob("test_*.py")):
        code = file.read_text().replace('run("', 'run(DOMAINS / "')
        scope: dict[str, object] = {"DOMAINS": folder / "data_platform/domains"}
        exec(compile(code, file.name, "exec"), scope)
        for name, test in scope.items():
            if name.startswith("test_") and callable(test):
                test()
                found += 1
    assert found


def followed(step: Step, folder: Path) -> None:
    """Do a step, and see that each command ends as it should and says what the page shows."""
    said, commands = "", step.commands
    for command in commands:
        code, output = run(command, folder)
        assert code == (step.ends_with if command is commands[-1] else 0), f"{command}\n{output}"
        said += output
    assert step.missing(said) == [], said


@pytest.mark.slow
def test_every_command_of_the_tutorial_says_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    domain_tests = "data_platform_tests/domains/__init__.py"
    parts = ("data_platform/domains", "pyproject.toml", "workspace.yaml", domain_tests)
    folder = checkout(tmp_path / "checkout", *parts)
    (tmp_path / "store").mkdir()
    on_files = [one for one in STEPS if not one.script.startswith(NEEDS_THE_PLATFORM)]
    assert {one.chapter for one in on_files} == {2, 4, 5, 6, 7, 8}
    for step in on_files:
        followed(step, folder)
