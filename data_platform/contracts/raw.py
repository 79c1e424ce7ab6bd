"""Values out of a mapping that may hold anything: of the wanted type, or as if they were missing.

What belongs here: reading one key. What does not: what the key means (`reading`).
"""

from collections.abc import Mapping
from typing import Any


def text(raw: Mapping[str, object], key: str) -> str | None:
    """The text under a key, or None."""
    value = raw.get(key)
    return value if isinstance(value, str) else None


def flag(raw: Mapping[str, object], key: str) -> bool:
    """Whether the key holds ``true``."""
    return raw.get(key) is True


def integer(raw: Mapping[str, object], key: str) -> int | None:
    """The whole number under a key, or None."""
    value = raw.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mapping(raw: Mapping[str, object], key: str) -> dict[str, Any]:
    """The mapping under a key, or an empty one."""
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def plain_list(raw: Mapping[str, object], key: str) -> tuple[object, ...]:
    """The list under a key, or nothing."""
    value = raw.get(key)
    return tuple(value) if isinstance(value, list) else ()


def texts(raw: Mapping[str, object], key: str) -> tuple[str, ...]:
    """The texts of the list under a key."""
    return tuple(item for item in plain_list(raw, key) if isinstance(item, str))


def entries(raw: Mapping[str, object], key: str) -> list[tuple[int, dict[str, Any]]]:
    """The mappings of the list under a key, each with its index in the list."""
    return [(index, item) for index, item in enumerate(plain_list(raw, key)) if isinstance(item, dict)]
