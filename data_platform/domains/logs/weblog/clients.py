"""Clients of many lines at once: which of them are, as they stand, what ``who.client_of`` says.

What belongs here: that question, by whole arrays. What does not: what a client is (``who``).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_platform.domains.logs.weblog import words
from data_platform.domains.logs.weblog.who import client_of

Positions = NDArray[np.int64]

_WORD: Final = 8
_LOW: Final = np.uint64(0x7F7F7F7F7F7F7F7F)
_HIGH: Final = np.uint64(0x8080808080808080)
_ZEROS: Final = np.uint64(0x3030303030303030)
_DOTS: Final = np.uint64(0x2E2E2E2E2E2E2E2E)
_OVER_NINE: Final = np.uint64(0x7676767676767676)
_AT_ONCE: Final = 16
_LONGEST: Final = 256
_NAME: Final = np.uint8(1)
_COLON: Final = np.uint8(2)
_OTHER: Final = np.uint8(4)


def _kinds() -> NDArray[np.uint8]:
    """By byte: whether names have it, addresses of IPv6 and ports have it, or no client does."""
    kinds = np.full(256, _OTHER, np.uint8)
    kinds[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")] = _NAME
    kinds[ord(":")] = _COLON
    return kinds


_KINDS: Final = _kinds()
_DASH: Final = ord("-")


def are_clients(block: NDArray[np.uint8], starts: Positions, ends: Positions) -> NDArray[np.bool_]:
    """Which spans are a client just as they stand, without a port.

    Args:
        block: Bytes; each span has `_AT_ONCE` bytes from its start on, and more where it is longer.
        starts: Of each span.
        ends: One past each span.
    """
    good = _of_digits(block, starts, ends)
    others = np.flatnonzero(~good)
    if len(others):
        good[others] = _are_names(block, starts[others], ends[others])
    return good


def _of_digits(block: NDArray[np.uint8], starts: Positions, ends: Positions) -> NDArray[np.bool_]:
    """Which spans are of digits and dots alone, and at most 16 bytes long: eight bytes at a time, as most are."""
    sizes = ends - starts
    wrong = np.zeros(len(starts), np.uint64)
    for skipped in (0, _WORD):
        word = words.at(block, starts + skipped)
        digits, dots = word ^ _ZEROS, word ^ _DOTS
        # The high bit of a byte says that it is no digit, or no dot; the sums do not carry over from byte to byte.
        no_digit, no_dot = ((digits & _LOW) + _OVER_NINE) | digits, ((dots & _LOW) + _LOW) | dots
        wrong |= no_digit & no_dot & _HIGH & words.LOWEST[np.clip(sizes - skipped, 0, _WORD)]
    good: NDArray[np.bool_] = (wrong == 0) & (sizes <= 2 * _WORD) & (sizes > 0)
    return good


def _are_names(block: NDArray[np.uint8], starts: Positions, ends: Positions) -> NDArray[np.bool_]:
    found, rows, at = np.zeros(len(starts), np.uint8), np.arange(len(starts)), starts
    every = np.ndarray((max(len(block) - _AT_ONCE + 1, 0),), f"V{_AT_ONCE}", block, strides=(1,))
    places = np.arange(_AT_ONCE)
    for _ in range(_LONGEST // _AT_ONCE):
        kinds = _KINDS[every[np.minimum(at, len(every) - 1)].view(np.uint8).reshape(-1, _AT_ONCE)]
        kinds[places >= (ends[rows] - at)[:, None]] = 0
        found[rows] |= np.bitwise_or.reduce(kinds, axis=1)
        more = at + _AT_ONCE < ends[rows]
        rows, at = rows[more], at[more] + _AT_ONCE
        if not len(rows):
            break
    found[rows] = _OTHER
    first, last = block[starts], block[np.maximum(ends - 1, starts)]
    good: NDArray[np.bool_] = (found == _NAME) & (first != _DASH) & (last != _DASH)
    for row in np.flatnonzero((found & (_COLON | _OTHER)) == _COLON).tolist():
        word = block[starts[row] : ends[row]].tobytes()
        good[row] = client_of(word) == (word, b"")
    return good
