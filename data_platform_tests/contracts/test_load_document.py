"""Reading YAML: what values mean, where they stand, and what is refused before anything is built."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.contracts.document import Document
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import KeyPath, Position
from data_platform.contracts.source import LARGEST_BYTES, read

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff\x85\u2028\u2029"))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXT.filter(lambda key: key != "<<"), inner, max_size=4)
    ),
    max_leaves=12,
)


def _refused(source: str | bytes | Path) -> UnreadableContractError:
    with pytest.raises(UnreadableContractError) as caught:
        read(source)
    return caught.value


def _paths(value: Any, path: KeyPath = ()) -> list[KeyPath]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in items for found in _paths(inner, (*path, key)))]


def _at(document: Document, text: str, path: KeyPath) -> str:
    position = document.position(path)
    return text.split("\n")[position.line - 1][position.column - 1 :]


@given(st.dictionaries(TEXT.filter(lambda key: key != "<<"), PLAIN, max_size=4))
def test_what_json_says_is_read_and_every_element_stands_where_its_position_says(data: dict[str, Any]) -> None:
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    document = read(text)
    assert document.data == data
    for path in _paths(data):
        if path and isinstance(path[-1], str):
            assert _at(document, text, path).startswith(json.dumps(path[-1], ensure_ascii=False) + ":")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("1:30", "1:30"),
        ("012", 12),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("9" * 400, "9" * 400),
        ("~", None),
        ("", None),
        ("'7'", "7"),
        ("!!str 7", "7"),
        ("!!float 7", 7.0),
        ("=", "="),
    ],
)
def test_an_unquoted_value_means_what_yaml_1_2_says(written: str, value: object) -> None:
    found = read(f"key: {written}\n").data["key"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("word", ["no", "Yes", "off", "2026-01-31", "1:30", "012", "1_000", "1e3", ".inf", "0o17"])
def test_what_yaml_1_1_reads_otherwise_is_noticed(word: str) -> None:
    assert [(trap.path, trap.text) for trap in read(f"a:\n - {word}\n").traps] == [(("a", 0), word)]


@pytest.mark.parametrize(
    "word", ["true", "7", "-7", "1.5", "0x1f", "null", "text", "'no'", '"2026-01-31"', "v3.1.0", "0"]
)
def test_what_both_versions_read_alike_is_not_noticed(word: str) -> None:
    assert read(f"a:\n - {word}\n").traps == ()


def test_a_key_is_always_text() -> None:
    assert read("on: 1\n7: 2\nnull: 3\n2026-01-31: 4\n").data == {"on": 1, "7": 2, "null": 3, "2026-01-31": 4}


def test_a_key_written_twice_is_refused_with_both_lines_and_so_is_every_other_one() -> None:
    error = _refused("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
    assert [finding.line for finding in error.findings] == [4, 5]
    assert "the first is on line 3" in str(error.findings[0])
    assert "the first is on line 1" in str(error.findings[1])


def test_anchors_and_merges_are_read() -> None:
    document = read("base: &base {x: 1, y: 2}\nother:\n  <<: *base\n  y: 3\nsame: *base\n")
    assert document.data["other"] == {"x": 1, "y": 3}
    assert document.data["same"] == {"x": 1, "y": 2}
    assert document.position(("other", "y")) == Position(4, 3)


def test_the_first_of_two_merged_mappings_wins() -> None:
    document = read("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*a, *b]\n")
    assert document.data["c"] == {"x": 1, "y": 2}


def _laughs(form: str, levels: int = 12) -> str:
    lines = ["a0: &a0 {x: 1}"]
    for level in range(1, levels):
        nine = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} " + form.format(nine))
    return "\n".join(lines) + "\n"


def test_what_is_merged_counts_each_time_also_where_it_is_there_already() -> None:
    keys = ", ".join(f"k{number}: 1" for number in range(400))
    bomb = f"a: &a {{{keys}}}\nb:\n  <<: [{', '.join(['*a'] * 400)}]\n"
    (finding,) = _refused(bomb).findings
    assert "more than 100000 values" in finding.message


@pytest.mark.slow
@pytest.mark.parametrize(
    "bomb",
    [
        _laughs("[{}]"),
        _laughs("{{<<: [{}]}}"),
        "a: &a [*a]\n",
        "a: &a\n  <<: *a\n",
        "{a: " + "[" * 500_000,
        "a:\n" + "".join(" " * depth + "a:\n" for depth in range(1, 200)),
        "a: [" + "1, " * 150_000 + "1]\n",
        "a: " + "x" * LARGEST_BYTES + "\n",
    ],
    ids=["aliases", "merges", "itself", "merges itself", "brackets", "deep", "many", "large"],
)
def test_a_document_that_would_grow_without_bound_is_refused(bomb: str) -> None:
    assert len(_refused(bomb).findings) >= 1


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "is empty"),
        ("\n\n- a\n", 3, "not a mapping"),
        ("a: 1\n---\nb: 2\n", 2, "not YAML"),
        ("a: 1\n b: 2\n", 2, "not YAML"),
        ("a: [1\nb: 2\n", 2, "not YAML"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "tag"),
        ("a: 1\nb: !custom x\n", 2, "tag"),
        ("a: 1\nb: !!timestamp '2026-01-31'\n", 2, "tag"),
        ("a: 1\nb: !!int x\n", 2, "tag"),
        ("a: 1\n? [x, y]\n: 2\n", 2, "a key is a list"),
        ("a: 1\nb:\n  <<: 3\n", 3, "merges"),
        ("a: 1\nb: *missing\n", 2, "not YAML"),
        ("a: \x00\n", 1, "not YAML"),
    ],
)
def test_what_is_no_contract_is_refused_with_its_line(text: str, line: int, told: str) -> None:
    finding = _refused(text.encode()).findings[0]
    assert (finding.line, told in finding.message) == (line, True), str(finding)


def test_a_byte_order_mark_is_read_over() -> None:
    assert read("\ufeffa: ä\n".encode()).data == {"a": "ä"}


@pytest.mark.parametrize("content", ["a: 1\nname: ä\n".encode("latin-1"), "a: 1\nname: ä".encode("utf-16")])
def test_another_encoding_is_refused_with_the_place_of_its_first_byte(content: bytes) -> None:
    finding = _refused(content).findings[0]
    assert "not UTF-8" in finding.message
    assert finding.position in {Position(2, 7), Position(1, 1)}


def test_a_file_is_named_in_its_findings(tmp_path: Path) -> None:
    path = tmp_path / "contract.odcs.yaml"
    path.write_text("a: 1\na: 2\n")
    assert str(_refused(path)).startswith(f"{path}:2:1: error[unreadable]: ")
    path.write_text("a: 1\n")
    assert read(path, file="shown").file == "shown"


def test_a_missing_file_and_a_folder_are_refused_like_any_other_mistake(tmp_path: Path) -> None:
    assert "No such file" in str(_refused(tmp_path / "nothing.yaml"))
    assert "directory" in str(_refused(tmp_path))
    assert "cannot be read" in str(_refused(Path("\0")))


def test_a_missing_element_has_the_position_of_what_it_is_missing_from() -> None:
    document = read("a:\n  - b: 1\n")
    assert document.position(("a", 0, "c", "d")) == Position(2, 5)
