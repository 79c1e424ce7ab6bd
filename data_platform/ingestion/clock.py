"""The one clock of what ingestions look at and ask for, so that a test can be at any time of day.

What belongs here: the present moment. What does not: what is due when (``horizon``, ``restatement``).
"""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)
