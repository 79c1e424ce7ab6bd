"""`ci` on a repository whose products are published: what a change would make is part of the answer."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data_platform.cli import app
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.mesh.pull_request import git
from data_platform_tests.mesh.registry_shop import ORDERS, RAW, Desk, new_desk
from data_platform_tests.mesh.test_preview import DAYS, SECRET, SPEND, files, published, query, raw
from data_platform_tests.products.shop import ORDERS_COLUMNS
from data_platform_tests.s3 import S3Server

DOUBLED = f"SELECT {RAW.replace('total', 'total * 2 AS total')} FROM sales.raw_orders"
NEGATIVE = f"SELECT {RAW.replace('total', '-total AS total')} FROM sales.raw_orders"


def started(desk: Desk) -> None:
    """Two published days, on a branch of a repository."""
    desk.shop.write("sales/ingestion.py", "def raw_orders(): ...\n")
    desk.orders()
    desk.reader()
    for number, day in enumerate(DAYS[:2]):
        raw(desk.store, day, [(10 * number, Decimal("1.50")), (10 * number + 1, Decimal("2.50"))])
        published(desk, ORDERS, day)
    published(desk, SPEND)
    root = desk.shop.root
    (root / ".gitignore").write_text("store/\n__pycache__/\n")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "work")
    git(root, "checkout", "--quiet", "-b", "feature")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as desk:
        started(desk)
        yield desk


def ci(desk: Desk, *arguments: str, store: str | None = None) -> tuple[int, str]:
    """Exit code and answer."""
    line = ["ci", "--base", "main", "--domains", str(desk.shop.domains), *arguments]
    environment = {
        "DATA_PLATFORM_STORE": str(desk.store.url) if store is None else store,
        "DATA_PLATFORM_STATE": "/nowhere",
        "GITHUB_ACTIONS": "",
        "GITHUB_STEP_SUMMARY": "",
    }
    done = CliRunner().invoke(app, line, env=environment, catch_exceptions=False)
    return done.exit_code, done.stdout


def ci_json(desk: Desk, **more: Any) -> Any:
    return json.loads(ci(desk, "--json", "-", **more)[1])


def test_every_form_says_what_differs_with_classified_values_masked_and_the_store_is_as_it_was(
    desk: Desk, tmp_path: Path
) -> None:
    query(desk, DOUBLED)
    before = files(tmp_path / "store")
    code, output = ci(desk, "--json", str(tmp_path / "ci.json"), "--markdown", str(tmp_path / "ci.md"))
    assert code == 0
    assert f"  {DAYS[1]}: 2 rows; 0 added, 0 removed, 2 changed (total 2)" in output
    assert '~ order_id=10  total: "1.50" → "3.00"' in output
    assert f"consumer {SPEND}: keeps its contract" in output
    page = (tmp_path / "ci.md").read_text()
    assert "#### Previews: made now of published inputs" in page
    assert "<details><summary>Rows that differ (4)</summary>" in page
    answer = json.loads((tmp_path / "ci.json").read_text())
    (product,) = answer["previews"]["products"]
    assert (product["product"], product["differs"], product["breaks"]) == (ORDERS, True, False)
    assert "preview" in answer["products"][0]["rules"]
    query(desk, DOUBLED.replace("email", "upper(email) AS email"))
    _, output = ci(desk, "--json", str(tmp_path / "ci.json"), "--markdown", str(tmp_path / "ci.md"))
    for text in (output, (tmp_path / "ci.md").read_text(), (tmp_path / "ci.json").read_text()):
        assert SECRET.upper() not in text
        assert SECRET not in text
    assert files(tmp_path / "store") == before


def test_a_result_that_breaks_the_contract_breaks_the_rule_at_the_contract_and_in_junit(
    desk: Desk, tmp_path: Path
) -> None:
    query(desk, NEGATIVE)
    code, output = ci(desk, "--junit", str(tmp_path / "ci.xml"))
    assert code == 1
    assert "orders_v1/contract.odcs.yaml:1:1: error[preview/total_minimum]" in output
    assert f"2 of 2 rows ({DAYS[0]} and 1 more). Fix: data-platform preview {ORDERS}" in output
    cases = {case.attrib["name"]: case for case in ET.parse(tmp_path / "ci.xml").getroot().iter("testcase")}
    assert cases["preview"].find("failure") is not None


def test_a_consumer_that_breaks_on_the_result_breaks_the_rule(desk: Desk) -> None:
    query(desk, f"SELECT {RAW.replace('total', 'total + 1 AS total')} FROM sales.raw_orders WHERE day IS NULL")
    answer = ci_json(desk)
    broken = [problem for problem in answer["problems"] if problem["rule"] == "preview"]
    assert [(problem["level"], problem["code"]) for problem in broken] == [("error", SPEND)]
    assert "total_required: 1 of 1 rows" in broken[0]["message"]


def test_a_query_that_fails_on_real_rows_is_told_at_the_transform(desk: Desk) -> None:
    query(
        desk, f"SELECT {RAW.replace('email', 'CAST(CAST(email AS INTEGER) AS VARCHAR) AS email')} FROM sales.raw_orders"
    )
    answer = ci_json(desk)
    (problem,) = [problem for problem in answer["problems"] if problem["rule"] == "preview"]
    assert (problem["level"], problem["code"]) == ("error", "transform")
    assert problem["file"].endswith("domains/sales/orders_v1/transform.sql")
    assert SECRET not in json.dumps(answer)


def test_a_classification_that_the_pull_request_takes_away_hides_the_values_still(desk: Desk) -> None:
    desk.orders(columns=ORDERS_COLUMNS.replace("classification: personal, ", ""), version="1.1.0")
    query(desk, DOUBLED.replace("email", "left(email, 3) AS email"))
    answer = ci_json(desk)
    (product,) = answer["previews"]["products"]
    assert product["hidden"] == ["email"]
    assert product["partitions"][0]["difference"]["columns"] == {"total": 2, "email": 2}
    assert '"ada"' not in json.dumps(answer)


def test_without_a_store_or_where_they_are_switched_off_one_line_says_that_there_are_none(desk: Desk) -> None:
    query(desk, NEGATIVE)
    code, output = ci(desk, store="")
    assert code == 0
    (line,) = [line for line in output.splitlines() if "Previews were not made" in line]
    assert "DATA_PLATFORM_STORE" in line
    code, output = ci(desk, "--no-previews")
    assert code == 0
    assert "Previews were not made: they are switched off (--no-previews)" in output
    answer = ci_json(desk, store="s3://nowhere/at-all")
    assert answer["previews"]["made"] is False
    assert answer["previews"]["why_not"]


def test_where_nothing_changed_no_word_is_lost_on_previews(desk: Desk) -> None:
    code, output = ci(desk)
    assert code == 0
    assert "review" not in output


def test_a_commit_is_previewed_as_it_is_and_not_the_working_tree(desk: Desk) -> None:
    query(desk, DOUBLED)
    git(desk.shop.root, "commit", "--quiet", "-am", "doubled")
    query(desk, NEGATIVE)
    (product,) = ci_json(desk)["previews"]["products"]
    assert product["breaks"]
    done = json.loads(ci(desk, "--head", "HEAD", "--json", "-")[1])
    assert done["previews"]["products"][0]["partitions"][0]["difference"]["changed"] == 2
    assert done["fine"]


@pytest.mark.slow
def test_on_a_real_s3_not_one_object_is_another_afterwards(
    s3_store: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_store.environment.items():
        monkeypatch.setenv(name, value)
    url = s3_store.fresh_url()
    prefix = url.rpartition("/")[2]

    def objects() -> dict[str, str]:
        pages = s3_store.client().get_paginator("list_objects_v2").paginate(Bucket=s3_store.bucket, Prefix=prefix)
        return {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", ())}

    with new_desk(tmp_path) as made:
        desk = Desk(made.shop, ObjectStore.open(url))
        started(desk)
        before = objects()
        assert before
        query(desk, DOUBLED)
        command = [str(Path(sys.executable).with_name("data-platform")), "ci", "--base", "main", "--json", "-"]
        environment = os.environ | {"DATA_PLATFORM_STORE": url, "TMPDIR": str(tmp_path)}
        line = [*command, "--domains", str(desk.shop.domains)]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (product,) = json.loads(done.stdout)["previews"]["products"]
        assert [part["difference"]["changed"] for part in product["partitions"]] == [2, 2]
        assert [consumer["outcome"] for consumer in product["consumers"]] == ["holds"]
        query(desk, NEGATIVE)
        assert subprocess.run(line, env=environment, capture_output=True, check=False).returncode == 1
        assert objects() == before
        assert list(tmp_path.glob("data_platform-preview-*")) == []
