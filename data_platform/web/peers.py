"""Whose process is at the other end of a connection from this machine.

What belongs here: reading the kernel's tables of connections, and noting what they say when a connection is accepted.
What does not: what follows from it (`guard`).
"""

import asyncio
import ipaddress
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

PEER: Final = "data_platform.peer_uid"
"""Key of a scope's ``state`` with the user id at the other end, or None where it cannot be told."""

KERNEL_TELLS: Final = Path("/proc/net/tcp")
"""Where this is missing, it cannot be told whose process is at the other end."""

_TABLES: Final = (KERNEL_TELLS, Path("/proc/net/tcp6"))

Address = tuple[str, int]


class PeerProtocol(H11Protocol):
    """Uvicorn's HTTP protocol, which looks up once for each connection who opened it.

    When it is accepted, not when it is first used: nothing of an earlier connection with the same port is remembered.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Note the user where requests and websockets of this connection find it: in the state of their scope."""
        super().connection_made(transport)
        client, server = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self.app_state = {**self.app_state, PEER: peer_uid(client, server)}


def peer_of(scope: Scope) -> int | None:
    """The user at the other end of a request's connection; None where it is not known."""
    uid = scope.get("state", {}).get(PEER)
    return uid if isinstance(uid, int) else None


def peer_uid(client: Address, server: Address, tables: tuple[Path, ...] = _TABLES) -> int | None:
    """The user whose process holds the other end of a TCP connection within this machine.

    Args:
        client: Address and port of the other end.
        server: Those of ours.
        tables: The kernel's tables of connections.

    Returns:
        A user id, or None where the tables are not there, do not know the connection (it comes from elsewhere, or
        through another network namespace), or say that nobody holds it any more.

    Source of the format: ``Documentation/networking/proc_net_tcp.rst`` of the Linux kernel.
    """
    ends = (_same(client), _same(server))
    if ends[0] is None or ends[1] is None:
        return None
    for table in tables:
        for local, remote, uid, inode in _rows(table):
            # A socket that its process has closed has no inode any more, and its user is shown as root.
            if (local, remote) == ends and inode != 0:
                return uid
    return None


def _rows(table: Path) -> Iterator[tuple[Address | None, Address | None, int, int]]:
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        cells = line.split()
        yield _address(cells[1]), _address(cells[2]), int(cells[7]), int(cells[9])


def _address(text: str) -> Address | None:
    """An address as the kernel prints it: words of 32 bits in the order of the machine, then the port."""
    digits, port = text.split(":")
    words = [bytes.fromhex(digits[start : start + 8]) for start in range(0, len(digits), 8)]
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    return _same((str(ipaddress.ip_address(packed)), int(port, 16)))


def _same(address: Address | None) -> Address | None:
    """One spelling of an address: an IPv4 address that is written as an IPv6 one is that IPv4 address."""
    try:
        host, port = address[:2] if address else ("", 0)
        parsed = ipaddress.ip_address(host)
    except (ValueError, TypeError):  # a unix socket, or a test's client
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed), port
