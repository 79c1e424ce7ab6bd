"""One request put to an ASGI application as it is, malformed ones too."""

import asyncio
from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Message

from data_platform.web.peers import PEER


def answer_to(
    application: ASGIApp,
    *,
    hosts: Sequence[str],
    path: str = "/",
    query: str = "",
    peer: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, dict[str, str]]:
    """Status and headers of the answer to a GET."""
    answered: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        answered.append(message)

    pairs = [*(("host", host) for host in hosts), *(headers or {}).items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in pairs],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {PEER: peer},
    }
    asyncio.run(application(scope, receive, send))
    start = answered[0]
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}
