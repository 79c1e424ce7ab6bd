"""The command's help is there, and costs little."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.laptop.state import StackRecord, StateFolder


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


@pytest.mark.parametrize("json_too", [False, True])
def test_env_says_that_the_stack_is_no_longer_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, json_too: bool
) -> None:
    monkeypatch.setenv("DATA_PLATFORM_STATE", str(tmp_path))
    state = StateFolder(tmp_path)
    command = ["env", *(["--json"] if json_too else [])]
    own = StackRecord("id", 1, 0.0, "s3://ours", embedded_store=False)
    state.write_record(own)
    told = CliRunner().invoke(app, command)
    assert (told.exit_code, "s3://ours" in told.stdout) == (1, True), "the store is there without a stack"
    assert "is not running" in told.stderr
    with state.lock():
        told = CliRunner().invoke(app, command)
    assert (told.exit_code, told.stderr) == (0, "")
    state.write_record(StackRecord("id", 1, 0.0, "s3://data-platform", True, {"S3 endpoint": "http://127.0.0.1:9"}))
    told = CliRunner().invoke(app, command)
    assert (told.exit_code, told.stdout) == (1, ""), "its store ended with it: the shell is left as it is"
    assert "its store is part of it. Start it: `make run`" in told.stderr
