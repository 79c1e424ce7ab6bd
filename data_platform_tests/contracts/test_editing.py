"""Editing a contract's text: what was meant changes, and not a byte besides."""

import difflib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data_platform.contracts.editing import UneditableError, add_entry, add_item, replace_item, set_text
from data_platform.contracts.source import read
from data_platform_tests.repository import PROJECT_ROOT

CONTRACTS = sorted(PROJECT_ROOT.glob("data_platform/domains/*/*/contract.odcs.yaml"))
SUNSET = {"property": "endOfSupport", "value": "2027-06-30"}


def parsed(text: str) -> Any:
    return read(text.encode()).data


def removed_and_added(before: str, after: str) -> tuple[list[str], list[str]]:
    lines = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return [each[2:] for each in lines if each[0] == "-"], [each[2:] for each in lines if each[0] == "+"]


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.parent.name)
def test_deprecating_any_product_of_the_shop_touches_one_line_a_value(path: Path) -> None:
    before = path.read_bytes().decode()
    after = add_entry(set_text(before, ("status",), "deprecated"), "slaProperties", SUNSET)
    removed, added = removed_and_added(before, after)
    assert len(removed) == 1
    assert removed[0].startswith("status:")
    assert [each.strip() for each in added if "slaProperties" not in each] == [
        "status: deprecated",
        "- {property: endOfSupport, value: '2027-06-30'}",
    ]
    assert parsed(after)["slaProperties"][-1] == SUNSET


WORDS = st.text("abcXYZ äß€🎬-_.:#'\"{}[],&*!|>%@`", max_size=12)
LEAVES = st.one_of(WORDS, st.integers(-5, 5), st.booleans(), st.none())
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=8,
)
ENTRIES = st.lists(st.dictionaries(st.sampled_from(["property", "value", "unit"]), WORDS, min_size=1), max_size=3)
COMMENTS = st.sampled_from(["", "# why", "   # 'quoted' {odd: [", "#"])


@st.composite
def contracts(draw: st.DrawFn) -> str:
    """The text of a mapping in one of YAML's many ways to write it, with comments between and behind the lines."""
    data = draw(st.dictionaries(WORDS.filter(lambda word: word not in {"status", "list"}), VALUES, max_size=3))
    items = [*data.items(), ("status", draw(WORDS))]
    if draw(st.booleans()):
        items.append(("list", draw(ENTRIES)))
    style = draw(st.sampled_from([None, True, False, "json"]))
    quotes = draw(st.sampled_from([None, "'", '"', "|", ">"]))
    shuffled = dict(draw(st.permutations(items)))
    if style == "json":
        return json.dumps(shuffled, indent=draw(st.sampled_from([None, 2])), ensure_ascii=False)
    text = yaml.safe_dump(
        shuffled,
        allow_unicode=True,
        default_flow_style=style,
        default_style=quotes,
        width=draw(st.sampled_from([20, 99])),
    )
    if style is False and quotes not in {"|", ">"} and not any("\n" in str(each) for each in data):
        lines = text.split("\n")
        if all(line.startswith(("status:", "list:", "- ")) or ":" in line for line in lines[:-1]):
            own = [f"{line} {draw(COMMENTS)}".rstrip() if _whole(line) else line for line in lines[:-1]]
            text = "\n".join([draw(COMMENTS), *own, draw(COMMENTS), ""])
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def _whole(line: str) -> bool:
    """Whether a comment may follow the line, whatever the lines around it."""
    try:
        return isinstance(yaml.safe_load(line.strip() + " # x"), dict | list) and ":" in line
    except yaml.YAMLError:
        return False


@given(contracts(), WORDS)
def test_a_text_that_is_set_is_the_only_thing_that_changes(text: str, value: str) -> None:
    after = set_text(text, ("status",), value)
    assert parsed(after) == {**parsed(text), "status": value}
    assert comments(after) == comments(text)


@given(contracts(), st.fixed_dictionaries({"property": WORDS, "value": WORDS}))
def test_an_entry_that_is_added_is_the_only_thing_that_changes(text: str, entry: dict[str, str]) -> None:
    before = parsed(text)
    after = add_entry(text, "list", entry)
    assert parsed(after) == {**before, "list": [*(before.get("list") or []), entry]}
    # All that was there is there still, in its order: the new text is the old one with one piece put in.
    length = len(after) - len(text)
    assert any(after[:at] + after[at + length :] == text for at in range(len(text) + 1))


