"""Two weeks of past orders from the simulator, so that a fresh laptop's shipments find the orders that they are of.

What belongs here: what only the laptop wants. What does not: anything that a real order database needs.
"""

import os

import dagster as dg

from data_platform.domains.sales import ingestion, resources, schedules
from data_platform.domains.sales.resources import SALES_DATABASE_VARIABLE
from data_platform.orchestration.defaults import platform_definitions
from data_platform.orchestration.ingestion.history import fill


def seed(instance: dg.DagsterInstance, days: int = 14) -> int:
    """Fill the past days that are still empty; none where the order database is a real one.

    Args:
        instance: Where the run is recorded.
        days: How many days before the last complete one.

    Returns:
        How many days were filled.
    """
    if os.environ.get(SALES_DATABASE_VARIABLE):
        return 0
    assets = [ingestion.raw_orders, ingestion.raw_order_lines, ingestion.raw_customers]
    daily = dg.Definitions(assets=assets, jobs=[schedules.sales_daily])
    definitions = dg.Definitions.merge(daily, resources.resources(), platform_definitions())
    return fill(instance, definitions, "sales_daily", ingestion.raw_orders.key, days)
