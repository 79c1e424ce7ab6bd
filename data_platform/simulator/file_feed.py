"""Feeds of files over HTTP: an index with size and ETag, files by name, a bearer token, and the faults that are on.

What belongs here: how every such feed answers. What does not: which files there are and what is in them (``ads``,
``carriers``).
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from data_platform.simulator.clock import DAY_HEADER, DayError, day_of
from data_platform.simulator.connection import delay
from data_platform.simulator.state import RequestRecord, SimulatorState
from data_platform.simulator.tmdb import misbehaviour
from data_platform.simulator.tmdb.answer import Answer

CSV_TYPE: Final = "text/csv"


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is on a day."""

    name: str
    content: bytes
    type: str = CSV_TYPE

    @property
    def etag(self) -> str:
        """Says which content it has."""
        return f'"{hashlib.blake2b(self.content, digest_size=16).hexdigest()}"'


def index_of(files: Iterable[File]) -> File:
    """The list of a folder's files, as a JSON file."""
    listed = [{"name": file.name, "size": len(file.content), "etag": file.etag} for file in files]
    return File("", Answer.of_json({"files": listed}).body, "application/json")


async def respond(request: Request, state: SimulatorState, find: Callable[[date], File | None]) -> Response:
    """Answer a request for a file.

    Args:
        request: The request.
        state: Says which token is right and which faults are on, and keeps the log.
        find: The file as it is on a day; None where there is none then.

    Returns:
        200 with the file, 304 where the client has it, 401, 400 or 404; or what a fault makes of it.
    """
    path = request.url.path
    faults, verdict = state.next_request(path, None)
    if verdict.delay:
        await delay(request.receive, verdict.delay)
    answer, day = _answer(request, state, find)
    if verdict.failure:
        response = misbehaviour.failed(verdict.failure, answer, faults)
    else:
        response = misbehaviour.response_of(answer, request)
    status = misbehaviour.RESET_STATUS if isinstance(response, misbehaviour.AbortingResponse) else response.status_code
    kind = misbehaviour.kind_of(verdict.failure) if verdict.failure else None
    state.record(RequestRecord(path, None, day, status, kind, verdict.delay))
    return response


def _answer(request: Request, state: SimulatorState, find: Callable[[date], File | None]) -> tuple[Answer, date | None]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secrets.compare_digest(token.strip().encode(), state.settings.token.encode()):
        return _refusal(401, "a valid bearer token is needed"), None
    try:
        day = day_of(request.headers.get(DAY_HEADER), state.settings.day)
    except DayError as error:
        return _refusal(400, f"{DAY_HEADER}: {error}"), None
    file = find(day)
    if file is None:
        return _refusal(404, "there is no such file (yet, or any more)"), day
    headers = {"Content-Type": file.type, "ETag": file.etag, "Cache-Control": "no-cache"}
    return Answer(200, file.content, headers), day


def _refusal(status: int, message: str) -> Answer:
    return Answer.of_json({"error": message}, status=status, headers={"Cache-Control": "no-store"})
