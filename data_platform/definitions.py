"""The one `Definitions` object: every domain merged, for tests, `dg` and development in one process.

What belongs here: the merging. What does not: definitions themselves (they live in `domains/`) and anything that must
not be loaded beside the domains' own code locations, which define the same keys: `workspace.yaml` never names this
module.
"""

import pkgutil

import dagster as dg

from data_platform import domains
from data_platform.orchestration.defaults import platform_definitions
from data_platform.orchestration.products.automation import automation_sensor
from data_platform.settings import PROJECT_ROOT


@dg.definitions
def defs() -> dg.Definitions:
    """Every domain's definitions, with the platform's defaults."""
    automation = [automation_sensor(domain.name) for domain in pkgutil.iter_modules(domains.__path__)]
    return dg.Definitions.merge(
        dg.load_from_defs_folder(path_within_project=PROJECT_ROOT),
        platform_definitions(),
        dg.Definitions(sensors=automation),
    )
