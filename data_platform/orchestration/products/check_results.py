"""Results of a contract's rules as Dagster's asset checks.

What belongs here: one asset check a rule, and what it says of a batch or of many. What does not: running the rules.

A rule that was not evaluated emits no result: Dagster then shows its check as skipped, never as passed. Nothing waits
for it: a rule that no machine can judge does not block. It shows as "skipped" also where it passed in an earlier run.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import dagster as dg

from data_platform import markdown
from data_platform.contracts.checks.model import Check, Severity
from data_platform.contracts.checks.results import Report, Result, Status
from data_platform.contracts.checks.rules import Unevaluated
from data_platform.markdown import escaped

_MOST_NAMED: Final = 50
_MOST_SAMPLES: Final = 5
_LONGEST_CELL: Final = 60


def check_specs(key: dg.AssetKey, checks: Sequence[Check]) -> list[dg.AssetCheckSpec]:
    """One asset check a rule."""
    return [
        dg.AssetCheckSpec(
            one.name,
            asset=key,
            description=_described(one),
            blocking=one.blocking and not isinstance(one.rule, Unevaluated),
            metadata={"severity": one.severity.value, "dimension": one.dimension or "", "element": one.element},
        )
        for one in checks
    ]


def results_of(key: dg.AssetKey, report: Report, made: Report | None = None) -> Iterator[dg.AssetCheckResult]:
    """The results of one batch.

    Args:
        key: The asset.
        report: What was found.
        made: What was found before some rows were put into quarantine, where that was done: a rule that only those
            broke is kept in what readers see, and says how many broke it.
    """
    broken = {one.check.name: one.failing for one in made.failures} if made is not None else {}
    for one in report.results:
        if one.status is not Status.NOT_EVALUATED:
            apart = broken.get(one.check.name) if not one.failed else None
            yield dg.AssetCheckResult(
                passed=not one.failed,
                asset_key=key,
                check_name=one.check.name,
                severity=_severity(one.check),
                description=f"kept; {apart:,} rows that broke it are in quarantine" if apart else escaped(summary(one)),
                metadata=_metadata(one, report.partition) | ({"quarantined_rows": apart} if apart else {}),
            )


def results_of_many(key: dg.AssetKey, reports: Mapping[str, Report]) -> Iterator[dg.AssetCheckResult]:
    """One result a rule that sums up many partitions and names the failing ones.

    Args:
        key: The asset.
        reports: What was found, by partition.
    """
    found: dict[str, dict[str, Result]] = {}
    for partition, report in reports.items():
        for one in report.results:
            if one.status is not Status.NOT_EVALUATED:
                found.setdefault(one.check.name, {})[partition] = one
    for name, results in found.items():
        failing = [partition for partition, one in results.items() if one.failed]
        check = next(iter(results.values())).check
        said = f"kept in {len(results)} partitions"
        if failing:
            named = escaped(", ".join(failing[:_MOST_NAMED]))
            said = f"failed in {len(failing)} of {len(results)} partitions: {named}"
        yield dg.AssetCheckResult(
            passed=not failing,
            asset_key=key,
            check_name=name,
            severity=_severity(check),
            description=said,
            metadata={
                "partitions_checked": len(results),
                "failing_partitions": dg.MetadataValue.json(failing[:_MOST_NAMED]),
                "failing_rows": sum(one.failing or 0 for one in results.values()),
                "total_rows": sum(one.total for one in results.values()),
                **({"first_failure": summary(results[failing[0]])} if failing else {}),
            },
        )


def evaluations_of_failing(
    key: dg.AssetKey, reports: Mapping[str, Report], blocking: Mapping[str, bool]
) -> Iterator[dg.AssetCheckEvaluation]:
    """Evaluations of their own for the partitions that failed, and only for the rules that they failed.

    Args:
        key: The asset.
        reports: What was found, by partition.
        blocking: For each check whether it blocks.
    """
    for partition, report in reports.items():
        for one in report.failures:
            yield dg.AssetCheckEvaluation(
                asset_key=key,
                check_name=one.check.name,
                passed=False,
                severity=_severity(one.check),
                description=escaped(summary(one)),
                metadata=_metadata(one, partition),
                blocking=blocking[one.check.name],
                partition=partition,
            )


def _described(check: Check) -> str:
    """What a check promises, as Markdown: Dagster shows descriptions so."""
    reason = f" Not evaluated: {check.rule.reason}." if isinstance(check.rule, Unevaluated) else ""
    return escaped(check.description + reason)


def _severity(check: Check) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if check.severity is Severity.ERROR else dg.AssetCheckSeverity.WARN


def summary(one: Result) -> str:
    """What came out of a rule, in a line."""
    parts = [f"{one.failing:,} of {one.total:,} rows" if one.failing else ""]
    if one.value is not None and one.threshold:
        parts.append(f"{one.value:g} {one.threshold}")
    return ": ".join(filter(None, [*parts, one.reason])) or "kept"


def _metadata(one: Result, partition: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "status": one.status.value,
        "partition": partition,
        "total_rows": one.total,
        "failing_rows": one.failing,
        "share": one.share,
        "value": one.value,
        "threshold": one.threshold,
        "reason": one.reason,
        "sample_rows": list(one.sample_rows) or None,
    }
    if one.samples:
        names = list(one.samples[0])
        rows = ([sample.get(name) for name in names] for sample in one.samples[:_MOST_SAMPLES])
        found["samples"] = dg.MetadataValue.md(markdown.table(names, rows, _LONGEST_CELL))
    return {name: value for name, value in found.items() if value is not None}
