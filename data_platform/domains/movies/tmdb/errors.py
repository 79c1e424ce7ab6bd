"""What can go wrong with TMDb, sorted by what to do about it.

    TmdbError
    ├── TransientTmdbError      may pass: worth another attempt, now or by the step's retry policy
    └── PermanentTmdbError      stays until somebody changes something: never retried
        ├── RefusedError        TMDb said no (404, a page beyond 500 …)
        │   └── UnauthorizedError   it was the token (401, 403)
        └── MalformedError      an answer lacks a needed field or holds one of the wrong type

What belongs here: these classes and which HTTP status is which. What does not: attempts and waiting (`client`).
"""

from http import HTTPStatus


class TmdbError(Exception):
    """Base of everything that this package raises on purpose. Messages never hold the token."""


class TransientTmdbError(TmdbError):
    """Rate limits, server errors, broken connections: the same request may succeed later."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep the server's wish.

        Args:
            message: What happened, with the path that was asked for.
            retry_after: Seconds that the server asked to wait, when it did and the value is usable.
        """
        super().__init__(message)
        self.retry_after = retry_after


class PermanentTmdbError(TmdbError):
    """The same request will fail again."""


class RefusedError(PermanentTmdbError):
    """TMDb understood the request and refused it."""


class UnauthorizedError(RefusedError):
    """TMDb does not accept the token."""


class MalformedError(PermanentTmdbError):
    """An answer is not what TMDb's reference promises; the message names the field and the page."""


def refusal(status: int) -> type[RefusedError]:
    """The class of a refusal by its HTTP status."""
    return UnauthorizedError if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} else RefusedError


def is_transient(status: int) -> bool:
    """Whether a response of this HTTP status is worth another attempt: 408, 429 and every 5xx."""
    return (
        status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )
