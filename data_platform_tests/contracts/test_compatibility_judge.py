"""Which earlier versions bind a new one, and which version it needs; rules tried on data."""

import pyarrow as pa
import pytest

from data_platform.contracts.compatibility.compare import compare
from data_platform.contracts.compatibility.effects import Verdict
from data_platform.contracts.compatibility.judge import judge, mode_of
from data_platform.contracts.compatibility.kinds import Grade, Kind
from data_platform.contracts.compatibility.replay import replay
from data_platform.contracts.compatibility.report import summary, to_dict, to_markdown
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import CompatibilityMode as Mode
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.source import read
from data_platform_tests.contracts.compatibility_pairs import Edit, custom, options, sql


def version(text: str, /, **columns: object) -> Contract:
    """The base at a version, with columns changed; ``None`` takes one away."""
    edits = {name: keys for name, keys in columns.items() if keys is None or isinstance(keys, dict)}
    return Edit(columns=edits, top={"version": text}).contract()


WIDER = {"logicalTypeOptions": {"minimum": 0}}
NARROW = {"logicalTypeOptions": {"minimum": 5}}


@pytest.mark.parametrize(
    ("new", "needed", "required", "suffices"),
    [
        (version("1.0.0"), None, "1.0.0", True),
        (version("1.0.0", n={"description": "Other."}), Grade.PATCH, "1.0.1", False),
        (version("1.0.1", n={"description": "Other."}), Grade.PATCH, "1.0.1", True),
        (version("1.0.9", more={"logicalType": "string"}), Grade.MINOR, "1.1.0", False),
        (version("1.1.0", more={"logicalType": "string"}), Grade.MINOR, "1.1.0", True),
        (version("1.1.0-rc.1", more={"logicalType": "string"}), Grade.MINOR, "1.1.0", True),
        (version("1.9.0", x=None), Grade.MAJOR, "2.0.0", False),
        (version("0.9.0"), None, None, True),
    ],
)
def test_the_version_must_say_at_least_what_changed(
    new: Contract, needed: Grade | None, required: str | None, suffices: bool
) -> None:
    found = judge(new, [version("1.0.0")])

    assert found.needed is needed
    assert (str(found.required) if found.required else None) == required
    assert found.suffices is suffices


def test_a_new_major_version_is_told_what_changed_and_refused_nothing() -> None:
    found = judge(version("2.0.0", x=None), [version("1.0.0"), version("1.1.0", n=NARROW)])

    assert found.compatible
    assert found.suffices
    assert found.needed is None
    (compared,) = found.comparisons
    assert compared.version == "1.1.0"
    assert {one.change.kind for one in compared.changes} == {Kind.COLUMN_REMOVED, Kind.RANGE_WIDENED}
    assert "stands beside" in (compared.free or "")


def test_a_mode_looks_at_the_version_before_and_its_transitive_form_at_all_of_the_major() -> None:
    earlier = [version("1.0.0", n=NARROW), version("1.1.0"), version("0.9.0", s=None)]
    new = version("1.2.0", n=WIDER)

    once, always = judge(new, earlier, Mode.CONSUMER), judge(new, earlier, Mode.CONSUMER_TRANSITIVE)

    assert once.compatible
    assert [(one, each.change.kind) for one, each in always.breaking] == [("1.0.0", Kind.RANGE_WIDENED)]
    assert [one.version for one in always.comparisons] == ["1.1.0", "1.0.0", "0.9.0"]
    assert always.needed is Grade.MAJOR
    assert once.needed is Grade.MINOR
    assert not always.suffices


@pytest.mark.parametrize("top", [{"version": "1.0.0-rc.1"}, {"version": "1.0.0", "status": "draft"}])
def test_what_promised_nothing_yet_binds_nobody(top: dict[str, str]) -> None:
    earlier = Edit(top=top).contract()
    found = judge(version("1.0.0", x=None), [earlier])

    assert found.compatible
    assert found.comparisons[0].free is not None
    assert "promises nothing" in found.comparisons[0].free


def test_lifting_the_protection_and_making_use_of_it_takes_two_versions() -> None:
    before, without = version("1.0.0"), custom(compatibility="NONE").contract()
    unprotected = Edit(columns={"x": None}, top={"version": "1.1.0", **custom(compatibility="NONE").top}).contract()

    assert mode_of(unprotected, [before]) is Mode.CONSUMER
    assert not judge(unprotected, [before]).compatible
    assert mode_of(unprotected, [before, without]) is Mode.CONSUMER  # of two alike, the first told counts
    assert judge(unprotected, [without]).compatible
    assert judge(unprotected, [without]).needed is Grade.MINOR


