"""The command's help is there, and costs little."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from data_platform.cli import app


def test_the_command_line_imports_neither_dagster_nor_anything_else_that_is_heavy() -> None:
    code = "import sys, data_platform.cli; print(sorted({'dagster', 'pandas', 'httpx', 'obstore'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [["-h"], ["up", "-h"], ["read", "-h"]])
def test_help_has_a_short_name(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "Usage: " in result.output


def test_the_command_says_which_version_it_is() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"data-platform {version('dagster-data-mesh')}\n")


@pytest.mark.parametrize("arguments", [["run", "sales/orders_v1"], ["backfill", "sales/orders_v1"]])
def test_what_needs_a_running_platform_says_so(
    arguments: list[str], tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_PLATFORM_STATE", str(tmp_path))
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert f"No platform runs on {tmp_path}. Start it with `make run`." in result.output


@pytest.mark.parametrize("verb", ["up", "env", "down"])
def test_each_verb_has_help(verb: str) -> None:
    result = CliRunner().invoke(app, [verb, "--help"])
    assert result.exit_code == 0
    assert verb in result.output


def test_env_says_so_when_no_stack_ever_ran(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_PLATFORM_STATE", str(tmp_path))
    result = CliRunner().invoke(app, ["env"])
    assert result.exit_code == 1
    assert "make run" in result.output


def test_the_laptops_verbs_answer_in_json_too(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_PLATFORM_STATE", str(tmp_path))
    result = CliRunner().invoke(app, ["down", "--json"])
    assert (result.exit_code, json.loads(result.output)) == (0, {"ended": 0})
    assert "--json" in CliRunner().invoke(app, ["up", "--help"]).output
    assert CliRunner().invoke(app, ["env", "--json"]).exit_code == 1
