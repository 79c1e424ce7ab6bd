"""The carriers' servers: ``/carriers/<name>/`` lists a folder, ``/carriers/<name>/<file>`` gives a file.

What belongs here: from path to file. What does not: what is in a folder (``drops.py``).
"""

from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from data_platform.simulator.carriers import drops
from data_platform.simulator.carriers.dialects import DIALECTS
from data_platform.simulator.file_feed import File, index_of, respond
from data_platform.simulator.state import SimulatorState

BASE_PATH: Final = "/carriers"


def route(state: SimulatorState) -> BaseRoute:
    """The feed, to be mounted into the simulator."""
    settings = state.settings

    def index(carrier: str, seen: date) -> File | None:
        if carrier not in DIALECTS:
            return None
        return index_of(drops.files(settings.seed, carrier, seen, since=settings.since))

    def dropped_file(carrier: str, name: str, seen: date) -> File | None:
        return drops.file(settings.seed, carrier, name, seen, since=settings.since) if carrier in DIALECTS else None

    async def folder(request: Request) -> Response:
        return await respond(request, state, lambda seen: index(request.path_params["carrier"], seen))

    async def file(request: Request) -> Response:
        carrier, name = request.path_params["carrier"], request.path_params["name"]
        return await respond(request, state, lambda seen: dropped_file(carrier, name, seen))

    return Mount(BASE_PATH, routes=[Route("/{carrier}/", folder), Route("/{carrier}/{name}", file)])
