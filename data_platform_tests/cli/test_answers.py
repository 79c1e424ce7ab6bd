"""What is shown of others' texts: as they are, and nothing that a terminal would obey."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from data_platform.cli.answers import console, print_json, say
from data_platform.markdown import visible
from data_platform_tests.repository import PROJECT_ROOT

HOSTILE = "mov\x1b[31mies\x1b]0;TITLE\x07\x9b31m\u202e[bold]"
UNSEEN = {"\x1b", "\x07", "\x9b", "\u202e"}


def test_no_verb_passes_on_what_a_terminal_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("owner")
    table.add_row(HOSTILE.replace("[bold]", ""))
    out = console()
    out.print(HOSTILE, markup=False)
    out.print(table)
    say(f"error: {HOSTILE}", err=True)
    shown = capsys.readouterr()
    assert "ies" in shown.out
    assert "[bold]" in shown.out
    assert not UNSEEN & set(shown.out + shown.err)


def test_json_keeps_every_character_and_a_terminal_obeys_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"owner": HOSTILE, "name": "Zoë"})
    shown = capsys.readouterr().out
    assert json.loads(shown) == {"owner": HOSTILE, "name": "Zoë"}
    assert not UNSEEN & set(shown)


@given(st.text())
def test_lines_and_what_is_seen_stay_as_they_are(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert visible(shown) == shown


def test_every_verb_prints_by_the_functions_that_do_so() -> None:
    # `exchange` writes files to standard output, `__init__` the version.
    exempt = {"__init__.py", "answers.py", "exchange.py", "document.py", "completion.py"}
    files = {file.name: file.read_text() for file in (PROJECT_ROOT / "data_platform" / "cli").glob("*.py")}
    assert [name for name, text in files.items() if "typer.echo(" in text and name not in exempt] == []
