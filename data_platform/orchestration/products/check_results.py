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
from data_platform.contracts.rules.kinds.unevaluated import Unevaluated
from data_platform.markdown import escaped

_MOST_NAMED: Final = 50
_MOST_SAMPLES: Final = 5
_LONGEST_CELL: Final = 60


def check_specs(key: dg.AssetKey, checks: Sequence[Check]) -> list[dg.AssetCheckSpec]:
    """One asset check a rule."""
    return [
        dg.AssetCheckSpec(
            check.name,
            asset=key,
            description=_described(check),
            blocking=check.blocking and not isinstance(check.rule, Unevaluated),
            metadata={"severity": check.severity.value, "dimension": check.dimension or "", "element": check.element},
        )
        for check in checks
    ]


def results_of(key: dg.AssetKey, report: Report, original: Report | None = None) -> Iterator[dg.AssetCheckResult]:
    """The results of one batch.

    Args:
        key: The asset.
        report: What was found.
        original: What was found before some rows were put into quarantine, where that was done: a rule that only those
            broke is kept in what readers see, and says how many broke it.
    """
    broken = {result.check.name: result.failing for result in original.failures} if original is not None else {}
    for result in report.results:
        if result.status is not Status.NOT_EVALUATED:
            apart = broken.get(result.check.name) if not result.failed else None
            yield dg.AssetCheckResult(
                passed=not result.failed,
                asset_key=key,
                check_name=result.check.name,
                severity=_severity(result.check),
                description=f"kept; {apart:,} rows that broke it are in quarantine"
                if apart
                else escaped(summary(result)),
                metadata=_metadata(result, report.partition) | ({"quarantined_rows": apart} if apart else {}),
            )


def results_of_many(key: dg.AssetKey, reports: Mapping[str, Report]) -> Iterator[dg.AssetCheckResult]:
    """One result a rule that sums up many partitions and names the failing ones.

    Args:
        key: The asset.
        reports: What was found, by partition.
    """
    results_by_check: dict[str, dict[str, Result]] = {}
    for partition, report in reports.items():
        for result in report.results:
            if result.status is not Status.NOT_EVALUATED:
                results_by_check.setdefault(result.check.name, {})[partition] = result
    for name, results in results_by_check.items():
        failing = [partition for partition, result in results.items() if result.failed]
        check = next(iter(results.values())).check
        description = f"kept in {len(results)} partitions"
        if failing:
            named = escaped(", ".join(failing[:_MOST_NAMED]))
            description = f"failed in {len(failing)} of {len(results)} partitions: {named}"
        yield dg.AssetCheckResult(
            passed=not failing,
            asset_key=key,
            check_name=name,
            severity=_severity(check),
            description=description,
            metadata={
                "partitions_checked": len(results),
                "failing_partitions": dg.MetadataValue.json(failing[:_MOST_NAMED]),
                "failing_rows": sum(result.failing or 0 for result in results.values()),
                "total_rows": sum(result.total for result in results.values()),
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
        for result in report.failures:
            yield dg.AssetCheckEvaluation(
                asset_key=key,
                check_name=result.check.name,
                passed=False,
                severity=_severity(result.check),
                description=escaped(summary(result)),
                metadata=_metadata(result, partition),
                blocking=blocking[result.check.name],
                partition=partition,
            )


def _described(check: Check) -> str:
    """What a check promises, as Markdown: Dagster shows descriptions so."""
    reason = f" Not evaluated: {check.rule.reason}." if isinstance(check.rule, Unevaluated) else ""
    return escaped(check.description + reason)


def _severity(check: Check) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if check.severity is Severity.ERROR else dg.AssetCheckSeverity.WARN


def summary(result: Result) -> str:
    """What came out of a rule, in a line."""
    parts = [f"{result.failing:,} of {result.total:,} rows" if result.failing else ""]
    if result.value is not None and result.threshold:
        parts.append(f"{result.value:g} {result.threshold}")
    return ": ".join(filter(None, [*parts, result.reason])) or "kept"


def _metadata(result: Result, partition: str | None) -> dict[str, Any]:
    metadata: dict[str, object] = {
        "status": result.status.value,
        "partition": partition,
        "total_rows": result.total,
        "failing_rows": result.failing,
        "share": result.share,
        "value": result.value,
        "threshold": result.threshold,
        "reason": result.reason,
        "sample_rows": list(result.sample_rows) or None,
    }
    if result.samples:
        names = list(result.samples[0])
        rows = ([sample.get(name) for name in names] for sample in result.samples[:_MOST_SAMPLES])
        metadata["samples"] = dg.MetadataValue.md(markdown.table(names, rows, _LONGEST_CELL))
    return {name: value for name, value in metadata.items() if value is not None}