def test_a_version_that_is_none_is_compared_for_information_rather_than_passed_over() -> None:
    text = Edit(columns={"n": NARROW}).text().replace('"version": "1.0.0"', '"version": "one"')
    found = judge(version("1.0.0", n=WIDER), [contract_of(read(text))])

    assert [one.change.kind for one in found.comparisons[0].changes] == [Kind.RANGE_WIDENED]
    assert "'one' is no semantic version" in summary(found)


def test_versions_in_any_order_are_judged_alike() -> None:
    earlier = [version("1.2.0", n=WIDER), version("1.0.0"), version("1.10.0", n=NARROW)]
    found = judge(version("1.11.0", n=NARROW), earlier)
    assert [one.version for one in found.comparisons] == ["1.10.0"]
    assert found.needed is None


def things(**columns: list[object]) -> pa.Table:
    """Rows of the base with some columns filled."""
    size = len(next(iter(columns.values())))
    names = ["key", "n", "x", "s", "at", "day", "list", "place"]
    return pa.table({name: columns.get(name, list(range(size)) if name == "key" else [None] * size) for name in names})


def test_replay_finds_the_rows_that_a_new_pattern_refuses_and_answers_for_old_data() -> None:
    old, new = options("s", pattern="^[a-z]+$").contract(), options("s", pattern="^[a-y]+$").contract()
    judgement = judge(new, [old], Mode.PRODUCER)
    changes = [one.change for one in judgement.comparisons[0].changes]

    kept = replay(old, new, changes, things(s=["a", "bc"]))
    broken = replay(old, new, changes, things(s=["a", "z", "zz"]))

    assert not kept.broken
    assert [one.verdict for one in kept.applied(judgement.comparisons[0], Mode.PRODUCER).changes] == [Verdict.FINE]
    (answered,) = broken.applied(judgement.comparisons[0], Mode.PRODUCER).changes
    assert (answered.verdict, answered.grade) == (Verdict.BREAKS, Grade.MAJOR)
    assert "3 rows: refuses 2" in answered.reason
    assert [one.check.name for one in broken.broken] == ["s_pattern"]


def test_replay_proves_a_break_for_readers_only_by_a_row_that_the_old_rule_refused() -> None:
    old, new = options("s", pattern="^[a-y]+$").contract(), options("s", pattern="^[a-z]+$").contract()
    comparison = judge(new, [old], Mode.CONSUMER).comparisons[0]
    changes = [one.change for one in comparison.changes]

    (open_still,) = replay(old, new, changes, things(s=["a"])).applied(comparison, Mode.CONSUMER).changes
    (proved,) = replay(old, new, changes, things(s=["a", "z"])).applied(comparison, Mode.CONSUMER).changes

    assert open_still.verdict is Verdict.MAY_BREAK
    assert "data to come may differ" in open_still.reason
    assert proved.verdict is Verdict.BREAKS


def test_replay_answers_for_queries_and_follows_a_renamed_column() -> None:
    old = Edit(columns={"s": {"id": "s-id", "logicalTypeOptions": {"pattern": "a"}}},
               table=sql("SELECT max(n) FROM {object}", mustBeLessThan=5).table).contract()  # fmt: skip
    new = Edit(columns={"s": {"id": "s-id", "name": "text", "logicalTypeOptions": {"pattern": "b"}}},
               table=sql("SELECT max(n) + 1 FROM {object}", mustBeLessThan=5).table).contract()  # fmt: skip
    data = things(s=["ab", "b"], n=[1, 4]).rename_columns(["key", "n", "x", "text", "at", "day", "list", "place"])

    found = replay(old, new, compare(old, new), data)

    told = {one.change.kind: (one.refused, one.surprising) for one in found.answers}
    assert told == {Kind.PATTERN_CHANGED: (0, 1), Kind.RULE_UNDECIDED: (1, 0)}


def test_a_report_says_in_one_line_what_is_wrong_and_keeps_to_its_cells() -> None:
    old = version("1.0.0")
    new = Edit(columns={"x": None, "s": {"description": "a | b\n<script>"}}, top={"version": "1.0.1"}).contract()
    judgement = judge(new, [old])

    suffices = "Version 1.0.1 does not suffice: it takes 2.0.0 or later."
    assert summary(judgement) == f"Under CONSUMER: 1 breaks. {suffices} What was published before needs restatement."
    markdown = to_markdown(judgement, "sales/things_v1")
    assert "| ❌ | `things.x` | removed |" in markdown
    assert "a \\| b \\<script\\>" in markdown
    plain = to_dict(judgement)
    assert plain["compatible"] is False
    assert [one["verdict"] for one in plain["comparisons"][0]["changes"]] == ["breaks", "fine"]
    assert summary(judge(old, [old])) == "Nothing changed."
    assert summary(judge(old, [])) == "Nothing changed."
