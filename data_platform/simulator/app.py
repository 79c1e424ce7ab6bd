"""The simulator as one ASGI application: its own pages, and every feed mounted beside the others.

What belongs here: which feeds there are. What does not: a feed's content, and serving (``serving.py``).
"""

from typing import Final

from starlette.applications import Starlette

from data_platform.simulator import admin
from data_platform.simulator.ads import api as ads
from data_platform.simulator.carriers import api as carriers
from data_platform.simulator.orders import api as orders
from data_platform.simulator.state import SimulatorState
from data_platform.simulator.tmdb import api as tmdb
from data_platform.simulator.traffic import api as traffic

FEEDS: Final = (f"{tmdb.BASE_PATH}/", f"{ads.BASE_PATH}/", f"{carriers.BASE_PATH}/")
"""Beginnings of the feeds' paths. Each asks for credentials, as the real ones do."""


def create_app(state: SimulatorState) -> Starlette:
    """Build the application.

    Args:
        state: The settings, the faults that are on and the request log; shared with whoever serves it.

    Returns:
        The application. Connection resets need it to be served by `data_platform.simulator.serving`.
    """
    feeds = [tmdb.route(state), ads.route(state), carriers.route(state)]
    own = [*admin.routes(state), orders.route(state.orders), traffic.route(state.shipper)]
    return Starlette(routes=[*own, *feeds])
