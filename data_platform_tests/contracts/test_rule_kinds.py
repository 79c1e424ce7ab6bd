"""Each kind of rule by its own samples: a new kind is tried here without a line being written."""

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.checks.model import Check, TableChecks
from data_platform.contracts.checks.results import Report, Status
from data_platform.contracts.checks.run import check
from data_platform.contracts.checks.together import check_together
from data_platform.contracts.compatibility.compare import compare
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.findings import Finding
from data_platform.contracts.lint import RULES, lint
from data_platform.contracts.loading import load
from data_platform.contracts.rules.custom import CustomRule
from data_platform.contracts.rules.kinds.usual import Usual
from data_platform.contracts.rules.model import Rule, RuleSample, WrittenSample, follows
from data_platform.contracts.rules.option import OptionRule
from data_platform.contracts.rules.registry import kinds
from data_platform.contracts.types.arrow import to_arrow
from data_platform.contracts.types.reading import parse
from data_platform_tests.contracts.compatibility_pairs import BASE
from data_platform_tests.contracts.rule_kinds import Unevaluated

NOW = datetime(2024, 1, 10, 12, tzinfo=UTC)
SAMPLES = [
    (f"{kind.__name__} {number}", sample) for kind in kinds() for number, sample in enumerate(kind.samples().rules)
]
COMPARED = [(name, sample) for name, sample in SAMPLES if sample.narrower or sample.wider]
WRITTEN = [
    (f"{kind.__name__} {number}", sample) for kind in kinds() for number, sample in enumerate(kind.samples().written)
]


def named(samples: list[tuple[str, Any]]) -> list[Any]:
    return [pytest.param(sample, id=name) for name, sample in samples]


def table(sample: RuleSample, values: tuple[Any, ...]) -> pa.Table:
    """A batch with the values as ``v``, and numbers from 0 as ``w``."""
    kind = to_arrow(parse(sample.type))
    return pa.table({"v": pa.array(values, kind), "w": pa.array(range(len(values)), pa.int64())})


def checked(rule: Rule, sample: RuleSample, values: tuple[Any, ...]) -> Report:
    checks = TableChecks("t", (Check("rule", rule, sample.path or ("v",)),))
    return check(checks, table(sample, values), now=NOW)


def written(keys: Any) -> str:
    """A contract with a column ``v`` that has some keys."""
    raw = json.loads(json.dumps(BASE))
    raw["schema"][0]["properties"].append({"name": "v", "description": "A value.", **keys})
    return json.dumps(raw, indent=1)


@pytest.mark.parametrize("sample", named(SAMPLES))
def test_a_batch_that_keeps_the_rule_passes(sample: RuleSample) -> None:
    report = checked(sample.rule, sample, sample.keeps)

    assert report["rule"].status is Status.PASSED, report


@pytest.mark.parametrize("sample", named([(name, sample) for name, sample in SAMPLES if sample.breaks]))
def test_a_batch_that_breaks_the_rule_fails_with_the_number_of_rows(sample: RuleSample) -> None:
    report = checked(sample.rule, sample, sample.breaks)

    assert (report["rule"].status, report["rule"].failing) == (Status.FAILED, sample.failing), report
    if report["rule"].row_level:
        rest = [value for value, bad in zip(sample.breaks, report.mask().to_pylist(), strict=True) if not bad]
        again = checked(sample.rule, sample, tuple(rest))
        assert again["rule"].status is Status.PASSED, "leaving the rejected rows out is enough"


@pytest.mark.parametrize("sample", named(SAMPLES))
def test_many_partitions_at_once_give_what_each_gives_alone(sample: RuleSample) -> None:
    checks = TableChecks("t", (Check("rule", sample.rule, sample.path or ("v",)),))
    parts = {"a": table(sample, sample.keeps), "b": table(sample, sample.breaks), "c": table(sample, ())}
    whole = pa.concat_tables(
        part.append_column("p", pa.array([key] * len(part), pa.string())) for key, part in parts.items()
    )

    together = check_together(checks, whole, column="p", partitions=list(parts), now=NOW)

    for key in parts:
        alone = check(checks, whole.filter(pc.equal(whole["p"], key)), now=NOW, partition=key)
        assert repr(together[key].results) == repr(alone.results)  # where NaN is itself
        assert together[key].failing_rows.to_pylist() == alone.failing_rows.to_pylist()


