"""The endpoints of TMDb's API v3 that the simulator has.

What belongs here: routing, authentication, reading the page, headers. What does not: what a page holds (``pages.py``),
faults of transport (``plan.py``, ``misbehaviour.py``).
Source: https://developer.themoviedb.org/reference/intro/getting-started.
"""

import hashlib
import re
import secrets
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from data_platform.simulator.chance import uniforms
from data_platform.simulator.clock import DAY_HEADER, DayError, day_of
from data_platform.simulator.connection import delay
from data_platform.simulator.settings import SimulatorSettings
from data_platform.simulator.state import RequestRecord, SimulatorState
from data_platform.simulator.tmdb import errors, misbehaviour, pages
from data_platform.simulator.tmdb.answer import Answer
from data_platform.simulator.tmdb.faults import Faults
from data_platform.simulator.tmdb.plan import Verdict
from data_platform.simulator.tmdb.ranking import ListName

BASE_PATH: Final = "/3"
LISTS: Final[dict[str, ListName]] = {
    "movie/popular": "popular",
    "movie/top_rated": "top_rated",
    "trending/movie/day": "trending",
}
GENRE_LIST: Final = "genre/movie/list"

_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_SHORTEST_CACHE, _LONGEST_CACHE = 600, 21_600


def route(state: SimulatorState) -> BaseRoute:
    """The feed, to be mounted into the simulator.

    Args:
        state: Holds the settings and faults, and keeps the request log.

    Returns:
        The route of everything under `BASE_PATH`.
    """

    async def endpoint(request: Request) -> Response:
        path, page = request.path_params["path"], page_of(request)
        faults, verdict = state.next_request(f"{BASE_PATH}/{path}", page)
        if verdict.delay:
            await delay(request.receive, verdict.delay)
        answer, day = _answer(request, path, page, state.settings, faults)
        response = (
            misbehaviour.failed(verdict.failure, answer, faults)
            if verdict.failure
            else misbehaviour.response_of(answer, request)
        )
        state.record(_record(f"{BASE_PATH}/{path}", page, day, response, verdict))
        return response

    return Mount(BASE_PATH, routes=[Route("/{path:path}", endpoint)])


def _record(path: str, page: int | None, day: date | None, response: Response, verdict: Verdict) -> RequestRecord:
    reset = isinstance(response, misbehaviour.AbortingResponse)
    status = misbehaviour.RESET_STATUS if reset else response.status_code
    fault = misbehaviour.kind_of(verdict.failure) if verdict.failure else None
    return RequestRecord(path, page, day, status, fault, verdict.delay)


def page_of(request: Request) -> int | None:
    """The page that a request asks for: 1 where it does not say, None where it is no page of the API."""
    text = request.query_params.get("page", "1")
    page = int(text) if _WHOLE_NUMBER.fullmatch(text) else 0
    return page if 1 <= page <= pages.LAST_PAGE else None


def _answer(
    request: Request, path: str, page: int | None, settings: SimulatorSettings, faults: Faults
) -> tuple[Answer, date | None]:
    if path != GENRE_LIST and path not in LISTS:
        return errors.error_answer(errors.NOT_FOUND), None
    if not _authorised(request, settings.token):
        return errors.error_answer(errors.INVALID_KEY), None
    try:
        day = day_of(request.headers.get(DAY_HEADER), settings.day)
    except DayError as error:
        return errors.error_answer(errors.INVALID_PARAMETERS, message=f"{DAY_HEADER}: {error}"), None
    if path == GENRE_LIST:
        return _cached(Answer.of_json(pages.genre_list(faults)), path), day
    if page is None:
        return errors.error_answer(errors.INVALID_PAGE), day
    body = pages.list_page(settings.seed, day, LISTS[path], page, faults)
    return _cached(Answer.of_json(body), path, page), day


def _authorised(request: Request, token: str) -> bool:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    given = bearer.strip() if scheme.lower() == "bearer" else request.query_params.get("api_key", "")
    return secrets.compare_digest(given.encode(), token.encode())


def _cached(answer: Answer, *key: object) -> Answer:
    """Add what the content network in front of TMDb adds; each page is kept for a time of its own."""
    age = _SHORTEST_CACHE + int(uniforms("max-age", *key)[0] * (_LONGEST_CACHE - _SHORTEST_CACHE))
    etag = f'W/"{hashlib.blake2b(answer.body, digest_size=16).hexdigest()}"'
    headers = {"Cache-Control": f"public, max-age={age}", "ETag": etag, "Vary": "Accept-Encoding"}
    return Answer(answer.status, answer.body, {**answer.headers, **headers})
