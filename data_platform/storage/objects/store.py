"""Objects at one store URL: get, put, list, delete, and the native handles for everything else.

What belongs here: single objects, as bytes. What does not: tables (``delta``), what is in the bytes
(``storage.formats.csv``, ``storage.formats.json``), Dagster (``orchestration.resources``), and creating buckets
(whoever starts the store does).

**Atomic.** On S3 a put is one PUT request: readers see the old or the new object. In a folder (``file://``,
``memory://``) obstore writes ``name#1`` beside it, then renames: the same for readers, also when the writer is
killed; a leftover ``name#1`` is not listed and is in nobody's way. obstore does not ``fsync``: after a power cut (not
a kill) a file written in the last seconds may be gone or empty, as with any ordinary write. Where that matters, S3.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import obstore
from obstore.store import LocalStore, S3Store

from data_platform.markdown import plain
from data_platform.storage.error_texts import translate, translated
from data_platform.storage.errors import (
    AccessDenied,
    InvalidFrame,
    InvalidLocation,
    MissingObject,
    StorageError,
    Unverified,
)
from data_platform.storage.objects.s3_options import S3Options
from data_platform.storage.objects.url import StoreUrl, check_path

_BULK_BYTES: Final = 8 * 1024 * 1024
_UNTYPED: Final = {"Content-Type": "binary/octet-stream"}

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class ObjectInfo:
    """What a store says about an object.

    Attributes:
        path: Its path below the store.
        size: Bytes.
        last_modified: When it was written, UTC.
        etag: The store's mark of this very content, where it gives one.
    """

    path: str
    size: int
    last_modified: datetime
    etag: str | None = None


@dataclass(frozen=True)
class ObjectStore:
    """A store, opened. Safe to share between threads; opening makes no request.

    Attributes:
        url: Where it is.
        native: The obstore store, for what is not here; its paths are below ``url``.
        delta_options: ``storage_options`` for deltalake and Polars. They hold the secret: never log them.
    """

    url: StoreUrl
    native: S3Store | LocalStore = field(repr=False)
    delta_options: dict[str, str] = field(repr=False)
    _bulk: S3Store | LocalStore = field(repr=False)

    @classmethod
    def open(cls, url: str | StoreUrl, s3: S3Options | None = None) -> "ObjectStore":
        """Open the store at a URL.

        Args:
            url: See ``StoreUrl.parse``. The folder of a ``file://`` store is made if it is not there.
            s3: Credentials, endpoint and region; only for ``s3://``. ``None``: all from the environment.

        Raises:
            InvalidLocation: The URL is not accepted.
            AccessDenied: The folder cannot be made.
        """
        where = StoreUrl.parse(url) if isinstance(url, str) else url
        if where.scheme == "s3":
            options = s3 or S3Options()
            return cls(where, _s3(where, options, bulk=False), options.delta_options(), _s3(where, options, bulk=True))
        with translated(str(where)):
            native = LocalStore(where.folder, mkdir=True)
        return cls(where, native, {}, native)

    @property
    def attributes(self) -> Any:
        """What to put objects with: the type that S3 gives them where nobody says one, said aloud; none in a folder.

        Left unsaid, SeaweedFS packs whatever looks like text, and reading it costs four times as much.
        """
        return _UNTYPED if self.url.scheme == "s3" else None

    def uri(self, path: str) -> str:
        """The full URI of an object: for people, metadata and messages. See ``StoreUrl.join``."""
        return self.url.join(path)

    def table_uri(self, path: str) -> str:
        """The URI to give to deltalake, with ``delta_options``, for a table's path.

        Raises:
            InvalidLocation: The path holds a percent sign; deltalake 1.6 decodes it twice.
        """
        if "%" in check_path(path):
            raise InvalidLocation(f"{self.uri(path)}: a table's path may not hold a percent sign")
        if self.url.scheme == "s3":
            return self.uri(path)
        return (self.url.folder / path).as_uri()

    def get(self, path: str, *, at_most: int | None = None) -> bytes:
        """The bytes of an object.

        Args:
            path: Where, below the store.
            at_most: How many bytes are read at most; ``None``: as many as it has.

        Raises:
            MissingObject: It is not there.
            InvalidFrame: It is larger than ``at_most``; nothing of it was held in memory.
            StorageError: Any other failure, see ``errors``.
        """
        uri = self.uri(path)
        with translated(uri):
            answer = obstore.get(self.native, path)
            size = answer.meta["size"]
            if at_most is None or size <= at_most:
                return bytes(answer.bytes())
        raise InvalidFrame(f"{uri}: it has {size:,} bytes, and at most {at_most:,} are read.", uri=uri)

    def put(self, path: str, data: bytes, *, if_absent: bool = False) -> ObjectInfo:
        """Write an object, atomically, and see that it is there.

        Args:
            path: Where, below the store.
            data: All of it; on S3 at most 5 GiB.
            if_absent: Whether to refuse where an object is there already. Of several at the same time one succeeds.

        Returns:
            What the store says about the object just written.

        Raises:
            Conflict: ``if_absent``, and there is one.
            Unverified: It is not there afterwards, or has another size or ETag: the store lost it, or another writer
                replaced it in the same moment.
            StorageError: Any other failure, see ``errors``.
        """
        uri = self.uri(path)
        store = self._bulk if len(data) > _BULK_BYTES else self.native
        with translated(uri):
            done = obstore.put(
                store,
                path,
                data,
                attributes=self.attributes,
                mode="create" if if_absent else "overwrite",
                use_multipart=False,
            )
        return self._verified(uri, path, len(data), done["e_tag"])

    def head(self, path: str) -> ObjectInfo:
        """What the store says about an object.

        Raises:
            MissingObject: It is not there.
            StorageError: Any other failure, see ``errors``.
        """
        uri = self.uri(path)
        try:
            return _info(obstore.head(self.native, path))
        except (FileNotFoundError, obstore.exceptions.BaseError) as error:
            if not isinstance(translate(error, uri), MissingObject | AccessDenied) or self.url.scheme != "s3":
                with translated(uri):
                    raise
        # The answer to HEAD has no body, so it cannot tell a missing bucket from a missing object, nor an unknown key
        # from a wrong secret. The answer to GET can.
        with translated(uri):
            return _info(obstore.get(self.native, path).meta)

    def exists(self, path: str) -> bool:
        """Whether there is such an object.

        Raises:
            StorageError: It could not be found out, see ``errors``.
        """
        try:
            self.head(path)
        except MissingObject:
            return False
        return True

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """All objects below a folder, at any depth; sorted by path on S3, in no particular order in a folder.

        Args:
            prefix: Whole segments: ``a`` lists ``a/b``, not ``ab``. Empty: all.

        Yields:
            What the store says about each; fetched in pages of a thousand.

        Raises:
            StorageError: See ``errors``. Not for a prefix with nothing below it, which lists nothing.
        """
        if self.url.scheme == "s3":
            yield from self._listed(prefix)
            return
        seen: set[str] = set()
        try:
            for info in self._listed(prefix):
                seen.add(info.path)
                yield info
        except StorageError as error:
            # One name that is none of an object, or one link that leads nowhere, ends the listing of a folder.
            if type(error) is not StorageError:
                raise
            yield from (info for info in self._in_folder(prefix) if info.path not in seen)

    def delete(self, path: str) -> None:
        """Delete an object; nothing happens where there is none.

        Raises:
            StorageError: See ``errors``.
        """
        try:
            with translated(self.uri(path)):
                obstore.delete(self.native, path)
        except MissingObject:
            return

    def _listed(self, prefix: str) -> Iterator[ObjectInfo]:
        """What the native store lists, page by page."""
        with translated(self.uri(prefix) if prefix else str(self.url)):
            for chunk in obstore.list(self.native, prefix or None):
                yield from map(_info, chunk)

    def _in_folder(self, prefix: str) -> Iterator[ObjectInfo]:
        """What of a folder are objects, file by file; what is none is told in the log.

        Links to folders are not followed.
        """
        root = Path(self.url.folder)
        for folder, _, names in os.walk(root / prefix):
            for name in names:
                path = (Path(folder) / name).relative_to(root).as_posix()
                try:
                    yield self.head(path)
                except (StorageError, UnicodeError):
                    _LOGGER.warning("%s: this is no object: rename or remove it", plain(str(root / path)))

    def _verified(self, uri: str, path: str, size: int, etag: str | None) -> ObjectInfo:
        try:
            info = self.head(path)
        except MissingObject as error:
            msg = f"{uri}: written, yet not there: the store lost it, or it was deleted at once. Run again."
            raise Unverified(msg, uri=uri) from error
        if info.size != size or (etag and info.etag and info.etag != etag):
            msg = (
                f"{uri}: {size} bytes (ETag {etag}) were written, the store has {info.size} (ETag {info.etag}): it "
                "lost them, or another writer replaced them in the same moment. Run again, one writer at a time."
            )
            raise Unverified(msg, uri=uri)
        return info


def _s3(url: StoreUrl, options: S3Options, *, bulk: bool) -> S3Store:
    settings: Any = {
        "config": options.config(),
        "client_options": options.client(bulk=bulk),
        "retry_config": options.retries(),
    }
    with translated(str(url)):
        return S3Store(url.bucket, prefix=url.prefix or None, **settings)


def _info(meta: Any) -> ObjectInfo:
    return ObjectInfo(meta["path"], meta["size"], meta["last_modified"], meta.get("e_tag"))
