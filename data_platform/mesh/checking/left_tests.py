"""Tests of products or domains that are gone: they fail, or cannot even be imported, and do not say why.

What belongs here: finding them by their names, as `new` gives them. What does not: running tests.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from data_platform.contracts.findings import Finding, Position, Severity
from data_platform.products.names import is_product_name
from data_platform.project import Project

_PREFIX: Final = "test_"


def left_tests(project: Project) -> Iterator[Finding]:
    """A warning for each test of a product, or of a domain, that the project does not have.

    Args:
        project: The project.
    """
    domains = project.domain_modules()
    for file in sorted(project.tests.glob(f"*/{_PREFIX}*.py")):
        domain, name = file.parent.name, file.stem.removeprefix(_PREFIX)
        if domain not in domains:
            yield _left(file, f"the domain {domain}", file.parent, project)
        elif is_product_name(name) and _is_here(project, domain) and not (project.domains / domain / name).is_dir():
            yield _left(file, f"the product {domain}/{name}", file, project)


def _is_here(project: Project, domain: str) -> bool:
    """Whether a domain's products are in the project itself, and not in a package that is installed."""
    return (project.domains / domain).is_dir()


def _left(file: Path, what: str, delete: Path, project: Project) -> Finding:
    gone = delete.relative_to(project.root) if delete.is_relative_to(project.root) else delete
    message = f"this tests {what}, which is not in this project any more"
    fix = f"delete {gone}, or bring {what} back"
    return Finding("left-test", Severity.WARNING, str(file), Position(1, 1), (), message, fix)
