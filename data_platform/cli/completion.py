"""What the shell completes: names of products.

What belongs here: cheap look-ups for completion functions. What does not: anything that reads a file.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from data_platform.project import domains_folder
from data_platform.settings import DOMAINS_VARIABLE

_PRODUCT: Final = re.compile(r"[a-z][a-z0-9_]*_v[1-9][0-9]*")


def products(incomplete: str) -> list[str]:
    """The products whose names start with what was typed, by their folders alone; with a dot if one was typed.

    Args:
        incomplete: What was typed so far.
    """
    mark = "." if "." in incomplete else "/"
    return [name for name in sorted(_names(mark)) if name.startswith(incomplete)]


def _names(mark: str) -> Iterator[str]:
    domains = Path(os.environ.get(DOMAINS_VARIABLE) or domains_folder())
    for domain in os.scandir(domains) if domains.is_dir() else ():
        if domain.is_dir() and not domain.name.startswith(("_", ".")):
            for entry in os.scandir(domain.path):
                if _PRODUCT.fullmatch(entry.name) and entry.is_dir():
                    yield f"{domain.name}{mark}{entry.name}"
