"""TMDb's own status codes, and the body that carries them.

What belongs here: the codes that the simulator answers with. What does not: when it does.
Source: https://developer.themoviedb.org/docs/errors.
"""

from typing import Final, NamedTuple

from data_platform.simulator.tmdb.answer import Answer


class Status(NamedTuple):
    """One of TMDb's status codes: the HTTP status that it comes with, and its message."""

    http: int
    message: str


INVALID_PARAMETERS: Final = 5
INVALID_KEY: Final = 7
OFFLINE: Final = 9
INTERNAL_ERROR: Final = 11
INVALID_PAGE: Final = 22
TIMED_OUT: Final = 24
TOO_MANY_REQUESTS: Final = 25
NOT_FOUND: Final = 34
NO_BACKEND: Final = 43

STATUSES: Final = {
    INVALID_PARAMETERS: Status(400, "Invalid parameters: Your request parameters are incorrect."),
    INVALID_KEY: Status(401, "Invalid API key: You must be granted a valid key."),
    OFFLINE: Status(503, "Service offline: This service is temporarily offline, try again later."),
    INTERNAL_ERROR: Status(500, "Internal error: Something went wrong, contact TMDb."),
    INVALID_PAGE: Status(400, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."),
    TIMED_OUT: Status(504, "Your request to the backend server timed out. Try again."),
    TOO_MANY_REQUESTS: Status(429, "Your request count (#) is over the allowed limit of (40)."),
    NOT_FOUND: Status(404, "The resource you requested could not be found."),
    NO_BACKEND: Status(502, "Couldn't connect to the backend server."),
}


def error_answer(code: int, *, message: str | None = None, bare: bool = False) -> Answer:
    """The answer that tells an error.

    Args:
        code: One of the keys of `STATUSES`.
        message: Says more than TMDb's own message.
        bare: Leave out ``success``, as TMDb sometimes does.

    Returns:
        The answer, with the HTTP status that belongs to the code; never cached.
    """
    status = STATUSES[code]
    body: dict[str, object] = {} if bare else {"success": False}
    body |= {"status_code": code, "status_message": message or status.message}
    return Answer.of_json(body, status=status.http, headers={"Cache-Control": "no-store"})
