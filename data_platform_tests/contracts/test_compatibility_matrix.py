"""Every kind of change, made by a real pair of contracts, under each of the eight modes."""

import re
from pathlib import Path
from typing import Any

import pytest

from data_platform.contracts.compatibility.compare import compare
from data_platform.contracts.compatibility.document import BEGIN, END, renewed, table
from data_platform.contracts.compatibility.effects import Verdict
from data_platform.contracts.compatibility.kinds import Direction, Grade, Kind
from data_platform.contracts.compatibility.modes import cell, grade_under, joined
from data_platform.contracts.compatibility.table import SECTIONS, TABLE
from data_platform.contracts.properties import CONTRACT_LEVEL, PREFIX, PROPERTY_LEVEL
from data_platform.contracts.properties import CompatibilityMode as Mode
from data_platform_tests.contracts.compatibility_pairs import CASES, UNCHANGED, Case, Edit, column, custom

DIRECTIONS = {"t": Direction.TIGHTENS, "l": Direction.LOOSENS, "b": Direction.BOTH, "?": Direction.UNKNOWN,
              "=": Direction.NEUTRAL}  # fmt: skip
VERDICTS = {"f": Verdict.FINE, "m": Verdict.MAY_BREAK, "b": Verdict.BREAKS}
WORSE = {"f": 0, "m": 1, "b": 2}
PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_a_pair_of_contracts_shows_one_change_of_its_kind_and_no_other(case: Case) -> None:
    changes = compare(case.old.contract(), case.new.contract())

    assert [one.kind for one in changes] == [case.kind]
    (change,) = changes
    assert change.direction is DIRECTIONS[case.expected[0]]
    assert change.grade is Grade(int(case.expected[3]))
    assert change.message
    assert change.before != change.after


@pytest.mark.parametrize("mode", Mode)
def test_each_cell_of_a_mode_says_what_its_two_readings_say(mode: Mode) -> None:
    for case in CASES:
        _, readers, producers, _ = case.expected
        expected = {
            "NONE": "f",
            "CONSUMER": readers,
            "PRODUCER": producers,
            "FULL": max(readers, producers, key=WORSE.__getitem__),
        }[mode.removesuffix("_TRANSITIVE")]
        entry = cell(case.kind, mode)
        assert entry.verdict is VERDICTS[expected], case.kind
        assert entry.reason, case.kind


def test_every_kind_has_a_row_and_a_pair_and_there_are_at_least_forty_five() -> None:
    assert set(TABLE) == set(Kind) == {case.kind for case in CASES}
    assert len(TABLE) == sum(map(len, SECTIONS.values())) >= 45  # no row is written twice


def test_a_kind_is_major_where_it_breaks_readers_and_nowhere_else() -> None:
    assert {kind for kind, effect in TABLE.items() if effect.grade is Grade.MAJOR} == {
        kind for kind, effect in TABLE.items() if effect.consumer.verdict is Verdict.BREAKS
    }


@pytest.mark.parametrize(("old", "new"), UNCHANGED)
def test_what_is_written_otherwise_and_says_the_same_is_no_change(old: Edit, new: Edit) -> None:
    assert compare(old.contract(), new.contract()) == ()
    assert compare(new.contract(), old.contract()) == ()


def test_under_a_mode_a_change_is_major_only_where_it_breaks_whom_the_mode_protects() -> None:
    (removed,) = compare(Edit(columns={"x": {"required": True}}).contract(), Edit().contract())
    (required,) = compare(Edit().contract(), Edit(columns={"x": {"required": True}}).contract())

    assert [grade_under(removed, mode) for mode in (Mode.CONSUMER, Mode.PRODUCER, Mode.FULL, Mode.NONE)] == [
        Grade.MAJOR, Grade.MINOR, Grade.MAJOR, Grade.MINOR,
    ]  # fmt: skip
    assert [grade_under(required, mode) for mode in (Mode.CONSUMER, Mode.PRODUCER, Mode.FULL, Mode.NONE)] == [
        Grade.MINOR, Grade.MAJOR, Grade.MAJOR, Grade.MINOR,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (Mode.NONE, Mode.NONE_TRANSITIVE, Mode.NONE),
        (Mode.NONE, Mode.CONSUMER, Mode.CONSUMER),
        (Mode.CONSUMER, Mode.PRODUCER, Mode.FULL),
        (Mode.CONSUMER_TRANSITIVE, Mode.PRODUCER, Mode.FULL_TRANSITIVE),
        (Mode.FULL, Mode.CONSUMER_TRANSITIVE, Mode.FULL_TRANSITIVE),
    ],
)
def test_two_modes_together_protect_whomever_either_protects(first: Mode, second: Mode, expected: Mode) -> None:
    assert joined(first, second) is joined(second, first) is expected


def test_the_documentation_shows_the_table_that_the_code_has() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert renewed(page) == page, "run: python -m data_platform.contracts.compatibility.document docs/compatibility.md"


def test_every_row_of_the_table_is_one_line_with_eight_cells() -> None:
    rows = [line for line in table().splitlines() if line.startswith("| `")]
    assert len(rows) == len(Kind)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {9}


def test_a_page_without_a_place_for_the_table_is_refused_with_what_to_write() -> None:
    with pytest.raises(ValueError, match="write them where the table belongs"):
        renewed(f"{BEGIN}\nno end")
    assert END in renewed(f"{BEGIN}\nold\n{END}\n")


@pytest.mark.parametrize("name", sorted(CONTRACT_LEVEL))
def test_every_property_of_ours_is_compared(name: str) -> None:
    samples: dict[str, Any] = {
        "owner": "team:others", "publishMode": "append", "quarantineShare": 0.05, "compatibility": "FULL",
        "versionRetention": "3d", "extraColumns": "ignore", "replacedBy": "sales/things_v2", "retiredAnyway": "so",
        "usualRows": True, "restate": "all", "restatedDays": 45,
    }  # fmt: skip
    short = name.removeprefix(PREFIX)
    assert short in samples, "name a value of it, and see that compare() tells a change of it"
    assert compare(Edit().contract(), custom(**{short: samples[short]}).contract())


@pytest.mark.parametrize("name", sorted(PROPERTY_LEVEL))
def test_every_property_of_ours_on_a_column_is_compared(name: str) -> None:
    samples: dict[str, Any] = {"pseudonymise": "hash", "usualNulls": True, "usualValues": {"severity": "error"}}
    short = name.removeprefix(PREFIX)
    assert short in samples, "name a value of it, and see that compare() tells a change of it"
    ours = {"property": name, "value": samples[short]}
    old, new = (column("s", classification="personal", customProperties=given) for given in ([], [ours]))
    assert compare(old.contract(), new.contract())
