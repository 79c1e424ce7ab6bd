"""The fix of every finding works: applied, the finding is gone, and no new error has come."""

import pytest

from data_platform.contracts.findings import Basis, Finding, KeyPath, Severity
from data_platform.contracts.lint import RULES, lint
from data_platform_tests.contracts import lint_fixes_of_data, lint_fixes_of_promises
from data_platform_tests.contracts.examples import edited
from data_platform_tests.contracts.lint_sample import Sample, mended

OF_RULES = (*lint_fixes_of_data.SAMPLES, *lint_fixes_of_promises.SAMPLES)
SCHEMA = lint_fixes_of_promises.OF_THE_SCHEMA
IDS = {rule.check.__name__: rule.id for rule in RULES}


def _told(text: str, id_: str) -> set[tuple[KeyPath, str]]:
    return {(finding.path, finding.message) for finding in lint(text) if finding.rule == id_}


def _errors(text: str) -> set[tuple[str, str]]:
    return {(finding.rule, finding.message) for finding in lint(text) if finding.severity is Severity.ERROR}


def _of(sample: Sample, text: str) -> Finding:
    id_ = IDS.get(sample.check, sample.check)
    found = [finding for finding in lint(text) if finding.rule == id_]
    told = [finding for finding in found if sample.fix in finding.fix]
    assert told, [str(finding) for finding in lint(text)]
    return told[0]


def test_every_rule_has_a_sample_whose_fix_is_tried() -> None:
    assert {rule.check.__name__ for rule in RULES} == {sample.check for sample in OF_RULES}


@pytest.mark.parametrize("sample", [*OF_RULES, *SCHEMA], ids=lambda sample: f"{sample.check}: {sample.fix[:30]}")
def test_the_fix_that_a_finding_names_removes_it_and_brings_no_new_error(sample: Sample) -> None:
    assert _errors(sample.base) == set()
    broken = edited(*sample.broken, sample.base)
    finding = _of(sample, broken)
    text = mended(sample, broken, finding)
    assert (finding.path, finding.message) not in _told(text, finding.rule)
    assert _errors(text) - _errors(broken) == set()


@pytest.mark.parametrize("sample", OF_RULES, ids=lambda sample: sample.check)
def test_a_finding_bears_the_mark_of_its_rule_or_the_standards_where_the_schema_refuses_it_too(sample: Sample) -> None:
    finding = _of(sample, edited(*sample.broken, sample.base))
    (rule,) = (rule for rule in RULES if rule.check.__name__ == sample.check)
    assert finding.basis in {rule.basis, Basis.STANDARD}
