"""Every verb and option has help, and the reference names them all."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from data_platform.cli import app
from data_platform.cli.completion import products
from data_platform.cli.document import page
from data_platform_tests.repository import PROJECT_ROOT

COMMAND: Any = get_command(app)


@pytest.mark.parametrize("verb", COMMAND.commands)
def test_every_verb_and_every_option_has_help(verb: str) -> None:
    command = COMMAND.commands[verb]
    assert command.help
    assert [one.name for one in command.params if not one.help] == []


def test_the_reference_is_that_of_the_verbs_as_they_are() -> None:
    documented = (PROJECT_ROOT / "docs" / "cli.md").read_text()
    assert documented == page(), "renew it: python -m data_platform.cli.document > docs/cli.md"


def test_the_reference_names_every_verb_and_every_option_and_no_machine() -> None:
    text = page()
    for name, verb in COMMAND.commands.items():
        assert f"\n## {name}\n" in text
        section = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        options = [each for one in verb.params for each in one.opts if each.startswith("--") and each != "--help"]
        assert [each for each in options if each not in section] == []
    assert str(PROJECT_ROOT) not in text


def test_names_of_products_are_completed_by_their_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("sales/orders_v1", "sales/orders_v2", "sales/tools", "logs/events_v1", "__pycache__/x_v1"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setenv("DATA_PLATFORM_DOMAINS", str(tmp_path))
    assert products("") == ["logs/events_v1", "sales/orders_v1", "sales/orders_v2"]
    assert products("sales.o") == ["sales.orders_v1", "sales.orders_v2"]
    assert products("sales/orders_v2") == ["sales/orders_v2"]
    monkeypatch.setenv("DATA_PLATFORM_DOMAINS", str(tmp_path / "nowhere"))
    assert products("") == []


def test_the_shell_gets_its_completions() -> None:
    asked = {
        "_DATA_PLATFORM_COMPLETE": "complete_bash",
        "COMP_WORDS": "data-platform lint sales/orders",
        "COMP_CWORD": "2",
    }
    line = [str(Path(sys.executable).with_name("data-platform"))]
    done = subprocess.run(line, env=os.environ | asked, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["sales/orders_v1", "sales/orders_v2"]
