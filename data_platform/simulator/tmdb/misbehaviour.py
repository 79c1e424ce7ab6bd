"""What a fault looks like on the wire.

What belongs here: the answers of 429 and 5xx, the aborted connection, the delay. What does not: which request is struck
(``plan.py``).
"""

import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Final, assert_never

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from data_platform.simulator.connection import abort
from data_platform.simulator.tmdb import errors
from data_platform.simulator.tmdb.answer import Answer
from data_platform.simulator.tmdb.faults import Faults, Refusal, ServerError
from data_platform.simulator.tmdb.plan import Failing, Failure, RateLimited, Refused, Reset

RESET_STATUS: Final = 0
"""Stands in the request log where no status was sent, or not all of what it promised."""

_SERVER_ERRORS: Final[Mapping[ServerError, int]] = {
    "500": errors.INTERNAL_ERROR,
    "502": errors.NO_BACKEND,
    "503": errors.OFFLINE,
    "504": errors.TIMED_OUT,
}
_HTML: Final = (
    b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n"
    b"<body><center><h1>502 Bad Gateway</h1></center><hr><center>edge</center></body></html>\n"
)


class AbortingResponse(Response):
    """Resets the connection instead of answering, or after half of the body."""

    def __init__(self, answer: Answer, *, mid_body: bool) -> None:
        super().__init__(answer.body, answer.status, dict(answer.headers))
        self._mid_body = mid_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is to be sent, then reset."""
        if self._mid_body:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            half = bytes(self.body[: len(self.body) // 2])
            await send({"type": "http.response.body", "body": half, "more_body": True})
        await abort(scope, receive)


def kind_of(failure: Failure) -> str:
    """The name of a failure in the log and the counters: ``reset``, ``html``, or its status, such as ``429``."""
    match failure:
        case RateLimited():
            return "429"
        case Failing() | Refused():
            return failure.kind
        case Reset():
            return "reset"
        case _:
            assert_never(failure)


def failed(failure: Failure, answer: Answer, faults: Faults) -> Response:
    """The response to a request that a failure struck.

    Args:
        failure: What strikes.
        answer: What would have been answered, which a reset cuts off.
        faults: Say how long a 429 asks to wait.

    Returns:
        A response that fails when it is sent.
    """
    match failure:
        case RateLimited():
            answer = _rate_limited(failure, faults)
        case Failing():
            answer = _server_error(failure.kind)
        case Refused():
            answer = _refused(failure.kind)
        case Reset():
            return AbortingResponse(answer, mid_body=failure.mid_body)
        case _:
            assert_never(failure)
    return response_of(answer)


def response_of(answer: Answer, request: Request | None = None) -> Response:
    """The response that sends an answer; 304 where the request shows that it has it already (RFC 9110, 13.1.2)."""
    etag = answer.headers.get("ETag")
    known = request.headers.get("If-None-Match", "") if request is not None else ""
    if etag is not None and etag in [tag.strip() for tag in known.split(",")]:
        return Response(None, 304, {name: answer.headers[name] for name in ("ETag", "Cache-Control")})
    return Response(answer.body, answer.status, dict(answer.headers))


def _rate_limited(failure: RateLimited, faults: Faults) -> Answer:
    answer = errors.error_answer(errors.TOO_MANY_REQUESTS, bare=failure.bare)
    if failure.retry_after is None:
        return answer
    values = {
        "seconds": str(faults.retry_after_seconds),
        "date": formatdate(time.time() + faults.retry_after_seconds, usegmt=True),
        "absurd": str(faults.retry_after_absurd_seconds),
    }
    return Answer(answer.status, answer.body, {**answer.headers, "Retry-After": values[failure.retry_after]})


def _refused(kind: Refusal) -> Answer:
    """TMDb's own words for 401 and 404; a content network's page for 403."""
    if kind == "403":
        return Answer(403, _HTML.replace(b"502 Bad Gateway", b"403 Forbidden"), {"Content-Type": "text/html"})
    return errors.error_answer(errors.INVALID_KEY if kind == "401" else errors.NOT_FOUND)


def _server_error(kind: ServerError) -> Answer:
    if kind == "html":
        return Answer(502, _HTML, {"Content-Type": "text/html; charset=UTF-8", "Cache-Control": "no-store"})
    return errors.error_answer(_SERVER_ERRORS[kind])
