"""The TCP connection under a request: cutting it, and waiting for the other side to go.

What belongs here: what ASGI has no word for. What does not: when a connection is cut, which is a feed's decision.
"""

import asyncio
import contextlib
import socket
import struct
from typing import Final

from starlette.types import Receive, Scope

from data_platform.web import PeerProtocol

_TRANSPORT: Final = "simulator.transport"
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


class ConnectionProtocol(PeerProtocol):
    """Uvicorn's HTTP protocol, which also tells the application its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Note the transport where requests of this connection find it: in the state of their scope."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}


async def abort(scope: Scope, receive: Receive) -> None:
    """Reset the connection of a request (TCP RST), and return when it is gone.

    Args:
        scope: The request's scope.
        receive: The request's receive channel.

    Raises:
        LookupError: The request did not come through a server with `ConnectionProtocol`.
    """
    transport = scope.get("state", {}).get(_TRANSPORT)
    if transport is None:
        raise LookupError("no connection to abort: serve the application with data_platform.simulator.serving")
    # Closing without lingering sends RST, where abort() alone would end the stream in good order (FIN).
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
    await disconnected(receive)


async def disconnected(receive: Receive) -> None:
    """Return when the client of a request is gone. What is left of the request's body is dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def delay(receive: Receive, seconds: float) -> None:
    """Return after so many seconds, or earlier where the client is gone or the server stops."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(disconnected(receive), seconds)
