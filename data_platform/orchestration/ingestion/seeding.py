"""Past days of sources from the laptop's simulator, so that a fresh laptop has something to look at.

What belongs here: which sources, and the runs. What does not: a domain's own ``seed.py``. Nothing is taken where a
source's variable is set: it is a real one then.
"""

from pathlib import Path

import dagster as dg

from data_platform.ingestion.sources.opening import is_simulated
from data_platform.orchestration.defaults import platform_definitions
from data_platform.orchestration.ingestion.history import fill
from data_platform.orchestration.ingestion.source_asset import source_asset
from data_platform.orchestration.ingestion.source_automation import source_automation
from data_platform.orchestration.ingestion.source_group import SourceGroup, group_in
from data_platform.products.source_file import read_source, sources_in


def seed_sources(instance: dg.DagsterInstance, domain: Path) -> int:
    """Fill the past days that are still empty, of each source that says how many.

    Args:
        instance: Where the runs are recorded.
        domain: The domain's folder.

    Returns:
        How many days were filled.

    Raises:
        InvalidProductError: A source cannot be read.
        Exception: Whatever a run failed with.
    """
    leaders = [folder for folder in sources_in(domain) if read_source(folder)[0].taken_with is None]
    return sum(_seed(instance, group_in(folder)) for folder in leaders)


def _seed(instance: dg.DagsterInstance, group: SourceGroup) -> int:
    laptop = group.spec.laptop
    if laptop is None or not laptop.past_days or not group.spec.daily or not is_simulated(group.spec):
        return 0
    assets = [source_asset(group.domain, name, spec) for name, spec in group.members.items()]
    own = dg.Definitions(assets=assets)
    definitions = dg.Definitions.merge(own, source_automation(group), platform_definitions())
    return fill(instance, definitions, group.job, group.key(group.leader), laptop.past_days)
