"""Files of an SFTP server, by asyncssh.

What belongs here: connecting, listing and reading, within limits. What does not: which files are meant (``pattern``).

A server's key has to be known, as for every client of SSH: nothing is sent to one that is not.
"""

import asyncio
import os
import stat
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

from data_platform.ingestion.archive import mark_of
from data_platform.ingestion.errors import (
    MissingFileError,
    OverLimitError,
    PermanentSourceError,
    TransientSourceError,
    UnauthorizedError,
)
from data_platform.ingestion.limits import Limits, size_text
from data_platform.ingestion.sources.addresses import local_path, secret_of
from data_platform.ingestion.sources.files.places import LARGEST
from data_platform.ingestion.sources.where import FilesWhere
from data_platform.redaction import remember

LIMITS: Final = Limits(answer_seconds=600.0, total_seconds=1800.0)
_T = TypeVar("_T")


class SftpFiles:
    """Files of a server; see ``places.FilePlace``."""

    def __init__(self, address: str, client: Any, runner: asyncio.Runner) -> None:
        """See `sftp_files`."""
        self._address, self._client, self._runner = address, client, runner

    def marks(self, folder: str) -> Mapping[str, str]:
        """See ``FilePlace``."""
        return self._done(self._marks(folder), folder)

    def read(self, path: str, mark: str) -> bytes:
        """See ``FilePlace``."""
        return self._done(self._read(path, mark), path)

    async def _marks(self, folder: str) -> dict[str, str]:
        found: dict[str, str] = {}
        folders = [folder]
        while folders:
            at = folders.pop()
            async for entry in self._client.scandir(at or "."):
                name = str(entry.filename)
                path = f"{at}/{name}" if at else name
                if name in (".", ".."):
                    continue
                if stat.S_ISDIR(entry.attrs.permissions or 0):
                    folders.append(path)
                else:
                    found[path] = mark_of(entry.attrs.size, entry.attrs.mtime)
        return found

    async def _read(self, path: str, mark: str) -> bytes:
        before = await self._client.stat(path)
        if (before.size or 0) > LARGEST:
            raise OverLimitError(f"{self._address}/{path} is larger than {size_text(LARGEST)}, the limit")
        async with self._client.open(path, "rb") as file:
            data: bytes = await file.read()
        after = await self._client.stat(path)
        if mark_of(after.size, after.mtime) != mark or len(data) != after.size:
            raise TransientSourceError(f"{self._address}/{path} is being written: it changed while it was read")
        return data

    def _done(self, work: Coroutine[Any, Any, _T], what: str) -> _T:
        with _told(f"{self._address}/{what}"):
            return self._runner.run(asyncio.wait_for(work, LIMITS.answer_seconds))


@contextmanager
def sftp_files(address: str, where: FilesWhere) -> Iterator[tuple[SftpFiles, str]]:
    """A server's files, and the path that its address has.

    Args:
        address: ``sftp://user@host:port/path``; a path that begins with ``/~/`` is below the user's own folder.
        where: How to be let in.

    Raises:
        SourceError: It cannot be connected to.
    """
    if find_spec("asyncssh") is None:
        raise PermanentSourceError("SFTP needs asyncssh: pip install 'dagster-data-mesh[sftp]'")
    parts = urlsplit(address)
    shown = f"sftp://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    password = secret_of(where.password) if where.password else unquote(parts.password or "")
    remember(password)
    known = local_path(where.known_hosts) if where.known_hosts else Path("~/.ssh/known_hosts").expanduser()
    options: dict[str, Any] = {
        "port": parts.port or 22,
        "username": where.user or unquote(parts.username or "") or os.environ.get("USER", ""),
        "known_hosts": str(known) if known.is_file() else b"",
        "client_keys": [secret_of(where.key_file)] if where.key_file else (() if password else None),
        "password": password or None,
        "config": None,
        "connect_timeout": 10,
        "login_timeout": 10,
    }
    path = parts.path.removeprefix("/~/") if parts.path.startswith("/~/") else parts.path
    with asyncio.Runner() as runner:
        with _told(shown):
            connection, client = runner.run(_connected(parts.hostname or "", options))
        try:
            yield SftpFiles(shown, client, runner), path
        finally:
            connection.close()
            runner.run(connection.wait_closed())


async def _connected(host: str, options: dict[str, Any]) -> tuple[Any, Any]:
    import asyncssh  # noqa: PLC0415 - as above

    connection = await asyncssh.connect(host, **options)
    return connection, await connection.start_sftp_client()


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What asyncssh and the network raise, as a source's errors."""
    import asyncssh  # noqa: PLC0415 - as above

    try:
        yield
    except asyncssh.HostKeyNotVerifiable as error:
        mend = "add its key to known_hosts, by ssh-keyscan, after you have compared it"
        raise PermanentSourceError(f"{what}: the server's key is not known ({error}): {mend}") from None
    except asyncssh.PermissionDenied as error:
        raise UnauthorizedError(f"{what}: not let in: {error}") from None
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as error:
        raise MissingFileError(f"{what}: {error}") from None
    except asyncssh.SFTPPermissionDenied as error:
        raise PermanentSourceError(f"{what}: {error}") from None
    except TimeoutError:
        raise TransientSourceError(f"{what}: no answer within {LIMITS.answer_seconds:g} s") from None
    except (OSError, asyncssh.Error) as error:
        raise TransientSourceError(f"{what}: {type(error).__name__}: {error}") from None
