"""The lines of a buffer and the date of each, many at once, exactly as `stamp` reads them one by one.

What belongs here: where lines start and end, which dates they have, whose a blank line is. What does not: pieces of
files (`scan`), the fields of a line.
"""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_platform.domains.logs.weblog import decode, zones
from data_platform.domains.logs.weblog.stamp import HEAD, SIZE, date_of, find_stamp, is_blank

UNDATED: Final = np.iinfo(np.int32).min
"""In the place of a date: the line has no stamp."""
BLANK: Final = UNDATED + 1
"""In the place of a date: the line is blank."""

_NEWLINE: Final = 10
_BRACKET: Final = ord("[")
_STEP: Final = 1 << 17
"""Bytes compared at a time: masks of this size come from memory that the process has already."""
_TRIES: Final = 3
"""Brackets of a line that are looked at for all lines together, before its rest is read alone."""
_SPACE: Final = np.zeros(256, np.bool_)
_SPACE[list(b" \t\n\r\x0b\x0c")] = True


@dataclass(frozen=True, slots=True)
class Lines:
    r"""The lines of a buffer, in order, without a gap.

    Attributes:
        starts: Of each line's first byte (int64).
        ends: One past each line's last byte, which is its `\n` but for a last line without one (int64).
        dates: Days since 1970-01-01 in the zone that was asked for, UNDATED or BLANK (int32).
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    dates: NDArray[np.int32]


def lines_of(buffer: NDArray[np.uint8], zone: tzinfo) -> Lines:
    r"""Find lines and dates. Fastest with one or two MiB at a time, which stay in the processor's cache.

    Args:
        buffer: Whole lines, contiguous; the last may lack its `\n`.
        zone: In which a time has its date: `datetime.UTC`, another offset, or a `zoneinfo.ZoneInfo`.
    """
    marks = _marks(buffer)
    is_end = buffer[marks] == _NEWLINE
    # One more mark past the end: every line has one at which it is over.
    marks, is_end = np.append(marks, len(buffer)), np.append(is_end, True)
    end_marks = np.flatnonzero(is_end)
    ends = marks[end_marks] + 1
    if not len(buffer) or (len(ends) > 1 and ends[-2] == len(buffer)):
        end_marks, ends = end_marks[:-1], ends[:-1]
    else:
        ends[-1] = len(buffer)
    starts, first_marks = np.zeros_like(ends), np.zeros_like(end_marks)
    starts[1:], first_marks[1:] = ends[:-1], end_marks[:-1] + 1
    return Lines(starts, ends, _Dates(buffer, zone, starts, ends).read(marks, is_end, first_marks))


def _marks(buffer: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where newlines and brackets are."""
    parts = []
    for start in range(0, len(buffer), _STEP):
        part = buffer[start : start + _STEP]
        mask = part == _NEWLINE
        mask |= part == _BRACKET
        parts.append(np.flatnonzero(mask) + start)
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def owners(dates: NDArray[np.int32], before: int) -> NDArray[np.int32]:
    """Whose each line is: its own date, or for a blank one that of the line before it.

    Args:
        dates: Of consecutive lines of a file.
        before: Whose the line before the first is; UNDATED at a file's start. For a range of a date: that date.

    Returns:
        Days since 1970-01-01, or UNDATED; never BLANK.
    """
    blank = dates == BLANK
    if not blank.any():
        return dates
    last = np.where(blank, -1, np.arange(len(dates)))
    np.maximum.accumulate(last, out=last)
    return np.where(last < 0, np.int32(before), dates[last])


@dataclass(frozen=True, slots=True)
class _Dates:
    buffer: NDArray[np.uint8]
    zone: tzinfo
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def read(
        self, marks: NDArray[np.int64], is_end: NDArray[np.bool_], first_marks: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        dates = np.full(len(self.starts), UNDATED, np.int32)
        has_bracket = ~is_end[first_marks]
        if has_bracket.all():
            rows = np.arange(len(self.starts))
        else:
            rows = np.flatnonzero(has_bracket)
            self._find_blanks(dates, np.flatnonzero(~has_bracket))
        at = first_marks[rows]
        for _ in range(_TRIES):
            days = self._days_at(rows, marks[at])
            dates[rows] = days
            again = np.flatnonzero((days == UNDATED) & ~is_end[at + 1])
            rows, at = rows[again], at[again] + 1
            if not len(rows):
                break
        for row in rows.tolist():
            dates[row] = self._slowly(row)
        return dates

    def _days_at(self, rows: NDArray[np.int64], positions: NDArray[np.int64]) -> NDArray[np.int32]:
        """The dates that rows have by what stands at these positions, UNDATED where that is no stamp."""
        inside = positions + SIZE <= np.minimum(self.ends[rows], self.starts[rows] + HEAD)
        if not inside.all():
            days = np.full(len(rows), UNDATED, np.int32)
            days[inside] = self._days_at(rows[inside], positions[inside])
            return days
        if not len(rows):
            return np.empty(0, np.int32)
        words = decode.words_at(self.buffer, positions)
        changes = np.flatnonzero(np.concatenate([[True], ~decode.same_minute(words)]))
        minutes = decode.minutes(words[changes])
        good = minutes != decode.NO_STAMP
        days = np.full(len(changes), UNDATED, np.int64)
        days[good] = zones.days(minutes[good], self.zone)
        days = np.repeat(days, np.diff(changes, append=len(rows)))
        for place in np.flatnonzero(days == zones.UNSURE).tolist():
            days[place] = self._slowly(int(rows[place]))
        days[decode.seconds(words) < 0] = UNDATED
        return days.astype(np.int32)

    def _find_blanks(self, dates: NDArray[np.int32], rows: NDArray[np.int64]) -> None:
        """Mark the blank ones of rows that have no bracket."""
        starts, sizes = self.starts[rows], self.ends[rows] - self.starts[rows]
        first = self.buffer[starts]
        empty = (sizes == 1) & (first == _NEWLINE)
        dates[rows[empty]] = BLANK
        for row in rows[_SPACE[first] & ~empty].tolist():
            if is_blank(self.buffer[self.starts[row] : self.ends[row]].tobytes()):
                dates[row] = BLANK

    def _slowly(self, row: int) -> int:
        start = self.starts[row]
        stamp = find_stamp(self.buffer[start : min(self.ends[row], start + HEAD)].tobytes())
        if stamp is None:
            return UNDATED
        return date_of(stamp.time, self.zone).toordinal() - zones.EPOCH.toordinal()
