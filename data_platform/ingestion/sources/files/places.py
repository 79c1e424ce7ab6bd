"""Where files are: a folder of this machine, or a bucket. What is at a server is in ``sftp`` and ``web``.

What belongs here: listing and reading, with a mark that changes when a file does. What does not: which files are meant
(``pattern``).
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from data_platform.ingestion.archive import mark_of
from data_platform.ingestion.errors import MissingFileError, OverLimitError, PermanentSourceError, TransientSourceError
from data_platform.ingestion.limits import MIB, size_text
from data_platform.project import project_root
from data_platform.storage.errors import AccessDenied, InvalidLocation, MissingObject, StorageError
from data_platform.storage.objects.store import ObjectStore

LARGEST: Final = 2048 * MIB
"""Bytes of one file."""


class FilePlace(Protocol):
    """Files somewhere."""

    def marks(self, folder: str) -> Mapping[str, str]:
        """The mark of each file below a folder, by its path.

        Raises:
            SourceError: They cannot be listed.
        """

    def read(self, path: str, mark: str) -> bytes:
        """A file, whole.

        Raises:
            TransientSourceError: It is another one than was listed: somebody is writing it.
            SourceError: It cannot be read.
        """


@runtime_checkable
class IndexedPlace(FilePlace, Protocol):
    """Files in folders each of which has an index, which may not go as far back as there are files."""

    def unlisted(self, path: str) -> str | None:
        """The mark of a file that is in no index; None where there is none.

        Raises:
            SourceError: It cannot be asked for.
        """


class LocalFiles:
    """Files of this machine."""

    def __init__(self, root: Path) -> None:
        """Prepare.

        Args:
            root: What every path is below.
        """
        self._root = root

    def marks(self, folder: str) -> Mapping[str, str]:
        """See ``FilePlace``; a folder that is not there has none."""
        base = self._root / folder
        marks: dict[str, str] = {}
        try:
            for at, _, names in os.walk(base, onerror=_raised):
                for file in (Path(at) / name for name in names):
                    with suppress(FileNotFoundError):  # gone since, or a link to nothing
                        if file.is_file():
                            marks[file.relative_to(self._root).as_posix()] = _mark(file)
        except (FileNotFoundError, NotADirectoryError):
            return marks
        except OSError as error:
            raise PermanentSourceError(f"{error.filename or base} cannot be listed: {error.strerror}") from None
        return marks

    def read(self, path: str, mark: str) -> bytes:
        """See ``FilePlace``."""
        file = self._root / path
        try:
            if file.stat().st_size > LARGEST:
                raise OverLimitError(f"{file} is larger than {size_text(LARGEST)}, the limit")
            data = file.read_bytes()
            if _mark(file) != mark:
                raise TransientSourceError(f"{file} is being written: it changed while it was read")
        except FileNotFoundError:
            raise MissingFileError(f"{file} is gone since it was listed") from None
        except OSError as error:
            raise PermanentSourceError(f"{file} cannot be read: {error.strerror}") from None
        return data


class BucketFiles:
    """Files of a bucket, with endpoint and credentials from the environment as for every client of S3."""

    def __init__(self, bucket: str) -> None:
        """Prepare.

        Args:
            bucket: ``s3://name``.

        Raises:
            PermanentSourceError: That is no bucket.
        """
        try:
            self._store = ObjectStore.open(bucket)
        except InvalidLocation as error:
            raise PermanentSourceError(str(error)) from None

    def marks(self, folder: str) -> Mapping[str, str]:
        """See ``FilePlace``."""
        try:
            return {info.path: mark_of(info.etag or info.size) for info in self._store.list(folder)}
        except StorageError as error:
            raise _failure(error) from error

    def read(self, path: str, mark: str) -> bytes:
        """See ``FilePlace``."""
        try:
            info = self._store.head(path)
            if info.size > LARGEST:
                raise OverLimitError(f"{self._store.uri(path)} is larger than {size_text(LARGEST)}, the limit")
            data = self._store.get(path)
        except StorageError as error:
            raise _failure(error) from error
        if mark_of(info.etag or info.size) != mark or len(data) != info.size:
            raise TransientSourceError(f"{self._store.uri(path)} changed while it was read")
        return data


def place_of(address: str) -> tuple[FilePlace, str]:
    """Where files are, and their path below it.

    Args:
        address: A path, ``file://…`` or ``s3://bucket/…``, with wildcards.

    Raises:
        PermanentSourceError: It is none of these.
    """
    if address.startswith("s3://"):
        bucket, _, path = address.removeprefix("s3://").partition("/")
        return BucketFiles(f"s3://{bucket}"), path
    file = Path(address.removeprefix("file://")).expanduser()
    if file.is_absolute():
        return LocalFiles(Path("/")), str(file).lstrip("/")
    return LocalFiles(project_root()), str(file)  # known by the same names wherever the project is


def _raised(error: OSError) -> None:
    raise error


def _mark(file: Path) -> str:
    about = file.stat()
    return mark_of(about.st_size, about.st_mtime_ns)


def _failure(error: StorageError) -> PermanentSourceError | TransientSourceError:
    if isinstance(error, MissingObject):
        return MissingFileError(str(error))
    if isinstance(error, AccessDenied) or error.permanent:
        return PermanentSourceError(str(error))
    return TransientSourceError(str(error))