SCALARS = st.one_of(st.text(max_size=12), st.integers(-5, 5), st.booleans(), st.floats(allow_nan=False, width=32))
ITEMS = st.dictionaries(
    st.sampled_from(["name", "query", "mustBe", "arguments", "severity"]),
    st.recursive(
        SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(WORDS, inner, max_size=2))
    ),
    min_size=1,
)
NESTED = (
    "schema:\n- name: t  # the table\n  properties:\n    - {name: a, logicalType: string}\n"
    "    - name: b\n      description: |\n        long\n\n      quality:  # why\n"
    "      - {name: Range, mustBe: 0}\n      - name: Rows\n        mustBe: 1  # seen\n\n"
    "    # about c\n    - name: c\n      quality: []\nstatus: active\n"
)


def columns_of(text: str) -> list[Any]:
    columns: list[Any] = parsed(text)["schema"][0]["properties"]
    return columns


@given(column=st.integers(0, 2), item=ITEMS, windows=st.booleans())
def test_a_rule_that_is_added_to_a_column_is_the_only_thing_that_changes(
    column: int, item: dict[str, Any], windows: bool
) -> None:
    text = NESTED.replace("\n", "\r\n") if windows else NESTED
    after = add_item(text, ("schema", 0, "properties", column, "quality"), item)
    before = columns_of(text)
    before[column]["quality"] = [*before[column].get("quality", []), item]
    assert columns_of(after) == before
    length = len(after) - len(text)
    assert any(after[:at] + after[at + length :] == text for at in range(len(text) + 1))


@given(item=ITEMS)
def test_a_rule_that_is_replaced_is_the_only_thing_that_changes(item: dict[str, Any]) -> None:
    path = ("schema", 0, "properties", 1, "quality", 0)
    after = replace_item(NESTED, path, item)
    before = columns_of(NESTED)
    before[1]["quality"][0] = item
    assert columns_of(after) == before
    for comment in ("# the table", "# why", "# seen", "# about c"):
        assert comment in after
    assert columns_of(replace_item(after, path, {"name": "again"}))[1]["quality"][0] == {"name": "again"}


def test_a_rule_in_lines_is_replaced_by_one_in_lines() -> None:
    text = "list:\n  - name: a\n    value: |\n      long\n\n  # about b\n  - name: b\nstatus: x\n"
    after = replace_item(text, ("list", 0), {"name": "c", "mustBe": [1, 2]})
    assert after == "list:\n  - name: c\n    mustBe: [1, 2]\n\n  # about b\n  - name: b\nstatus: x\n"


def test_a_rule_with_a_comment_in_it_is_left_to_people() -> None:
    text = "list:\n  - name: a  # mine\n    value: b\n"
    with pytest.raises(UneditableError, match="there may be a comment at list\\[0\\], which would be lost: write"):
        replace_item(text, ("list", 0), {"name": "c"})
    with pytest.raises(UneditableError, match="is no list"):
        add_item("list: text\nstatus: x\n", ("list",), {"name": "c"})


def comments(text: str) -> list[int]:
    """How often each comment is there; no word that is drawn holds one of these."""
    return [text.count("# why"), text.count("# 'quoted' {odd: [")]


def test_a_comment_behind_the_value_and_its_quotes_stay() -> None:
    assert set_text("a: 1\nstatus: 'active'  # since May\n", ("status",), "x") == "a: 1\nstatus: 'x'  # since May\n"


def test_a_new_entry_goes_before_the_comment_on_what_follows() -> None:
    before = "list:\n  - property: a\n    value: |\n      long\n\n# about status\nstatus: x\n"
    after = add_entry(before, "list", {"property": "b", "value": "c"})
    assert after.index("{property: b, value: c}") < after.index("# about status")
    assert parsed(after)["list"] == [{"property": "a", "value": "long\n"}, {"property": "b", "value": "c"}]


def test_a_byte_order_mark_and_windows_line_ends_stay() -> None:
    before = "\ufeffstatus: a\r\nname: b"
    assert set_text(before, ("status",), "c") == "\ufeffstatus: c\r\nname: b"
    assert add_entry(before, "list", {"property": "x"}) == f"{before}\r\nlist:\r\n  - {{property: x}}\r\n"


def test_a_value_that_others_share_is_not_edited_but_told_with_what_to_write() -> None:
    with pytest.raises(UneditableError, match=r"c\.yaml: .* write 'x' at status by hand"):
        set_text("status: &one a\nname: *one\n", ("status",), "x", file="c.yaml")
    with pytest.raises(UneditableError, match="by hand"):
        add_entry("a: &l [{property: x}]\nlist: *l\n", "list", {"property": "y"})
    with pytest.raises(UneditableError, match="a comment is in the head"):
        set_text("status: >- # folded\n  a\nname: b\n", ("status",), "x")
    with pytest.raises(UneditableError, match="there is no text at missing"):
        set_text("status: a\n", ("missing",), "x")
    with pytest.raises(UneditableError, match="status is no list"):
        add_entry("status: a\n", "status", {"property": "y"})
