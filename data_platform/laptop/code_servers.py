"""One code server per location, and the processes of runs, all forked from one process that has imported Dagster once.

Run as ``python -m data_platform.laptop.code_servers <plan.json>``. `dagster dev` starts a proxy and a server per
location, each importing everything; forked servers share the import and its memory. `benchmarks/startup` compares them.

What belongs here: forking, restarting and replacing code servers. What does not: what a forked one does
(`code_server`), runs (`forked_runs`), webserver and daemon, which know these servers only by their sockets.

A location's socket is a symbolic link to the socket of its newest server that listens. *Reload* in the UI reaches the
server as the call `ReloadCode`: it asks this process for a fresh one, which imports the location's code anew; once that
listens the link is switched, and the old server ends when the runs that it launched have ended.

Nothing here has a deadline. A server may take as long as the machine lets it, and one that ends is started again, ever
more slowly: a code location that a slow minute at the start made unreachable for good lost its day's data.
"""

import contextlib
import gc
import hashlib
import importlib
import os
import select
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from data_platform.laptop import server_status
from data_platform.laptop.dagster_private import code_server, known
from data_platform.laptop.forked_runs import RunForks
from data_platform.laptop.launch import die_with_parent
from data_platform.laptop.server_status import ServerStatus
from data_platform.laptop.settings import SHARED_IMPORTS
from data_platform.laptop.state import read_json
from data_platform.laptop.waiting import restart_pause

PLAN: Final = "plan.json"
"""For each location, what `dagster api grpc` is told; read again whenever it changes: new domains need no restart."""

_LONGEST_NAME: Final = 24
_IDLE_SECONDS, _BUSY_SECONDS = 1.0, 0.02
_HEALTHY_SECONDS: Final = 10.0


@dataclass
class Location:
    """One code location and its newest server.

    Attributes:
        name: The location's name.
        arguments: What `dagster api grpc` is told about its code.
        link: The socket that the webserver and the daemon know.
        family: The number of the process that forks them.
        pid: Of the newest server, 0 when it ended and the next one is not started yet.
        published: Whether the link points at the newest server.
        start_at: When the next one is started, on the clock of `time.monotonic`.
        asking: Servers that wait for the newest one to listen, before they end.
        retired: Servers that a newer one has replaced, which may still have runs.
        deaths: How many ended before they listened, since one did.
        cause: Why the last one ended.
    """

    name: str
    arguments: list[str]
    link: Path
    family: int = field(default_factory=os.getpid)
    generation: int = 0
    pid: int = 0
    published: bool = False
    started: float = 0.0
    start_at: float = 0.0
    asks: socket.socket | None = None
    asking: list[socket.socket] = field(default_factory=list)
    retired: set[int] = field(default_factory=set)
    deaths: int = 0
    cause: str = ""

    @property
    def socket(self) -> Path:
        """The newest server's own socket; the family is in its name, for an earlier one may have left sockets."""
        return self.link.with_name(f"{self.link.name}.{self.family}.{self.generation}")

    @property
    def status(self) -> ServerStatus:
        """What others are told."""
        return ServerStatus(self.published, self.deaths, self.cause)


def socket_name(location: str) -> str:
    """The file name of a location's socket, which is the same whatever other locations there are."""
    if len(location) <= _LONGEST_NAME:
        return f"{location}.sock"
    return f"{location[:_LONGEST_NAME]}{hashlib.sha256(location.encode()).hexdigest()[:8]}.sock"


def main(plan: Path) -> None:
    """Serve every location of a plan until SIGTERM or SIGINT."""
    if sys.platform == "linux":
        die_with_parent()
    for module in SHARED_IMPORTS:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    gc.collect()
    gc.freeze()  # the collector then leaves shared pages alone, and they stay shared
    locations: list[Location] = []
    forks: list[RunForks] = []
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        _prepare_instance(plan.parent / server_status.OPENED)
        if known():  # else a code server starts its runs, as Dagster's own does
            from data_platform.laptop.dagster_private import forked_run  # noqa: PLC0415 - Dagster is there by now

            forks.append(RunForks(plan.parent, forked_run.become))
        _serve(locations, plan, forks)
    finally:
        _end(locations, forks)


