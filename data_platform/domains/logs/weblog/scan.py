r"""The scan: one pass over a log file that says where the lines of each date are.

What belongs here: the pass from chunks of bytes to ranges, strays and counts. What does not: where chunks come from and
where results are stored.

Every line belongs to one date or to none (*undated*); a blank line to that of the line before it in the file, at the
file's start to none. Each line of a date is in exactly one place: in a *range* of the date, a part of the file that
may have other dates' lines in it, which are in places of their own; or among the *strays*, lines that are copied. A
range starts with a line of its date. So whoever reads a range for its date keeps the lines for which
`owners(lines_of(range).dates, date)` is that date, and has as many as the range says.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

import numpy as np
import pyarrow as pa

from data_platform.domains.logs.weblog.lines import UNDATED
from data_platform.domains.logs.weblog.out_of_order import Block, OutOfOrderLines
from data_platform.domains.logs.weblog.ranges import Ranges, dates_of, table
from data_platform.domains.logs.weblog.runs import Reader, Runs, by_date
from data_platform.domains.logs.weblog.sizes import DEFAULT, Sizes
from data_platform.domains.logs.weblog.windows import Windows

COUNTS: Final = pa.schema(
    [
        pa.field("date", pa.date32()),  # null: undated
        pa.field("lines", pa.int64(), nullable=False),
        pa.field("blank", pa.int64(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
    ]
)
"""Of each date, by date: lines (blank ones too), blank ones, bytes with the ends of lines."""


@dataclass(frozen=True, slots=True)
class Place:
    r"""Where a scan ended and the next one of a grown file starts.

    Attributes:
        offset: Of the next line's first byte.
        line: The next line's number; a file's first is 1.
        owner: The last line's date as days since 1970-01-01, or `lines.UNDATED`, for blank lines that follow.
        unfinished: The last line was taken without its `\n`: what is added to the file changes that line.
    """

    offset: int = 0
    line: int = 1
    owner: int = UNDATED
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Scanned:
    r"""What a scan found, besides the blocks of strays.

    Attributes:
        ranges: In `ranges.SCHEMA`.
        counts: In COUNTS, of all lines, those of ranges and strays together.
        end: Where the next scan starts.
        pending: How many bytes of an unfinished last line follow `end`, 0 if the file was complete.
    """

    ranges: pa.Table
    counts: pa.Table
    end: Place
    pending: int


def scan(
    chunks: Iterable[bytes],
    keep: Callable[[Block], None],
    *,
    start: Place = Place(),
    complete: bool,
    zone: tzinfo = UTC,
    ranged: bool = True,
    sizes: Sizes = DEFAULT,
) -> Scanned:
    r"""Scan a file, or what was added to it, in one pass and in bounded memory.

    Args:
        chunks: The file's bytes from `start` on, in pieces of any sizes. What they raise goes through; what was kept
            until then is to be thrown away.
        keep: Is given each block of strays, in order.
        start: Where the scan before ended.
        complete: The file does not grow any more, so that its last line is one, with `\n` or without. Otherwise what
            follows the last `\n` is left for the next scan.
        zone: In which lines have their dates.
        ranged: Parts of the file can be read later. False for a compressed one, of which every line is a stray.
        sizes: How much is held and how lines are drawn.

    Raises:
        ValueError: The scan before ended within a line; such a file has to be scanned from its start.
    """
    if start.unfinished:
        raise ValueError(f"The file went on after byte {start.offset}, within a line: scan it from its start")
    windows = Windows(chunks, start.offset, sizes, complete=complete)
    reader = Reader(zone, sizes, start.line, start.owner)
    ranges, out_of_order, counts = Ranges(sizes), OutOfOrderLines(sizes.block, keep), _Counts()
    for window in windows:
        runs = reader.read(window)
        counts.add(runs)
        out_of_order.add(window, ranges.add(runs, window.offset + window.size) if ranged else by_date(runs))
    out_of_order.flush()
    end = Place(windows.end, reader.line, reader.owner, windows.unfinished)
    return Scanned(table(ranges.finish()), counts.table(), end, windows.pending)


@dataclass(slots=True)
class _Counts:
    by_date: dict[int, list[int]] = field(default_factory=dict)

    def add(self, runs: Runs) -> None:
        days, which = np.unique(runs["date"], return_inverse=True)
        sums = np.zeros((len(days), 3), np.int64)
        for column, name in enumerate(("lines", "blank", "bytes")):
            np.add.at(sums[:, column], which, runs[name])
        for day, new in zip(days.tolist(), sums.tolist(), strict=True):
            old = self.by_date.setdefault(day, [0, 0, 0])
            old[:] = [total + added for total, added in zip(old, new, strict=True)]

    def table(self) -> pa.Table:
        days = sorted(self.by_date)
        columns = zip(*(self.by_date[day] for day in days), strict=True) if days else ([], [], [])
        arrays = [pa.array(column, pa.int64()) for column in columns]
        return pa.table([dates_of(np.array(days, np.int32)), *arrays], schema=COUNTS)
