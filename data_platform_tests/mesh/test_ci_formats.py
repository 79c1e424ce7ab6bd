"""The formats of a report, read back as their readers read them."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_platform.contracts.findings import Position
from data_platform.lineage.affected import Reason
from data_platform.lineage.effects import ColumnChange, Effect, Verdict
from data_platform.mesh.checking.annotations import annotation, bare
from data_platform.mesh.ci.as_github import as_github
from data_platform.mesh.ci.as_json import as_json
from data_platform.mesh.ci.as_junit import as_junit
from data_platform.mesh.ci.as_markdown import MARK, as_markdown
from data_platform.mesh.ci.as_text import as_text
from data_platform.mesh.ci.report import Examined, Level, Place, Problem, ProductChange, Report, Rule
from data_platform.mesh.formats.fitting import LIMIT, Block, cell, code, fitted, mention
from data_platform.mesh.impact.answer import Consumer, Impact
from data_platform_tests.examples import examples
from data_platform_tests.mesh.pull_request import new_pull_request
from data_platform_tests.mesh.registry_shop import AS_AMOUNT
from data_platform_tests.products.shop import ORDERS_COLUMNS
from data_platform_tests.shown import shown

ORDERS = "sales/orders_v1"
ANY = st.text(st.characters(exclude_categories=()), max_size=60)


def made(message: str = "gone", level: Level = Level.ERROR, *, consumers: int = 1, owner: str = "team") -> Report:
    problem = Problem(Rule.CONSUMERS, level, ORDERS, "breaks", Place("d/sales/c.yaml", 3, 5), message, "keep it")
    reason = Reason(Verdict.BREAKS, message, "sales.orders_v1", "total")
    met = tuple(Consumer(f"a/c{n}_v1", "product", owner, Verdict.BREAKS, (reason,), 1, ()) for n in range(consumers))
    product = Examined(
        ORDERS,
        ProductChange.CHANGED,
        ("contract",),
        owner,
        "1.0.0",
        "1.1.0",
        "d/sales/c.yaml",
        rules=(Rule.LINT, Rule.CONSUMERS),
    )
    impact = Impact((ColumnChange("sales.orders_v1", "total", Effect.GONE, "is dropped"),), met)
    return Report("main", "0" * 40, None, (product,), (problem,), impact)


def test_every_format_tells_a_real_change_alike(tmp_path: Path) -> None:
    with new_pull_request(tmp_path) as request:
        request.desk.orders(columns=ORDERS_COLUMNS.replace("name: total", "name: amount"), version="1.1.0")
        request.desk.shop.write("sales/orders_v1/transform.sql", AS_AMOUNT)
        report = request.report()
    answer = json.loads(json.dumps(as_json(report)))
    assert (answer["format"], answer["fine"], answer["registry"]["looked_at"]) == (1, False, False)
    assert answer["counts"]["error"] == len(report.of(Level.ERROR)) == 3
    assert {one["product"]: one["change"] for one in answer["products"]} == {
        ORDERS: "changed",
        "marketing/spend_v1": "untouched",
    }
    assert answer["impact"]["counts"]["breaks"] == 2
    suite = ET.fromstring(as_junit(report)).find("testsuite")
    assert suite is not None
    failed = {
        (one.get("classname"), one.get("name")) for one in suite.iter("testcase") if one.find("failure") is not None
    }
    assert failed == {
        ("sales.orders_v1", "compatibility"), ("sales.orders_v1", "consumers"), ("marketing.spend_v1", "lint"),
    }  # fmt: skip
    page = as_markdown(report)
    assert page.startswith(f"{MARK}\n### ❌")
    rows = [line for line in page.splitlines() if line.startswith("| ❌ breaks | ")]
    assert [re.findall(r"`(.+?)`", line)[0] for line in rows] == ["marketing/spend_v1", "logistics/cost_v1"]
    assert "marketing-team" in shown(rows[0])
    assert len([line for line in as_github(report) if line.startswith("::error file=")]) == 3
    text = [line for _, line in as_text(report)]
    assert text[-1] == "The change breaks the rules of the mesh."
    assert any(
        re.match(r".+/contract\.odcs\.yaml:\d+:\d+: error\[compatibility/column-removed\]: ", line) for line in text
    )


def read_junit(text: str) -> list[ET.Element]:
    """The cases of a report, with all that GitLab and Jenkins count on."""
    root = ET.fromstring(text.encode())
    assert root.tag == "testsuites"
    (suite,) = root
    cases = suite.findall("testcase")
    for each in (root, suite):
        assert each.get("name")
        assert int(each.get("tests", "")) == len(cases)
        assert int(each.get("failures", "")) == sum(one.find("failure") is not None for one in cases)
        assert int(each.get("skipped", "")) == sum(one.find("skipped") is not None for one in cases)
        assert (each.get("errors"), float(each.get("time", ""))) == ("0", 0)
    for one in cases:
        assert one.get("classname")
        assert one.get("name")
        kinds = [each.tag for each in one]
        assert kinds == sorted(set(kinds), key=["skipped", "failure", "system-out"].index)
    names = [(one.get("classname"), one.get("name")) for one in cases]
    assert len(names) == len(set(names))
    return cases


@given(ANY)
def test_junit_can_be_read_whatever_a_contract_says(message: str) -> None:
    lint, consumers = read_junit(as_junit(made(message)))
    assert lint.find("failure") is None
    failure = consumers.find("failure")
    assert failure is not None
    assert failure.get("type") == "breaks"
    assert "Fix: keep it" in (failure.text or "")


def test_junit_has_warnings_that_fail_nothing_and_says_what_was_skipped_and_is_never_empty() -> None:
    report = made("hm", Level.WARNING)
    (product,) = report.products
    skipping = replace(product, skipped={Rule.LINT: "unreadable"})
    lint, consumers = read_junit(as_junit(replace(report, products=(skipping,))))
    assert [each.tag for each in consumers] == ["system-out"]
    assert [(each.tag, each.get("message")) for each in lint] == [("skipped", "unreadable")]
    (nothing,) = read_junit(as_junit(replace(report, products=(), problems=())))
    assert nothing.get("name") == "no product changed"


def test_junit_has_problems_of_rules_that_a_product_was_not_held_to() -> None:
    report = made()
    (product,) = report.products
    cases = read_junit(as_junit(replace(report, products=(replace(product, rules=()),))))
    assert [one.get("name") for one in cases] == ["consumers"]


def read_annotation(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it."""
    match = re.fullmatch(r"::(\w+) ([^\r\n]*?)::([^\r\n]*)", line)
    assert match is not None
    pairs = (each.split("=", 1) for each in match[2].split(","))
    return match[1], {name: unquote(value) for name, value in pairs}, unquote(match[3])