def _prepare_instance(opened: Path) -> None:
    """Create or open Dagster's storage in a process of its own, so that nothing of it is inherited by the servers.

    Everything else starts when it is done: two processes that create a new SQLite storage at the same time leave it
    broken for good ("alembic_version has more than one head"), and code servers open it as well. The first time in a
    stack it also ends, in Dagster's books, the runs that an earlier stack took with it.

    Args:
        opened: File that says that this was done for this stack.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            from data_platform.laptop.left_runs import end_left_runs, open_instance  # noqa: PLC0415 - import Dagster

            with open_instance() as instance:
                if not opened.exists():
                    opened.write_text(str(end_left_runs(instance)))
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


def _serve(locations: list[Location], plan: Path, forks: list[RunForks]) -> None:
    told: dict[str, ServerStatus] = {}
    seen = 0
    while True:
        if (changed := plan.stat().st_mtime_ns) != seen:
            seen = changed
            _follow(plan, locations)
        _answer(locations, forks, _IDLE_SECONDS if all(location.published for location in locations) else _BUSY_SECONDS)
        _reap(locations, forks)
        for location in locations:
            if not location.pid and time.monotonic() >= location.start_at:
                _fork(location, forks)
            if location.pid and not location.published and _listens(location.socket):
                _publish(location)
        now = {location.name: location.status for location in locations}
        if now != told:
            server_status.write(plan.parent, now)
            told = now


def _follow(plan: Path, locations: list[Location]) -> None:
    """Take in the locations that a plan has now, and end the servers of those that it has no more."""
    planned = read_json(plan)
    for location in [location for location in locations if location.name not in planned]:
        locations.remove(location)
        _terminate(location)
        location.link.unlink(missing_ok=True)
        _say(f"{location.name} is no location any more.")
    known = {location.name for location in locations}
    locations += [
        Location(name, arguments, plan.parent / socket_name(name))
        for name, arguments in planned.items()
        if name not in known
    ]


def _answer(locations: list[Location], forks: list[RunForks], seconds: float) -> None:
    """Wait so long at most for servers that ask to be replaced and for runs, and start what is asked for."""
    asking = {location.asks: location for location in locations if location.asks}
    waited_for: list[socket.socket | RunForks] = [*asking, *forks]
    ready, _, _ = select.select(waited_for, [], [], seconds)
    for channel in ready:
        if isinstance(channel, RunForks):
            channel.fork()
            continue
        location = asking[channel]
        if channel.recv(1) != code_server.RELOAD:  # it ended: `_reap` sees to it
            channel.close()
            location.asks = None
        elif location.pid:
            location.retired.add(location.pid)
            location.asking.append(channel)
            location.deaths, location.cause = 0, ""
            _fork(location, forks)


def _reap(locations: list[Location], forks: list[RunForks]) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if not ended:
                return
            for fork in forks:
                fork.forget(ended)
            for location in locations:
                location.retired.discard(ended)
                if ended == location.pid:
                    _mourn(location, status)


def _mourn(location: Location, status: int) -> None:
    """Take a server's end into the books, and say when the next one starts: one that dies at once, ever later."""
    lived = time.monotonic() - location.started
    number = -os.waitstatus_to_exitcode(status)
    location.cause = f"ended by {signal.Signals(number).name}" if number > 0 else f"ended with exit code {-number}"
    location.deaths = 1 if location.published and lived > _HEALTHY_SECONDS else location.deaths + 1
    wait = restart_pause(location.deaths)
    location.pid, location.published, location.start_at = 0, False, time.monotonic() + wait
    if location.asks:
        location.asks.close()
        location.asks = None
    _say(f"The code server of {location.name} {location.cause}; a new one starts in {wait:.0f} s.")


def _fork(location: Location, forks: list[RunForks]) -> None:
    location.generation += 1
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        for fork in forks:
            fork.leave()
        code_server.become(location.socket, location.arguments, theirs)
    theirs.close()
    location.pid, location.asks, location.started = pid, ours, time.monotonic()
    location.published = False


def _listens(path: Path) -> bool:
    """Whether a server took this socket: its file is there a moment before anybody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        return probe.connect_ex(str(path)) == 0


def _publish(location: Location) -> None:
    """Point a location's link at its newest server, and let those that it replaces end."""
    fresh = location.link.with_name(f"{location.link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(location.socket.name)
    fresh.replace(location.link)
    location.published = True
    for channel in location.asking:
        with contextlib.suppress(OSError):
            channel.sendall(code_server.DONE)
        channel.close()
    location.asking.clear()


def _end(locations: list[Location], forks: list[RunForks]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for location in locations:
        _terminate(location)
    for fork in forks:
        fork.end()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _terminate(location: Location) -> None:
    for pid in {location.pid, *location.retired} - {0}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
