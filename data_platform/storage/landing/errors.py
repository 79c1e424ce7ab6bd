"""What can go wrong with a source, sorted by what to do about it.

    SourceError
    ├── TransientSourceError    may pass: worth another attempt, now or by the step's retry policy
    └── PermanentSourceError    stays until somebody changes something: never retried
        └── MissingFileError    the source has no such file

What belongs here: these classes. What does not: the store's errors (``storage.errors``), attempts and waiting.
"""


class SourceError(Exception):
    """Base of all that a source is to blame for. Messages never hold a token or password."""


class TransientSourceError(SourceError):
    """Rate limits, server errors, broken connections: the same request may succeed later."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep the server's wish.

        Args:
            message: What happened, and where.
            retry_after: Seconds that the server asked to wait, when it did and the value is usable.
        """
        super().__init__(message)
        self.retry_after = retry_after


class PermanentSourceError(SourceError):
    """The same request will fail again."""


class MissingFileError(PermanentSourceError):
    """The source has no such file, not yet or not any more."""
