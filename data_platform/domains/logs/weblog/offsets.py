"""Where in its file each line of a buffer stood.

What belongs here: places in a buffer to places in a file. What does not: reading the buffer.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Offsets:
    """What a buffer consists of: pieces of a file, or single lines of it, one after the other.

    Attributes:
        offsets: The offset in the file of the first byte of each piece (or line), in bytes.
        line_numbers: The number of the first line of each piece (or of each line), from 1; None where not known.
        positions: The place in the buffer of the first byte of each piece, ascending, at a line's start, from 0; None
            where there is an offset for each line.
    """

    offsets: Positions
    line_numbers: Positions | None
    positions: Positions | None

    @classmethod
    def contiguous(cls, offset: int, line_number: int | None = None) -> Self:
        """Of a buffer that is one piece of a file."""
        return cls.of_pieces([0], [offset], None if line_number is None else [line_number])

    @classmethod
    def of_pieces(cls, positions: ArrayLike, offsets: ArrayLike, line_numbers: ArrayLike | None = None) -> Self:
        """Of a buffer of several pieces, at these positions of the buffer."""
        return cls(_integers(offsets), None if line_numbers is None else _integers(line_numbers), _integers(positions))

    @classmethod
    def of_lines(cls, offsets: ArrayLike, line_numbers: ArrayLike | None = None) -> Self:
        """Of a buffer of single lines, blank ones included."""
        return cls(_integers(offsets), None if line_numbers is None else _integers(line_numbers), None)

    def locate(self, starts: Positions) -> tuple[Positions, Positions | None]:
        """The offset in the file and the number of each line, given where in the buffer every line starts.

        Raises:
            ValueError: The lines are not those that the offsets are of.
        """
        if self.positions is None:
            if len(starts) != len(self.offsets):
                raise ValueError(
                    f"{len(starts)} lines in the buffer, but {len(self.offsets)} offsets: give one per line"
                )
            return self.offsets, self.line_numbers
        if not len(starts):
            return starts, None if self.line_numbers is None else starts
        first_lines = np.searchsorted(starts, self.positions)
        inside = first_lines < len(starts)
        if self.positions[0] != 0 or not inside.all() or (starts[first_lines] != self.positions).any():
            raise ValueError("each piece of the buffer has to begin at a line's start, the first one at 0")
        sizes = np.diff(first_lines, append=len(starts))
        offsets = starts + np.repeat(self.offsets - self.positions, sizes)
        if self.line_numbers is None:
            return offsets, None
        return offsets, np.arange(len(starts)) + np.repeat(self.line_numbers - first_lines, sizes)


def _integers(values: ArrayLike) -> Positions:
    return np.asarray(values, np.int64)
