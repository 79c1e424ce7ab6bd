"""Where the lines of a block and their quotes are: what the fast path cuts lines up by.

What belongs here: one pass over all bytes, and which lines are plain enough to be cut up by position. What does not:
what the pieces are (`fast`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_platform.domains.logs.weblog.stamp import LONGEST

Positions = NDArray[np.int64]

_NEWLINE: Final = ord("\n")
_RETURN: Final = ord("\r")
_QUOTE: Final = ord('"')
_BACKSLASH: Final = ord("\\")
_QUESTION: Final = ord("?")
_ASCII: Final = 0x7F


@dataclass(frozen=True, slots=True)
class Marks:
    r"""A block's lines and marks, as positions in the block.

    Attributes:
        starts: Of each line's first byte.
        newlines: Of each line's `\n`; the block's end for a last line without one.
        ends: One past each line's last byte before its line end (`\n` or `\r\n`).
        plain: Whether a line has neither escapes to undo nor NUL, is UTF-8 and not too long.
        quotes: How many quotes a line has.
        first_quote: The index in `quote_marks` of a line's first quote; meaningless where it has none.
        marks: Of each line end, quote, backslash and question mark.
        kinds: The byte at each mark.
        quote_marks: The index in `marks` of each quote.
    """

    starts: Positions
    newlines: Positions
    ends: Positions
    plain: NDArray[np.bool_]
    quotes: Positions
    first_quote: Positions
    marks: Positions
    kinds: NDArray[np.uint8]
    quote_marks: Positions


def find_marks(block: NDArray[np.uint8]) -> Marks:
    r"""Find lines and marks.

    Args:
        block: Whole lines, at least one; the last may lack its `\n`. Fastest where it fits the processor's cache.
    """
    mask, more = block == _NEWLINE, np.empty(len(block), np.bool_)
    for mark in (_QUOTE, _BACKSLASH, _QUESTION):
        mask |= np.equal(block, mark, out=more)
    marks = np.flatnonzero(mask)
    kinds = block[marks]
    if block[-1] != _NEWLINE:
        marks, kinds = np.append(marks, len(block)), np.append(kinds, np.uint8(_NEWLINE))
    line_marks, quote_marks = np.flatnonzero(kinds == _NEWLINE), np.flatnonzero(kinds == _QUOTE)
    newlines = marks[line_marks]
    starts = np.zeros_like(newlines)
    starts[1:] = newlines[:-1] + 1
    after = np.searchsorted(quote_marks, line_marks)
    first_quote = np.zeros_like(after)
    first_quote[1:] = after[:-1]
    plain = newlines - starts <= LONGEST
    _unmark(plain, newlines, _escapes(block, marks[kinds == _BACKSLASH]))
    _unmark_bytes(plain, block, starts, newlines)
    ends = newlines - ((newlines > starts) & (block[np.maximum(newlines - 1, 0)] == _RETURN))
    return Marks(starts, newlines, ends, plain, after - first_quote, first_quote, marks, kinds, quote_marks)


def _escapes(block: NDArray[np.uint8], backslashes: Positions) -> Positions:
    """The backslashes that escape a quote or one another; before anything else they are bytes like any other."""
    following = block[np.minimum(backslashes + 1, len(block) - 1)]
    escaping: Positions = backslashes[(following == _QUOTE) | (following == _BACKSLASH)]
    return escaping


def _unmark(plain: NDArray[np.bool_], ends: Positions, positions: Positions) -> None:
    if len(positions):
        plain[np.searchsorted(ends, positions)] = False


def _unmark_bytes(plain: NDArray[np.bool_], block: NDArray[np.uint8], starts: Positions, ends: Positions) -> None:
    """Unmark lines with NUL, and those that are not UTF-8."""
    if not block.min():
        _unmark(plain, ends, np.flatnonzero(block == 0))
    if block.max() <= _ASCII or _is_utf8(block):
        return
    for line in np.unique(np.searchsorted(ends, np.flatnonzero(block > _ASCII))).tolist():
        plain[line] = plain[line] and _is_utf8(block[starts[line] : ends[line]])


def _is_utf8(piece: NDArray[np.uint8]) -> bool:
    try:
        str(piece.data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True
