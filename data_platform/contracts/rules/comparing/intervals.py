"""Intervals, and whether one is inside another.

What belongs here: sets of comparable values with a lower and an upper end. What does not: what the values mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Interval:
    """All values between two ends; ``None``: no end."""

    low: Any = None
    high: Any = None
    has_low: bool = True
    has_high: bool = True

    def within(self, other: "Interval") -> bool:
        """Whether every value of this one is in another.

        Raises:
            TypeError: The ends cannot be compared.
        """
        return self._low_within(other) and self._high_within(other)

    def _low_within(self, other: "Interval") -> bool:
        if other.low is None or self.low is None:
            return other.low is None
        return bool(self.low > other.low or (self.low == other.low and (other.has_low or not self.has_low)))

    def _high_within(self, other: "Interval") -> bool:
        if other.high is None or self.high is None:
            return other.high is None
        return bool(self.high < other.high or (self.high == other.high and (other.has_high or not self.has_high)))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        if self.low is None or self.high is None:
            return False
        return bool(self.low > self.high or (self.low == self.high and not (self.has_low and self.has_high)))


def covered(parts: Sequence[Interval], by: Sequence[Interval]) -> bool:
    """Whether every value of the parts is in one of the others, which do not touch one another."""
    return all(part.is_empty or any(part.within(other) for other in by) for part in parts)
