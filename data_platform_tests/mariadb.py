"""A real MariaDB for tests, where Debian's `mariadb-server` is installed: a process with a folder of its own."""

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
from pathlib import Path

SERVER = shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
INSTALL = shutil.which("mariadb-install-db")


@contextmanager
def running_mariadb() -> Iterator[str]:
    """Start it, with an empty database `shop`; gives its address. It runs as `nobody`, as root it would refuse."""
    assert SERVER
    assert INSTALL
    home = Path("/tmp") / f"mariadb-{secrets.token_hex(4)}"
    home.mkdir(mode=0o755)
    prefix: list[str] = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        prefix = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password, init = secrets.token_hex(8), home / "init.sql"
    init.write_text(
        f"CREATE DATABASE shop;\nCREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
        "GRANT ALL ON shop.* TO 'reader'@'127.0.0.1';\n"
    )
    init.chmod(0o644)
    options = ["--no-defaults", f"--datadir={home}/data"]
    subprocess.run([*prefix, INSTALL, *options, "--skip-test-db"], check=True, capture_output=True)
    network = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={home}/s", f"--init-file={init}"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen([*prefix, SERVER, *options, *network, "--skip-name-resolve"], stderr=log)
        try:
            _wait(server, port, home / "log")
            yield f"mysql://reader:{password}@127.0.0.1:{port}/shop"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
            shutil.rmtree(home)


def _wait(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(300):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())
