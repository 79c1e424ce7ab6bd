"""What a forked code server becomes: Dagster's own, which asks to be replaced when it is told to reload.

What belongs here: every use of Dagster's private code server modules. What does not: when one is forked
(`code_servers`).
"""

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

from data_platform.laptop.dagster_private import known
from data_platform.laptop.launch import die_with_parent

RELOAD: Final = b"r"
"""What a server sends to be replaced."""

DONE: Final = b"d"
"""What it is sent when the server that replaces it listens."""


def become(path: Path, arguments: list[str], asks: socket.socket) -> NoReturn:
    """Serve a location until SIGTERM, then end the process. Call in a forked child only.

    Args:
        path: The socket to listen on.
        arguments: What `dagster api grpc` is told about the location's code.
        asks: Where to ask for a server that replaces this one.
    """
    code = 1
    try:
        if sys.platform == "linux":
            die_with_parent()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # Lazily: code that does not import is then a load error in the UI, and not a server that is not there.
        options = ["--socket", str(path), "--lazy-load-user-code", "--log-level", "warning", *arguments]
        if not known():  # an ordinary server, which *Reload* does not replace
            os.execv(sys.executable, [sys.executable, "-m", "dagster", "api", "grpc", *options])  # noqa: S606 - our own
        from dagster._cli.api import grpc_command  # noqa: PLC0415 - imported before the fork, by `code_servers`

        _answer_reload(asks)
        grpc_command.main(options, standalone_mode=False)
        code = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _answer_reload(asks: socket.socket) -> None:
    """Make `ReloadCode` ask for a fresh server, which `dagster api grpc` alone does not."""
    from dagster._grpc.__generated__ import dagster_api_pb2  # noqa: PLC0415
    from dagster._grpc.server import DagsterApiServer  # noqa: PLC0415

    def reload_code(server: Any, _request: object, _context: object) -> object:
        asks.sendall(RELOAD)
        asks.recv(1)
        server._shutdown_once_executions_finish_event.set()  # noqa: SLF001 - what Dagster's own proxy has it do
        return dagster_api_pb2.ReloadCodeReply()

    setattr(DagsterApiServer, "ReloadCode", reload_code)  # noqa: B010 - mypy refuses to assign to a method
