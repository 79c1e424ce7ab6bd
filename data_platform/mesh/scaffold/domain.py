"""A domain that is new: a package and a folder of tests; `workspace.yaml` gets its code location.

What belongs here: the texts. What does not: anything of a product, and discovering domains (`project`).
"""

from collections.abc import Mapping
from pathlib import Path

from data_platform.mesh.errors import MeshError
from data_platform.mesh.scaffold.place import Place
from data_platform.products.imported import imported_in, locations_of
from data_platform.workspace_file import renewed_workspace


def domain_files(place: Place, owner: str | None) -> dict[Path, str]:
    """The files of a new domain; none for one that is there.

    Raises:
        MeshError: It is the domain of imported products.
    """
    if not place.is_first:
        return {}
    if theirs := [key for key in imported_in(place.domains) if key.startswith(f"{place.domain}/")]:
        raise MeshError(
            f"{place.domain} is a domain of another repository, whose {theirs[0]} is used here: make the product in a "
            "domain of this one"
        )
    docstring = (
        f'"""{place.domain.replace("_", " ").capitalize()}. Owner: team {owner or place.domain}.\n\n'
        f"What belongs here: everything that only the team of {place.domain} changes.\n"
        'What does not: what a second domain would use too.\n"""\n'
    )
    files = {place.domains / place.domain / "__init__.py": docstring}
    tests_are_a_package = (place.project.tests / "__init__.py").exists()
    return files | ({place.test_file.with_name("__init__.py"): ""} if tests_are_a_package else {})


def domain_edits(place: Place) -> Mapping[Path, str]:
    """What changes in the project's own files: the list of code locations, where we wrote it."""
    if not place.is_first:
        return {}
    return renewed_workspace(place.project, locations_of(place.project, place.domain))
