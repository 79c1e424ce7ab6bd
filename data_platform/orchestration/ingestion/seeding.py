"""Past days from the laptop's simulator, so that a fresh laptop has something to look at: what a job's tag asks for.

What belongs here: which jobs, and their runs. What does not: a domain's own ``seed.py``. Nothing is taken where a job's
source is a real one: its variable is set then.
"""

import os
from typing import Final

import dagster as dg

from data_platform.orchestration.ingestion.asking_again import TAKEN
from data_platform.orchestration.ingestion.history import fill

PAST_DAYS: Final = "data_platform/past_days"
"""Tag of a daily job: how many days before the last complete one a fresh laptop takes from the simulator."""

_SOURCE: Final = "data_platform/source"


def seed_jobs(instance: dg.DagsterInstance, definitions: dg.Definitions) -> int:
    """Fill the past days that are still empty, of each job that says how many.

    Args:
        instance: Where the runs are recorded.
        definitions: A domain's.

    Returns:
        How many days were filled.

    Raises:
        Exception: Whatever a run failed with.
    """
    repository = definitions.get_repository_def()
    jobs = [repository.get_job(name) for name in repository.job_names if not name.startswith("__")]
    return sum(_seed(instance, definitions, job) for job in jobs if PAST_DAYS in job.tags)


def _seed(instance: dg.DagsterInstance, definitions: dg.Definitions, job: dg.JobDefinition) -> int:
    if os.environ.get(job.tags.get(_SOURCE, ""), "").strip():
        return 0
    graph = definitions.get_repository_def().asset_graph
    asked = {check.asset_key for check in graph.asset_check_keys if check.name == TAKEN}
    (marker,) = asked & set(job.asset_layer.selected_asset_keys)
    return fill(instance, definitions, job.name, marker, int(job.tags[PAST_DAYS]))
