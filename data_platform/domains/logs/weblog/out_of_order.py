r"""Strays: lines that are copied, as they lie where no range of their date is, grouped by date.

What belongs here: the blob of copied lines, the index that says where each stood, and reading that index. What does
not: which lines are strays (`ranges`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_platform.domains.logs.weblog.ranges import dates_of
from data_platform.domains.logs.weblog.runs import Runs, joined, starts_of_groups
from data_platform.domains.logs.weblog.stamp import HEAD
from data_platform.domains.logs.weblog.windows import Window

SCHEMA: Final = pa.schema(
    [
        pa.field("date", pa.date32()),  # null: undated
        pa.field("position", pa.int64(), nullable=False),
        pa.field("length", pa.int64(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("lines", pa.int64(), nullable=False),
        pa.field("blank", pa.int64(), nullable=False),
    ]
)
r"""Pieces of the file in the order of the blob: `length` bytes from `position` in the blob are the `size` bytes from
`offset` in the file, which are `lines` whole lines (`blank` of them), the first with the number `line`. `length` is one
more where the file's last line lacks its `\n`, which the blob has; it is less where one line is longer than 1 MiB, of
which the blob has the first 64 KiB and a `\n`."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some of a file's strays.

    Attributes:
        blob: Their bytes, to be put behind the blobs of the blocks before. Each line ends in a newline.
        index: In SCHEMA, by date and offset; the positions count from the first block's start.
    """

    blob: bytes
    index: pa.Table


class OutOfOrderLines:
    """Takes strays, window after window, and hands them over in blocks."""

    def __init__(self, size: int, keep: Callable[[Block], None]) -> None:
        self._size, self._keep = size, keep
        self._position = 0  # in all blobs together
        self._held = 0
        self._blobs: list[bytes] = []
        self._runs: list[Runs] = []
        self._lengths: list[NDArray[np.int64]] = []

    def add(self, window: Window, runs: Runs) -> None:
        """Copy runs, which are by date, from the window that they lie in."""
        if not len(runs):
            return
        runs = joined(runs, np.flatnonzero(starts_of_groups(runs, gap=0)))
        lengths = runs["end"] - runs["start"]
        view = window.data.data
        starts = (runs["start"] - window.offset).tolist()
        parts: list[memoryview | bytes] = [
            view[start : start + length] for start, length in zip(starts, lengths.tolist(), strict=True)
        ]
        ends_file = runs["end"] == window.offset + window.size
        for place in np.flatnonzero(runs["long"] | ends_file).tolist():
            parts[place] = _whole(bytes(parts[place]), long=bool(runs["long"][place]))
            lengths[place] = len(parts[place])
        self._blobs.append(b"".join(parts))
        self._runs.append(runs)
        self._lengths.append(lengths)
        self._held += len(self._blobs[-1])
        if self._held >= self._size:
            self.flush()

    def flush(self) -> None:
        """Hand over what there is."""
        if not self._blobs:
            return
        runs, lengths = np.concatenate(self._runs), np.concatenate(self._lengths)
        order = np.argsort(runs["date"], kind="stable")
        blob = b"".join(self._slices(runs["date"], lengths))
        runs, lengths = runs[order], lengths[order]
        positions = self._position + np.cumsum(lengths) - lengths
        self._position += len(blob)
        self._blobs, self._runs, self._lengths, self._held = [], [], [], 0
        named = {"offset": "start", "size": "bytes", "line": "line", "lines": "lines", "blank": "blank"}
        columns = [dates_of(np.ascontiguousarray(runs["date"])), pa.array(positions), pa.array(lengths)]
        columns += [pa.array(np.ascontiguousarray(runs[name])) for name in named.values()]
        self._keep(Block(blob, pa.table(columns, schema=SCHEMA)))

    def _slices(self, dates: NDArray[np.int32], lengths: NDArray[np.int64]) -> list[memoryview]:
        """The windows' blobs, each of which is by date, in parts of one date, by date."""
        windows = np.repeat(np.arange(len(self._blobs)), [len(runs) for runs in self._runs])
        first = np.flatnonzero(
            np.concatenate([[True], (dates[1:] != dates[:-1]) | (windows[1:] != windows[:-1])]),
        )
        sizes = np.add.reduceat(lengths, first)
        of = windows[first]
        ends = np.cumsum(sizes)
        bases = np.concatenate([[0], np.cumsum([len(blob) for blob in self._blobs])])[of]
        parts = [
            memoryview(self._blobs[window])[end - size - base : end - base]
            for window, end, size, base in zip(of.tolist(), ends.tolist(), sizes.tolist(), bases.tolist(), strict=True)
        ]
        return [parts[place] for place in np.argsort(dates[first], kind="stable").tolist()]


def _whole(part: bytes, *, long: bool) -> bytes:
    """A part as one or more whole lines: with its last newline, and not more than the start of a line too long."""
    if long:
        return part.removesuffix(b"\n")[:HEAD] + b"\n"
    return part if part.endswith(b"\n") else part + b"\n"
