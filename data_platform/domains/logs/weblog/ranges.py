"""Ranges: parts of a file that are worth reading for the sake of one date, whatever else lies in them.

What belongs here: which runs become ranges, window after window. What does not: the runs that do not (`out_of_order`).
"""

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_platform.domains.logs.weblog.lines import UNDATED
from data_platform.domains.logs.weblog.runs import NO_RUNS, Runs, by_date, joined, starts_of_groups
from data_platform.domains.logs.weblog.sizes import Sizes

SCHEMA: Final = pa.schema(
    [
        pa.field("date", pa.date32()),  # null: undated
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("lines", pa.int64(), nullable=False),
        pa.field("blank", pa.int64(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
    ]
)
"""The ranges of a file, by date and start: `start` of the first byte, `end` one past the last, `line` the number of the
first line (the file's first is 1); of the date's own lines in it `lines` (blank ones too), `blank` of them, `bytes`."""


class Ranges:
    """Takes the runs of a file, window after window, and keeps those that become ranges.

    Runs of a date go together where no more than a gap lies between them. Together they are a range if they are large
    enough and the date's own bytes are at least half of it, counting a range of the window before that they continue.
    """

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._closed: list[Runs] = []
        self._open = NO_RUNS  # ranges so near to the last window's end that they may go on

    def add(self, runs: Runs, end: int) -> Runs:
        """Take the runs of the next window, which ends there. Returns those, by date, that lie in no range."""
        candidates = by_date(np.concatenate([self._open, runs]))
        is_open = np.concatenate([np.ones(len(self._open), np.bool_), np.zeros(len(runs), np.bool_)])
        is_open = is_open[np.argsort(np.concatenate([self._open["date"], runs["date"]]), kind="stable")]
        first = self._groups(candidates, is_open)
        groups = joined(candidates, np.flatnonzero(first))
        in_range = self._is_range(groups) | is_open[first]
        ranges = groups[in_range]
        near = ranges["end"] >= end - self._sizes.gap
        self._open = ranges[near]
        self._closed.append(ranges[~near])
        strays: Runs = candidates[~in_range[np.cumsum(first) - 1]]
        return strays

    def finish(self) -> Runs:
        """All ranges, by date, each with its start in the file."""
        ranges = np.concatenate([*self._closed, self._open])
        return by_date(ranges[np.argsort(ranges["start"])])

    def _groups(self, runs: Runs, is_open: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Where groups start. An open range that what follows would spoil is a group of its own."""
        first = starts_of_groups(runs, self._sizes.gap)
        spoilt = bool(is_open.any())
        while spoilt:
            places = np.flatnonzero(first)
            after = places[is_open[places] & ~self._is_range(joined(runs, places))] + 1
            after = after[after < len(first)]
            spoilt = not bool(first[after].all())
            first[after] = True
        return first

    def _is_range(self, groups: Runs) -> NDArray[np.bool_]:
        spans = groups["end"] - groups["start"]
        return np.asarray(
            (spans >= self._sizes.smallest_range) & (groups["bytes"] * 2 >= spans) & ~groups["long"], np.bool_
        )


def dates_of(days: NDArray[np.int32]) -> pa.Array:
    """Days since 1970-01-01 as Arrow dates, UNDATED as null."""
    return pa.array(days, pa.int32(), mask=days == UNDATED).cast(pa.date32())


def table(ranges: Runs) -> pa.Table:
    """Ranges in SCHEMA."""
    columns = [dates_of(np.ascontiguousarray(ranges["date"]))]
    columns += [pa.array(np.ascontiguousarray(ranges[name])) for name in SCHEMA.names[1:]]
    return pa.table(columns, schema=SCHEMA)
