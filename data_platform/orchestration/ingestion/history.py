"""Giving a fresh laptop some past days, all in one run: what a domain's `seed` does.

What belongs here: which days, and the run. What does not: which job (a domain's `seed`).
"""

from datetime import UTC, date, datetime, timedelta

import dagster as dg

from data_platform.orchestration.ingestion.partition_range import range_tags
from data_platform.settings import start_date


def fill(instance: dg.DagsterInstance, definitions: dg.Definitions, job: str, marker: dg.AssetKey, days: int) -> int:
    """Run a daily job once for those of the last complete days that were never made.

    The last complete day itself is left to the first run of the platform.

    Args:
        instance: Where the run is recorded.
        definitions: Hold the job.
        job: Its name; its assets take several days in one run.
        marker: The asset that tells which days were made.
        days: How far back.

    Returns:
        How many days were filled.

    Raises:
        Exception: Whatever the run failed with.
    """
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    materialized = instance.get_materialized_partitions(marker)
    past = [yesterday - timedelta(days=back) for back in range(days, 0, -1)]
    missing = [day for day in past if day >= start_date() and day.isoformat() not in materialized]
    if missing:
        _run(instance, definitions.resolve_job_def(job), missing[0], missing[-1])
    return len(missing)


def _run(instance: dg.DagsterInstance, job: dg.JobDefinition, first: date, last: date) -> None:
    several = range_tags(first.isoformat(), last.isoformat()) | {"data_platform/seed": "simulator"}
    job.execute_in_process(instance=instance, tags=several)
