"""What can go wrong with a source, sorted by what to do about it.

    SourceError
    ├── TransientSourceError    may pass: worth another attempt in this run, by the client or the step's retry policy
    └── PermanentSourceError    another attempt in this run is of no use; a later run may fare better
        ├── MissingFileError    the source has no such file
        ├── RefusedError        the source said no (400, 404 …)
        │   └── UnauthorizedError   it was the token (401, 403)
        ├── MalformedError      an answer lacks what we cannot do without
        ├── WrongAnswerError    an answer to another question than was asked: a cache that looks at half of the URL
        └── OverLimitError      an answer, or all of a run's answers, take longer or are larger than is allowed

What belongs here: these classes, and which HTTP status is which. What does not: the store's errors
(``storage.errors``), attempts and waiting (``attempts``), and when a day is asked for again (``asking_again``).

No message holds a secret: each is redacted as it is made, whatever the source has answered.
"""

from http import HTTPStatus

from data_platform.redaction import redact


class SourceError(Exception):
    """Base of all that a source is to blame for."""

    def __init__(self, message: str) -> None:
        """Keep the message, without secrets."""
        super().__init__(redact(message))


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
    """The same request will fail again, as far as this run can know."""


class MissingFileError(PermanentSourceError):
    """The source has no such file, not yet or not any more."""


class RefusedError(PermanentSourceError):
    """The source understood the request and refused it."""


class UnauthorizedError(RefusedError):
    """The source does not accept the token."""


class MalformedError(PermanentSourceError):
    """An answer lacks what we cannot do without; the message names where, and what came instead."""


class WrongAnswerError(PermanentSourceError):
    """An answer is to another question than was asked; the message names both."""


class OverLimitError(PermanentSourceError):
    """An answer takes longer or is larger than is allowed; the message names the limit."""


def refusal(status: int) -> type[RefusedError]:
    """The class of a refusal by its HTTP status."""
    return UnauthorizedError if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} else RefusedError


def is_transient(status: int) -> bool:
    """Whether a response of this HTTP status is worth another attempt: 408, 425, 429 and every 5xx."""
    return (
        status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )
