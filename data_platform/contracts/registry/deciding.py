"""Deciding on a change of the registry, and deciding anew while other writers are first.

What belongs here: trying again. What does not: what is decided (``mesh.life``, ``products.reads``).
"""

from collections.abc import Callable
from typing import Final, TypeVar

from data_platform.contracts.registry.errors import Overtaken

ATTEMPTS: Final = 50
"""How often a change of the registry is decided anew because another writer was first. 8 at once needed up to 8."""

_Done = TypeVar("_Done")


def retried(attempt: Callable[[], _Done]) -> _Done:
    """Decide on a change of the registry, and decide anew while other writers are first.

    Args:
        attempt: Looks, decides and writes; raises ``Overtaken`` where what it saw no longer holds.

    Raises:
        Overtaken: Others were first ``ATTEMPTS`` times.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except Overtaken:
            continue
    return attempt()
