"""The raw asset of a new product that is made of a file, as text: ordinary ingestion, private to the domain.

What belongs here: one module's text. What does not: the file's columns (``from_data``).
"""

import re
from collections.abc import Mapping
from pathlib import Path

from data_platform.mesh.scaffold.place import Place
from data_platform.mesh.scaffold.testing_text import literal


def raw_asset_text(place: Place, location: str, columns: Mapping[str, tuple[str, str]], kind: str) -> str:
    """A module with one asset, which reads the file into a table.

    Args:
        place: Where the product goes.
        location: The file.
        columns: Of each column its type in the table and its name in the file.
        kind: The file's format, for the UI.
    """
    raw, source = f"raw_{place.table}", _source(place, location)
    described = literal({name: list(pair) for name, pair in columns.items()}, 0, 60)
    described = re.sub(r'\["([^"\\]*)", ("(?:[^"\\]|\\.)*")\]', r'("\1", \2)', described)
    return "\n".join(
        [
            f'"""Raw data in: the rows of {shown_name(location)}, as they are. Private to the domain.',
            "",
            "What belongs here: where the file is, and its columns. What does not: rules, which are the product's.",
            '"""',
            "",
            "from typing import Final",
            "",
            "import pyarrow as pa",
            "",
            f"from data_platform import {', '.join(_names(source))}",
            "",
            f"SOURCE: Final = {source}",
            f"COLUMNS: Final[dict[str, tuple[str, str]]] = {described}",
            '"""Of each column its type here and its name in the file."""',
            "",
            "",
            "@raw_asset(",
            f'    "{place.domain}",',
            f'    "{raw}",',
            "    pool=None,",
            f'    kinds={{"{kind}"}},',
            "    daily=False,",
            '    columns={name: (kind, f"`{own}` of the file") for name, (kind, own) in COLUMNS.items()},',
            ")",
            f"def {raw}() -> pa.Table:",
            '    """Every row of the file as it is now."""',
            "    with source_failures():",
            "        return read_rows(SOURCE, {name: own for name, (_, own) in COLUMNS.items()})",
            "",
        ]
    )


def _names(source: str) -> list[str]:
    """What the module imports of the platform."""
    return [*(["project_root"] if "project_root" in source else []), "raw_asset", "read_rows", "source_failures"]


def _source(place: Place, location: str) -> str:
    """The file as Python: below the project where it is there, so that it is found wherever the project is."""
    if "://" in location or not Path(location).is_relative_to(place.root):
        return literal(location)
    parts = Path(location).relative_to(place.root).parts
    return " / ".join(["project_root()", *(literal(part) for part in parts)])


def shown_name(location: str) -> str:
    """The file as people call it, without the folders of this machine."""
    return location if "://" in location else Path(location).name
