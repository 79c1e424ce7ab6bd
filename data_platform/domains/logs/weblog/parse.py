"""A buffer of whole lines to events and rejected lines, none lost.

What belongs here: who reads which line, whose date is asked for, what the results are put together from. What does not:
how a line is read (`fast` many regular ones, `careful` each of the others).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_platform.domains.logs.weblog.agents import bots
from data_platform.domains.logs.weblog.block import REJECTED_IN_BLOCK, Part, read_block
from data_platform.domains.logs.weblog.campaigns import campaigns
from data_platform.domains.logs.weblog.events import EVENTS, READ, REJECTED
from data_platform.domains.logs.weblog.lines import UNDATED
from data_platform.domains.logs.weblog.offsets import Offsets
from data_platform.domains.logs.weblog.stamp import HEAD

BLOCK: Final = 1 << 21
"""Bytes that are read at once: what numpy makes of them stays in the processor's cache."""
LARGEST: Final = (1 << 31) - 1
"""Bytes of a buffer."""

_NEWLINE: Final = b"\n"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the lines of a buffer (of one date, where one was asked for) came to: lines = events + rejected + blank.

    Attributes:
        events: As `events.EVENTS`, in no order that is promised.
        rejected: As `events.REJECTED`.
        blank: Lines of nothing but white space.
        lines: Counted where they were split, not added up.
        after: Whose the last line of the buffer is, to give as `before` with what follows it.
    """

    events: pa.Table
    rejected: pa.Table
    blank: int
    lines: int
    after: int


def parse(
    buffer: bytes | memoryview | pa.Buffer,
    *,
    file: str,
    offsets: Offsets,
    only_date: int | None = None,
    before: int | None = None,
    zone: tzinfo = UTC,
) -> Parsed:
    r"""Parse whole lines.

    Args:
        buffer: The lines, below 2 GiB; the last may lack its `\n`.
        file: The key of the file that they are of.
        offsets: Where in it they stood.
        only_date: Leave out lines that are not of this date (days since 1970, or `lines.UNDATED`).
        before: Whose the line before the buffer is, and with it blank lines at its start: `only_date` if not given.
        zone: In which a time has its date.

    Raises:
        ValueError: The buffer is too large, or the offsets are not of these lines.
    """
    everything = np.frombuffer(buffer, np.uint8)
    if len(everything) > LARGEST:
        raise ValueError(f"{file}: a buffer of {len(everything)} bytes; give at most {LARGEST} at once")
    owner = before if before is not None else UNDATED if only_date is None else only_date
    parts: list[Part] = []
    for position in _blocks(everything):
        part = read_block(everything[position], zone, only_date, owner)
        part.starts += position.start
        owner = part.after
        parts.append(part)
    starts = [part.starts for part in parts]
    in_file, numbers = offsets.locate(np.concatenate(starts) if starts else np.empty(0, np.int64))
    return Parsed(
        events=_events(file, parts, in_file),
        rejected=_rejected(file, parts, in_file, numbers),
        blank=sum(part.blank for part in parts),
        lines=sum(part.lines for part in parts),
        after=owner,
    )


def _blocks(buffer: NDArray[np.uint8]) -> Iterator[slice]:
    """The buffer in blocks of whole lines, of about the same size unless a line is longer."""
    view, start = buffer.data, 0
    while start < len(buffer):
        end = _line_end(view, start + BLOCK)
        yield slice(start, end)
        start = end


def _line_end(view: memoryview, position: int) -> int:
    """One past the first newline from a position on; the end of all where there is none."""
    while position < len(view):
        piece = bytes(view[position : position + HEAD])
        newline = piece.find(_NEWLINE)
        if newline >= 0:
            return position + newline + 1
        position += len(piece)
    return len(view)


def _events(file: str, parts: list[Part], in_file: NDArray[np.int64]) -> pa.Table:
    lines, first_line = [], 0
    for part in parts:
        lines += [some + first_line for some in part.event_lines]
        first_line += len(part.starts)
    read = pa.concat_tables([READ.empty_table(), *(table for part in parts for table in part.tables)])
    known = dict(zip(read.column_names, read.columns, strict=True))
    known["campaign"] = campaigns(read["query"])
    known["bot"] = bots(read["agent"])
    known["file"] = pa.chunked_array([pa.repeat(pa.scalar(file, pa.string()), len(read))])
    known["offset"] = pa.chunked_array([in_file[np.concatenate([np.empty(0, np.int64), *lines])]])
    return pa.Table.from_arrays([known[name] for name in EVENTS.names], schema=EVENTS)


def _rejected(file: str, parts: list[Part], in_file: NDArray[np.int64], numbers: NDArray[np.int64] | None) -> pa.Table:
    rejected = pa.concat_tables([REJECTED_IN_BLOCK.empty_table(), *(part.rejected for part in parts)])
    first_lines = np.cumsum([0, *(len(part.starts) for part in parts)])[:-1]
    lines = rejected["line"].to_numpy() + np.repeat(first_lines, [len(part.rejected) for part in parts])
    return pa.Table.from_arrays(
        [
            pa.chunked_array([pa.repeat(pa.scalar(file, pa.string()), len(lines))]),
            pa.chunked_array([in_file[lines]]),
            pa.chunked_array([pa.nulls(len(lines), pa.int64()) if numbers is None else numbers[lines]]),
            rejected["raw"],
            rejected["reason"],
        ],
        schema=REJECTED,
    )
