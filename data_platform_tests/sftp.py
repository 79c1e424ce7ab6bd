"""A real SFTP server of a test's folder, a process of its own, on loopback."""

import os
import secrets
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SERVER = textwrap.dedent(
    """
    import asyncio, sys
    import asyncssh
    root, key, password = sys.argv[1:]
    class Login(asyncssh.SSHServer):
        def password_auth_supported(self): return True
        def validate_password(self, user, given): return given == password
    async def main():
        files = lambda channel: asyncssh.SFTPServer(channel, chroot=root)
        server = await asyncssh.create_server(Login, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=files)
        print(server.get_port(), flush=True)
        await asyncio.Event().wait()
    asyncio.run(main())
    """
)


@dataclass(frozen=True)
class Sftp:
    root: Path
    port: int
    password: str
    known_hosts: Path
    process: "subprocess.Popen[str]"


@contextmanager
def running_sftp(folder: Path) -> Iterator[Sftp]:
    import asyncssh  # noqa: PLC0415 - an extra of the package

    root, key, known = folder / "root", folder / "key", folder / "known_hosts"
    root.mkdir(parents=True)
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    host_key.write_private_key(str(key))
    key.chmod(0o600)
    password = secrets.token_hex(8)
    command = [sys.executable, "-c", _SERVER, str(root), str(key), password]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        assert process.stdout
        port = int(process.stdout.readline())
        known.write_text(f"[127.0.0.1]:{port} {host_key.export_public_key().decode()}")
        yield Sftp(root, port, password, known, process)
    finally:
        process.kill()
        process.wait()
