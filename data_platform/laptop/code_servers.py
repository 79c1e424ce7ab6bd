"""One code server per location, all forked from one process that has imported Dagster once.

Run as ``python -m data_platform.laptop.code_servers <plan.json>``. `dagster dev` starts a proxy and a server per
location, each importing everything; forked servers share the import and its memory. `benchmarks/startup` compares them.

What belongs here: forking, restarting and replacing code servers, and every use of Dagster's private code server
modules. What does not: the webserver and the daemon, which know these servers only by their sockets.

A location's socket is a symbolic link to the socket of its newest server. *Reload* in the UI reaches the server as
the call `ReloadCode`: it asks this process for a fresh one, which imports the location's code anew; then the link is
switched, and the old server ends once the runs that it launched have ended.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from data_platform.laptop.launch import die_with_parent
from data_platform.laptop.settings import SHARED_IMPORTS

READY: Final = "ready"
"""File beside the sockets that says that Dagster's storage is open and every server listens."""

_START_SECONDS: Final = 60.0
_RELOAD, _DONE = b"r", b"d"


@dataclass
class Location:
    """One code location and its newest server.

    Attributes:
        name: The location's name.
        arguments: What `dagster api grpc` is told about its code.
        link: The socket that the webserver and the daemon know.
    """

    name: str
    arguments: list[str]
    link: Path
    generation: int = 0
    pid: int = 0
    started: float = 0.0
    asks: socket.socket | None = None
    retired: set[int] = field(default_factory=set)

    @property
    def socket(self) -> Path:
        """The newest server's own socket."""
        return self.link.with_name(f"{self.link.name}.{self.generation}")


def main(plan: Path) -> None:
    """Serve every location of a plan until SIGTERM or SIGINT."""
    if sys.platform == "linux":
        die_with_parent()
    for module in SHARED_IMPORTS:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    gc.collect()
    gc.freeze()  # the collector then leaves shared pages alone, and they stay shared
    folder = plan.parent
    locations = [
        Location(name, arguments, folder / f"{number}.sock")
        for number, (name, arguments) in enumerate(json.loads(plan.read_text()).items())
    ]
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        _prepare_instance()
        for location in locations:
            _fork(location)
        for location in locations:
            _publish(location)
        (folder / READY).touch()
        _serve(locations)
    finally:
        _end(locations)


def _prepare_instance() -> None:
    """Create or open Dagster's storage in a process of its own, so that nothing of it is inherited by the servers.

    Everything else starts when it is done: two processes that create a new SQLite storage at the same time leave it
    broken for good ("alembic_version has more than one head"), and code servers open it as well.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            from dagster import DagsterInstance  # noqa: PLC0415 - imported before the fork, by `main`

            with DagsterInstance.get() as instance:
                # Each asks for the others' tables; opening is what creates them.
                instance.get_runs_count()
                instance.all_asset_keys()
                instance.all_instigator_state()
            code = 0
        except Exception:  # noqa: BLE001 - the parent learns of it by the exit code, people by the log
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    if os.waitpid(pid, 0)[1]:
        sys.exit("Dagster's storage could not be opened.")


def _stop(*_: object) -> NoReturn:
    sys.exit(0)


def _serve(locations: list[Location]) -> None:
    while True:
        asking = {location.asks: location for location in locations if location.asks}
        ready, _, _ = select.select(list(asking), [], [], 1.0)
        for channel in ready:
            if channel.recv(1) == _RELOAD:
                _replace(asking[channel])
                with contextlib.suppress(OSError):
                    channel.sendall(_DONE)
        _restart_the_dead(locations)


def _replace(location: Location) -> None:
    location.retired.add(location.pid)
    _fork(location)
    _publish(location)


def _restart_the_dead(locations: list[Location]) -> None:
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitpid(-1, os.WNOHANG)[0]:
            for location in locations:
                location.retired.discard(ended)
                if ended == location.pid:
                    _say(f"The code server of {location.name} ended; a new one is started.")
                    # One that dies at once is not started over and over.
                    time.sleep(0 if time.monotonic() - location.started > 10 else 2)  # noqa: PLR2004
                    _fork(location)
                    _publish(location)


def _fork(location: Location) -> None:
    location.generation += 1
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _become_server(location, theirs)
    theirs.close()
    location.pid, location.asks, location.started = pid, ours, time.monotonic()


def _become_server(location: Location, asks: socket.socket) -> NoReturn:
    code = 1
    try:
        if sys.platform == "linux":
            die_with_parent()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from dagster._cli.api import grpc_command  # noqa: PLC0415 - imported before the fork, by `main`

        _answer_reload(asks)
        # Lazily: code that does not import is then a load error in the UI, and not a server that is not there.
        grpc_command.main(
            ["--socket", str(location.socket), "--lazy-load-user-code", "--log-level", "warning", *location.arguments],
            standalone_mode=False,
        )
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
        asks.sendall(_RELOAD)
        asks.recv(1)
        server._shutdown_once_executions_finish_event.set()  # noqa: SLF001 - what Dagster's own proxy has it do
        return dagster_api_pb2.ReloadCodeReply()

    setattr(DagsterApiServer, "ReloadCode", reload_code)  # noqa: B010 - mypy refuses to assign to a method


def _publish(location: Location) -> None:
    """Point a location's link at its newest server, once that listens."""
    deadline = time.monotonic() + _START_SECONDS
    while not location.socket.exists():
        if time.monotonic() > deadline:
            _say(f"The code server of {location.name} does not listen after {_START_SECONDS:.0f} s.")
            return
        if os.waitid(os.P_PID, location.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return  # `_restart_the_dead` sees to it
        time.sleep(0.02)
    fresh = location.link.with_name(f"{location.link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(location.socket.name)
    fresh.replace(location.link)


def _end(locations: list[Location]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for location in locations:
        for pid in {location.pid, *location.retired} - {0}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
