"""The page that ships the logs by hand. The logs themselves are objects in a store, like real ones.

What belongs here: ``/_simulator/traffic``. What does not: what is shipped (``shipper``).
"""

from typing import Final

from obstore.exceptions import BaseError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from data_platform.simulator.traffic.landing import FOLDER
from data_platform.simulator.traffic.shipper import Shipper

PATH: Final = "/_simulator/traffic"


def route(shipper: Shipper) -> BaseRoute:
    """The route. GET tells where the logs are put; PUT puts what is new now."""

    async def endpoint(request: Request) -> Response:
        if not shipper.url:
            return JSONResponse({"error": "this simulator ships no logs"}, status_code=404)
        answer: dict[str, object] = {"landing": f"{shipper.url.rstrip('/')}/{FOLDER}"}
        if request.method == "PUT":
            try:
                answer["files_put"] = await run_in_threadpool(shipper.ship)
            except (BaseError, OSError) as error:
                return JSONResponse({"error": f"the store failed: {type(error).__name__}"}, status_code=503)
        return JSONResponse(answer)

    return Route(PATH, endpoint, methods=["GET", "PUT"])
