"""The ad platform's endpoints: ``/ads/exports/``, ``/ads/exports/<date>.csv`` and ``/ads/campaigns.json``.

What belongs here: from path to file. What does not: what is in a file (``export.py``).
"""

from datetime import date, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from data_platform.simulator.ads.export import campaign_list, export
from data_platform.simulator.clock import DayError, parse_day
from data_platform.simulator.file_feed import File, index_of, respond
from data_platform.simulator.state import SimulatorState

BASE_PATH: Final = "/ads"
INDEXED_DAYS: Final = 30
"""How far back the index of exports goes; older ones are still there."""


def route(state: SimulatorState) -> BaseRoute:
    """The feed, to be mounted into the simulator."""
    settings = state.settings

    def export_of(name: str, seen: date) -> File | None:
        try:
            day = parse_day(name.removesuffix(".csv"))
        except DayError:
            return None
        content = export(settings.seed, day, seen) if name.endswith(".csv") and day >= settings.since else None
        return None if content is None else File(name, content)

    def index(seen: date) -> File:
        days = (seen - timedelta(days=back) for back in range(INDEXED_DAYS, 0, -1))
        return index_of(filter(None, (export_of(f"{day}.csv", seen) for day in days)))

    async def exports(request: Request) -> Response:
        return await respond(request, state, index)

    async def export_file(request: Request) -> Response:
        return await respond(request, state, lambda seen: export_of(request.path_params["name"], seen))

    async def campaigns(request: Request) -> Response:
        file = "campaigns.json"
        return await respond(
            request, state, lambda seen: File(file, campaign_list(settings.seed, seen), "application/json")
        )

    routes = [Route("/exports/", exports), Route("/exports/{name}", export_file), Route("/campaigns.json", campaigns)]
    return Mount(BASE_PATH, routes=routes)
