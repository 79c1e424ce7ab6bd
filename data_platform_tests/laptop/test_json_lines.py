"""What programs are told of the stack."""

import json

import pytest

from data_platform.laptop.json_lines import JsonNarrator


def test_every_line_is_a_json_object_that_says_what_happened(capsys: pytest.CaptureFixture[str]) -> None:
    narrator = JsonNarrator()
    narrator.say("  Ready\nat last ", "bold")
    narrator.warn("Ünicode")
    narrator.problem("✗ broken", "because\nof this")
    with narrator.step("Doing …", "Done"):
        narrator.addresses({"UI": "http://127.0.0.1:3000"})
    narrator.load_errors({})
    narrator.load_errors({"sales": "no such module"})
    narrator.results([], "http://127.0.0.1:3000")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[4].pop("seconds") >= 0
    assert lines == [
        {"said": "Ready\nat last"},
        {"said": "Ünicode"},
        {"problem": "✗ broken", "detail": "because\nof this"},
        {"addresses": {"UI": "http://127.0.0.1:3000"}},
        {"done": "Done"},
        {"load_errors": {"sales": "no such module"}},
        {"made": [], "failed": []},
    ]
