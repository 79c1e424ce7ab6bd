"""The next version of a product: the folder of the one before, under a new name, to be changed from there.

What belongs here: what differs at the start: name, version, status, and what only the old one says. What does not: what
the new version is to change.

The contract's ``id`` and the ids of its properties stay, since renames are told by them; so do comments and order. The
new version is a ``draft``: it materializes, but other domains do not see it until it is ``active``.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from data_platform.contracts.editing import UneditableError, set_text
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.mesh.errors import MeshError, Refused
from data_platform.mesh.scaffold.assemble import with_test
from data_platform.mesh.scaffold.place import Place
from data_platform.mesh.scaffold.plan import Plan
from data_platform.products.errors import InvalidProductError
from data_platform.products.folder import read_product
from data_platform.products.names import major_of, next_of

_OF_THE_END: Final = frozenset({"dataPlatform.replacedBy", "endOfSupport", "endOfLife"})
"""What only a version says that is on its way out."""


def plan_next_version(place: Place) -> Plan:
    """Copy the newest version below the one that is wanted.

    Args:
        place: The new version: ``sales/orders_v3``.

    Raises:
        Refused: It is there already, or the version before it cannot be read.
        MeshError: There is no version before it, or its contract cannot be edited by machine.
    """
    if place.folder.exists():
        after = next_of(place.key)
        raise Refused([f"{place.key} is there already; for the one after it: data-platform new {after} --next-version"])
    old = _before(place)
    try:
        read_product(old)
    except InvalidProductError as error:
        raise Refused(
            f"{place.domain}/{old.name} must be right before it is copied: {finding}" for finding in error.errors
        ) from None
    files = {place.folder / file.relative_to(old): _text(file) for file in _files(old)}
    try:
        contract = _contract(files[place.folder / CONTRACT_FILE], place, old.name)
    except UneditableError as error:
        raise MeshError(str(error)) from error
    files[place.folder / CONTRACT_FILE] = contract
    notes = (
        f"a copy of {place.domain}/{old.name}: change it, and say in description.usage what is new",
        "it is a draft, which other domains do not see: write status: active when it is settled",
        "to rename a column, keep its id (or give it one in both versions), so that the rename is told from a removal",
    )
    return with_test(Plan(place, files, {}, notes))


def _before(place: Place) -> Path:
    """The folder of the newest version below the new one."""
    versions = [
        (major, folder)
        for folder in place.folder.parent.glob(f"{place.table}_v*")
        if (major := major_of(folder.name)) is not None
        and major < place.major
        and folder.name.rpartition("_v")[0] == place.table
    ]
    if not versions:
        raise MeshError(
            f"there is no version of {place.domain}/{place.table} before {place.name}: leave --next-version out and "
            "say what the product is made of, with --sql, --from or --python"
        )
    return max(versions)[1]


def _files(old: Path) -> Iterator[Path]:
    for file in sorted(old.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith("."):
            yield file


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise MeshError(f"{file} is no text: move it away, copy, and add it to the new version by hand") from error


def _contract(text: str, place: Place, old: str) -> str:
    """The contract under its new name; all else as it is."""
    for key, value in (("version", f"{place.major}.0.0"), ("dataProduct", place.name), ("status", "draft")):
        text = set_text(text, (key,), value, file=CONTRACT_FILE)
    text = text.replace(f"/{place.domain}/{old}/{CONTRACT_FILE}", f"/{place.domain}/{place.name}/{CONTRACT_FILE}")
    for key in ("customProperties", "slaProperties"):
        text = _without_the_end(text, key)
    return text


def _without_the_end(text: str, key: str) -> str:
    """The text without the entries of a list that speak of the old version's end."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    for at, node in pairs:
        if at.value != key or not isinstance(node, yaml.SequenceNode) or node.flow_style:
            continue
        items = node.value
        going = [item for item in items if _property_of(item) in _OF_THE_END]
        if going and len(going) == len(items):
            return _cut(text, at.start_mark.index, _end(text, node.end_mark.index))
        ends = [
            *(item.start_mark.index for item in items[1:]),
            _end(text, node.end_mark.index) + node.start_mark.column,
        ]
        for item, end in reversed(list(zip(items, ends, strict=True))):
            if item in going:
                text = _cut(text, item.start_mark.index, end)
    return text


def _property_of(node: yaml.Node) -> str | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value.value for name, value in pairs if name.value == "property"), None)


def _end(text: str, index: int) -> int:
    """The start of the line that follows what ends at an index."""
    before = text[:index].rstrip()
    match = re.compile(r"[^\n]*\n?").match(text, len(before))
    return match.end() if match else index


def _cut(text: str, start: int, end: int) -> str:
    """The text without whole lines, from the one that holds the start to the one before that of the end."""
    first = text.rfind("\n", 0, start) + 1
    last = text.rfind("\n", 0, end) + 1
    return text[:first] + text[last:]
