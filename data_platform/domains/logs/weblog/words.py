"""Eight bytes at a time: small readings of many places of a block, by arithmetic on 64-bit words.

What belongs here: finding a byte, a method, digits in little-endian words. What does not: which field a place is of.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Positions = NDArray[np.int64]

_BYTES: Final = 8


def _word(text: bytes) -> int:
    return int.from_bytes(text.ljust(_BYTES, b"\0"), "little")


_ONES: Final = np.uint64(_word(b"\x01" * 8))
_HIGH: Final = np.uint64(_word(b"\x80" * 8))
_ZEROS: Final = np.uint64(_word(b"0" * 8))
_OVER_NINE: Final = np.uint64(_word(b"\x76" * 8))
_HTTP: Final = np.uint64(_word(b" HTTP/\0."))
_HTTP_BITS: Final = np.uint64(_word(b"\xff\xff\xff\xff\xff\xff\0\xff"))
LOWEST: Final = np.array([(1 << 8 * count) - 1 for count in range(_BYTES + 1)], np.uint64)
"""By a count of bytes: the bits of as many first ones of a word."""


def at(block: NDArray[np.uint8], positions: Positions) -> Words:
    """The eight bytes from each position on; all of them must be in the block."""
    every = np.ndarray((len(block) - _BYTES + 1,), f"V{_BYTES}", block, strides=(1,))
    return every[positions].view("<u8")


def find_byte(block: NDArray[np.uint8], starts: Positions, ends: Positions, byte: int) -> Positions:
    """Where each span first has a byte, its end where it has none. A span's end has seven more bytes after it."""
    result = ends.copy()
    sought = np.uint64(_word(bytes([byte]) * _BYTES))
    rows, places = np.arange(len(starts)), starts
    while len(rows):
        differing = at(block, places) ^ sought
        zeros = (differing - _ONES) & ~differing & _HIGH
        # Bits below the lowest of these are 7 more than eight times the bytes before it.
        positions = places + (np.bitwise_count((zeros - np.uint64(1)) & ~zeros) >> 3)
        limits = ends[rows]
        result[rows] = np.minimum(positions, limits)
        more = np.flatnonzero((zeros == 0) & (places + _BYTES < limits))
        rows, places = rows[more], places[more] + _BYTES
    return result


def find_methods(words: Words, methods: Sequence[str]) -> tuple[NDArray[np.int8], Positions]:
    """Which method each word begins with (-1 for none), and the bytes of it with the space after it (0 for none)."""
    which, sizes = np.full(len(words), -1, np.int8), np.zeros(len(words), np.int64)
    rows = np.arange(len(words))
    for place, method in enumerate(methods):
        start = method.encode() + b" "
        same = (words & LOWEST[len(start)]) == np.uint64(_word(start))
        if same.any():
            which[rows[same]], sizes[rows[same]] = place, len(start)
            rows, words = rows[~same], words[~same]
        if not len(rows):
            break
    return which, sizes


def is_http(words: Words) -> NDArray[np.bool_]:
    """Which words are ` HTTP/d.`, whatever the digit is."""
    same: NDArray[np.bool_] = (words & _HTTP_BITS) == _HTTP
    return same


def numbers(words: Words, digits: Positions) -> Positions:
    """The numbers that the last (1 to 8) bytes of words write; -1 where these are not all digits."""
    other = LOWEST[_BYTES - digits]
    values = ((words & ~other) | (_ZEROS & other)) ^ _ZEROS
    good = (((values + _OVER_NINE) | values) & _HIGH) == 0
    values = np.where(good, values, 0)
    for factor, bits, mask in ((10, 8, 0x00FF00FF00FF00FF), (100, 16, 0x0000FFFF0000FFFF), (10_000, 32, 0xFFFFFFFF)):
        values = (values * np.uint64(factor) + (values >> np.uint64(bits))) & np.uint64(mask)
    return np.where(good, values.view(np.int64), -1)
