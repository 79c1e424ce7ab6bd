"""Every socket that a process and its children listen on, and an intruder who tries them all."""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from data_platform.laptop.processes import tree
from data_platform_tests.laptop import intruder

FOREIGN = "http://evil.example"
SCRIPT = Path(intruder.__file__)


def tcp(pid: int) -> set[tuple[str, int]]:
    """Addresses and ports that a process or one of its children listens on."""
    connections = [each for process in tree(pid) for each in process.net_connections("inet")]
    return {tuple(each.laddr) for each in connections if each.status == psutil.CONN_LISTEN and each.laddr}


def unix(pid: int) -> set[Path]:
    """Paths of the sockets that a process or one of its children listens on."""
    found = set()
    for process in tree(pid):
        folder = Path(process.cwd())
        found |= {folder / each.laddr for each in process.net_connections("unix") if each.laddr}
    return found


def others() -> list[int | None]:
    """The users to try it as: ourselves, and where that can be had somebody else."""
    return [None, *([pwd.getpwnam("nobody").pw_uid] if os.getuid() == 0 else [])]


def intrude(
    uid: int | None,
    ports: Sequence[int],
    sockets: Sequence[Path],
    requests: Sequence[tuple[str, str]],
    own_host: str = "127.0.0.1",
) -> list[dict[str, Any]]:
    """Try every request on every socket, with our own and a foreign Host and Origin; what was answered."""
    task = {
        "uid": uid,
        "ports": sorted(ports),
        "sockets": sorted(map(str, sockets)),
        "hosts": [own_host, "evil.example"],
        "origins": [None, FOREIGN],
        "requests": requests,
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], input=json.dumps(task), capture_output=True, text=True, check=True
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers
