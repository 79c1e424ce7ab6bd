"""What products are called: ``domain/name_vN``.

What belongs here: names as text. What does not: folders.
"""

import re
from typing import Final

_PRODUCT: Final = re.compile(r"[a-z][a-z0-9_]*_v([1-9][0-9]*)")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")


def is_product_name(name: str) -> bool:
    """Whether a name ends in a version, as products' do and nothing else's."""
    return _PRODUCT.fullmatch(name) is not None


def major_of(name: str) -> int | None:
    """The version in a product's name; ``None`` where it has none."""
    match = _PRODUCT.fullmatch(name)
    return int(match[1]) if match else None


def next_of(key: str) -> str:
    """The next version of a product, by the name of one; a name without a version stays."""
    stem, _, _ = key.rpartition("_v")
    major = major_of(key.rpartition("/")[2])
    return key if major is None else f"{stem}_v{major + 1}"


def is_key(text: str) -> bool:
    """Whether a text is ``domain/name``."""
    return _KEY.fullmatch(text) is not None


def is_of(key: str, domain: str) -> bool:
    """Whether ``domain/name`` is of a domain; of no domain in particular (empty) everything is."""
    return not domain or key.partition("/")[0] == domain
