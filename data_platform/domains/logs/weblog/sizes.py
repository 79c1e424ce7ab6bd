"""How much a scan holds and how it draws its lines.

What belongs here: these numbers, together, as they depend on each other. What does not: what is done with them.
"""

from dataclasses import dataclass

from data_platform.domains.logs.weblog.stamp import LONGEST


@dataclass(frozen=True, slots=True)
class Sizes:
    r"""All in bytes.

    Attributes:
        window: What is held of a file at a time; more than `longest`.
        piece: What of a window is worked on at a time; what the processor's cache holds.
        longest: A line of more, without its `\n`, is never held whole and lies in no range.
        gap: Between two runs of a date, that is read through rather than skipped; at most `longest`.
        smallest_range: A part of the file that is worth a read of its own.
        block: Of stray lines, after which they are handed over.
    """

    window: int = 8 << 20
    piece: int = 2 << 20
    longest: int = LONGEST
    gap: int = 16 << 10
    smallest_range: int = 64 << 10
    block: int = 32 << 20

    def __post_init__(self) -> None:
        if min(self.piece, self.longest, self.block) < 1 or self.gap < 0:
            raise ValueError(f"Sizes are at least 1, a gap at least 0; not {self}")
        if not self.gap <= self.longest < self.window:
            raise ValueError(f"gap <= longest < window does not hold for {self}")


DEFAULT = Sizes()
