"""Runs forked from the process that has imported Dagster already, and not started from nothing.

A run that its code server starts imports Dagster, Arrow and the rest anew: five seconds of CPU and of a consumer's wait
for what was published. Forked, it begins with the imports done, and imports the location's own code, as it is now, by
itself.

The way: a Unix socket beside those of the code servers. Who launches a run writes one request and waits for one answer,
`STARTED` once the run's process has said so in Dagster's books, else why not. It is the run's process that answers.

What belongs here: the socket, both of its ends. What does not: what such a process does (`dagster_private.forked_run`),
and who asks (`dagster_private.run_launcher`).
"""

import contextlib
import errno
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from data_platform.laptop.errors import LaptopError

SOCKET: Final = "runs"
"""The socket's file name, in the folder of the code servers' sockets."""

STARTED: Final = "started"
"""Answered when the run's process is in Dagster's books."""

_READ_SECONDS: Final = 5.0
_PATIENCE_SECONDS: Final = 300.0
_MOST_WAITING: Final = 128
_NO_DESCRIPTOR_SECONDS: Final = 0.5
_CHUNK: Final = 1 << 16


class RunNotForkedError(LaptopError):
    """A run's process could not begin; the run may be launched again."""


class RunForks:
    """The end that forks. One process only, and one without threads of its own."""

    def __init__(self, folder: Path, become: Callable[[str, socket.socket], NoReturn]) -> None:
        """Listen.

        Args:
            folder: Of the code servers' sockets.
            become: Makes a run of a forked process, given its request and where to answer.
        """
        self._become = become
        self._path = folder / SOCKET
        self._path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._path))
        self._listener.listen(_MOST_WAITING)
        self._pids: set[int] = set()

    def fileno(self) -> int:
        """What `select` waits for: a request."""
        return self._listener.fileno()

    def fork(self) -> None:
        """Take one request and fork the process of its run. The child never returns."""
        try:
            asked, _ = self._listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):  # the request stays: who waits for it would turn in circles
                time.sleep(_NO_DESCRIPTOR_SECONDS)
            return
        with contextlib.suppress(OSError), asked:
            asked.settimeout(_READ_SECONDS)
            request = _read_all(asked)
            asked.settimeout(None)
            if (pid := os.fork()) == 0:
                self.leave()
                self._become(request, asked)
            self._pids.add(pid)

    def leave(self) -> None:
        """Close the socket in a forked child: it would take requests, and nobody would answer them."""
        self._listener.close()

    def forget(self, pid: int) -> None:
        """Note that a process has ended, if it was a run's."""
        self._pids.discard(pid)

    def end(self) -> None:
        """Ask the runs that are going on to end: one that is told records it."""
        for pid in self._pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def fork_run(folder: Path, request: str) -> bool:
    """Ask for a run's process, and wait until it has begun.

    Args:
        folder: Of the code servers' sockets.
        request: What `forked_run.request` made.

    Returns:
        Whether it has begun; False: nobody forks runs there.

    Raises:
        RunNotForkedError: It ended before it had begun, or did not begin for minutes.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(_PATIENCE_SECONDS)
            try:
                asking.connect(str(folder / SOCKET))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            asking.sendall(request.encode())
            asking.shutdown(socket.SHUT_WR)
            answer = _read_all(asking)
    except OSError as error:  # no file descriptor is left, or more wait already than the socket takes
        raise RunNotForkedError(f"the run's process was asked for and did not answer: {error}") from error
    if answer != STARTED:
        raise RunNotForkedError(answer.strip() or "the run's process ended before it began")
    return True


def _read_all(connection: socket.socket) -> str:
    chunks = []
    while chunk := connection.recv(_CHUNK):
        chunks.append(chunk)
    return b"".join(chunks).decode(errors="replace")
