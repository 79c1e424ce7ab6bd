"""Ports: a free one for each part, the same one again after a restart, and who holds one that is taken.

What belongs here: choosing and remembering ports on the loopback address. What does not: what listens on them.
"""

import contextlib
import fcntl
import os
import random
import socket
import stat
import tempfile
from pathlib import Path
from typing import IO

import psutil

from data_platform.laptop.errors import LaptopError, PortInUseError
from data_platform.laptop.settings import HOST
from data_platform.laptop.state import read_json, write_json

# Below the range from which the kernel takes ports for outgoing connections (32768 on Linux), with room for the
# partner 10,000 above: SeaweedFS expects each gRPC port there.
_LOWEST, _HIGHEST, GRPC_OFFSET = 12_000, 22_000, 10_000
_TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on a port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """The process that listens on a port, in words; empty where it cannot be found out."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            address = connection.laddr
            if connection.status == psutil.CONN_LISTEN and address and address.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()}, process {connection.pid}"
    return ""


class Ports:
    """The ports of one stack, remembered in a file.

    Attributes:
        notes: What had to be worked around, in sentences for the user.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = {str(name): int(port) for name, port in read_json(path).items()}
        self._taken: set[int] = set()
        self._reservations: list[IO[str]] = []
        self.notes: list[str] = []

    def public(self, name: str, variable: str, default: int) -> int:
        """A port that people see: the one they set, else the default, else the next free one.

        Args:
            name: The part.
            variable: Environment variable in which the user may set it.
            default: What is tried first where the user set none.

        Returns:
            A free port.

        Raises:
            PortInUseError: The user set one that is taken, or no number of a port.
        """
        asked = os.environ.get(variable, "").strip()
        if asked:
            return self._remember(name, self._asked_for(variable, asked))
        remembered = self._known.get(name)
        candidates = ([remembered] if remembered else []) + list(range(default, default + _TRIES))
        chosen = next((port for port in candidates if port not in self._taken and self._can_have(port)), None)
        if chosen is None:
            raise PortInUseError(f"No free port from {default} to {default + _TRIES} for {name}. Set {variable}.")
        if chosen not in {default, remembered}:
            who = holder(remembered or default)
            in_use = f"{remembered or default} is in use" + (f" by {who}" if who else "")
            self.notes.append(f"Port {in_use}: {name} takes {chosen} (set {variable} to choose).")
        return self._remember(name, chosen)

    def private(self, name: str) -> int:
        """A port that only the stack's own parts use, whose partner `GRPC_OFFSET` above is free as well."""
        remembered = self._known.get(name)
        # Not the first free one: two stacks that start together would choose the same.
        candidates = random.sample(range(_LOWEST, _HIGHEST), _TRIES)
        for port in ([remembered] if remembered else []) + candidates:
            pair = {port, port + GRPC_OFFSET}
            if not pair & self._taken and all(map(self._can_have, pair)):
                self._taken |= pair
                return self._remember(name, port)
        raise PortInUseError(f"No free pair of ports for {name} in {_TRIES} tries.")

    def release(self) -> None:
        """Give the ports back. While a stack lives it keeps them, also when a part is down and about to restart."""
        for reservation in self._reservations:
            reservation.close()
        self._reservations.clear()
        self._taken.clear()

    def save(self) -> None:
        """Remember the ports for the next start."""
        write_json(self._path, self._known)

    def _asked_for(self, variable: str, asked: str) -> int:
        if not asked.isdigit() or not 0 < int(asked) <= 65535:  # noqa: PLR2004 - the highest port there is
            raise PortInUseError(f"{variable}={asked} is no port. Give a number from 1 to 65535.")
        port = int(asked)
        if port in self._taken or not self._can_have(port):
            who = holder(port)
            raise PortInUseError(f"Port {port}, set by {variable}, is in use" + (f" by {who}." if who else "."))
        return port

    def _can_have(self, port: int) -> bool:
        """Reserve a port. Between choosing and listening, another stack that starts could choose the same."""
        file = os.open(_own_folder() / str(port), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        reservation = os.fdopen(file, "r+")
        try:
            fcntl.flock(reservation, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            reservation.close()
            return False
        self._reservations.append(reservation)
        return is_free(port)

    def _remember(self, name: str, port: int) -> int:
        self._known[name] = port
        self._taken.add(port)
        return port


def _own_folder() -> Path:
    """Where all stacks of this user reserve their ports.

    Its name is known to everybody, and so is the temporary folder: what somebody else has put there is not used.

    Raises:
        LaptopError: It belongs to somebody else, is a link, or others may write to it.
    """
    folder = Path(tempfile.gettempdir()) / f"data-platform-ports-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise LaptopError(f"{folder} is not ours alone: have its owner remove it, or set TMPDIR to one of your own.")
    return folder
