r"""Runs: consecutive lines of a file that belong to one date.

What belongs here: a window's lines as runs, and runs put together. What does not: which of them become ranges
(`ranges`) and which are copied (`out_of_order`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_platform.domains.logs.weblog.lines import BLANK, UNDATED, Lines, lines_of, owners
from data_platform.domains.logs.weblog.sizes import Sizes
from data_platform.domains.logs.weblog.windows import Window

RUN: Final = np.dtype(
    [
        ("date", np.int32),  # days since 1970-01-01, UNDATED
        ("long", np.bool_),  # one line, too long to be held
        ("start", np.int64),  # in the file, of the first byte
        ("end", np.int64),  # one past the last
        ("line", np.int64),  # number of the first line; a file's first is 1
        ("lines", np.int64),  # of the date, blank ones too
        ("blank", np.int64),
        ("bytes", np.int64),  # of these lines, with their ends
    ],
    align=True,
)
Runs = NDArray[np.void]
NO_RUNS: Final = np.empty(0, RUN)
_LOOK: Final = 1 << 12


@dataclass(slots=True)
class Reader:
    """Reads windows in the order of the file.

    Attributes:
        zone: In which lines have their dates.
        sizes: What is worked on at a time, and which line is too long.
        line: Number of the next line; a file's first is 1.
        owner: Date of the last line, as a blank line belongs to the one before it.
    """

    zone: tzinfo
    sizes: Sizes
    line: int = 1
    owner: int = UNDATED

    def read(self, window: Window) -> Runs:
        """The runs of the next window, in the order of the file. Those of a date may touch."""
        if window.size != len(window.data):
            return self._runs(window.data, window.offset, window.size)
        return np.concatenate(
            [
                self._runs(window.data[start:end], window.offset + start, end - start)
                for start, end in _parts(window.data, self.sizes.piece)
            ]
        )

    def _runs(self, data: NDArray[np.uint8], offset: int, size: int) -> Runs:
        lines = lines_of(data, self.zone)
        lines.ends[-1] = size  # more than there is of a line too long
        whose = owners(lines.dates, self.owner)
        starts_run = np.concatenate([[True], whose[1:] != whose[:-1]])
        long = _long_ones(data, lines, self.sizes.longest)
        starts_run[long] = True
        starts_run[long[long + 1 < len(whose)] + 1] = True
        first = np.flatnonzero(starts_run)
        runs = np.empty(len(first), RUN)
        runs["date"] = whose[first]
        runs["long"] = np.isin(first, long) if len(long) else False
        runs["start"] = lines.starts[first] + offset
        runs["end"] = np.append(runs["start"][1:], offset + size)
        runs["line"] = first + self.line
        runs["lines"] = np.diff(first, append=len(whose))
        runs["blank"] = np.add.reduceat(lines.dates == BLANK, first, dtype=np.int64)
        runs["bytes"] = runs["end"] - runs["start"]
        self.line += len(whose)
        self.owner = int(whose[-1])
        return runs


def by_date(runs: Runs) -> Runs:
    """Sorted by date, those of a date in the order that they had."""
    dates = runs["date"]
    return runs if (dates[1:] >= dates[:-1]).all() else runs[np.argsort(dates, kind="stable")]


def starts_of_groups(runs: Runs, gap: int) -> NDArray[np.bool_]:
    """Of runs by date: whether each has another date than the run before it, or starts more than a gap after it."""
    if not len(runs):
        return np.empty(0, np.bool_)
    differs = runs["date"][1:] != runs["date"][:-1]
    far = runs["start"][1:] - runs["end"][:-1] > gap
    long = runs["long"][1:] | runs["long"][:-1]
    return np.concatenate([[True], differs | far | long])


def joined(runs: Runs, first: NDArray[np.int64]) -> Runs:
    """One run of each group, given the place of each group's first. What lies between its runs is no part of it."""
    result = runs[first]
    if len(first) == len(runs):
        return result
    result["end"] = runs["end"][np.append(first[1:], len(runs)) - 1]
    for name in ("lines", "blank", "bytes"):
        result[name] = np.add.reduceat(runs[name], first)
    return result


def _long_ones(data: NDArray[np.uint8], lines: Lines, longest: int) -> NDArray[np.int64]:
    """Which lines are too long."""
    rows = np.flatnonzero(lines.ends - lines.starts > longest)
    sizes = lines.ends[rows] - lines.starts[rows]
    last = np.minimum(lines.ends[rows], len(data)) - 1
    long: NDArray[np.int64] = rows[sizes - (data[last] == ord("\n")) > longest]
    return long


def _parts(data: NDArray[np.uint8], size: int) -> Iterator[tuple[int, int]]:
    """A window in parts of whole lines, each of at most this size or up to the end of the line that goes beyond it."""
    start = 0
    while start < len(data):
        searched, end = start, min(start + size, len(data))
        while end < len(data):
            cut = _after_last_newline(data, searched, end)
            if cut is not None:
                end = cut
                break
            searched, end = end, min(end + size, len(data))
        yield start, end
        start = end


def _after_last_newline(data: NDArray[np.uint8], start: int, end: int) -> int | None:
    while start < end:
        low = max(start, end - _LOOK)
        newlines = np.flatnonzero(data[low:end] == ord("\n"))
        if len(newlines):
            return low + int(newlines[-1]) + 1
        end = low
    return None
