"""Chance that repeats: numbers drawn from a key, the same in every process and on every machine.

What belongs here: draws that depend on nothing but their key. What does not: what the draws are used for. Python's
``hash()`` (differs by process) and the global random state (differs by history) are never used in the simulator.
"""

import hashlib
import random
import struct
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_DRAWS = 8
_LAYOUT = struct.Struct(f"<{_DRAWS}Q")
_BITS = 53


def _digest(key: tuple[object, ...]) -> bytes:
    return hashlib.blake2b("\x1f".join(map(str, key)).encode(), digest_size=_LAYOUT.size).digest()


def uniforms(*key: object) -> tuple[float, ...]:
    """Eight independent numbers in [0, 1).

    Args:
        *key: What the numbers are for; parts are compared by their text, so use ints, strings and dates.

    Returns:
        The same eight floats for the same key, for ever.
    """
    return tuple((word >> (64 - _BITS)) / (1 << _BITS) for word in _LAYOUT.unpack(_digest(key)))


def uniform_rows(*key: object, numbers: Iterable[int]) -> NDArray[np.float64]:
    """`uniforms` of many keys at once, which differ in the number at their end.

    Args:
        *key: What the keys have in common, as in `uniforms`.
        numbers: The ends of the keys.

    Returns:
        Eight rows with a column for each number: the same floats as `uniforms(*key, number)`.
    """
    digests = b"".join(_digest((*key, number)) for number in numbers)
    words = np.frombuffer(digests, dtype="<u8").reshape(-1, _DRAWS)
    return ((words >> np.uint64(64 - _BITS)) / float(1 << _BITS)).T


def generator(*key: object) -> random.Random:
    """A seeded generator, for draws that need choices and not only numbers.

    Args:
        *key: What the generator is for, as in `uniforms`.

    Returns:
        A new generator, in the same state for the same key.
    """
    return random.Random(_digest(key))  # noqa: S311 - invented films, not secrets
