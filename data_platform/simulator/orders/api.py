"""The page that moves the order database by hand. The database itself is read by SQL, like a real one.

What belongs here: ``/_simulator/orders``. What does not: the order system's own interface, which it does not have.
"""

import json
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from data_platform.simulator.orders.keeper import OrderDatabase

PATH: Final = "/_simulator/orders"


def route(database: OrderDatabase) -> BaseRoute:
    """The route. GET tells where the database is; PUT moves it: to now, or to ``{"moment": "<ISO 8601>"}``."""

    async def endpoint(request: Request) -> Response:
        if not database.url:
            return JSONResponse({"error": "this simulator keeps no order database"}, status_code=404)
        answer: dict[str, object] = {"database": database.url}
        if request.method == "PUT":
            try:
                moment = _moment(await request.body()) or database.now()
            except (ValueError, KeyError, TypeError) as error:
                return JSONResponse({"error": f"moment: {error}"}, status_code=400)
            try:
                rows = await run_in_threadpool(database.advance, moment)
            except SQLAlchemyError as error:
                return JSONResponse({"error": f"the database failed: {type(error).__name__}"}, status_code=503)
            answer |= {"moment": moment.isoformat(), "rows_written": rows}
        return JSONResponse(answer)

    return Route(PATH, endpoint, methods=["GET", "PUT"])


def _moment(body: bytes) -> datetime | None:
    if not body.strip():
        return None
    moment = datetime.fromisoformat(json.loads(body)["moment"])
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
