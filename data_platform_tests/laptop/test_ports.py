"""Which port each part gets."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_platform.laptop.errors import LaptopError, PortInUseError
from data_platform.laptop.ports import GRPC_OFFSET, Ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_default_port_in_use_is_worked_around_and_said(tmp_path: Path, taken: int) -> None:
    ports = Ports(tmp_path / "ports.json")
    assert ports.public("ui", "NOT_SET", taken) > taken
    assert str(taken) in ports.notes[0]
    assert "NOT_SET" in ports.notes[0]


def test_a_port_that_the_user_set_and_is_in_use_is_an_error_naming_it_and_its_holder(
    tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UI_PORT", str(taken))
    with pytest.raises(PortInUseError, match=rf"Port {taken}, set by UI_PORT, is in use by .*{os.getpid()}"):
        Ports(tmp_path / "ports.json").public("ui", "UI_PORT", 3000)


@pytest.mark.parametrize("text", ["many", "0", "70000", "-1"])
def test_what_is_no_port_is_refused(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UI_PORT", text)
    with pytest.raises(PortInUseError, match="is no port"):
        Ports(tmp_path / "ports.json").public("ui", "UI_PORT", 3000)


def test_a_part_gets_the_same_port_after_a_restart(tmp_path: Path) -> None:
    first = Ports(tmp_path / "ports.json")
    port = first.private("master")
    first.save()
    first.release()
    assert Ports(tmp_path / "ports.json").private("master") == port


def test_no_two_parts_share_a_port_or_its_grpc_partner(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    given = [ports.private(f"part {number}") for number in range(50)]
    assert len({*given, *(port + GRPC_OFFSET for port in given)}) == 100


def test_two_stacks_that_start_at_the_same_time_get_different_ports(tmp_path: Path, taken: int) -> None:
    one, other = Ports(tmp_path / "one.json"), Ports(tmp_path / "other.json")
    assert one.public("ui", "NOT_SET", taken) != other.public("ui", "NOT_SET", taken)


def test_nothing_is_written_where_somebody_else_has_prepared_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder, precious = tmp_path / f"data-platform-ports-{os.getuid()}", tmp_path / "precious"
    precious.write_text("all that there is")
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with pytest.raises(LaptopError, match="is not ours alone"):
        Ports(tmp_path / "ports.json").public("ui", "NOT_SET", taken)
    folder.chmod(0o700)
    for port in range(taken, taken + 100):
        (folder / str(port)).symlink_to(precious)
    with pytest.raises(OSError, match="symbolic link"):
        Ports(tmp_path / "ports.json").public("ui", "NOT_SET", taken)
    assert precious.read_text() == "all that there is"
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LaptopError, match="is not ours alone"):
        Ports(tmp_path / "ports.json").public("ui", "NOT_SET", taken)
