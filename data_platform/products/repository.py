"""Which repository a product's files are of: the identity that its project's ``pyproject.toml`` has.

What belongs here: finding it. What does not: which repository the registry knows (``contracts.registry.owners``).

It is a text in a file that is committed, so that every clone has it: a shallow one of CI, a fork, a mirror, and an
image that the files were copied into.
"""

import os
import re
from pathlib import Path
from secrets import token_hex
from typing import Final

from data_platform.contracts.references import CONTRACT_FILE
from data_platform.project import Project, ProjectError
from data_platform.settings import PROJECT_VARIABLE

_BYTES: Final = 5
_LONGEST: Final = 80


def new_identity(name: str) -> str:
    """An identity for a repository that no other one has: a name that people know, and a random part.

    Args:
        name: The name, such as that of its folder.
    """
    known = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST]
    return f"{known or 'mesh'}-{token_hex(_BYTES)}"


def repository_of(domains: Path) -> str:
    """The identity of the repository that a folder of domains is of; empty: it has none.

    Args:
        domains: The folder of all domains.
    """
    try:
        return Project.of_domains(domains).repository
    except ProjectError:
        return ""


def repository_of_product(folder: Path) -> str:
    """The same of a product's folder.

    A domain that was installed as a package has no project around it: then it is that of ``$DATA_PLATFORM_PROJECT``, if
    this has the same product in its files, as in the image of a domain's repository.
    """
    own, given = repository_of(folder.parent.parent), os.environ.get(PROJECT_VARIABLE)
    if own or not given:
        return own
    try:
        project = Project.read(Path(given).expanduser())
    except ProjectError:
        return ""
    there = project.domains / folder.parent.name / folder.name / CONTRACT_FILE
    try:
        return project.repository if there.read_bytes() == (folder / CONTRACT_FILE).read_bytes() else ""
    except OSError:
        return ""
