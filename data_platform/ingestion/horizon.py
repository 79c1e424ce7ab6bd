"""How long a source can still be asked for a day, and when to ask again: ever more slowly, until it is too late.

What belongs here: times, as plain functions. What does not: what was asked and what came of it (``asking_again``).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

FIRST_WAIT: Final = timedelta(minutes=2)
"""After the first failure; each further wait is twice as long."""

SHORTEST_LONGEST: Final = timedelta(hours=1)
LONGEST_LONGEST: Final = timedelta(hours=6)
_SHARE: Final = 24
LAST_CALL: Final = timedelta(minutes=10)
"""So long before it is too late, a day is asked for once more whatever the waits say."""


@dataclass(frozen=True)
class Horizon:
    """When a day of a source can be had.

    Attributes:
        due: Time of day, UTC, from which on it is to be there.
        lag: How many days after the day itself that is.
        lasts: How long it can be had, from the midnight before it is due.
    """

    due: time
    lag: int
    lasts: timedelta

    def due_at(self, day: date) -> datetime:
        """From when on a day is to be there."""
        return datetime.combine(day + timedelta(days=self.lag), self.due, UTC)

    def until(self, day: date) -> datetime:
        """From when on a day cannot be had any more."""
        return datetime.combine(day + timedelta(days=self.lag), time(), UTC) + self.lasts

    def to_be_had(self, now: datetime, most: int) -> list[date]:
        """The newest days that are due and can still be had, newest first, at most so many."""
        newest = now.astimezone(UTC).date() - timedelta(days=self.lag)
        days = (newest - timedelta(days=back) for back in range(most + 1))
        return [day for day in days if self.due_at(day) <= now < self.until(day)][:most]

    def too_late_for(self, now: datetime, most: int) -> list[date]:
        """The newest days that cannot be had any more, newest first, so many."""
        newest = (now - self.lasts).astimezone(UTC).date() - timedelta(days=self.lag)
        return [newest - timedelta(days=back) for back in range(most)]

    def next_at(self, failures: int, last: datetime, until: datetime) -> datetime:
        """When to ask again.

        Args:
            failures: How often it was asked in vain, at least once.
            last: When it was asked last.
            until: From when on it is too late.
        """
        longest = min(max(self.lasts / _SHARE, SHORTEST_LONGEST), LONGEST_LONGEST)
        doubled = FIRST_WAIT * 2 ** min(failures - 1, 20)
        again = last + min(doubled, longest)
        last_call = until - LAST_CALL
        return last_call if last < last_call < again else again
