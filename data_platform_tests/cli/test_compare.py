"""``diff``: what people name, what it answers, and how it ends."""

import json
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from data_platform.cli import app
from data_platform.storage.delta import replace_table
from data_platform.storage.objects.store import ObjectStore

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: urn:sales:orders
name: Orders
version: 1.0.0
status: active
domain: sales
dataProduct: orders_v1
description: {purpose: To be tested.}
team: {name: sales}
schema:
  - name: orders
    description: One row is one order.
    properties:
      - {name: order_id, logicalType: integer, primaryKey: true, required: true, description: The number.}
      - {name: code, logicalType: string, logicalTypeOptions: {pattern: '^[A-Z]+$'}, description: A code.}
"""
WIDER = CONTRACT.replace("[A-Z]+", "[A-Z0-9]+").replace("1.0.0", "1.1.0")
NARROWER = CONTRACT.replace("[A-Z]+", "[A-M]+").replace("1.0.0", "1.1.0")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments],
                   check=True, capture_output=True)  # fmt: skip


@pytest.fixture
def domains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one product, one column of which is gone from the working tree."""
    folder = tmp_path / "domains"
    (folder / "sales" / "orders_v1").mkdir(parents=True)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "empty").touch()
    git(tmp_path, "add", "empty")
    git(tmp_path, "commit", "--quiet", "-m", "empty")
    (folder / "sales" / "orders_v1" / "contract.odcs.yaml").write_text(CONTRACT)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "orders")
    lines = [line for line in CONTRACT.splitlines(keepends=True) if "name: code" not in line]
    (folder / "sales" / "orders_v1" / "contract.odcs.yaml").write_text("".join(lines))
    monkeypatch.setenv("DATA_PLATFORM_DOMAINS", str(folder))
    return folder


def diff(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["diff", *map(str, arguments)])


@pytest.mark.parametrize("name", ["sales/orders_v1", "sales.orders_v1"])
def test_the_working_tree_against_a_revision_says_what_breaks_and_ends_with_one(domains: Path, name: str) -> None:
    found = diff(name, "--base", "main")

    assert found.exit_code == 1, found.output
    assert "orders.code: removed" in found.output
    assert "who reads it fails" in found.output
    assert "it takes 2.0.0 or later" in found.output


def test_machines_get_json_and_pull_requests_markdown(domains: Path) -> None:
    answer = json.loads(diff("sales/orders_v1", "--base", "main", "--json").stdout)
    markdown = diff("sales/orders_v1", "--base", "main", "--markdown").stdout

    assert (answer["compatible"], answer["needed"], answer["mode"]) == (False, "major", "CONSUMER")
    (change,) = answer["comparisons"][0]["changes"]
    assert (change["kind"], change["column"], change["verdict"]) == ("column-removed", "code", "breaks")
    assert markdown.startswith("### sales\\/orders\\_v1\\: 1\\.0\\.0 → 1\\.0\\.0\n")
    assert "| ❌ | `orders.code` | removed |" in markdown


def test_two_revisions_two_files_and_two_folders_can_be_compared(domains: Path, tmp_path: Path) -> None:
    for name, text in (("a", CONTRACT), ("b", WIDER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "contract.odcs.yaml").write_text(text)

    assert "Nothing changed" in diff("sales/orders_v1", "--base", "main", "--head", "HEAD").output
    for end in ("", "contract.odcs.yaml"):
        found = diff(tmp_path / "a" / end, tmp_path / "b" / end)
        assert found.exit_code == 0, found.output
        assert "1 may break. Version 1.1.0 suffices" in found.output


def test_another_mode_protects_others(domains: Path) -> None:
    assert diff("sales/orders_v1", "--base", "main", "--mode", "producer").exit_code == 1  # the version is too low
    found = diff("sales/orders_v1", "--base", "main", "--mode", "NONE", "--json")
    assert json.loads(found.stdout)["compatible"] is True
    wrong = diff("sales/orders_v1", "--base", "main", "--mode", "BACKWARD")
    assert wrong.exit_code == 2
    assert "there is no mode 'BACKWARD': give one of NONE, CONSUMER" in wrong.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sales/orders_v1"], "with what? Name a second one, or give --base"),
        (["sales/ordres_v1", "--base", "main"], "did you mean 'sales/orders_v1'?"),
        (["sales/orders_v1", "--base", "nowhere"], "git knows no revision 'nowhere'"),
        (["sales/orders_v1", "--base", "--output=x"], "git knows no revision '--output=x'"),
        (["sales/orders_v1", "--base", "HEAD~1"], "was not there at HEAD~1"),
        (["gone.yaml", "sales/orders_v1"], "gone.yaml:1:1: error[unreadable]"),
    ],
)
def test_what_cannot_be_compared_is_told_with_what_to_do(domains: Path, arguments: list[str], told: str) -> None:
    found = diff(*arguments)
    assert found.exit_code == 2, found.output
    assert told in " ".join(found.output.split())


def test_outside_of_a_repository_there_is_no_revision(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CONTRACT)
    found = diff(tmp_path / "c.yaml", "--base", "main")
    assert found.exit_code == 2
    assert "is in no git repository, so it has no revisions" in found.output


def test_a_rule_that_cannot_be_compared_is_tried_on_a_file(tmp_path: Path) -> None:
    old, new, data = tmp_path / "old.yaml", tmp_path / "new.yaml", tmp_path / "data.parquet"
    old.write_text(CONTRACT)
    new.write_text(NARROWER)
    pa.parquet.write_table(pa.table({"order_id": [1, 2], "code": ["A", "Z"]}), data)

    found = diff(old, new, "--data", data, "--mode", "FULL", "--json")

    assert found.exit_code == 1
    answer = json.loads(found.stdout)
    assert answer["comparisons"][0]["changes"][0]["reason"] == "replayed on 2 rows: refuses 1"
    assert (answer["needed"], answer["required_version"]) == ("major", "2.0.0")
    assert [one["check"] for one in answer["replay"]["broken"]] == ["code_pattern"]
    missing = diff(old, new, "--data", tmp_path / "none.parquet")
    assert missing.exit_code == 2
    assert "the rules cannot be tried" in missing.output


def test_a_rule_that_cannot_be_compared_is_tried_on_what_was_published(
    domains: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (domains / "sales" / "orders_v1" / "contract.odcs.yaml").write_text(WIDER)
    monkeypatch.setenv("DATA_PLATFORM_STORE", (tmp_path / "store").as_uri())
    never = diff("sales/orders_v1", "--base", "main", "--replay")
    assert never.exit_code == 2
    assert "sales/orders_v1 was never published" in never.output

    store = ObjectStore.open((tmp_path / "store").as_uri())
    replace_table(store, "sales/orders_v1", pa.table({"order_id": [1, 2], "code": ["A", "Z"]}))
    found = diff("sales/orders_v1", "--base", "main", "--replay")

    assert found.exit_code == 0, found.output
    assert "replayed on 2 rows: refuses none" in found.output
    assert "no blocking rules of the new contract fail" in found.output
