"""Files that have rows of past days too: which row is of which day, and what a day is made of.

What belongs here: shares of files, and their marks. What does not: landing files (``landing``), and finding days whose
share of a later file moved (``orchestration.ingestion.late_rows``).

A file of day D may have rows of some days before it. A row is of the day in its column; one of any other day, or of
none, is of its file's day, so that no row is lost. So a day is made of its own files, and of what later files have of
it, as far as they are landed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa

from data_platform.ingestion.archive import mark_of
from data_platform.ingestion.sources.landing import Piece
from data_platform.ingestion.sources.spec import SourceSpec

Marks = Mapping[str, str]


@dataclass(frozen=True)
class LateRows:
    """What a day was made of, and what its own files have of days before it.

    Attributes:
        of_days: By day, what the day's own files have of it: the mark of each file's share.
        made_of: By day of a file, what that file had of this day: the mark of each file's share.
    """

    of_days: Mapping[str, Marks]
    made_of: Mapping[str, Marks]


def earlier(day: str, spec: SourceSpec) -> list[str]:
    """The days before a file's own that it may have rows of, the oldest first."""
    return [_moved(day, -back) for back in range(spec.late_days, 0, -1)]


def later(day: str, spec: SourceSpec) -> list[str]:
    """The days after a day whose files may have rows of it."""
    return [_moved(day, ahead) for ahead in range(1, spec.late_days + 1)]


def shared(
    taken: Mapping[str, Sequence[Piece]], landed: Mapping[str, Sequence[Piece]], spec: SourceSpec
) -> tuple[dict[str, list[Piece]], dict[str, LateRows]]:
    """Each day's share of its own and later files.

    Args:
        taken: The pieces of each day that is made.
        landed: The pieces of later days, as they were landed.
        spec: What is declared.

    Returns:
        The pieces of each day with that day's rows alone, and what is to be known of late rows of each.
    """
    files = {**landed, **taken}
    shares = {slot: [_Shares.of(piece, slot, spec) for piece in pieces] for slot, pieces in files.items()}
    days: dict[str, list[Piece]] = {}
    told: dict[str, LateRows] = {}
    for day in taken:
        ahead = {slot: shares[slot] for slot in later(day, spec) if slot in shares}
        days[day] = [share.piece(day) for share in shares[day]]
        days[day] += [
            replace(share.piece(day), late=True)
            for those in ahead.values()
            for share in those
            if share.has(day) or share.is_wrong
        ]
        of_days = {past: _marks(shares[day], past) for past in earlier(day, spec)}
        made_of = {slot: _marks(those, day) for slot, those in ahead.items()}
        told[day] = LateRows(_told(of_days), _told(made_of))
    return days, told


@dataclass(frozen=True)
class _Shares:
    """A file with the days of its rows."""

    whole: Piece
    days: list[str]

    @classmethod
    def of(cls, piece: Piece, slot: str, spec: SourceSpec) -> "_Shares":
        column = "" if spec.partition is None else spec.partition.column
        if column not in piece.rows.column_names:
            return cls(piece, [slot] * piece.rows.num_rows)
        allowed, known = {slot, *earlier(slot, spec)}, dict[Any, str]()
        days = []
        for value in piece.rows.column(column).to_pylist():
            if value not in known:
                day = day_of(value)
                known[value] = day if day in allowed else slot
            days.append(known[value])
        return cls(piece, days)

    @property
    def is_wrong(self) -> bool:
        return bool(self.whole.broken or self.whole.problems)

    @cached_property
    def _those(self) -> frozenset[str]:
        return frozenset(self.days)

    def has(self, day: str) -> bool:
        return day in self._those

    def piece(self, day: str) -> Piece:
        """The file with the rows of one day."""
        if self.is_wrong:
            return self.whole
        return replace(self.whole, rows=self.whole.rows.filter(pa.array([own == day for own in self.days], pa.bool_())))

    def mark(self, day: str) -> str:
        """What the file has of a day; where a row stands in the file, and the like, are no part of it."""
        rows = self.piece(day).rows
        content = rows.select([name for name in rows.column_names if not name.startswith("_")])
        return mark_of(*(repr(row) for row in content.to_pylist()))


def day_of(value: object) -> str | None:
    """The UTC day of a value: a date, a time, or text in ISO 8601; None of anything else."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        utc = value if value.tzinfo is None else value.astimezone(UTC)
        return utc.date().isoformat()
    return value.isoformat() if isinstance(value, date) else None


def _marks(shares: Sequence[_Shares], day: str) -> dict[str, str]:
    return {share.whole.name: share.mark(day) for share in shares if not share.is_wrong and share.has(day)}


def _told(marks: Mapping[str, Marks]) -> dict[str, Marks]:
    return {day: those for day, those in marks.items() if those}


def _moved(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
