"""A week of past exports from the simulator, so that a fresh laptop has campaigns to compare.

What belongs here: what only the laptop wants. What does not: anything that runs against a real ad platform.
"""

import os

import dagster as dg

from data_platform.domains.marketing import ingestion, resources, schedules
from data_platform.domains.marketing.resources import ADS_URL_VARIABLE
from data_platform.orchestration.defaults import platform_definitions
from data_platform.orchestration.ingestion.history import fill


def seed(instance: dg.DagsterInstance, days: int = 7) -> int:
    """Fill the past days that are still empty; none where the ad platform is a real one.

    Args:
        instance: Where the run is recorded.
        days: How many days before the last complete one.

    Returns:
        How many days were filled.
    """
    if os.environ.get(ADS_URL_VARIABLE):
        return 0
    assets = [ingestion.raw_ad_exports, ingestion.raw_campaigns]
    daily = dg.Definitions(assets=assets, jobs=[schedules.marketing_daily])
    definitions = dg.Definitions.merge(daily, resources.resources(), platform_definitions())
    return fill(instance, definitions, "marketing_daily", ingestion.raw_ad_exports.key, days)
