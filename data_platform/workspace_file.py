"""`workspace.yaml`: a project's code locations, for whatever serves them without discovering them.

What belongs here: its text, and whether we wrote it. What does not: which domains there are (`project`).
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from data_platform.project import START_HERE, Project

_LOCATIONS: Final = "data_platform.locations"
_HEADER: Final = """\
# Written by `data-platform workspace`: one code location per domain, so that a broken module fails its own location and
# leaves the others standing. `data-platform up` discovers the domains by itself and reads this only when told to.
"""


def workspace_text(domains: Iterable[str]) -> str:
    """``workspace.yaml`` of some domains, for whatever serves code locations without discovering them."""
    entries = [
        f"  - python_module:\n      module_name: {_LOCATIONS}\n"
        f"      attribute: {domain}\n      location_name: {domain}\n"
        for domain in list(domains) or [START_HERE]
    ]
    return f"{_HEADER}load_from:\n{''.join(entries)}"


def renewed_workspace(project: Project, locations: Iterable[str]) -> dict[Path, str]:
    """A project's ``workspace.yaml`` with these locations, where it has one that we wrote; nothing elsewhere."""
    file = project.root / "workspace.yaml"
    if not file.is_file() or not is_ours(file.read_text(encoding="utf-8")):
        return {}
    return {file: workspace_text(locations)}


def is_ours(workspace: str) -> bool:
    """Whether a ``workspace.yaml`` is as we wrote it, so that we may write it again."""
    return workspace.startswith(_HEADER)