PLAIN = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@given(PLAIN, PLAIN, PLAIN, st.integers(1, 10**6), st.integers(1, 10**4))
def test_no_text_gets_out_of_its_place_in_an_annotation(
    file: str, title: str, said: str, line: int, column: int
) -> None:
    kind, properties, message = read_annotation(annotation("error", file, Position(line, column), title, said))
    assert (kind, message) == ("error", said)
    assert properties == {"file": file, "line": str(line), "col": str(column), "title": title}
    assert read_annotation(bare("error", title, said)) == ("error", {"title": title}, said)


@given(ANY)
def test_no_line_for_people_is_a_command_of_the_runner(message: str) -> None:
    for _, line in as_text(made(f"\n::add-mask::x\r\n{message}")):
        assert len(line.splitlines()) <= 1
        assert not line.lstrip().startswith("::")


@given(ANY)
def test_markdown_keeps_any_text_in_its_cell_and_calls_nobody(message: str) -> None:
    page = as_markdown(made(f"{message} @everyone <!-- | `x` </details>"))
    bare_page = page.replace(MARK, "")
    assert "@everyone" not in bare_page
    assert "<!--" not in bare_page.replace("\\<", "")
    (table,) = [line for line in page.splitlines() if line.startswith("| ❌ breaks")]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", table)) == 6


@given(st.text("ab|`\\_*<>@&~[] \n", max_size=30))
def test_a_cell_reads_as_the_text_in_one_line(text: str) -> None:
    assert shown(cell(text)) == " ".join(text.split())
    assert "\n" not in code(text)


@pytest.mark.parametrize(
    ("owner", "called"),
    [
        ("@shop/data-team", True),
        ("@ada", True),
        ("team:sales", False),
        ("a@example.org", False),
        ("ask @ada", False),
        ("@a b|c", False),
        (None, False),
    ],
)
def test_an_owner_is_called_by_name_only_where_the_contract_names_a_handle(owner: str | None, called: bool) -> None:
    got = mention(owner)
    assert shown(got) == (owner or "nobody")
    assert (re.search(r"@\w", got) is not None) is called


@settings(max_examples=examples(30))
@given(st.integers(0, 60), st.integers(0, 60), st.integers(700, 4000), st.text("aé日", min_size=1, max_size=40))
def test_a_page_fits_and_says_how_much_was_left_out(first: int, second: int, limit: int, row: str) -> None:
    blocks = [
        Block(("# one",), tuple(f"- {row}" for _ in range(first))),
        Block(("<details>",), tuple(f"* {row}" for _ in range(second)), ("</details>",)),
    ]
    page = fitted(blocks, limit)
    assert len(page.encode()) <= limit
    shown = [page.count(f"{mark} {row}\n") for mark in "-*"]
    left = [int(each) for each in re.findall(r"… and (\d+) more", page)]
    assert sum(shown) + sum(left) == first + second
    assert page.count("</details>") == 1
    if left and shown[1]:
        assert shown[0] == first


@pytest.mark.slow
def test_a_change_that_hits_ten_thousand_consumers_fits_into_a_comment() -> None:
    page = as_markdown(made("é" * 300, consumers=10_000))
    assert LIMIT - 2_000 < len(page.encode()) <= LIMIT
    more = re.search(r"… and (\d+) more, left out to fit", page)
    assert more is not None
    assert int(more[1]) + page.count("| ❌ breaks |") == 10_000


def test_the_keys_of_the_json_are_those_that_are_documented() -> None:
    found: Any = as_json(made())
    assert list(found) == [
        "format", "fine", "base", "head", "counts", "products", "problems", "impact", "other_files", "registry",
        "previews",
    ]  # fmt: skip
    assert list(found["products"][0]) == [
        "product", "change", "parts", "owner", "version_before", "version_after", "file", "rules", "skipped",
        "compared",
    ]  # fmt: skip
    assert list(found["problems"][0]) == [
        "rule", "level", "product", "code", "file", "line", "column", "message", "fix",
    ]  # fmt: skip
