"""Stamps at known places of a buffer, many at once: what `stamp` says of each, by arithmetic on whole arrays.

What belongs here: 28 bytes to a time, and to whether they are a stamp at all. What does not: where stamps are and which
dates they have (`lines`), zones (`zones`).

A stamp is gathered as four little-endian words of eight bytes: `[17/May/`, `2015:10:`, `05:03 +0`, `000]....`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_platform.domains.logs.weblog.stamp import FIRST_YEAR, LARGEST_OFFSET, LAST_YEAR, MONTHS, SIZE

Words = NDArray[np.uint64]

NO_STAMP: Final = np.iinfo(np.int64).min
"""In the place of a time, where there is no stamp."""

_GATHERED: Final = 32
_NO_NUMBER: Final = -(1 << 15)


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text.ljust(8, b"\0"), "little"))


_LITERALS: Final = (_word(b"[\0\0/\0\0\0/"), _word(b"\0\0\0\0:\0\0:"), _word(b"\0\0:\0\0 "), _word(b"\0\0\0]"))
_LITERAL_BITS: Final = tuple(
    _word(bytes(255 if byte else 0 for byte in int(literal).to_bytes(8, "little"))) for literal in _LITERALS
)
_MINUTE_BITS: Final = (
    _word(b"\xff" * 8),
    _word(b"\xff" * 8),
    _word(b"\xff\xff\xff\0\0\xff\xff\xff"),
    _word(b"\xff\xff\xff\xff"),
)
"""What of a stamp says its minute: all but the seconds and what follows the stamp."""


def _two_digits() -> NDArray[np.int16]:
    """By two bytes as a little-endian integer: the number that they write, below 0 where they write none."""
    numbers = np.full(1 << 16, _NO_NUMBER, np.int16)
    for number in range(100):
        numbers[int.from_bytes(b"%02d" % number, "little")] = number
    return numbers


_TWO_DIGITS: Final = _two_digits()
_NAMES: Final = np.array([int.from_bytes(name, "little") for name in MONTHS], np.uint64)
_ORDER: Final = np.argsort(_NAMES)
_SORTED_NAMES: Final = _NAMES[_ORDER]
_MONTH_STARTS: Final = np.arange("0000-01", "10000-02", dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64)
"""Days since 1970 of each month's first day, from January of year 0."""


def words_at(buffer: NDArray[np.uint8], positions: NDArray[np.int64]) -> Words:
    """What stands at each position (ascending, at least 28 bytes before the buffer's end), as rows of four words."""
    outside = len(positions) - int(np.searchsorted(positions, len(buffer) - _GATHERED, side="right"))
    if not outside:
        every = np.ndarray((len(buffer) - _GATHERED + 1,), f"V{_GATHERED}", buffer, strides=(1,))
        return every[positions].view("<u8").reshape(-1, 4)
    # The gather reads four bytes past a stamp, which the buffer's last lines may not have.
    tail = np.zeros(3 * _GATHERED, np.uint8)
    last = buffer[-2 * _GATHERED :]
    tail[: len(last)] = last
    near = words_at(tail, positions[len(positions) - outside :] - (len(buffer) - len(last)))
    inside = positions[: len(positions) - outside]
    return np.concatenate([words_at(buffer, inside), near]) if len(inside) else near


def same_minute(words: Words) -> NDArray[np.bool_]:
    """Of each row but the first: whether it says the same minute as the row before it, in the same bytes."""
    differs = np.zeros(len(words) - 1, np.uint64)
    for column, bits in enumerate(_MINUTE_BITS):
        values = words[:, column]
        changed = values[1:] ^ values[:-1]
        changed &= bits
        differs |= changed
    return np.equal(differs, 0)


def minutes(words: Words) -> NDArray[np.int64]:
    """The UTC minute of each row since 1970, NO_STAMP where it is no stamp. Seconds are not looked at."""
    w0, w1, w2, w3 = (np.ascontiguousarray(words[:, column]) for column in range(4))
    day, hour, minute = _number(w0, 8), _number(w1, 40), _number(w2, 0)
    year = _number(w1, 0) * 100 + _number(w1, 16)
    name = (w0 >> np.uint64(32)) & np.uint64(0xFFFFFF)
    place = np.minimum(np.searchsorted(_SORTED_NAMES, name), len(MONTHS) - 1)
    sign = (w2 >> np.uint64(48)) & np.uint64(0xFF)
    offset_hours = _number((w2 >> np.uint64(56)) | (w3 << np.uint64(8)), 0)
    offset_minutes = _number(w3, 8)
    offset = offset_hours * 60 + offset_minutes
    good = (_SORTED_NAMES[place] == name) & (day >= 1) & (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    good &= (hour >= 0) & (hour < 24) & (minute >= 0) & (minute < 60)  # noqa: PLR2004
    good &= (offset_hours >= 0) & (offset_minutes >= 0) & (offset_minutes < 60) & (offset <= LARGEST_OFFSET)  # noqa: PLR2004
    good &= (sign == ord("+")) | (sign == ord("-"))
    for word, literal, bits in zip((w0, w1, w2, w3), _LITERALS, _LITERAL_BITS, strict=True):
        good &= (word & bits) == literal
    month = np.where(good, year * 12 + _ORDER[place], 0)
    days = _MONTH_STARTS[month] + day - 1
    good &= days < _MONTH_STARTS[month + 1]
    utc = days * 1440 + hour * 60 + minute + np.where(sign == ord("-"), offset, -offset)
    return np.where(good, utc, NO_STAMP)


def seconds(words: Words) -> NDArray[np.int64]:
    """The second of the minute of each row, 60 read as 59; below 0 where there are no two digits up to 60."""
    number = _number(np.ascontiguousarray(words[:, 2]), 24)
    return np.where(number <= 60, np.minimum(number, 59), _NO_NUMBER)  # noqa: PLR2004


def times(buffer: NDArray[np.uint8], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """The times of the stamps at these places.

    Args:
        buffer: Bytes.
        positions: Of each stamp's `[`, ascending, in the buffer. Fewer than 28 bytes after one are no stamp.

    Returns:
        Seconds since 1970-01-01 UTC, NO_STAMP where there is no stamp.
    """
    result = np.full(len(positions), NO_STAMP)
    count = int(np.searchsorted(positions, len(buffer) - SIZE, side="right"))
    if count:
        words = words_at(buffer, positions[:count])
        minute, second = minutes(words), seconds(words)
        good = (minute != NO_STAMP) & (second >= 0)
        result[:count] = np.where(good, minute * 60 + second, NO_STAMP)
    return result


def _number(word: Words, shift: int) -> NDArray[np.int64]:
    pairs = (word >> np.uint64(shift)) & np.uint64(0xFFFF)
    return _TWO_DIGITS[pairs.view(np.int64)].astype(np.int64)
