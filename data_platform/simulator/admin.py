"""The simulator's own pages: what it is, whether it is up, its faults, its request log.

What belongs here: everything that no real source has. What does not: the feeds.
"""

from dataclasses import asdict
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from data_platform.simulator.clock import DAY_HEADER, day_of
from data_platform.simulator.state import SimulatorState
from data_platform.simulator.tmdb.faults import Faults, FaultsError

_RECENT: Final = 100
_INDEX: Final = f"""\
The shop's simulator: invented sources for data_platform. Nothing here is real.

/3                     films: TMDb-compatible API v3 (movie/popular, movie/top_rated, trending/movie/day,
                       genre/movie/list); header {DAY_HEADER}: YYYY-MM-DD asks for another day
/ads                   the ad platform: exports/ (index), exports/<date>.csv, campaigns.json
/carriers/<name>       a carrier's folder: / (index) and its files; parcelo, nordpost, swiftline
/health                whether it is up
/_simulator/faults     GET: the faults that are on; PUT a JSON object: replace them ({{}} switches all off)
/_simulator/orders     GET: where the order database is; PUT: move it to now, or to {{"moment": "<ISO 8601>"}}
/_simulator/traffic    GET: where the web servers' logs are put; PUT: put what is new now
/_simulator/requests   GET: counters and the last {_RECENT} requests; DELETE: empty them

This product uses the TMDB API's format but no data of TMDB's, and is not endorsed or certified by TMDB.
"""


def routes(state: SimulatorState) -> list[BaseRoute]:
    """The routes of the simulator's own pages."""

    async def index(_: Request) -> Response:
        return PlainTextResponse(_INDEX)

    async def health(_: Request) -> Response:
        today = day_of(None, state.settings.day)
        return JSONResponse({"status": "ok", "day": today.isoformat(), "seed": state.settings.seed})

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            try:
                state.faults = Faults.from_json(await request.body())
            except FaultsError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse(state.faults.model_dump(mode="json"))

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            state.forget()
        recent = [asdict(record) | {"day": record.day and record.day.isoformat()} for record in state.log[-_RECENT:]]
        counters = {"requests": dict(state.requests), "faults_served": dict(state.faults_served)}
        return JSONResponse({**counters, "recent": recent})

    return [
        Route("/", index),
        Route("/health", health),
        Route("/_simulator/faults", faults, methods=["GET", "PUT"]),
        Route("/_simulator/requests", requests, methods=["GET", "DELETE"]),
    ]
