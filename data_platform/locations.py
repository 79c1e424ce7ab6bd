"""One code location per domain: what `workspace.yaml` loads.

What belongs here: one line a domain, and how a domain's folder becomes a `Definitions`. What does not: anything of a
domain itself. A domain is imported only when its own location is loaded, so that an import error in one fails that
location and leaves the others standing.
"""

import importlib
from collections.abc import Callable

import dagster as dg

from data_platform.orchestration.defaults import platform_definitions
from data_platform.orchestration.products.automation import automation_sensor
from data_platform.settings import PROJECT_ROOT


def load_domain(domain: str) -> dg.Definitions:
    """Everything in `data_platform/domains/<domain>`, with the platform's defaults.

    Args:
        domain: Name of a folder in `data_platform/domains`.

    Returns:
        The domain's definitions alone; products of other domains appear in it only as dependencies.

    Raises:
        Exception: Whatever importing the domain raises; Dagster shows it as that location's load error.
    """
    module = importlib.import_module(f"data_platform.domains.{domain}")
    tree = dg.ComponentTree.from_module(defs_module=module, project_root=PROJECT_ROOT)
    automation = dg.Definitions(sensors=[automation_sensor(domain)])
    return dg.Definitions.merge(tree.build_defs(), platform_definitions(), automation)


def _location(domain: str) -> Callable[..., dg.Definitions]:
    @dg.definitions
    def definitions() -> dg.Definitions:
        return load_domain(domain)

    return definitions


movies = _location("movies")
sales = _location("sales")
marketing = _location("marketing")
logistics = _location("logistics")
logs = _location("logs")
