"""A small application behind the guard, on a real socket: what the tests beside this share."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from data_platform.web import Access, Guard, PeerProtocol

TOKEN = "a-token-that-nobody-guesses"


class Page:
    """An application that counts what was changed."""

    def __init__(self) -> None:
        self.changed: list[str] = []
        routes = [
            Route("/", self.show),
            Route("/thing", self.change, methods=["POST", "PUT", "PATCH", "DELETE"]),
            Route("/graphql", self.change, methods=["GET", "POST"]),
            Route("/feed/one", self.show),
            WebSocketRoute("/graphql", self.talk),
        ]
        self.application = Starlette(routes=routes)

    async def show(self, _: Request) -> Response:
        return PlainTextResponse("shown", headers={"Content-Security-Policy": "object-src 'none'"})

    async def change(self, request: Request) -> Response:
        self.changed.append(request.method)
        return PlainTextResponse("changed")

    async def talk(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.changed.append("websocket")
        await websocket.send_text("talked")
        await websocket.close()

    def guarded(self, access: Access) -> Guard:
        return Guard(self.application, access, graphql=("/graphql",), with_credentials_of_their_own=("/feed/",))


@contextmanager
def served(page: Page, access: Access, address: str = "127.0.0.1") -> Iterator[int]:
    """Serve a page until the block ends: its port."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, 0), family=family, dualstack_ipv6=family == socket.AF_INET6)
    config = uvicorn.Config(
        page.guarded(access), http=PeerProtocol, log_config=None, lifespan="off", access_log=False, proxy_headers=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
