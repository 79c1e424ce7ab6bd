"""Contracts nobody wrote: valid ones pass, and no broken one makes the lint fall over."""

import copy
import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_platform.contracts.errors import ContractError
from data_platform.contracts.findings import Severity
from data_platform.contracts.lint import lint
from data_platform.contracts.loading import load
from data_platform.contracts.source import read
from data_platform_tests.contracts.examples import MOVIES, ORDERS
from data_platform_tests.examples import examples

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
SOME_TEXT = st.text("abc äß'\":#-", min_size=1, max_size=20).filter(str.strip)
RANGE = st.tuples(st.integers(0, 50), st.integers(50, 100))
PERCENT = st.sampled_from(["mustBe", "mustBeLessThan", "mustBeGreaterOrEqualTo", "mustNotBe"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just("2026-01-01"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def _columns(draw: st.DrawFn, name: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(["string", "integer", "number", "date", "boolean", None]))
    column: dict[str, Any] = {"name": name, "description": draw(SOME_TEXT), "required": draw(st.booleans())}
    low, high = draw(RANGE)
    options: dict[str | None, dict[str, Any]] = {
        "string": {"minLength": low, "maxLength": high, "pattern": "^[a-z]*$"},
        "integer": {"minimum": low, "maximum": high, "multipleOf": low + 1},
        "number": {"minimum": low / 3, "exclusiveMaximum": high + 0.5},
        "date": {"minimum": f"20{low + 10}-01-31", "maximum": "2099-12-31"},
    }
    if kind:
        column["logicalType"] = kind
    if kind in options and draw(st.booleans()):
        column["logicalTypeOptions"] = options[kind]
    if draw(st.booleans()):
        column["quality"] = [{"metric": "nullValues", draw(PERCENT): low, "unit": "percent"}]
    return column


@st.composite
def _contracts(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    columns = [draw(_columns(name)) for name in names]
    columns[0] |= {"primaryKey": True, "required": True}
    major, minor = draw(RANGE)
    return {
        "apiVersion": draw(st.sampled_from(["v3.1.0", "v3.2.0"])),
        "kind": "DataContract",
        "id": draw(SOME_TEXT),
        "name": draw(SOME_TEXT),
        "version": f"{major}.{minor}.0",
        "status": draw(st.sampled_from(["proposed", "draft", "active", "retired"])),
        "domain": draw(NAMES),
        "team": {"name": draw(SOME_TEXT)},
        "schema": [{"name": draw(NAMES), "description": draw(SOME_TEXT), "properties": columns}],
    }


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a document as (container, key)."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in [(value, key), *_nodes(inner)]]


def _survives(text: str | bytes) -> None:
    found = lint(text)
    broken = any(finding.severity is Severity.ERROR for finding in found)
    assert all(finding.line >= 1 and finding.column >= 1 and str(finding) for finding in found)
    if broken:
        with pytest.raises(ContractError) as caught:
            load(text)
        assert list(caught.value.findings) == found
    else:
        load(text)


@given(_contracts())
@settings(max_examples=examples(40))
def test_a_generated_valid_contract_has_no_error(data: dict[str, Any]) -> None:
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    assert [str(found) for found in lint(text) if found.severity is Severity.ERROR] == []
    assert load(text).raw == data


@given(st.randoms(use_true_random=False), ANYTHING, st.sampled_from([ORDERS, MOVIES]))
@settings(max_examples=examples(150))
def test_any_single_change_of_a_value_makes_findings_and_nothing_else(
    chance: random.Random, value: Any, original: str
) -> None:
    data = copy.deepcopy(dict(read(original).data))
    container, key = chance.choice(_nodes(data))
    change = chance.choice(["replace", "remove", "rename", "repeat"])
    if change == "replace" or not isinstance(container, dict):
        container[key] = value
    elif change == "remove":
        del container[key]
    elif change == "rename":
        container[str(value)] = container.pop(key)
    else:
        container[key] = [container[key], container[key]]
    _survives(yaml.safe_dump(data, allow_unicode=True, sort_keys=False) + "\n")


@given(st.randoms(use_true_random=False), st.text("\t\n -:[]{}'\"#&*!|>%@`,?0a\\\0", min_size=1, max_size=4))
@settings(max_examples=examples(150))
def test_any_single_change_of_the_text_makes_findings_and_nothing_else(chance: random.Random, inserted: str) -> None:
    start = chance.randrange(len(ORDERS))
    _survives(ORDERS[:start] + inserted + ORDERS[start + chance.choice([0, 1, 20]) :])


@given(st.binary(max_size=200))
@example(b"\xff")
@example(b"a: \xc3\x28\n")
@example(b'a: "\\ud800"\n')
@example(b'a: "\\0"\n')
@settings(max_examples=examples(200))
def test_any_bytes_make_findings_and_nothing_else(content: bytes) -> None:
    _survives(content)