@pytest.mark.parametrize("sample", named(COMPARED))
def test_what_keeps_a_narrower_rule_keeps_the_rule_and_what_keeps_that_a_wider_one(sample: RuleSample) -> None:
    rule, narrower, wider = sample.rule, sample.narrower, sample.wider
    assert follows(rule, rule) is True
    if narrower is not None:
        assert (follows(narrower, rule), bool(follows(rule, narrower))) == (True, False)
        if sample.breaks:
            assert checked(narrower, sample, sample.breaks)["rule"].status is Status.FAILED
    if wider is not None:
        assert (follows(rule, wider), bool(follows(wider, rule))) == (True, False)
        assert checked(wider, sample, sample.keeps)["rule"].status is Status.PASSED


@pytest.mark.parametrize("sample", named(WRITTEN))
def test_a_written_rule_is_checked_and_a_narrower_one_is_told_as_such(sample: WrittenSample) -> None:
    contract = load(written(sample.keys))

    names = {declared.name for declared in compile_checks(contract).checks}
    assert not sample.check or f"v_{sample.check}" in names
    if sample.narrower is not None:
        changes = compare(contract, load(written(sample.narrower)))
        assert [change.kind for change in changes] == [Kind(sample.told_as)]
        assert [change.column for change in changes] == ["v"]
    assert compare(contract, contract) == ()


@pytest.mark.parametrize("sample", named([(name, sample) for name, sample in WRITTEN if sample.wrong is not None]))
def test_what_is_wrong_is_told_at_its_line_with_a_fix_that_removes_it(sample: WrittenSample) -> None:
    def findings(keys: Any) -> list[Finding]:
        return [finding for finding in lint(written(keys)) if finding.rule == sample.lint]

    told = [finding for finding in findings(sample.wrong) if sample.fix in finding.fix]
    assert told, lint(written(sample.wrong))
    lines = written(sample.wrong).splitlines()
    own = next(number for number, line in enumerate(lines, 1) if '"A value."' in line)
    assert all(own < finding.line <= len(lines) for finding in told)
    assert findings(sample.mended) == []
    assert findings(sample.keys) == []


def test_every_kind_has_samples_but_those_that_a_batch_alone_cannot_keep_or_break() -> None:
    assert {kind for kind in kinds() if not kind.samples().rules} == {Usual, Unevaluated}
    for kind in kinds():
        if issubclass(kind, OptionRule | CustomRule):
            assert any(sample.narrower for sample in kind.samples().written), kind
        if issubclass(kind, CustomRule):
            assert any(sample.wrong for sample in kind.samples().written), kind


def test_every_kind_has_a_place_of_its_own_and_tells_what_others_know() -> None:
    positions = [kind.position for kind in kinds()]
    assert len(set(positions)) == len(positions)
    for kind in kinds():
        if issubclass(kind, OptionRule):
            assert [Kind(told) for told in kind.told_as]
        assert {sample.lint for sample in kind.samples().written if sample.lint} <= {rule.id for rule in RULES}


def test_a_kind_that_says_nothing_of_its_own_is_never_passed() -> None:
    class Unknown(Rule):
        pass

    checks = TableChecks("t", (Check("rule", Unknown(), ("v",)),))

    report = check(checks, pa.table({"v": [1]}))

    assert (report["rule"].status, report["rule"].reason) == (
        Status.NOT_EVALUATED,
        "Unknown is not known to this engine",
    )
    assert follows(Unknown(), Unevaluated("prose")) is None
