"""The one `Definitions` object of a project: every domain merged, for tests, `dg` and development in one process.

What belongs here: the merging. What does not: definitions themselves (they live in `domains/`) and anything that must
not be loaded beside the domains' own code locations, which define the same keys: `workspace.yaml` never names this
module.
"""

import dagster as dg

from data_platform.locations import folder_of, tree_of
from data_platform.orchestration.defaults import platform_definitions
from data_platform.orchestration.products.automation import automation_sensor
from data_platform.orchestration.products.catching_up import catching_up_sensor
from data_platform.orchestration.products.imported import imported_definitions
from data_platform.products.imported import imported_in
from data_platform.project import current


@dg.definitions
def defs() -> dg.Definitions:
    """Every domain's definitions, with the platform's defaults."""
    project = current()
    modules = project.domain_modules()
    own = [project.package] if project.domains.is_dir() else []
    installed = [module for module in modules.values() if not module.startswith(f"{project.package}.")]
    built = [tree_of(package).build_defs() for package in own + installed]
    sensors = [
        sensor
        for domain, module in modules.items()
        for sensor in (automation_sensor(domain), catching_up_sensor(domain, folder_of(module)))
    ]
    return dg.Definitions.merge(
        *built,
        platform_definitions(),
        dg.Definitions(sensors=sensors),
        *([imported_definitions(project.domains)] if any(imported_in(project.domains)) else []),
    )
