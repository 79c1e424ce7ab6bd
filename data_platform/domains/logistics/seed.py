"""A week of past drops from the simulator, so that a fresh laptop has shipments to follow.

What belongs here: what only the laptop wants. What does not: anything that runs against real carriers.
"""

import os

import dagster as dg

from data_platform.domains.logistics import ingestion, resources, schedules
from data_platform.domains.logistics.resources import CARRIERS_URL_VARIABLE
from data_platform.orchestration.defaults import platform_definitions
from data_platform.orchestration.ingestion.history import fill


def seed(instance: dg.DagsterInstance, days: int = 7) -> int:
    """Fill the past days that are still empty; none where the carriers are real.

    Args:
        instance: Where the run is recorded.
        days: How many days before the last complete one.

    Returns:
        How many days were filled.
    """
    if os.environ.get(CARRIERS_URL_VARIABLE):
        return 0
    assets = [ingestion.raw_carrier_files, ingestion.raw_shipments, ingestion.raw_scan_events]
    daily = dg.Definitions(assets=assets, jobs=[schedules.logistics_daily])
    definitions = dg.Definitions.merge(daily, resources.resources(), platform_definitions())
    return fill(instance, definitions, "logistics_daily", ingestion.raw_carrier_files.key, days)
