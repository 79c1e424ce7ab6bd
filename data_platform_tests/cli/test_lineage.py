"""The verbs ``impact`` and ``lineage``: exit codes, forms of the answer, and errors that say what to do."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform_tests.products.shop import new_shop

AB = "- {name: a, logicalType: integer, description: A.}\n- {name: b, logicalType: integer, description: B.}\n"


@pytest.fixture(scope="module")
def domains(tmp_path_factory) -> Path:
    with new_shop(tmp_path_factory.mktemp("shop")) as shop:
        shop.product("d/one_v1", AB, sql="SELECT a, b FROM d.raw", defs="inputs: {d.raw: {columns: [a, b]}}")
        shop.product("e/two_v1", "- {name: a, logicalType: integer, description: A.}\n", sql="SELECT a FROM d.one_v1")
    return shop.domains


def call(domains: Path, *arguments: str):
    return CliRunner().invoke(app, [*arguments, "--domains", str(domains)])


def test_it_ends_with_1_where_somebody_breaks_and_with_0_where_nobody_does(domains: Path) -> None:
    broken = call(domains, "impact", "d.one_v1", "--drop", "a", "--no-outside")
    assert broken.exit_code == 1
    assert "breaks: 1" in broken.output
    assert "e/two_v1  (owner: e-team; pinned to d/one_v1 1.0.0)" in broken.output
    fine = call(domains, "impact", "d/one_v1", "--drop", "b", "--tighten", "a", "--no-outside")
    assert fine.exit_code == 0
    assert "of d.one_v1" not in fine.output.splitlines()[0]


def test_it_answers_in_json_and_in_markdown(domains: Path) -> None:
    answer = call(domains, "impact", "d/one_v1", "--rename", "a=c", "--retype", "b=string", "--json", "--no-outside")
    found = json.loads(answer.stdout)
    assert (found["verdict"], found["counts"]["breaks"]) == ("breaks", 1)
    assert {each["effect"] for each in found["changes"]} == {"gone", "added", "retyped"}
    text = call(domains, "impact", "d/one_v1", "--drop", "a", "--markdown", "--no-outside").stdout
    assert text.startswith("**Impact: breaks**")


def test_without_a_store_it_says_that_nobody_outside_was_asked(domains: Path, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("DATA_PLATFORM_STORE", raising=False)
    monkeypatch.setenv("DATA_PLATFORM_STATE", str(tmp_path))
    answer = call(domains, "impact", "d/one_v1", "--drop", "a")
    assert "without consumers outside this repository" in answer.stderr


def test_consumers_outside_come_from_the_registry(domains: Path, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("DATA_PLATFORM_STORE", tmp_path.as_uri())
    wish = ["--owner", "board", "--kind", "dashboard", "--columns", "b"]
    assert call(domains, "subscribe", "d/one_v1", "--consumer", "the board", *wish).exit_code == 0
    answer = call(domains, "impact", "d/one_v1", "--drop", "b", "--json")
    assert answer.exit_code == 1
    broken = [each for each in json.loads(answer.stdout)["consumers"] if each["verdict"] == "breaks"]
    assert [(each["consumer"], each["kind"], each["owner"]) for each in broken] == [("the board", "dashboard", "board")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["d/one_v1"], "give either --diff REVISION, or a product and --drop"),
        (["--drop", "a"], "give either --diff REVISION, or a product and --drop"),
        (["d/one_v1", "--drop", "a", "--diff", "HEAD"], "give either"),
        (["d/one_v1", "--rename", "a"], "write the column, =, and what it becomes"),
        (["d/on_v1", "--drop", "a"], "did you mean 'd/one_v1'?"),
        (["--diff", "nowhere"], "git"),
    ],
)
def test_what_cannot_be_answered_ends_with_2_and_says_what_to_do(domains: Path, arguments, said: str) -> None:
    answer = call(domains, "impact", *arguments, "--no-outside")
    assert answer.exit_code == 2
    assert said in answer.stderr


def test_lineage_is_a_tree_a_flow_chart_or_data(domains: Path) -> None:
    tree = call(domains, "lineage", "d/one_v1", "--columns").stdout
    assert "d/one_v1 made of" in tree
    assert "e/two_v1 (e-team)" in tree
    assert "a (copied)" in tree
    assert call(domains, "lineage", "d.one_v1", "--mermaid").stdout.startswith("flowchart LR\n")
    found = json.loads(call(domains, "lineage", "d/raw", "--json").stdout)
    assert (found["upstream"], found["downstream"]) == ([], ["d/one_v1", "e/two_v1"])
    assert call(domains, "lineage", "d/nothing").exit_code == 2
