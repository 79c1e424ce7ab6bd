"""Serving the simulator: in a thread for tests and demos, in the foreground for ``python -m``.

What belongs here: the socket, the server's life and its end. What does not: the application.
"""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn

from data_platform.simulator.app import FEEDS, create_app
from data_platform.simulator.connection import ConnectionProtocol
from data_platform.simulator.orders.keeper import OrderDatabase
from data_platform.simulator.settings import SimulatorSettings
from data_platform.simulator.state import RequestRecord, SimulatorState
from data_platform.simulator.tmdb.api import BASE_PATH as TMDB_BASE_PATH
from data_platform.simulator.tmdb.faults import Faults
from data_platform.web import Access, Guard

_GRACE_SECONDS: Final = 0.3
_START_SECONDS: Final = 30
_STOP_SECONDS: Final = 60


class SimulatorServer(uvicorn.Server):
    """Uvicorn's server that says when it is up, and that no slow answer keeps from stopping."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say so."""
        await super().startup(sockets)
        self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; connections that are still busy after a moment are cut."""
        asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._cut_connections)
        await super().shutdown(sockets)

    def _cut_connections(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator.

    Attributes:
        url: ``http://host:port``, the root of every feed.
        settings: What it was started with.
    """

    url: str
    settings: SimulatorSettings
    _state: SimulatorState

    @property
    def tmdb_url(self) -> str:
        """The base URL of the TMDb-compatible feed, ``http://host:port/3``."""
        return self.url + TMDB_BASE_PATH

    @property
    def faults(self) -> Faults:
        """The faults that are on."""
        return self._state.faults

    def set_faults(self, faults: Faults | None = None, /, **changes: object) -> None:
        """Replace the faults: `set_faults()` switches all off, `set_faults(rate_429=0.3)` switches only that one on.

        Args:
            faults: The new faults, as a value.
            **changes: Or their keys, where `faults` is not given.

        Raises:
            pydantic.ValidationError: An unknown key or a value out of range.
        """
        self._state.faults = faults if faults is not None else Faults.model_validate(changes)

    @property
    def log(self) -> tuple[RequestRecord, ...]:
        """The last requests to feeds, oldest first."""
        return self._state.log

    @property
    def requests(self) -> Counter[str]:
        """How many requests each path of a feed had."""
        return self._state.requests

    @property
    def faults_served(self) -> Counter[str]:
        """How many requests each fault struck."""
        return self._state.faults_served

    def forget(self) -> None:
        """Empty the log and the counters."""
        self._state.forget()

    @property
    def orders(self) -> OrderDatabase:
        """The order database that it keeps."""
        return self._state.orders


def bind(settings: SimulatorSettings) -> socket.socket:
    """Take the port, so that it is known before the server starts and nobody else gets it.

    Raises:
        OSError: The address cannot be had; the message names it.
    """
    try:
        listener = socket.create_server((settings.host, settings.port), backlog=128)
    except OSError as error:
        raise OSError(error.errno, f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error
    # asyncio does so only for sockets that name their protocol; without it every answer takes 40 ms (delayed ACK).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def build_server(
    settings: SimulatorSettings, on_start: Callable[[], None], access: Access | None = None
) -> tuple[SimulatorServer, SimulatorState]:
    """A server that has not started, with the state that its application shares.

    Args:
        settings: The settings.
        on_start: Called once it answers.
        access: Who may use it; None for this user's processes alone.
    """
    state = SimulatorState(settings)
    config = uvicorn.Config(
        Guard(create_app(state), access or Access(), with_credentials_of_their_own=(*FEEDS, "/health")),
        http=ConnectionProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        access_log=False,  # it would write api_key
        log_config=None,  # logging belongs to whoever runs this, a test for one
        log_level="error",
        timeout_keep_alive=75,  # longer than clients keep theirs, so that none meets a connection that is closing
        server_header=False,
        proxy_headers=False,  # what a client says about itself is no reason to let it in
    )
    return SimulatorServer(config, on_start), state


def url_of(listener: socket.socket) -> str:
    """The URL of a bound socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


@contextmanager
def running(settings: SimulatorSettings | None = None) -> Iterator[Simulator]:
    """Serve a simulator in a thread for as long as the block lasts.

    Args:
        settings: The settings; None for the defaults: loopback, any free port, no faults.

    Yields:
        The simulator, which answers already.

    Raises:
        OSError: The address cannot be had.
        RuntimeError: The server did not start, or did not stop.
        sqlalchemy.exc.SQLAlchemyError: The order database, where the settings name one, cannot be kept.
    """
    settings = settings or SimulatorSettings()
    started = threading.Event()
    server, state = build_server(settings, started.set)
    with closing(bind(settings)) as listener, state.orders.kept(), state.shipper.kept():
        thread = threading.Thread(target=server.run, args=([listener],), name="simulator", daemon=True)
        thread.start()
        try:
            if not started.wait(_START_SECONDS):
                raise RuntimeError(f"the simulator did not start within {_START_SECONDS} s")
            yield Simulator(url_of(listener), settings, state)
        finally:
            server.should_exit = True
            thread.join(_STOP_SECONDS)
    if thread.is_alive():
        raise RuntimeError(f"the simulator did not stop within {_STOP_SECONDS} s")
