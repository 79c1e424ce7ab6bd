"""One code location per domain: what `workspace.yaml` and `data-platform up` load.

What belongs here: how a domain of the project becomes a `Definitions`. What does not: anything of a domain itself. A
domain is an attribute of this module, made when it is asked for: it is imported only when its own location is loaded,
so that an import error in one fails that location and leaves the others standing.
"""

import importlib
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg

from data_platform.orchestration.defaults import platform_definitions
from data_platform.orchestration.products.automation import automation_sensor
from data_platform.orchestration.products.catching_up import catching_up_sensor
from data_platform.orchestration.products.imported import imported_definitions
from data_platform.orchestration.welcome import welcome
from data_platform.products.imported import LOCATION, imported_in, locations_of
from data_platform.project import START_HERE, current


def load_domain(domain: str) -> dg.Definitions:
    """Everything of a domain, with the platform's defaults.

    Args:
        domain: Its name, as `Project.domain_modules` has it.

    Returns:
        The domain's definitions alone; products of other domains appear in it only as dependencies.

    Raises:
        KeyError: The project has no such domain.
        Exception: Whatever importing the domain raises; Dagster shows it as that location's load error.
    """
    project = current()
    module = project.domain_modules()[domain]
    tree = tree_of(module)
    follows_others = any(imported_in(project.domains))
    sensors = [automation_sensor(domain, follows_others=follows_others), catching_up_sensor(domain, folder_of(module))]
    automation = dg.Definitions(sensors=sensors)
    return dg.Definitions.merge(tree.build_defs(), platform_definitions(), automation)


def tree_of(module: str) -> dg.ComponentTree:
    """The components of a package, which is imported: from the project's folder where it is not installed."""
    root = current().root
    if str(root) not in sys.path:
        sys.path.append(str(root))
    return dg.ComponentTree.from_module(defs_module=importlib.import_module(module), project_root=root)


def folder_of(module: str) -> Path:
    """The folder of a package that was imported."""
    return Path(next(iter(sys.modules[module].__path__)))


def __getattr__(name: str) -> Any:
    """A domain's definitions by the domain's name."""
    project = current()
    domains = [] if name.startswith("__") else project.domain_modules()
    if name == START_HERE and not domains:
        return _location(welcome)
    if name == LOCATION and name in locations_of(project):
        return _location(lambda: imported_definitions(project.domains))
    if name not in domains:
        there = f"{project.domains} has {', '.join(domains) or 'none'}"
        raise AttributeError(
            f"{__name__} has no domain {name!r}: {there}; a domain is a folder with an __init__.py, or with products"
        )
    return _location(partial(load_domain, name))


def _location(load: Callable[[], dg.Definitions]) -> Callable[..., dg.Definitions]:
    @dg.definitions
    def definitions() -> dg.Definitions:
        return load()

    return definitions
