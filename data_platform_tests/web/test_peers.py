"""Whose process is at the other end, read from the kernel's tables for real connections."""

import os
import socket
import sys
from pathlib import Path

import pytest

from data_platform.web.peers import KERNEL_TELLS, peer_uid

if not KERNEL_TELLS.exists():
    pytest.skip("this system has no /proc/net/tcp", allow_module_level=True)

KINDS = [
    ("127.0.0.1", socket.AF_INET, "127.0.0.1"),
    ("::1", socket.AF_INET6, "::1"),
    ("::", socket.AF_INET, "127.0.0.1"),  # IPv4 to a server of both
    ("::", socket.AF_INET6, "::ffff:127.0.0.1"),  # the same, written as IPv6
]


@pytest.mark.parametrize(("listens_on", "family", "asked"), KINDS)
def test_the_user_of_a_connection_is_known_whatever_the_family(
    listens_on: str, family: socket.AddressFamily, asked: str
) -> None:
    server_family = socket.AF_INET6 if ":" in listens_on else socket.AF_INET
    with (
        socket.create_server((listens_on, 0), family=server_family, dualstack_ipv6=listens_on == "::") as server,
        socket.socket(family) as client,
    ):
        client.connect((asked, server.getsockname()[1]))
        accepted, address = server.accept()
        with accepted:
            assert peer_uid(address, accepted.getsockname()) == os.getuid()
            assert peer_uid(accepted.getsockname(), address) == os.getuid()


def test_one_who_has_hung_up_is_nobody_and_not_root() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, address = server.accept()
        with accepted:
            client.close()
            assert peer_uid(address, accepted.getsockname()) is None


def table(folder: Path, *rows: str) -> Path:
    path = folder / "tcp"
    path.write_text("\n".join(["  sl  local_address rem_address   st", *rows]))
    return path


@pytest.mark.skipif(sys.byteorder != "little", reason="the rows below are of a little-endian machine")
def test_rows_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    client, server = ("127.0.0.1", 40000), ("127.0.0.1", 3000)
    ours = "0: 0100007F:0BB8 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000 0 111 1 0 20 4 30 10 -1"
    theirs = "1: 0100007F:9C40 0100007F:0BB8 01 00000000:00000000 00:00000000 00000000  1001 0 222 1 0 20 4 30 10 -1"
    closed = "1: 0100007F:9C40 0100007F:0BB8 04 00000000:00000000 00:00000000 00000000     0 0 0 1 0 20 4 30 10 -1"
    assert peer_uid(client, server, (table(tmp_path, ours, theirs),)) == 1001
    assert peer_uid(client, server, (table(tmp_path, ours, closed),)) is None
    assert peer_uid(client, server, (table(tmp_path, ours),)) is None
    assert peer_uid(("127.0.0.1", 40001), server, (table(tmp_path, ours, theirs),)) is None


def test_without_tables_or_an_address_nothing_is_known(tmp_path: Path) -> None:
    assert peer_uid(("127.0.0.1", 1), ("127.0.0.1", 2), (tmp_path / "missing",)) is None
    assert peer_uid(("testclient", 1), ("127.0.0.1", 2)) is None
