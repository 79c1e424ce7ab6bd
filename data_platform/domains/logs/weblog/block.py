"""A block of lines, each read by the one who can: the regular ones together, the others carefully.

What belongs here: who reads which line of a block, and which of them are of the date asked for. What does not: how a
line is read (`fast`, `careful`), where in its file it stood (`parse`).
"""

from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_platform.domains.logs.weblog import columns
from data_platform.domains.logs.weblog.careful import Record, read_line
from data_platform.domains.logs.weblog.events import REJECTED, Reason
from data_platform.domains.logs.weblog.fast import Block, find_regular
from data_platform.domains.logs.weblog.lines import BLANK, UNDATED, owners
from data_platform.domains.logs.weblog.marks import Marks, Positions, find_marks
from data_platform.domains.logs.weblog.stamp import HEAD, LONGEST, date_of, find_stamp, is_blank

REJECTED_IN_BLOCK: Final = pa.schema(
    [pa.field("line", pa.int64(), nullable=False), REJECTED.field("raw"), REJECTED.field("reason")]
)
"""Rejected lines, by their place among a block's lines."""

_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(slots=True)
class Part:
    """What a block's lines, or those of the date asked for, came to.

    Attributes:
        starts: Where each line of the block starts.
        lines: How many lines were asked for.
        blank: How many of them are blank.
        after: Whose the block's last line is.
        tables: The events, as `events.READ`.
        event_lines: For each table, of which lines of the block its rows are.
        rejected: The others that are not blank, as `REJECTED_IN_BLOCK`.
    """

    starts: Positions
    lines: int
    blank: int
    after: int
    tables: list[pa.Table]
    event_lines: list[Positions]
    rejected: pa.Table


def read_block(block: Block, zone: tzinfo, only_date: int | None, before: int) -> Part:
    r"""Read the lines of a block.

    Args:
        block: Whole lines, at least one; the last may lack its `\n`.
        zone: In which a time has its date.
        only_date: Leave out lines that are not of this date (days since 1970, or `lines.UNDATED`).
        before: Whose the line before the block is.
    """
    marks = find_marks(block)
    regular = find_regular(block, marks, zone)
    dates = np.full(len(marks.starts), UNDATED, np.int32)
    rest = np.ones(len(marks.starts), np.bool_)
    for some in regular:
        dates[some.lines], rest[some.lines] = some.days, False
    others = _read_carefully(block, marks, np.flatnonzero(rest), zone, dates)
    belongs = owners(dates, before)
    mine = np.ones(len(dates), np.bool_) if only_date is None else belongs == only_date
    kept = [rows for rows in (some.at(mine[some.lines]) for some in regular) if len(rows.lines)]
    tables, event_lines = [columns.of_regular(block, rows) for rows in kept], [rows.lines for rows in kept]
    good = [(line, outcome) for line, outcome in others if mine[line] and not isinstance(outcome, Reason)]
    if good:
        days = [date.fromordinal(int(dates[line]) + _EPOCH) for line, _ in good]
        tables.append(columns.of_records([record for _, record in good], days))
        event_lines.append(np.array([line for line, _ in good], np.int64))
    return Part(
        starts=marks.starts,
        lines=int(np.count_nonzero(mine)),
        blank=int(np.count_nonzero(mine & (dates == BLANK))),
        after=int(belongs[-1]),
        tables=tables,
        event_lines=event_lines,
        rejected=_rejected(block, marks, {line: why for line, why in others if isinstance(why, Reason) and mine[line]}),
    )


def _read_carefully(
    block: Block, marks: Marks, lines: Positions, zone: tzinfo, dates: NDArray[np.int32]
) -> list[tuple[int, Record | Reason]]:
    """What each line that is not blank says; the lines' dates are written into `dates`."""
    outcomes: list[tuple[int, Record | Reason]] = []
    starts, sizes = marks.starts[lines], (marks.newlines - marks.starts)[lines]
    for line, start, size in zip(lines.tolist(), starts.tolist(), sizes.tolist(), strict=True):
        # What is longer than a line may be is only looked at, never held once more.
        raw = block[start : start + min(size, LONGEST + 1)].tobytes()
        if is_blank(raw):
            dates[line] = BLANK
            continue
        outcome = read_line(raw)
        outcomes.append((line, outcome))
        if not isinstance(outcome, Reason):
            dates[line] = date_of(outcome.time, zone).toordinal() - _EPOCH
        elif outcome is not Reason.NO_TIME and (stamp := find_stamp(raw)):
            dates[line] = date_of(stamp.time, zone).toordinal() - _EPOCH
    return outcomes


def _rejected(block: Block, marks: Marks, reasons: dict[int, Reason]) -> pa.Table:
    spans = [(int(marks.starts[line]), int(marks.ends[line])) for line in reasons]
    return pa.Table.from_arrays(
        [
            pa.array(reasons.keys(), pa.int64()),
            pa.array((block[start : min(end, start + HEAD)].tobytes() for start, end in spans), pa.binary()),
            pa.array((str(reason) for reason in reasons.values()), pa.string()),
        ],
        schema=REJECTED_IN_BLOCK,
    )
