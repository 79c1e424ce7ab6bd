"""A domain that is new: a package, a code location, a folder of tests.

What belongs here: the texts, and the smallest edits of those that are there. What does not: anything of a product.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from data_platform.mesh.errors import MeshError
from data_platform.mesh.scaffold.place import Place


def domain_files(place: Place, owner: str | None) -> dict[Path, str]:
    """The files of a new domain; none for one that is there."""
    if not place.is_first:
        return {}
    docstring = (
        f'"""{place.domain.replace("_", " ").capitalize()}. Owner: team {owner or place.domain}.\n\n'
        f"What belongs here: everything that only the team of {place.domain} changes.\n"
        'What does not: what a second domain would use too.\n"""\n'
    )
    tests = place.test_file.parent
    files = {place.domains / place.domain / "__init__.py": docstring}
    return files if (tests / "__init__.py").exists() else {**files, tests / "__init__.py": ""}


def domain_edits(place: Place) -> Mapping[Path, str]:
    """What changes in the checkout's own files: one line a file that lists the domains.

    A checkout without ``locations.py`` or ``workspace.yaml`` (one folder of domains, say) has nothing to change.

    Raises:
        MeshError: A file does not look as it should; says what to add by hand.
    """
    if not place.is_first:
        return {}
    edits = {}
    locations, workspace = place.domains.parent / "locations.py", place.root / "workspace.yaml"
    if locations.is_file():
        edits[locations] = _with_location(locations.read_text(encoding="utf-8"), place.domain, locations)
    if workspace.is_file():
        module = f"{place.domains.parent.name}.locations"
        edits[workspace] = _with_entry(workspace.read_text(encoding="utf-8"), place.domain, module, workspace)
    return edits


def _with_location(text: str, domain: str, file: Path) -> str:
    line = f'{domain} = _location("{domain}")'
    if re.search(rf"^{domain}\b\s*=", text, re.MULTILINE):
        raise MeshError(f"{file}: there is a name {domain} already; choose another name for the domain")
    matches = list(re.finditer(r'^\w+ = _location\("\w+"\)\n', text, re.MULTILINE))
    if not matches:
        raise MeshError(f'{file}: there is no line like x = _location("x") to add one to; write {line} yourself')
    at = matches[-1].end()
    return f"{text[:at]}{line}\n{text[at:]}"


def _with_entry(text: str, domain: str, module: str, file: Path) -> str:
    entry = (
        f"  - python_module:\n      module_name: {module}\n      attribute: {domain}\n      location_name: {domain}\n"
    )
    if not re.search(r"^load_from:\s*$", text, re.MULTILINE):
        raise MeshError(f"{file}: there is no load_from: to add to; write under it yourself:\n{entry}")
    return f"{text.rstrip()}\n{entry}"
