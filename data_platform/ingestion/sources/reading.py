"""What every source is asked: what it shows of each delivery, and the delivery itself.

What belongs here: the questions. What does not: an answer (``sql``, ``files``, ``http``).

A *slot* is what one delivery fills: a UTC day, or `ALL` of a source without days. In it are *pieces*: one of a table,
as many as there are files of the day. A piece is known by its mark, which changes when its content does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from data_platform.ingestion.archive import mark_of

ALL: Final = "all"
"""The slot of a source without days."""


@dataclass(frozen=True)
class Shown:
    """What a source shows of a piece without handing it out.

    Attributes:
        mark: Of the content.
        rows: How many there are, where the source counts them.
    """

    mark: str
    rows: int | None = None


def nothing(table: str) -> Shown:
    """What a table shows of a slot of which it has no row."""
    return Shown(mark_of(table, 0, None), 0)


@dataclass(frozen=True)
class Delivery:
    """A piece as it came.

    Attributes:
        data: Byte by byte, or a table's rows as Parquet.
        extension: With its dot; says what the bytes are.
        mark: Of the content, where it is known only now.
    """

    data: bytes
    extension: str
    mark: str


@dataclass(frozen=True)
class Remarks:
    """What a source says of itself, beside rows.

    Attributes:
        without_day: Rows that are of no day, so that they are never taken.
    """

    without_day: int = 0


class Reader(Protocol):
    """A source, opened: all answers are of one state of it where it can do that."""

    def shown(self, days: tuple[date, date] | None) -> Mapping[str, Mapping[str, Shown]]:
        """What there is, by slot and piece; slots of which there is nothing are left out.

        Args:
            days: The first and the last day wanted, both included; ``None``: the source has no days.

        Raises:
            SourceError: It cannot be said.
        """

    def read(self, slot: str, piece: str) -> Delivery:
        """A piece that was shown.

        Raises:
            SourceError: It cannot be had.
        """

    def remarks(self) -> Remarks:
        """What it says of itself."""
